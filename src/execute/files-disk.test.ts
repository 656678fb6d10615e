// Disks that are full, read-only or mounted inside a workspace. They are real, small tmpfs mounts in a user
// namespace of a child process, so this needs neither root nor a disk.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'disk-')));
after(() => rmSync(base, { recursive: true }));

const MOUNT = `
  set -e
  cd "$1"; mkdir -p full ro bind
  mount -t tmpfs -o size=64k tmpfs full; echo old > full/a
  mount -t tmpfs tmpfs ro; echo old > ro/a; mount -o remount,bind,ro ro
  mount -t tmpfs tmpfs bind; mkdir -p bind/d/b bind/other; echo 1 > bind/d/a; echo 2 > bind/d/b/x; mount --bind bind/d/b bind/d/b; mount -t tmpfs tmpfs bind/other; echo 3 > bind/other/y
  exec "$2" --input-type=module -e "$3"
`;

const PROGRAM = `
  import { readdirSync, readFileSync } from 'node:fs';
  const { previewWrite, applyWrite, readFiles } = await import(${JSON.stringify(new URL('./files.ts', import.meta.url).href)});
  const said = {};
  const attempt = async (name, root, action) => {
    const full = { kind: 'write', workspace: 'w0000000ws', root: process.cwd() + '/' + root, ...action };
    try { said[name] = (await applyWrite(full, await previewWrite(full))).text; }
    catch (error) { said[name] = { code: error.code, words: error.message, touched: error.touched }; }
  };
  await attempt('full', 'full', { op: 'write', path: 'a', content: 'x'.repeat(200_000) });
  await attempt('full new', 'full', { op: 'write', path: 'n/e/w', content: 'x'.repeat(200_000) });
  said.fullAfter = [readdirSync('full'), readFileSync('full/a', 'utf8')];
  await attempt('read-only', 'ro', { op: 'write', path: 'a', content: 'x' });
  await attempt('read-only new', 'ro', { op: 'mkdir', path: 'x' });
  await attempt('read-only delete', 'ro', { op: 'delete', path: 'a' });
  await attempt('half', 'bind', { op: 'delete', path: 'd' });
  said.halfAfter = readdirSync('bind/d', { recursive: true });
  await attempt('mounted', 'bind', { op: 'delete', path: 'other' });
  await attempt('across', 'bind', { op: 'move', path: 'other/y', to: 'y' });
  said.list = (await readFiles({ kind: 'read', op: 'list', workspace: 'w0000000ws', root: process.cwd() + '/bind', path: '.', depth: 1 })).text;
  console.log(JSON.stringify(said));
`;

test('a full disk, a read-only disk and mounts inside a workspace are answered in words, and nothing is left half-written', (t) => {
  const child = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', MOUNT, 'sh', base, process.execPath, PROGRAM], { encoding: 'utf8' });
  if (child.status !== 0 && /unshare|mount|ENOENT|Operation not permitted/.test(child.error?.message ?? child.stderr)) return t.skip(`no mounts for this user here: ${child.stderr.trim()}`);
  assert.equal(child.status, 0, child.stderr);
  const said = JSON.parse(child.stdout);
  const expect = (name: string, code: string, words: RegExp): void => {
    assert.equal(said[name]?.code, code, JSON.stringify(said[name]));
    assert.match(said[name].words, words);
  };
  for (const name of ['full', 'full new']) expect(name, 'full', /disk is full; free some space/);
  assert.deepEqual(said.fullAfter, [['a'], 'old\n']);
  for (const name of ['read-only', 'read-only new', 'read-only delete']) expect(name, 'read-only', /mounted read-only/);
  expect('half', 'changing', /half-way: 2 of 4 entries are deleted, the rest is not\. d\/b is in use or a mount point/);
  assert.deepEqual(said.half.touched, ['d/a', 'd/b/x']);
  assert.deepEqual(said.halfAfter, ['b']);
  expect('mounted', 'busy', /mount point/);
  expect('across', 'other-disk', /another disk/);
  assert.match(said.list, /other\/ {2}\(another disk\)/);
});
