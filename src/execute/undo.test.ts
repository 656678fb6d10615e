// What an undo says that it would do, and that it does just that: looked at from outside.
import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { harvest, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { freshWorld, sweep, type World } from '../../vectors/commit/world.ts';
import { sha256 } from '../model/digest.ts';
import type { Change } from '../model/effects.ts';
import { newId, type Id } from '../model/id.ts';
import { land, undo } from './commit.ts';
import { Drifted } from './files-refused.ts';
import { foreseeUndo } from './undo-foresee.ts';
import { fastFolder } from '../../vectors/fast.ts';

const base = realpathSync(mkdtempSync(join(fastFolder(), 'undo-')));
after(() => sweep(base));

const file = (content: string, mode = 0o644): Node => ({ type: 'file', content, mode, mtime: 1_600_000_000 });
const folder = (mode = 0o755): Node => ({ type: 'folder', mode });
const link = (target: string): Node => ({ type: 'link', target, mtime: 1_600_000_000 });

const FROM: Tree = new Map<string, Node>([['edit', file('one\ntwo\n')], ['gone', file('gone')], ['mode', file('m')], ['l', link('edit')], ['was', folder()], ['was/in', file('in')], ['old', file('moved')], ['bin', file('a\0b')]]);
const TO: Tree = new Map<string, Node>([['edit', file('one\n2\n')], ['mode', file('m', 0o755)], ['l', link('mode')], ['was', file('now a file')], ['made', folder()], ['made/x', file('x')], ['new', file('moved')], ['bin', file('a\0c')]]);

async function landed(from: Tree, to: Tree): Promise<World & { readonly id: Id }> {
  const world = freshWorld(base, from, to);
  const id = newId();
  const { root, source, changes, places } = world;
  assert.ok('touched' in (await land({ id, root, source, changes, started: Date.now() + 1000 }, places)));
  return { ...world, id };
}

const line = (change: Change): string => `${change.change} ${change.type} ${change.path}${change.change === 'renamed' ? ` to ${change.to}` : ''}${'only' in change && change.only !== undefined ? ` ${change.only}` : ''}`;

test('what an undo would do is told with diffs from what is there to what was, and nothing is changed by telling', async () => {
  const w = await landed(FROM, TO);
  const before = sorted(harvest(w.top));
  const { effects, conflicts } = await foreseeUndo(w.id, w.places);
  assert.deepEqual(sorted(harvest(w.top)), before);
  assert.deepEqual(conflicts, []);
  assert.deepEqual(effects.changes.map(line), ['changed file bin', 'changed file edit', 'created file gone', 'changed link l', 'deleted folder made', 'deleted file made/x', 'changed file mode mode', 'renamed file new to old', 'deleted file was', 'created folder was', 'created file was/in']);
  const [, edit, gone, target] = effects.changes;
  assert.deepEqual(edit, { change: 'changed', path: 'edit', type: 'file', mode: 0o644, size: 8, before: sha256('one\n2\n'), after: sha256('one\ntwo\n') });
  assert.deepEqual(gone, { change: 'created', path: 'gone', type: 'file', mode: 0o644, size: 4, after: sha256('gone') });
  assert.equal(target?.change === 'changed' && target.target, 'edit');
  const diff = (path: string): string | undefined => effects.diffs.find((one) => one.path === path)?.unified;
  assert.match(diff('edit') ?? '', /-2\n\+two\n/);
  assert.match(diff('made/x') ?? '', /\+\+\+ \/dev\/null\n/);
  assert.equal(effects.diffs.find(({ path }) => path === 'bin')?.note, 'binary');
  assert.deepEqual([effects.certainty, effects.undo, effects.limits, effects.conflicts], ['known', 'fully', undefined, undefined]);
  const undone = await undo(w.id, w.places, { expected: effects.changes });
  assert.ok('touched' in undone, JSON.stringify(undone));
  assert.deepEqual(sorted(harvest(w.root)), sorted(FROM));
  // And what the undo of the undo would do is the landing again.
  const again = await foreseeUndo(undone.undo ?? '', w.places);
  assert.deepEqual(again.effects.changes.map(line).toSorted(), w.changes.map(line).toSorted());
});

test('later edits are told as conflicts; with leave for them the undo does what it said, and not once they changed again', async () => {
  const w = await landed(FROM, TO);
  writeFileSync(join(w.root, 'edit'), 'later\n');
  writeFileSync(join(w.root, 'made/mine'), 'mine');
  rmSync(join(w.root, 'was'));
  writeFileSync(join(w.root, 'gone'), 'here first');
  const { effects, conflicts } = await foreseeUndo(w.id, w.places);
  assert.deepEqual(conflicts.map(({ path, why }) => [path, why]), [['edit', 'changed'], ['gone', 'appeared'], ['made', 'changed'], ['was', 'gone']]);
  assert.deepEqual(effects.conflicts, conflicts);
  assert.match(effects.diffs.find(({ path }) => path === 'edit')?.unified ?? '', /-later\n\+one\n\+two\n/);
  assert.deepEqual(effects.limits, ['not undone: made is in use by something newer and stays as it is']);
  assert.deepEqual((await foreseeUndo(w.id, w.places, { over: ['edit', 'made'] })).conflicts.map(({ path }) => path), ['gone', 'was']);
  const over = conflicts.map(({ path }) => path);
  const before = sorted(harvest(w.root));
  assert.ok('conflicts' in (await undo(w.id, w.places, { expected: effects.changes })), 'without leave');
  writeFileSync(join(w.root, 'edit'), 'later still\n');
  await assert.rejects(undo(w.id, w.places, { over, expected: effects.changes }), (error) => error instanceof Drifted && error.path === 'edit');
  writeFileSync(join(w.root, 'edit'), 'later\n');
  assert.deepEqual(sorted(harvest(w.root)).map(([path]) => path), before.map(([path]) => path));
  const ended = await undo(w.id, w.places, { over, expected: effects.changes });
  assert.ok('touched' in ended, JSON.stringify(ended));
  assert.equal(readFileSync(join(w.root, 'edit'), 'utf8'), 'one\ntwo\n');
  assert.equal(readFileSync(join(w.root, 'made/mine'), 'utf8'), 'mine');
});

test('an undo that was judged does nothing else: neither more nor less', async () => {
  const w = await landed(FROM, TO);
  const { effects } = await foreseeUndo(w.id, w.places);
  const before = sorted(harvest(w.root));
  for (const expected of [effects.changes.slice(1), [...effects.changes, { change: 'deleted', path: 'other', type: 'file', before: sha256('') } as const], []]) {
    await assert.rejects(undo(w.id, w.places, { expected }), Drifted);
  }
  assert.deepEqual(sorted(harvest(w.root)), before);
  assert.ok(existsSync(join(w.places.undo, w.id)), 'it can be undone still');
});

test('what was kept and is damaged, pruned, or gone with its folder is said', async () => {
  const w = await landed(FROM, TO);
  const record = join(w.places.undo, w.id);
  const kept = harvest(record);
  for (const [name, node] of kept) if (node.type === 'file' && node.content === 'gone') writeFileSync(join(record, name), 'GONE');
  const { effects, conflicts } = await foreseeUndo(w.id, w.places);
  assert.deepEqual(conflicts.map(({ path, why }) => [path, why]), [['gone', 'kept']]);
  assert.deepEqual(effects.limits, ["not undone: what was kept of gone isn't what it was, so it stays as it is"]);
  assert.ok(!effects.changes.some(({ path }) => path === 'gone'));
  await assert.rejects(foreseeUndo(newId(), w.places), { code: 'undo.none' });
  writeFileSync(join(record, 'record.jsonl'), '{"v":1');
  await assert.rejects(foreseeUndo(w.id, w.places), { code: 'undo.damaged' });
  await assert.rejects(undo(w.id, w.places), { code: 'undo.damaged' });
});

test('a file comes back with its folders where somebody removed them since, if that is asked for', async () => {
  const from: Tree = new Map<string, Node>([['d', folder()], ['d/e', folder()], ['d/e/f', file('old')], ['d/e/g', file('kept')]]);
  for (const instead of [null, 'a file now'] as const) {
    const w = await landed(from, new Map([...from, ['d/e/f', file('new')]]));
    rmSync(join(w.root, 'd'), { recursive: true });
    if (instead !== null) writeFileSync(join(w.root, 'd'), instead);
    const { effects, conflicts } = await foreseeUndo(w.id, w.places, { over: ['d/e/f'] });
    assert.deepEqual(conflicts.map(({ path, why }) => [path, why]), instead === null ? [] : [['d', 'appeared']]);
    assert.deepEqual(effects.changes.map(line), [...(instead === null ? [] : ['deleted file d']), 'created folder d', 'created folder d/e', 'created file d/e/f']);
    const over = ['d/e/f', ...conflicts.map(({ path }) => path)];
    assert.ok('conflicts' in (await undo(w.id, w.places)));
    assert.ok('touched' in (await undo(w.id, w.places, { over, expected: effects.changes })));
    assert.equal(readFileSync(join(w.root, 'd/e/f'), 'utf8'), 'old');
  }
});

test('an undo that finds nothing left to do says so and uses nothing up', async () => {
  const w = await landed(new Map(), new Map([['f', file('new')]]));
  rmSync(join(w.root, 'f'));
  const { effects, conflicts } = await foreseeUndo(w.id, w.places, { over: ['f'] });
  assert.deepEqual([effects.changes, effects.limits, conflicts], [[], ['not undone: f is gone already'], []]);
  assert.deepEqual(await undo(w.id, w.places, { over: ['f'] }), { touched: [], notes: [] });
});

test('a file that got a second name since is told to keep it', async () => {
  const w = await landed(new Map([['f', file('old')]]), new Map([['f', file('new')]]));
  mkdirSync(join(w.top, 'other'));
  linkSync(join(w.root, 'f'), join(w.top, 'other/name'));
  const { effects } = await foreseeUndo(w.id, w.places);
  assert.deepEqual([effects.undo, effects.limits], ['partly', ['hard link: f has other names, which keep the newer file']]);
});

test('an undo of other permissions says what they are now', async () => {
  const w = await landed(new Map([['f', file('m', 0o600)], ['d', folder(0o700)]]), new Map([['f', file('m', 0o755)], ['d', folder(0o755)]]));
  const { effects: { changes } } = await foreseeUndo(w.id, w.places);
  assert.deepEqual(changes.map((change) => (change.change === 'changed' ? [change.path, change.only, change.mode, change.modeBefore] : change.change)), [['d', 'mode', 0o700, 0o755], ['f', 'mode', 0o600, 0o755]]);
});
