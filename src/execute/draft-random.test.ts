import test from 'node:test';
import { playCrowd } from '../../vectors/draft/crowd.ts';
import { playKills } from '../../vectors/draft/kills.ts';
import { playDrops, playPieces, playWhole } from '../../vectors/draft/play.ts';
import { makeDraftStage } from '../../vectors/draft/stage.ts';
import { noRehearsal } from '../../vectors/rehearse/stage.ts';

const CASES = 2;
const ACTIONS = 8;
const skip = await noRehearsal();

for (const [name, play] of [
  ['scripts taken in one over the other show what the kernel shows, and landed they are what running them leaves', playWhole],
  ['some paths of a draft landed, and then the rest, are the whole', playPieces],
  ['what is dropped goes with all that stands on it, and nothing else does', playDrops],
  ['killed at any moment, a draft holds whole actions and nothing half', playKills],
] as const) {
  test(name, { skip }, async (t) => {
    const stage = await makeDraftStage();
    t.after(() => stage.end());
    await play(stage, CASES);
  });
}

test('processes that look at a draft into which others take actions, one of them killed, take nothing from it', { skip }, async (t) => {
  const stage = await makeDraftStage();
  t.after(() => stage.end());
  await playCrowd(stage, ACTIONS);
});
