// Files that are closed to their owner, files of others, and disks that fold case: landed and undone as they should
// be, or refused by name. An ordinary user is a child in a user namespace of its own, so root's tests see one too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { folding } from '../../vectors/commit/folding.ts';
import { changesBetween, harvest, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { freshWorld, sweep } from '../../vectors/commit/world.ts';
import { newId } from '../model/id.ts';
import { land, undo } from './commit.ts';
import { Refused } from './files-refused.ts';
import { fastFolder } from '../../vectors/fast.ts';

const base = realpathSync(mkdtempSync(join(fastFolder(), 'commit-owner-')));
after(() => sweep(base));
const isRoot = process.getuid?.() === 0;

const PROGRAM = `
  import { chmodSync, lstatSync, readFileSync, mkdirSync, writeFileSync } from 'node:fs';
  const here = ${JSON.stringify(new URL('.', import.meta.url).href)};
  const { land, undo } = await import(here + 'commit.ts');
  const { foreseeUndo } = await import(here + 'undo-foresee.ts');
  const { sha256 } = await import(here + '../model/digest.ts');
  const top = process.cwd();
  const places = { journal: top + '/state/journal', undo: top + '/state/undo' };
  const look = (path) => { const { mode } = lstatSync(top + '/root/' + path, { throwIfNoEntry: false }) ?? { mode: 0 }; return (mode & 0o777).toString(8); };
  const said = { uid: process.getuid() };
  const step = async (name, work) => { try { said[name] = [await work(), look('shut'), look('made')]; } catch (error) { said[name] = { code: error.code, words: error.message }; } };
  const order = (id, changes) => ({ id, root: top + '/root', source: top + '/source', changes, started: Date.now() + 1000 });
  const changes = [
    { change: 'changed', path: 'shut', type: 'file', mode: 0, size: 4, before: sha256('shut'), after: sha256('shut'), only: 'mode' },
    { change: 'created', path: 'made', type: 'file', mode: 0, size: 4, after: sha256('made') },
  ];
  let id = 'aaaaaaaaaa';
  await step('landed', async () => (await land(order(id, changes), places)).touched);
  await step('foreseen', async () => (await foreseeUndo(id, places)).effects.changes.length);
  await step('undone', async () => { const { touched, undo: own } = await undo(id, places); id = own; return touched; });
  await step('redone', async () => { const { touched, undo: own } = await undo(id, places); id = own; return touched; });
  chmodSync(top + '/root/made', 0o600);
  writeFileSync(top + '/root/made', 'by hand');
  chmodSync(top + '/root/made', 0);
  await step('edited', () => undo(id, places));
  await step('theirs', async () => (await land(order('bbbbbbbbbb', [{ change: 'changed', path: 'theirs', type: 'file', mode: 0o644, size: 3, before: sha256('old'), after: sha256('new') }]), places)).notes);
  await step('back', async () => [(await undo('bbbbbbbbbb', places)).notes, readFileSync(top + '/root/theirs', 'utf8')]);
  console.log(JSON.stringify(said));
`;

test('an ordinary user lands and undoes files that are closed even to their owner, and hears when a file of another becomes theirs', (t) => {
  for (const [path, content] of [['root/shut', 'shut'], ['root/theirs', 'old'], ['source/shut', 'shut'], ['source/made', 'made'], ['source/theirs', 'new']] as const) {
    mkdirSync(join(base, path, '..'), { recursive: true });
    writeFileSync(join(base, path), content, { mode: 0o644 });
  }
  for (const path of ['shut', 'made']) chmodSync(join(base, 'source', path), 0);
  if (isRoot) chownSync(join(base, 'root/theirs'), 12_345, 12_345);
  const child = spawnSync('unshare', ['--user', '--map-user=1000', '--map-group=1000', process.execPath, '--input-type=module', '-e', PROGRAM], { cwd: base, encoding: 'utf8' });
  if (child.status !== 0 && /unshare|ENOENT|Operation not permitted/.test(child.error?.message ?? child.stderr)) return t.skip(`no user namespace here: ${child.stderr.trim()}`);
  assert.equal(child.status, 0, child.stderr);
  const said = JSON.parse(child.stdout);
  assert.equal(said.uid, 1000);
  assert.deepEqual(said.landed, [['made', 'shut'], '0', '0'], child.stdout);
  assert.deepEqual(said.foreseen, [2, '0', '0']);
  assert.deepEqual(said.undone, [['made', 'shut'], '644', '0']);
  assert.equal(lstatSync(join(base, 'root/made')).size, 7);
  assert.deepEqual(said.redone, [['made', 'shut'], '0', '0']);
  assert.equal(said.edited.code, 'denied');
  assert.match(said.edited.words, /^made can't be opened/);
  const notes = isRoot ? [{ path: 'theirs', note: 'owner-changed' }] : [];
  assert.deepEqual(said.theirs[0], notes);
  assert.deepEqual(said.back[0], [notes, 'old']);
});

test('root leaves a file with the owner that it had', { skip: !isRoot && 'only root may give files away' }, async () => {
  const file = (content: string): Node => ({ type: 'file', content, mode: 0o644, mtime: 1_600_000_000 });
  const { root, source, changes, places } = freshWorld(base, new Map([['f', file('old')]]), new Map([['f', file('new')]]));
  chownSync(join(root, 'f'), 12_345, 54_321);
  const id = newId();
  const owner = (): readonly number[] => [lstatSync(join(root, 'f')).uid, lstatSync(join(root, 'f')).gid];
  assert.deepEqual(await land({ id, root, source, changes, started: Date.now() + 1000 }, places), { touched: ['f'], notes: [] });
  assert.deepEqual(owner(), [12_345, 54_321]);
  await undo(id, places);
  assert.deepEqual(owner(), [12_345, 54_321]);
});

test('two names that are one on a disk that folds case are refused by name; one that only changes its case lands', async () => {
  const file = (content: string): Node => ({ type: 'file', content, mode: 0o644, mtime: 1_600_000_000 });
  const folder: Node = { type: 'folder', mode: 0o755 };
  const start: Tree = new Map([['keep', file('keep')], ['d', folder]]);
  const ends: readonly Tree[] = [
    new Map([...start, ['d/Readme', file('1')], ['d/README', file('2')]]),
    new Map([...start, ['new', folder], ['new/Readme', file('1')], ['new/README', file('2')]]),
    new Map([...start, ['d/x', folder], ['d/X', file('2')]]),
  ];
  for (const to of ends) {
    const { root, source, places } = freshWorld(base, start, to);
    const ended = folding(root, () => land({ id: newId(), root, source, changes: changesBetween(start, to), started: Date.now() + 1000 }, places));
    await assert.rejects(ended, (error) => error instanceof Refused && error.code === 'bad-name' && /are one name on this disk/.test(error.message));
    assert.deepEqual(sorted(harvest(root)), sorted(start));
  }
  const other: Tree = new Map([['KEEP', file('keep')], ['d', folder]]);
  const { root, source, places, changes } = freshWorld(base, start, other);
  assert.ok('touched' in (await folding(root, () => land({ id: newId(), root, source, changes, started: Date.now() + 1000 }, places))));
  assert.deepEqual(sorted(harvest(root)), sorted(other));
});
