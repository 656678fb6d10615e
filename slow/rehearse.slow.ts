// Thousands of random scripts, each run for real in one folder and rehearsed, landed and undone in another.
import test from 'node:test';
import { makeStage, noRehearsal } from '../vectors/rehearse/stage.ts';
import { playAll } from '../vectors/rehearse/same.ts';

const CASES = Number(process.env['PWB_REHEARSE_CASES'] ?? 2000);
const SEED = Number(process.env['PWB_REHEARSE_SEED'] ?? Date.now() % 2 ** 31);

test(`${CASES} scripts: rehearsed and landed is the same as run, and undone is the start`, { skip: await noRehearsal() }, async (t) => {
  const stage = await makeStage();
  t.after(() => stage.end());
  t.diagnostic(`seed ${SEED}`);
  const { limited, all } = await playAll(stage, CASES, SEED);
  t.diagnostic(`${all} cases, in ${limited} of them a layered view said that it isn't exact`);
});
