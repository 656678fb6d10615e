// Landing and undoing, looked at from outside: the whole tree before and after, and nothing left lying about.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, conflictsOf, file, folder, FROM, landTree, later, link, same, TO, worldIn, type World } from '../../vectors/commit/landing.ts';
import { changesBetween, harvest, plant, plainTree, plantSource, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { sweep } from '../../vectors/commit/world.ts';
import { sha256 } from '../model/digest.ts';
import { EMPTY_SHA256, type Change } from '../model/effects.ts';
import { newId, type Id } from '../model/id.ts';
import { land, recoverLandings, undo, type Ended } from './commit.ts';
import { Drifted, Refused } from './files-refused.ts';
import { listUndo, pruneUndo } from './undo-list.ts';
import { fastFolder } from '../../vectors/fast.ts';

const base = realpathSync(mkdtempSync(join(fastFolder(), 'commit-')));
after(() => sweep(base));

const world = (tree: Tree): World => worldIn(base, tree);

test('created, changed, deleted and renamed files, folders, links and modes land exactly, and undo gives the start', async () => {
  const w = world(FROM);
  const id = newId();
  const ended = await landTree(w, FROM, TO, id);
  assert.ok('touched' in ended && ended.touched.includes('a/edit'), JSON.stringify(ended));
  same(w.root, TO);
  closed(w);
  const undone = await undo(id, w.places);
  assert.ok('touched' in undone, JSON.stringify(undone));
  same(w.root, FROM);
  closed(w);
  // And the undo can be undone.
  assert.ok('touched' in (await undo(undone.undo ?? '', w.places)));
  same(w.root, TO);
  await assert.rejects(undo(id, w.places), { code: 'undo.none' });
});

test('what is kept for undo is closed to other users', async () => {
  const w = world(FROM);
  const id = newId();
  await landTree(w, FROM, TO, id);
  for (const path of [w.places.journal, w.places.undo, join(w.places.undo, id)]) assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(statSync(join(w.places.undo, id, 'record.jsonl')).mode & 0o777, 0o600);
});

test('content that differs from what was judged never lands', async () => {
  const from = new Map([['f', file('old')], ['l', link('a')]]);
  const to = new Map([['f', file('new')], ['l', link('b')]]);
  for (const spoil of ['f', 'l'] as const) {
    const w = world(from);
    const changes = changesBetween(from, to);
    plantSource(w.source, to, changes);
    rmSync(join(w.source, spoil));
    if (spoil === 'f') writeFileSync(join(w.source, 'f'), 'NEW');
    else symlinkSync('/etc', join(w.source, 'l'));
    await assert.rejects(land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places), Drifted);
    rmSync(join(w.source, spoil));
    await assert.rejects(land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places), Drifted);
    same(w.root, from);
    closed(w);
    assert.deepEqual(readdirSync(w.places.undo), []);
  }
});

test('a link on the way, in the workspace or in the source, leads nowhere', async () => {
  const outside = mkdtempSync(join(base, 'outside-'));
  writeFileSync(join(outside, 'f'), 'outside');
  const from = new Map<string, Node>([['in', link(outside)]]);
  const w = world(from);
  symlinkSync(outside, join(w.source, 'x'));
  const create = (path: string): Change => ({ change: 'created', path, type: 'file', mode: 0o644, size: 0, after: sha256('outside') });
  const attempt = (changes: readonly Change[]): Promise<Ended> => land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places);
  assert.deepEqual(conflictsOf(await attempt([create('in/g')])).map(({ why }) => why), ['gone']);
  await assert.rejects(attempt([{ change: 'created', path: 'x', type: 'folder', mode: 0o755, size: 0, after: EMPTY_SHA256 }, create('x/f')]), Drifted);
  same(w.root, from);
  assert.deepEqual(readdirSync(outside), ['f']);
});

test('special files and special rights are refused by name', async () => {
  const w = world(new Map());
  writeFileSync(join(w.source, 'f'), 'x');
  chmodSync(join(w.source, 'f'), 0o4755);
  const created = { change: 'created', path: 'f', type: 'file', size: 1, after: sha256('x') } as const;
  for (const mode of [0o4755, 0o2755, 0o755]) {
    await assert.rejects(land({ id: newId(), root: w.root, source: w.source, changes: [{ ...created, mode }], started: later() }, w.places), (error) => error instanceof Refused && error.code === 'special');
  }
  same(w.root, new Map());
});

test('paths that leave the workspace, contradictions and closed folders are refused', async () => {
  const vectors: readonly { readonly changes: readonly Change[]; readonly code: string }[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/commit/refused.json'), 'utf8'));
  const w = world(new Map([['f', file('x')]]));
  for (const { changes, code } of vectors) {
    await assert.rejects(land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places), { code }, JSON.stringify(changes));
  }
  await assert.rejects(land({ id: newId(), root: w.root, source: w.source, changes: [{ change: 'deleted', path: 'f', type: 'file', before: sha256('x') }], started: later() }, w.places, { never: [join(w.root, 'f')] }), { code: 'closed' });
  await assert.rejects(undo('../../etc', w.places), { code: 'undo.bad-id' });
  same(w.root, new Map([['f', file('x')]]));
});

const AT = 1_234_567_890.123;

test('a time that alone was changed lands: of a file in its place, of a link, of a folder; and goes back', async () => {
  const from = new Map<string, Node>([['d', folder()], ['d/x', file('x')], ['f', file('f', 0o640)], ['l', link('f')], ['m', file('m')]]);
  const w = world(from);
  utimesSync(join(w.root, 'd'), 1_500_000_000, 1_500_000_000);
  const { ino } = lstatSync(join(w.root, 'f'));
  const times = (): readonly number[] => ['d', 'f', 'l', 'm'].map((path) => Math.round(lstatSync(join(w.root, path)).mtimeMs));
  const start = times();
  const change = (path: string, type: 'file' | 'folder' | 'link', mode: number, digest: string, only: 'mode' | 'times' = 'times'): Change => ({ change: 'changed', path, type, mode, size: 0, before: digest, after: digest, only });
  const changes = [change('d', 'folder', 0o755, EMPTY_SHA256), change('f', 'file', 0o640, sha256('f')), change('l', 'link', 0o777, sha256('f')), change('m', 'file', 0o600, sha256('m'), 'mode')];
  plant(w.source, new Map<string, Node>([['d', folder()], ['f', file('f', 0o640)], ['l', link('f')], ['m', file('m', 0o600)], ['d/y', file('y')]]));
  for (const path of ['d', 'f', 'l', 'm']) lutimesSync(join(w.source, path), AT, AT);
  const id = newId();
  const ended = await land({ id, root: w.root, source: w.source, changes: [...changes, { change: 'created', path: 'd/y', type: 'file', mode: 0o644, size: 1, after: sha256('y') }], started: later() }, w.places);
  assert.ok('touched' in ended, JSON.stringify(ended));
  // What lands in the folder along with it doesn't move its time.
  assert.deepEqual(times(), [AT, AT, AT, AT].map((at) => at * 1000));
  assert.equal(lstatSync(join(w.root, 'f')).ino, ino, 'it is the same file');
  assert.equal(lstatSync(join(w.root, 'm')).mode & 0o777, 0o600);
  assert.ok('touched' in (await undo(id, w.places)));
  same(w.root, from);
  assert.deepEqual(times(), start);
  assert.equal(lstatSync(join(w.root, 'f')).ino, ino);
  closed(w);
});

test('a folder that the rehearsal made has its time; one that was there is touched by what happens in it, and not otherwise', async () => {
  const from = new Map<string, Node>([['there', folder()]]);
  const w = world(from);
  plant(w.source, new Map<string, Node>([['made', folder()], ['made/in', folder()], ['made/in/f', file('f')], ['there', folder()], ['there/g', file('g')]]));
  for (const path of ['made/in', 'made', 'there']) utimesSync(join(w.source, path), AT, AT);
  const changes = changesBetween(from, new Map<string, Node>([...from, ['made', folder()], ['made/in', folder()], ['made/in/f', file('f')], ['there/g', file('g')]]));
  await land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places);
  for (const path of ['made', 'made/in']) assert.equal(Math.round(statSync(join(w.root, path)).mtimeMs), AT * 1000);
  assert.ok(statSync(join(w.root, 'there')).mtimeMs > AT * 1000);
});

test('a file with a second name is replaced alone, which is said, and its pre-image is a copy that the other name cannot reach', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const other = join(mkdtempSync(join(base, 'other-')), 'name');
  linkSync(join(w.root, 'f'), other);
  const id = newId();
  const ended = await landTree(w, from, new Map([['f', file('new')]]), id);
  assert.deepEqual('notes' in ended && ended.notes, [{ path: 'f', note: 'link-broken' }]);
  assert.equal(readFileSync(other, 'utf8'), 'old');
  writeFileSync(other, 'written through the other name');
  assert.ok('touched' in (await undo(id, w.places)));
  same(w.root, from);
});

test('an undo names a later edit that is in the way and changes nothing; told to go over it, the edit is kept by the undo', async () => {
  const w = world(FROM);
  const id = newId();
  await landTree(w, FROM, TO, id);
  writeFileSync(join(w.root, 'unrelated'), 'later');
  writeFileSync(join(w.root, 'a/edit'), 'later edit');
  writeFileSync(join(w.root, 'file-to-folder/mine'), 'mine');
  const before = sorted(harvest(w.root));
  const conflicts = conflictsOf(await undo(id, w.places));
  assert.deepEqual(conflicts.map(({ path, why }) => [path, why]), [['a/edit', 'changed'], ['file-to-folder', 'changed']]);
  assert.deepEqual(sorted(harvest(w.root)), before);
  const undone = await undo(id, w.places, { over: ['a/edit', 'file-to-folder'] });
  assert.ok('touched' in undone, JSON.stringify(undone));
  const now = harvest(w.root);
  assert.equal(readFileSync(join(w.root, 'a/edit'), 'utf8'), 'old text');
  assert.equal(readFileSync(join(w.root, 'file-to-folder/mine'), 'utf8'), 'mine', 'a folder that is in use stays');
  assert.equal(now.has('unrelated'), true);
  await undo(undone.undo ?? '', w.places);
  assert.equal(readFileSync(join(w.root, 'a/edit'), 'utf8'), 'later edit');
});

test('a pre-image that was written to since is no pre-image any more, and that is said', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const held = openSync(join(w.root, 'f'), 'r+');
  const id = newId();
  await landTree(w, from, new Map([['f', file('new')]]), id);
  writeSync(held, 'OLD');
  closeSync(held);
  assert.deepEqual(conflictsOf(await undo(id, w.places)).map(({ path, why }) => [path, why]), [['f', 'kept']]);
  same(w.root, new Map([['f', file('new')]]));
});

test('sparse files stay sparse, on the way in and on the way back', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const size = 64 * 1024 * 1024;
  const at = join(w.source, 'f');
  writeFileSync(at, 'head');
  truncateSync(at, size);
  const bytes = readFileSync(at);
  const id = newId();
  const after_ = sha256(bytes);
  const changes: readonly Change[] = [{ change: 'changed', path: 'f', type: 'file', mode: 0o644, size, before: sha256('old'), after: after_ }];
  await land({ id, root: w.root, source: w.source, changes, started: later() }, w.places);
  assert.equal(sha256(readFileSync(join(w.root, 'f'))), after_);
  assert.ok(lstatSync(join(w.root, 'f')).blocks * 512 < 1024 * 1024);
  await undo(id, w.places);
  same(w.root, from);
});

test('a read-only folder of our own is written to as the rehearsal could, and is read-only afterwards', async () => {
  const from = new Map<string, Node>([['ro', folder(0o555)], ['ro/f', file('old')], ['ro/g', file('g')]]);
  const to = new Map<string, Node>([['ro', folder(0o555)], ['ro/f', file('new')], ['ro/h', file('h')]]);
  const w = world(from);
  const id = newId();
  const ended = await landTree(w, from, to, id);
  assert.ok('touched' in ended, JSON.stringify(ended));
  same(w.root, to);
  await undo(id, w.places);
  same(w.root, from);
});

test('a git worktree, whose .git is a file that leads elsewhere, is a workspace like any other', async () => {
  const top = realpathSync(mkdtempSync(join(base, 'git-')));
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.org', ...args], { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: top, GIT_CONFIG_NOSYSTEM: '1' } });
  mkdirSync(join(top, 'main'));
  git(join(top, 'main'), 'init', '-q');
  writeFileSync(join(top, 'main/f'), 'old');
  git(join(top, 'main'), 'add', 'f');
  git(join(top, 'main'), 'commit', '-qm', 'start');
  git(join(top, 'main'), 'worktree', 'add', '-q', join(top, 'tree'));
  const [root, source, places] = [join(top, 'tree'), join(top, 'source'), { journal: join(top, 'journal'), undo: join(top, 'undo') }];
  mkdirSync(source);
  writeFileSync(join(source, 'f'), 'new');
  const id = newId();
  await land({ id, root, source, changes: [{ change: 'changed', path: 'f', type: 'file', mode: 0o644, size: 3, before: sha256('old'), after: sha256('new') }], started: later() }, places);
  assert.equal(git(root, 'status', '--porcelain'), ' M f\n');
  await undo(id, places);
  assert.equal(git(root, 'status', '--porcelain'), '');
});

test('old pre-images are pruned by age and by size, the oldest first', async () => {
  const from = new Map([['f', file('0')]]);
  const w = world(from);
  const ids: Id[] = [];
  for (let i = 0; i < 3; i += 1) {
    const id = newId();
    ids.push(id);
    const to = new Map([['f', file(`${i + 1}`)]]);
    rmSync(w.source, { recursive: true });
    mkdirSync(w.source);
    await landTree(w, new Map([['f', file(`${i}`)]]), to, id);
    await sleep(5);
  }
  const list = listUndo(w.places);
  assert.deepEqual(list.map(({ id, action, root, op }) => [id, action, root, op]), ids.toReversed().map((id) => [id, id, w.root, 'land']));
  assert.ok(list.every(({ bytes }) => bytes > 0 && bytes % 512 === 0));
  const bytes = list[0]?.bytes ?? 0;
  assert.deepEqual(await pruneUndo(w.places, { olderThan: 0, mostBytes: 1e9 }), []);
  assert.deepEqual(await pruneUndo(w.places, { olderThan: list[1]?.at ?? 0, mostBytes: 1e9 }), [{ id: ids[0], bytes }]);
  // One that can't be read takes room too.
  writeFileSync(join(w.places.undo, ids[1] ?? '', 'record.jsonl'), 'x');
  assert.deepEqual(listUndo(w.places).map(({ id }) => id), [ids[2]]);
  assert.deepEqual((await pruneUndo(w.places, { olderThan: 0, mostBytes: 0 })).map(({ id }) => id).toSorted(), ids.slice(1).toSorted());
  assert.deepEqual(readdirSync(w.places.undo), []);
});

test('hundreds of files land and go back at once', async () => {
  const [from, to] = [plainTree(300, 'old'), plainTree(300, 'new')];
  const w = world(from);
  const id = newId();
  await landTree(w, from, to, id);
  same(w.root, to);
  await undo(id, w.places);
  same(w.root, from);
  assert.deepEqual(await recoverLandings(w.places), []);
  assert.equal(existsSync(join(w.places.undo, id)), false);
});
