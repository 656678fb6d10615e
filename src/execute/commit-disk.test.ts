// Disks that are full, read-only, mounted inside a workspace, or another than that of the state: real, small tmpfs
// mounts in a user namespace of a child process. And two names that differ in case only.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'commit-disk-')));
after(() => rmSync(base, { recursive: true, force: true }));

const MOUNT = `
  set -e
  cd "$1"; mkdir -p full ro sub other source state
  mount -t tmpfs -o size=256k tmpfs full; echo -n old > full/a
  mount -t tmpfs tmpfs ro; echo -n old > ro/a; mount -o remount,bind,ro ro
  mount -t tmpfs tmpfs sub; echo -n old > sub/a; mkdir sub/in sub/bound; mount -t tmpfs tmpfs sub/in; echo -n old > sub/in/b; mount --bind sub/bound sub/bound; echo -n old > sub/bound/b
  mount -t tmpfs tmpfs other; echo -n old > other/a
  exec "$2" --input-type=module -e "$3"
`;

const PROGRAM = `
  import { readdirSync, readFileSync, writeFileSync, mkdirSync, statSync } from 'node:fs';
  const here = ${JSON.stringify(new URL('.', import.meta.url).href)};
  const { land, undo } = await import(here + 'commit.ts');
  const { sha256 } = await import(here + '../model/digest.ts');
  const top = process.cwd();
  const places = { journal: top + '/state/journal', undo: top + '/state/undo' };
  const said = {};
  const attempt = async (name, root, path, content) => {
    const source = top + '/source/' + name;
    mkdirSync(source + '/in', { recursive: true }); mkdirSync(source + '/bound');
    writeFileSync(source + '/a', content); writeFileSync(source + '/in/b', content); writeFileSync(source + '/bound/b', content);
    const changes = [...new Set(['a', path])].map((one) => ({ change: 'changed', path: one, type: 'file', mode: 0o640, size: 1, before: sha256('old'), after: sha256(content) }));
    const id = name.padEnd(10, '0');
    try { said[name] = await land({ id, root: top + '/' + root, source, changes, started: Date.now() + 1000 }, places); }
    catch (error) { said[name] = { code: error.code, words: error.message }; }
    return id;
  };
  await attempt('ne', 'full', 'a', 'x'.repeat(500_000));
  said.fullAfter = [readdirSync('full'), readFileSync('full/a', 'utf8')];
  await attempt('ra', 'ro', 'a', 'new');
  await attempt('sa', 'sub', 'in/b', 'new');
  await attempt('sb', 'sub', 'bound/b', 'new');
  said.subAfter = [readdirSync('sub').sort(), readFileSync('sub/a', 'utf8'), readFileSync('sub/in/b', 'utf8'), readFileSync('sub/bound/b', 'utf8')];
  const id = await attempt('xx', 'other', 'a', 'new');
  said.otherLanded = readFileSync('other/a', 'utf8');
  said.keptMode = statSync(places.undo + '/' + id + '/0').mode & 0o777;
  const undone = await undo(id, places);
  said.otherUndone = [readFileSync('other/a', 'utf8'), undone.touched, readdirSync('other')];
  said.journal = readdirSync(places.journal);
  console.log(JSON.stringify(said));
`;

test('a full disk, a read-only disk and mounts inside a workspace are answered in words and nothing is changed; a workspace that is itself a mount works, with its state on another disk', (t) => {
  const child = spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', MOUNT, 'sh', base, process.execPath, PROGRAM], { encoding: 'utf8' });
  if (child.status !== 0 && /unshare|mount|ENOENT|Operation not permitted/.test(child.error?.message ?? child.stderr)) return t.skip(`no mounts for this user here: ${child.stderr.trim()}`);
  assert.equal(child.status, 0, child.stderr);
  const said = JSON.parse(child.stdout);
  assert.equal(said.ne.code, 'full', JSON.stringify(said.ne));
  assert.match(said.ne.words, /disk is full; free some space/);
  assert.deepEqual(said.fullAfter, [['a'], 'old']);
  assert.equal(said.ra.code, 'read-only', JSON.stringify(said.ra));
  for (const name of ['sa', 'sb']) {
    assert.equal(said[name].code, 'other-disk', JSON.stringify(said[name]));
    assert.match(said[name].words, /^(in|bound) is a mount point/);
  }
  assert.deepEqual(said.subAfter, [['a', 'bound', 'in'], 'old', 'old', 'old']);
  assert.equal(said.otherLanded, 'new');
  assert.equal(said.keptMode, 0o600);
  assert.deepEqual(said.otherUndone, ['old', ['a'], ['a']]);
  assert.deepEqual(said.journal, []);
});
