// The command `pwb` and the set-up's lock, from outside, in folders of their own with stand-ins for the bundle
// and the build.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type TestContext } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const ECHO = `process.stdin.setEncoding('utf8'); let stdin = ''; for await (const text of process.stdin) stdin += text; console.log(JSON.stringify({ version: process.versions.node, args: process.argv.slice(2), stdin }));`;

function folder(t: TestContext, name = 'a copy'): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-setup-')));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const home = join(top, name);
  mkdirSync(join(home, 'dist'), { recursive: true });
  copyFileSync(join(ROOT, 'pwb'), join(home, 'pwb'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  writeFileSync(join(home, 'dist/pwb.mjs'), ECHO);
  return home;
}

/** A checkout has sources, and a build: here one that counts its calls and makes the stamp. */
function checkout(t: TestContext): { readonly home: string; readonly builds: () => number } {
  const home = folder(t);
  for (const name of ['src/room', 'scripts']) mkdirSync(join(home, name), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'scripts/bundle.mjs', 'src/room/a.ts', 'src/b.ts']) writeFileSync(join(home, name), '');
  writeFileSync(join(home, 'scripts/build.mjs'), `import { appendFileSync, writeFileSync } from 'node:fs'; console.log('noise'); appendFileSync(${JSON.stringify(join(home, 'built'))}, 'x'); await new Promise((go) => setTimeout(go, 20)); writeFileSync(${JSON.stringify(join(home, 'dist/stamp'))}, '');`);
  return { home, builds: () => (existsSync(join(home, 'built')) ? readFileSync(join(home, 'built')).length : 0) };
}

function pwb(path: string, args: readonly string[], stdin = ''): { readonly version: string; readonly args: string[]; readonly stdin: string } {
  const { status, stdout, stderr } = spawnSync(path, args, { input: stdin, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('pwb runs on Node 24 and hands on arguments and input byte for byte', (t) => {
  const args = ['a b', '', '$HOME', '"', "'", '*', 'new\nline', '--', '-e'];
  const ran = pwb(join(folder(t), 'pwb'), args, 'in\nput');
  assert.deepEqual([ran.args, ran.stdin, ran.version.split('.')[0]], [args, 'in\nput', '24']);
});

test('pwb is found through links, with spaces and new lines in their names, from any folder', (t) => {
  const home = folder(t, 'odd\n- name ');
  symlinkSync('pwb', join(home, 'first'));
  symlinkSync(join(home, 'first'), join(home, '..', 'second\n'));
  for (const argv of [['./second\n'], ['sh', 'second\n'], ['sh', './odd\n- name /first']]) {
    const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { cwd: join(home, '..'), input: '', encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\{"version":"24\./);
  }
});

test('a checkout is built again after any change, also to older bytes, a name or a deletion, and only then', async (t) => {
  const { home, builds } = checkout(t);
  const at = (name: string): string => join(home, name);
  const changes: readonly (() => void)[] = [
    () => writeFileSync(at('src/b.ts'), 'changed'),
    () => { writeFileSync(at('src/new.ts'), ''); utimesSync(at('src/new.ts'), 1, 1); },
    () => utimesSync(at('src/b.ts'), 1, 1),
    () => renameSync(at('src/new.ts'), at('src/room/new.ts')),
    () => rmSync(at('src/room/new.ts')),
    () => writeFileSync(at('package-lock.json'), '{}'),
    () => rmSync(at('dist/stamp')),
  ];
  pwb(at('pwb'), []);
  for (const [index, change] of changes.entries()) {
    pwb(at('pwb'), []);
    assert.equal(builds(), index + 1);
    await sleep(20);
    change();
    pwb(at('pwb'), []);
    assert.equal(builds(), index + 2, String(change));
  }
});

test('a build says nothing on stdout and takes nothing from stdin', (t) => {
  const { home } = checkout(t);
  assert.equal(pwb(join(home, 'pwb'), [], 'kept').stdin, 'kept');
});

test('a build that fails is a fault, and nothing older runs in its place', (t) => {
  const { home } = checkout(t);
  writeFileSync(join(home, 'scripts/build.mjs'), 'process.exit(3)');
  const { status, stdout } = spawnSync(join(home, 'pwb'), [], { input: '', encoding: 'utf8' });
  assert.deepEqual([status, stdout], [1, '']);
});

test('without any Node there are words and a next step', (t) => {
  const home = folder(t);
  rmSync(join(home, 'node_modules'));
  mkdirSync(join(home, 'bin'));
  const { status, stderr } = spawnSync('/bin/sh', [join(home, 'pwb')], { env: { PATH: join(home, 'bin') }, input: '', encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /no Node 24[^]*Next: /);
});

test('of several that want the set-up at once one works at a time, and a dead one holds nobody up', async (t) => {
  const home = folder(t);
  const lock = join(home, 'lock');
  writeFileSync(lock, '999999999 1');
  const body = `const { withLock } = await import(${JSON.stringify(join(ROOT, 'scripts/lock.mjs'))}); const { mkdirSync, rmdirSync } = await import('node:fs');
    for (let turn = 0; turn < 5; turn++) await withLock(${JSON.stringify(lock)}, 'working', async () => { mkdirSync(${JSON.stringify(join(home, 'busy'))}); await new Promise((go) => setTimeout(go, 5)); rmdirSync(${JSON.stringify(join(home, 'busy'))}); });`;
  const ends = await Promise.all([1, 2, 3].map(() => new Promise((resolve) => {
    spawn(process.execPath, ['--input-type=module', '-e', body], { stdio: 'ignore' }).on('close', resolve);
  })));
  assert.deepEqual(ends, [0, 0, 0]);
  assert.equal(existsSync(lock), false);
});
