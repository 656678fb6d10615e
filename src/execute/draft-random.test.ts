import test from 'node:test';
import { playDrops, playPieces, playWhole } from '../../vectors/draft/play.ts';
import { makeDraftStage } from '../../vectors/draft/stage.ts';
import { noRehearsal } from '../../vectors/rehearse/stage.ts';

const CASES = Number(process.env['PWB_DRAFT_CASES'] ?? 5);
const skip = await noRehearsal();

for (const [name, play] of [
  ['scripts taken in one over the other show what the kernel shows, and landed they are what running them leaves', playWhole],
  ['some paths of a draft landed, and then the rest, are the whole', playPieces],
  ['what is dropped goes with all that stands on it, and nothing else does', playDrops],
] as const) {
  test(name, { skip }, async (t) => {
    const stage = await makeDraftStage();
    t.after(() => stage.end());
    await play(stage, CASES);
  });
}
