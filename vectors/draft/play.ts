// Random cases: scripts rehearsed one over the other and taken in, held against what the kernel shows of all of them
// and against running them for real; and parts of such drafts, landed or dropped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { land } from '../../src/execute/commit.ts';
import { openDraft, piecesOf, type DraftEffects } from '../../src/execute/draft.ts';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import type { Change, Effects } from '../../src/model/effects.ts';
import { newId, type Id } from '../../src/model/id.ts';
import { makeTree, SCRIPT, shapeOf, START } from '../rehearse/random.ts';
import type { DraftStage } from './stage.ts';

const SCRIPTS = fc.array(SCRIPT, { minLength: 2, maxLength: 5 });
/** Which of the actions, and which of the paths, as a fraction of how many there are. */
const PICK = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 3 });

/** Links that lead in circles keep `readlink` busy for hours. */
const lineOf = (script: readonly string[]): string => `umask 022\n${script.join('\n').replaceAll('readlink -f', 'timeout 1 readlink -f')}\nexit 0`;
const picked = <T>(all: readonly T[], at: readonly number[]): readonly T[] => [...new Set(at.map((one) => all[Math.floor(one * all.length)]))].filter((one) => one !== undefined);

async function begin(stage: DraftStage, start: readonly string[]): Promise<void> {
  await stage.fresh();
  makeTree(stage.world.root, start);
}

/** Takes one in, and holds what is shown then against what the run had left in its own view. @returns false where a layered view isn't the real thing, and says so. */
async function acceptSame(stage: DraftStage, line: string): Promise<boolean> {
  const { upper, effects, text, discard } = await stage.try(line);
  const lower = await stage.draft.lower();
  const kernel = await stage.seen([upper, ...lower], (at) => shapeOf(at));
  const id = newId();
  await stage.draft.accept(id, upper, effects);
  await discard();
  assert.deepEqual(await stage.seen(await stage.draft.lower(), (at) => shapeOf(at)), kernel, 'merged it shows what the kernel showed');
  return effects.limits === undefined && !/cross-device/i.test(text);
}

async function landAll(stage: DraftStage, { source, started }: DraftEffects, effects: Effects): Promise<void> {
  const places = { journal: join(stage.world.outside, 'journal'), undo: join(stage.world.outside, 'undo') };
  const ended = await land({ id: newId(), root: stage.world.root, source, changes: effects.changes, started }, places);
  assert.ok('touched' in ended, JSON.stringify(ended));
}

/** Merging is what the kernel does, layer over layer; landing the whole is running it all; made anew it is the same. */
export async function playWhole(stage: DraftStage, runs: number): Promise<void> {
  const real = join(stage.world.outside, 'real');
  await fc.assert(fc.asyncProperty(START, SCRIPTS, async (start, scripts) => {
    await begin(stage, start);
    await removeTree(real);
    mkdirSync(real);
    makeTree(real, start);
    const before = shapeOf(stage.world.root);
    let exact = true;
    for (const script of scripts) {
      execFileSync('/bin/sh', ['-c', lineOf(script)], { cwd: real, stdio: 'ignore', env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
      if (!(await acceptSame(stage, lineOf(script)))) exact = false;
    }
    assert.deepEqual(shapeOf(stage.world.root), before);
    const whole = await stage.draft.effects();
    const shown = await stage.seen(await stage.draft.lower(), (at) => shapeOf(at));
    await removeTree((await stage.draft.lower())[0] ?? '');
    assert.deepEqual(await stage.seen(await stage.draft.lower(), (at) => shapeOf(at)), shown, 'made anew');
    const again = await stage.draft.effects();
    assert.deepEqual(again.effects, whole.effects);
    assert.deepEqual([again.effects.unlandable, again.effects.conflicts], [undefined, undefined]);
    if (exact) assert.equal(again.effects.limits, undefined);
    await landAll(stage, again, again.effects);
    assert.deepEqual(shapeOf(stage.world.root), exact ? shapeOf(real) : shown, JSON.stringify(again.effects.changes));
    await stage.draft.clear();
    assert.deepEqual([stage.draft.layers(), await stage.draft.lower()], [[], []]);
  }), { numRuns: runs });
}

/** Some paths landed and then the rest leave what landing all at once would have. */
export async function playPieces(stage: DraftStage, runs: number): Promise<void> {
  await fc.assert(fc.asyncProperty(START, SCRIPTS, PICK, async (start, scripts, at) => {
    await begin(stage, start);
    for (const script of scripts) await stage.accept(lineOf(script));
    const whole = await stage.draft.effects();
    const { changes } = whole.effects;
    if (changes.length === 0) return;
    const wanted = await stage.seen(await stage.draft.lower(), (seen) => shapeOf(seen));
    const paths = picked(changes.map(({ path }) => path), at);
    const pieces = piecesOf(whole.effects, paths);
    assert.ok(pieces.changes.every((change) => changes.includes(change)));
    await landAll(stage, whole, pieces);
    await stage.draft.landed(pieces, paths, whole.source);
    const rest = await stage.draft.effects();
    assert.equal(rest.effects.conflicts, undefined, JSON.stringify([paths, changes, rest.effects.conflicts]));
    const named = new Set(pieces.changes.map((change) => JSON.stringify(change)));
    const twice = rest.effects.changes.filter((change) => named.has(JSON.stringify(change)));
    assert.deepEqual(twice, [], 'what has landed is not in the draft any more');
    await landAll(stage, rest, rest.effects);
    assert.deepEqual(shapeOf(stage.world.root), wanted, JSON.stringify([paths, changes]));
  }), { numRuns: runs });
}

/** What is left of a draft after a drop is what its layers say, and names that the dropped ones never touched are as they were. */
export async function playDrops(stage: DraftStage, runs: number): Promise<void> {
  await fc.assert(fc.asyncProperty(START, SCRIPTS, PICK, async (start, scripts, at) => {
    await begin(stage, start);
    const ids: Id[] = [];
    for (const script of scripts) ids.push(await stage.accept(lineOf(script)));
    const layers = stage.draft.layers();
    assert.deepEqual(layers, ids);
    const makers = stage.draft.makers();
    const before = await stage.draft.effects();
    assert.ok(before.effects.changes.every(({ path }) => makers.has(path)), JSON.stringify([before.effects.changes, [...makers]]));
    const going = picked(ids, at);
    const went = await stage.draft.drop(going);
    assert.deepEqual(new Set([...going, ...went]), new Set(went));
    assert.deepEqual(stage.draft.layers(), ids.filter((id) => !went.includes(id)));
    const { effects } = await openDraft(stage.place).effects();
    assert.equal(effects.conflicts, undefined, JSON.stringify([effects.conflicts, [...makers]]));
    const untouched = ({ path }: Change): boolean => !(makers.get(path) ?? []).some((id) => went.includes(id));
    const told = (changes: readonly Change[]): readonly string[] => changes.filter((change) => change.change !== 'renamed' && untouched(change)).map((change) => JSON.stringify(change));
    for (const line of told(before.effects.changes)) assert.ok(told(effects.changes).includes(line), `${line} is as it was: ${JSON.stringify(effects.changes)}`);
    if (stage.draft.layers().length === 0) assert.deepEqual(effects.changes, []);
  }), { numRuns: runs });
}
