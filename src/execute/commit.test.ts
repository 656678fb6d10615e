// Landing and undoing, looked at from outside: the whole tree before and after, and nothing left lying about.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, lstatSync, lutimesSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { changesBetween, harvest, plant, plantSource, plainTree, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { sweep } from '../../vectors/commit/world.ts';
import { EMPTY_SHA256, type Change } from '../model/effects.ts';
import { sha256 } from '../model/digest.ts';
import { newId, type Id } from '../model/id.ts';
import { land, recoverLandings, undo, type Conflict, type Ended, type Landing } from './commit.ts';
import { sidesOf } from './commit-sides.ts';
import { Drifted, Refused } from './files-refused.ts';
import { listUndo, pruneUndo } from './undo-list.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'commit-')));
after(() => sweep(base));

interface World {
  readonly root: string;
  readonly source: string;
  readonly places: { readonly journal: string; readonly undo: string };
}

function world(tree: Tree): World {
  const top = mkdtempSync(join(base, 'w-'));
  const [root, source] = [join(top, 'root'), join(top, 'source')];
  mkdirSync(root);
  mkdirSync(source);
  plant(root, tree);
  return { root, source, places: { journal: join(top, 'state/journal'), undo: join(top, 'state/undo') } };
}

const file = (content: string, mode = 0o644): Node => ({ type: 'file', content, mode, mtime: 1_600_000_000 });
const folder = (mode = 0o755): Node => ({ type: 'folder', mode });
const link = (target: string): Node => ({ type: 'link', target, mtime: 1_600_000_000 });
const later = (): number => Date.now() + 1000;

async function landTree({ root, source, places }: World, from: Tree, to: Tree, id: Id = newId()): Promise<Ended> {
  const changes = changesBetween(from, to);
  plantSource(source, to, changes);
  return land({ id, root, source, changes, started: later() }, places);
}

function conflictsOf(ended: Ended): readonly Conflict[] {
  return 'conflicts' in ended ? ended.conflicts : assert.fail('it landed');
}

function same(root: string, tree: Tree): void {
  assert.deepEqual(sorted(harvest(root)), sorted(tree));
}

/** Nothing of ours is left in the journal. */
function closed({ places }: World): void {
  assert.deepEqual(readdirSync(places.journal), []);
}

const FROM = new Map<string, Node>([
  ['a', folder()], ['a/keep', file('keep')], ['a/edit', file('old text', 0o640)], ['a/gone', file('gone')], ['a/link', link('keep')], ['run.sh', file('#!/bin/sh\n')],
  ['old', folder(0o750)], ['old/deep', folder()], ['old/deep/x', file('x')], ['old/l', link('/etc/passwd')], ['file-to-folder', file('f')], ['folder-to-file', folder()], ['folder-to-file/in', file('in')], ['case', file('case')],
]);
const TO = new Map<string, Node>([
  ['a', folder(0o700)], ['a/keep', file('keep')], ['a/edit', file('new text', 0o600)], ['a/link', link('edit')], ['run.sh', file('#!/bin/sh\n', 0o755)],
  ['new', folder(0o555)], ['new/deep', folder()], ['new/deep/y', file('y')], ['new/l', link('../nowhere')], ['file-to-folder', folder()], ['file-to-folder/in', file('in')], ['folder-to-file', file('g')], ['CASE', file('case')], ['empty', file('')],
]);

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

test('two landings in one workspace take turns, and the second meets what the first did', async () => {
  const from = new Map([['f', file('old')]]);
  const w = world(from);
  const changes = changesBetween(from, new Map([['f', file('new')]]));
  plantSource(w.source, new Map([['f', file('new')]]), changes);
  const both = await Promise.all([0, 1].map(() => land({ id: newId(), root: w.root, source: w.source, changes, started: later() }, w.places)));
  assert.deepEqual(both.map((ended) => 'touched' in ended).toSorted(), [false, true]);
  closed(w);
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
