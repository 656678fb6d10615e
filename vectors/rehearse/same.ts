// One case of the property: the same script in a real folder, and rehearsed and landed in another that started alike. In
// a layered view where that is exact; where it isn't it must say so, and a copy is exact then.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { land, undo, type Places } from '../../src/execute/commit.ts';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { prepareView } from '../../src/execute/rehearse.ts';
import { toUpper } from '../../src/execute/rehearse-copy.ts';
import type { Change } from '../../src/model/effects.ts';
import { newId } from '../../src/model/id.ts';
import { makeTree, SCRIPT, shapeOf, START } from './random.ts';
import type { Stage } from './stage.ts';

interface Case {
  readonly stage: Stage;
  readonly places: Places;
  readonly real: string;
  readonly start: readonly string[];
  readonly line: string;
}

export interface Tally {
  /** Cases in which a layered view wasn't exact and said so. */
  limited: number;
  all: number;
}

/** @param runs how many random cases. Throws with the smallest that fails. @param seed for the same ones again. */
export async function playAll(stage: Stage, runs: number, seed?: number): Promise<Tally> {
  const places = { journal: join(stage.world.outside, 'journal'), undo: join(stage.world.outside, 'undo') };
  const real = join(stage.world.outside, 'real');
  const tally = { limited: 0, all: 0 };
  await fc.assert(
    fc.asyncProperty(START, SCRIPT, async (start, script) => {
      const one = { stage, places, real, start, line: `umask 022\n${script.join('\n')}\nexit 0` };
      await removeTree(real);
      mkdirSync(real);
      makeTree(real, start);
      execFileSync('/bin/sh', ['-c', one.line], { cwd: real, stdio: 'ignore', timeout: MOST_TIME, env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
      tally.all++;
      const exact = await inView(one);
      if (exact === null) tally.limited++;
      await inCopy(one, exact);
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
  return tally;
}

/** @returns null where a layered view isn't exact. */
async function inView(one: Case): Promise<readonly Change[] | null> {
  const before = await startAnew(one);
  const { effects, upper, started, discard, text } = await one.stage.sh(one.line);
  assert.deepEqual(shapeOf(one.stage.world.root), before);
  assert.equal(effects.unlandable, undefined, text);
  if (effects.limits === undefined) await landAndUndo(one, before, upper, effects.changes, started);
  await discard();
  return effects.limits === undefined ? effects.changes : null;
}

async function inCopy(one: Case, exact: readonly Change[] | null): Promise<void> {
  const before = await startAnew(one);
  const { effects, source, started, discard, keep, text } = await one.stage.inCopy(one.line);
  assert.deepEqual(shapeOf(one.stage.world.root), before);
  assert.equal(effects.unlandable, undefined, text);
  if (exact !== null) assert.deepEqual(effects.changes.map(whenever), exact.map(whenever));
  const prepared = await prepareView(one.stage.view);
  try {
    await toUpper(effects.changes, source, prepared);
  } finally {
    await prepared.discard();
  }
  const kept = join(one.stage.world.outside, 'kept');
  // A case that failed may have left one.
  await removeTree(kept);
  keep(kept);
  await discard();
  await landAndUndo(one, before, kept, effects.changes, started);
}

/** A time that was set is told; the moment at which something was written is each run's own. */
function whenever(change: Change): Change {
  return 'time' in change && change.time !== undefined && change.time > BEGAN ? { ...change, time: BEGAN } : change;
}

const BEGAN = Date.now();
/** For a script that doesn't end. Milliseconds. */
const MOST_TIME = 20_000;
/** A change just before a rehearsal counts as one during it, since the system's clock has ticks. Milliseconds. */
const REST = 25;

async function startAnew({ stage, start }: Case): Promise<readonly string[]> {
  stage.real('chmod -R u+rwX .; find . -mindepth 1 -delete');
  makeTree(stage.world.root, start);
  await wait(REST);
  return shapeOf(stage.world.root);
}

async function landAndUndo({ stage, places, real }: Case, before: readonly string[], source: string, changes: readonly Change[], started: number): Promise<void> {
  const id = newId();
  const ended = await land({ id, root: stage.world.root, source, changes, started }, places);
  assert.ok('touched' in ended, JSON.stringify(ended));
  assert.deepEqual(shapeOf(stage.world.root), shapeOf(real), JSON.stringify(changes));
  if (changes.length === 0) return;
  const undone = await undo(id, places);
  assert.ok('touched' in undone, JSON.stringify(undone));
  assert.deepEqual(shapeOf(stage.world.root), before);
}
