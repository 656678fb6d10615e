// What can't be rehearsed is kept beforehand, so that it can be undone all the same: looked at from outside.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { failing, type Failing } from '../../vectors/commit/faults.ts';
import { pair } from '../../vectors/commit/random.ts';
import { harvest, plant, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { freshWorld, sweep, type World } from '../../vectors/commit/world.ts';
import { fastFolder } from '../../vectors/fast.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { undo } from './undo.ts';
import { keepBefore, sealAfter, unsealed } from './undo-before.ts';
import { foreseeUndo } from './undo-foresee.ts';
import { listUndo, pruneUndo } from './undo-list.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'undo-before-')));
const fast = realpathSync(mkdtempSync(join(fastFolder(), 'undo-before-')));
after(() => {
  sweep(base);
  sweep(fast);
});

const file = (content: string, mode = 0o644): Node => ({ type: 'file', content, mode, mtime: 1_600_000_000 });
const folder = (mode = 0o755): Node => ({ type: 'folder', mode });
const FROM: Tree = new Map<string, Node>([['a', file('a')], ['d', folder()], ['d/x', file('x', 0o600)], ['d/y', file('y')], ['l', { type: 'link', target: 'a', mtime: 1_600_000_000 }], ['same', file('same')]]);

const worldOf = (tree: Tree): World => freshWorld(base, tree, tree);
const same = (root: string, tree: Tree): void => assert.deepEqual(sorted(harvest(root)), sorted(tree));

test('whatever random changes are made by other means, what was kept beforehand undoes them, and the undo can be undone', async () => {
  await fc.assert(fc.asyncProperty(pair, fc.boolean(), async ({ from, to }, anew) => {
    const { top, root, places } = freshWorld(fast, from, from);
    try {
      const id = newId();
      assert.deepEqual(await keepBefore(id, root, ['.'], places), { left: [] });
      assert.deepEqual(unsealed(places), [id]);
      const gone = anew ? readdirSync(root) : [...from].flatMap(([path, node]) => (to.get(path) === node ? [] : [path]));
      for (const path of gone) rmSync(join(root, path), { recursive: true, force: true });
      const there = anew ? new Map<string, Node>() : harvest(root);
      for (const [path, node] of there) if (node.type === 'folder') chmodSync(join(root, path), 0o700);
      plant(root, new Map([...to].filter(([path]) => !there.has(path))));
      for (const [path, node] of to) if (node.type === 'folder') chmodSync(join(root, path), node.mode);
      const now = sorted(harvest(root));
      const { changes } = await sealAfter(id, places);
      assert.deepEqual(sorted(harvest(root)), now);
      assert.deepEqual(unsealed(places), []);
      if (changes.length === 0) {
        assert.deepEqual(now, sorted(from));
        return;
      }
      const undone = await undo(id, places);
      assert.ok('touched' in undone, JSON.stringify(undone));
      same(root, from);
      assert.ok('touched' in (await undo(undone.undo ?? '', places)));
      assert.deepEqual(sorted(harvest(root)), now);
    } finally {
      sweep(top);
    }
  }), often(16));
});

test('only what changed is kept on, and it is told; a file written in its place comes back', async () => {
  const { root, places } = worldOf(FROM);
  const id = newId();
  await keepBefore(id, root, ['.'], places);
  appendFileSync(join(root, 'a'), ' and more');
  renameSync(join(root, 'd/y'), join(root, 'd/z'));
  chmodSync(join(root, 'd/x'), 0o640);
  const { changes } = await sealAfter(id, places);
  assert.deepEqual(changes.map(({ change, path }) => `${change} ${path}`), ['changed a', 'changed d/x', 'renamed d/y']);
  assert.equal(readdirSync(join(places.undo, id)).length, 4, 'the record and three files');
  for (const name of readdirSync(join(places.undo, id))) assert.equal(statSync(join(places.undo, id, name)).mode & 0o777, 0o600);
  const { effects } = await foreseeUndo(id, places);
  assert.match(effects.diffs[0]?.unified ?? '', /-a and more\n.*\n\+a\n/);
  assert.deepEqual(listUndo(places).map((one) => one.id), [id]);
  await undo(id, places, { expected: effects.changes });
  same(root, FROM);
});

test('what is made where there was no folder yet is undone with the folders; nothing at all leaves no trace', async () => {
  const { root, places } = worldOf(FROM);
  const keep = async (paths: readonly string[], change: () => void): Promise<Id> => {
    const id = newId();
    await keepBefore(id, root, paths, places);
    change();
    await sealAfter(id, places);
    return id;
  };
  const id = await keep(['new/deep/f', 'a'], () => {
    mkdirSync(join(root, 'new/deep'), { recursive: true });
    writeFileSync(join(root, 'new/deep/f'), 'f');
  });
  await undo(id, places);
  same(root, FROM);
  const none = await keep(['a', 'd', 'nowhere'], () => undefined);
  assert.equal(existsSync(join(places.undo, none)), false);
  await assert.rejects(undo(none, places), { code: 'undo.none' });
});

test('what was cut off before anybody looked again is not undone by guess, and is settled by looking', async () => {
  const { root, places } = worldOf(FROM);
  const id = newId();
  await keepBefore(id, root, ['d'], places);
  writeFileSync(join(root, 'd/x'), 'new');
  await assert.rejects(undo(id, places), { code: 'undo.open' });
  assert.deepEqual(await pruneUndo(places, { olderThan: 0, mostBytes: 0 }), [], 'it may be under way');
  assert.deepEqual(unsealed(places), [id]);
  await sealAfter(id, places);
  await undo(id, places);
  same(root, FROM);
  await assert.rejects(sealAfter(id, places), { code: 'undo.none' });
  await assert.rejects(keepBefore('../x', root, ['d'], places), { code: 'undo.bad-id' });
  await assert.rejects(keepBefore(newId(), root, ['../d'], places), { code: 'outside' });
});

for (const how of ['once', 'after', 'dead'] as const satisfies readonly Failing[]) {
  for (const step of ['keep', 'look'] as const) {
    test(`a system that fails at a call (${how}) when we ${step} leaves the workspace as it is, and nothing that can't be settled`, async () => {
      for (let at = 0; ; at += 9) if (await failAt(how, step, at)) break;
    });
  }
}

/** True when there was no such call any more. */
async function failAt(how: Failing, step: 'keep' | 'look', at: number): Promise<boolean> {
  const { top, root, places } = freshWorld(fast, FROM, FROM);
  const id = newId();
  const why = `${step}, ${how} at ${at}`;
  const keep = (): Promise<unknown> => keepBefore(id, root, ['.'], places);
  const look = (): Promise<unknown> => sealAfter(id, places);
  try {
    const kept = await failing(how, step === 'keep' ? at : Number.POSITIVE_INFINITY, keep);
    same(root, FROM);
    if (kept.error !== undefined) {
      // Nothing was changed, and so there is nothing to undo; what is left of it is no more than old bytes.
      await assert.rejects(undo(id, places), (error) => error instanceof Fault && ['undo.none', 'undo.open'].includes(error.code), why);
      return false;
    }
    appendFileSync(join(root, 'a'), ' more');
    rmSync(join(root, 'd'), { recursive: true });
    const now = sorted(harvest(root));
    const looked = await failing(how, step === 'look' ? at : Number.POSITIVE_INFINITY, look);
    if (looked.error !== undefined && unsealed(places).length > 0) await look();
    assert.deepEqual(unsealed(places), [], why);
    assert.deepEqual(sorted(harvest(root)), now, why);
    assert.ok('touched' in (await undo(id, places)), why);
    same(root, FROM);
    return at >= (step === 'keep' ? kept : looked).calls;
  } finally {
    sweep(top);
  }
}

test('what can’t be kept is named, closed folders are passed over, links lead nowhere, and too much is refused', async () => {
  const { root, top, places } = worldOf(FROM);
  const secret = join(top, 'secret');
  mkdirSync(secret);
  writeFileSync(join(secret, 's'), 'outside');
  symlinkSync(secret, join(root, 'out'));
  mkdirSync(join(root, 'own'));
  writeFileSync(join(root, 'own/state'), 'state');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  linkSync(join(root, 'a'), join(root, 'a2'));
  const id = newId();
  assert.deepEqual(await keepBefore(id, root, ['.'], places, { never: [join(root, 'own')] }), { left: [{ path: 'pipe', why: 'it is a device, socket or named pipe' }] });
  const kept = readdirSync(join(places.undo, id)).map((name) => lstatSync(join(places.undo, id, name)).size);
  assert.ok(!kept.includes('outside'.length), 'nothing from outside was read');
  await assert.rejects(keepBefore(id, root, ['.'], places), { code: 'commit.twice' });
  const other = newId();
  for (const most of [{ files: 2, bytes: 1e9 }, { files: 1e9, bytes: 3 }]) await assert.rejects(keepBefore(other, root, ['.'], places, { most }), { code: 'undo.too-large' });
  assert.equal(existsSync(join(places.undo, other)), false);
  rmSync(join(root, 'pipe'));
  writeFileSync(join(root, 'pipe'), 'now a file');
  assert.deepEqual((await sealAfter(id, places, { never: [join(root, 'own')] })).changes, [], 'what stood there could not be kept, so it is not taken for new');
});
