// What isn't as it was when it was judged is never overwritten: it is named with three sides, and nothing is changed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, conflictsOf, file, FROM, landTree, later, link, same, TO, worldIn, type World } from '../../vectors/commit/landing.ts';
import { changesBetween, harvest, plantSource, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { sweep } from '../../vectors/commit/world.ts';
import { sha256 } from '../model/digest.ts';
import { newId } from '../model/id.ts';
import { land, type Ended, type Landing } from './commit.ts';
import { sidesOf } from './commit-sides.ts';
import { fastFolder } from '../../vectors/fast.ts';

const base = realpathSync(mkdtempSync(join(fastFolder(), 'commit-conflict-')));
after(() => sweep(base));

const world = (tree: Tree): World => worldIn(base, tree);

test('a base that changed, appeared or went away is a conflict with three sides, and nothing is changed', async () => {
  const w = world(FROM);
  const changes = changesBetween(FROM, TO);
  plantSource(w.source, TO, changes);
  writeFileSync(join(w.root, 'a/edit'), 'edited meanwhile');
  writeFileSync(join(w.root, 'empty'), 'here first');
  rmSync(join(w.root, 'a/gone'));
  rmSync(join(w.root, 'a/link'));
  mkdirSync(join(w.root, 'a/link'));
  writeFileSync(join(w.root, 'old/deep/more'), 'not judged');
  const before = sorted(harvest(w.root));
  const conflicts = conflictsOf(await land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places));
  assert.deepEqual(conflicts.map(({ path, why }) => [path, why]), [['a/edit', 'changed'], ['a/gone', 'gone'], ['a/link', 'type'], ['empty', 'appeared'], ['old/deep', 'changed']]);
  assert.deepEqual(conflicts[0], { path: 'a/edit', why: 'changed', base: sha256('old text'), now: sha256('edited meanwhile'), wanted: sha256('new text') });
  assert.deepEqual(sorted(harvest(w.root)), before);
  closed(w);
  assert.deepEqual(readdirSync(w.places.undo), []);
});

test('a conflict is shown with its three sides as text, as far as they can be had, and what landing would do to what is there', async () => {
  const from = new Map<string, Node>([['f', file('old\n')], ['g', file('g')], ['l', link('a')], ['big', file('b')]]);
  const to = new Map<string, Node>([['f', file('new\n', 0)], ['l', link('b')], ['big', file('B')], ['n', file('n')]]);
  const w = world(from);
  const changes = changesBetween(from, to);
  plantSource(w.source, to, changes);
  const outside = mkdtempSync(join(base, 'outside-'));
  writeFileSync(join(outside, 'n'), 'outside');
  writeFileSync(join(w.root, 'f'), 'theirs\n');
  rmSync(join(w.root, 'g'));
  rmSync(join(w.root, 'l'));
  symlinkSync('c', join(w.root, 'l'));
  writeFileSync(join(w.root, 'big'), Buffer.alloc(1024 * 1024 + 1));
  symlinkSync(join(outside, 'n'), join(w.root, 'n'));
  const landing = { id: newId(), root: w.root, source: w.source, changes, started: later() };
  const sides = new Map<string, unknown>();
  for (const conflict of conflictsOf(await land(landing, w.places))) {
    const { base: was, theirs, ours, diff } = await sidesOf(landing, conflict, { bases: (path) => Buffer.from(path === 'f' ? 'old\n' : 'not it') });
    sides.set(conflict.path, [...[was, theirs, ours].map((side) => (side === null ? null : Buffer.from(side).toString())), diff.note ?? diff.unified.split('\n').slice(3).join('|')]);
  }
  assert.deepEqual(sides.get('f'), ['old\n', 'theirs\n', 'new\n', '-theirs|+new|']);
  assert.deepEqual(sides.get('g'), [null, null, null, '']);
  assert.deepEqual((sides.get('l') as string[]).slice(0, 3), [null, 'c', 'b']);
  assert.deepEqual(sides.get('big'), [null, null, 'B', 'too-large']);
  assert.deepEqual((sides.get('n') as string[]).slice(0, 3), [null, join(outside, 'n'), 'n'], 'a link is shown, not followed');
  // What the source holds by now is not shown for what was judged.
  rmSync(join(w.source, 'f'));
  writeFileSync(join(w.source, 'f'), 'swapped');
  const [conflict] = conflictsOf(await land(landing, w.places));
  assert.equal(conflict?.path === 'big' ? (await sidesOf(landing, { ...conflict, path: 'f' })).ours : 'other', null);
});

test('a base that was written after the rehearsal began is a conflict even where its content is the judged one', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const changes = changesBetween(from, new Map([['f', file('new')]]));
  plantSource(w.source, new Map([['f', file('new')]]), changes);
  const [conflict] = conflictsOf(await land({ id: newId(), root: w.root, source: w.source, changes, started: Date.now() - 60_000 }, w.places));
  assert.equal(conflict?.why, 'mode');
  writeFileSync(join(w.root, 'f'), 'old');
  const [second] = conflictsOf(await land({ id: newId(), root: w.root, source: w.source, changes, started: Date.now() - 60_000 }, w.places));
  assert.equal(second?.why, 'changed');
});

test('what an earlier action of the same turn landed is a base like any other; what anybody else wrote there is not', async () => {
  const from = new Map([['f', file('0')], ['g', file('0')]]);
  for (const meddle of [null, 'f', 'g'] as const) {
    const w = world(from);
    await sleep(20);
    const started = Date.now();
    await sleep(20);
    const step = async (to: Tree, was: Tree, more: Partial<Landing> = {}): Promise<Ended> => {
      const source = mkdtempSync(join(base, 'source-'));
      plantSource(source, to, changesBetween(was, to));
      return land({ id: newId(), root: w.root, source, changes: changesBetween(was, to), started, ...more }, w.places);
    };
    const one = new Map([['f', file('1')], ['g', file('0')]]);
    const two = new Map([['f', file('2')], ['g', file('2')]]);
    const first = await step(one, from);
    const paths = new Set('touched' in first ? first.touched : []);
    await sleep(20);
    const at = Date.now();
    await sleep(20);
    if (meddle !== null) writeFileSync(join(w.root, meddle), meddle === 'f' ? '1' : '0');
    else assert.deepEqual(conflictsOf(await step(two, one)).map(({ path }) => path), ['f'], 'without word of it');
    const second = await step(two, one, { later: { paths, at } });
    if (meddle === null) same(w.root, two);
    else assert.deepEqual(conflictsOf(second).map(({ path, why }) => [path, why]), [[meddle, 'changed']]);
  }
});

test('a landing without changes leaves no trace and uses no id; a deletion of what is gone already is said', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const id = newId();
  assert.deepEqual(await land({ id, root: w.root, source: join(w.root, 'nowhere'), changes: [], started: later() }, w.places), { touched: [], notes: [] });
  assert.equal(existsSync(w.places.journal), false);
  rmSync(join(w.root, 'f'));
  assert.deepEqual(conflictsOf(await landTree(w, from, new Map(), id)), [{ path: 'f', why: 'gone', base: sha256('old'), now: null, wanted: null }]);
  assert.ok('touched' in (await landTree(w, new Map(), new Map([['g', file('g')]]), id)));
});

test('two landings in one workspace take turns, and the second meets what the first did', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const changes = changesBetween(from, new Map([['f', file('new')]]));
  plantSource(w.source, new Map([['f', file('new')]]), changes);
  const both = await Promise.all([0, 1].map(() => land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places)));
  assert.deepEqual(both.map((ended) => 'touched' in ended).toSorted(), [false, true]);
  closed(w);
});
