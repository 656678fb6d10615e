import test from 'node:test';
import { makeStage, noRehearsal } from '../../vectors/rehearse/stage.ts';
import { playAll } from '../../vectors/rehearse/same.ts';

test('a script that is rehearsed and landed leaves what running it would have left, and undone it leaves the start', { skip: await noRehearsal() }, async (t) => {
  const stage = await makeStage();
  t.after(() => stage.end());
  await playAll(stage, 5);
});
