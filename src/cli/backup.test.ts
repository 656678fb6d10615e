// Backup and restore by the command line, from outside: what comes back, what stays aside, and what is refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, PROGRAM } from '../../vectors/cli/pwb.ts';

const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };
const asideOf = (state: string): string => join(state, readdirSync(state).find((name) => name.startsWith('before-restore-')) ?? 'none');

function modesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => `${(statSync(join(folder, entry.name)).mode & 0o777).toString(8)} ${entry.isDirectory() ? 'folder' : 'file'}`);
}

test('what waits, what is in a draft, what can be undone and the settings come back, in another home too', sandboxed, async () => {
  await using desk = openDesk({ 'a.txt': 'alpha\n', 'b.txt': 'beta\n', 'c.txt': 'gamma\n', 'old/x': 'x\n' });
  const run = async (...words: readonly string[]): Promise<string> => (await desk.call(['run', '--json', ...words])).json<{ id: string }>().id;
  const landed = await run('--', 'sh', '-c', 'echo new > a.txt');
  assert.equal((await desk.pwb(['invoke', landed])).code, 0);
  const waits = await run('--', 'sh', '-c', 'rm b.txt; mkdir -p deep; echo d > deep/d; rm -r old; mkdir old; echo n > old/n');
  await run('--profile', 'draft', '--', 'sh', '-c', 'rm c.txt; echo e > e.txt; mkdir locked; echo y > locked/y; chmod 000 locked');
  assert.equal((await desk.call(['config', 'budgets.steps', '7'])).code, 0);

  const file = join(desk.base, 'saved.tar');
  assert.equal((await desk.pwb(['backup', file])).code, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await desk.pwb(['backup', file])).code, 1, 'what is there is not replaced');

  const other = { PWB_HOME: join(desk.base, 'other') };
  const restored = await desk.pwb(['restore', file, '--json'], { env: other });
  assert.deepEqual([restored.code, restored.json<{ placed: boolean }>().placed], [0, true], restored.stderr);
  assert.deepEqual(new Set(modesOf(other.PWB_HOME)), new Set(['700 folder', '600 file']));
  assert.equal((await desk.call(['log', 'verify'], { env: other })).code, 0);
  assert.equal((await desk.call(['config', 'budgets.steps', '--json'], { env: other })).json<{ value: number }>().value, 7);
  const draft = (await desk.call(['draft', 'diff'], { env: other })).stdout;
  assert.match(draft, /c\.txt/);
  assert.match(draft, /e\.txt/);
  assert.match(draft, /locked\/y/, 'what lies in a folder that nobody may read');
  assert.equal((await desk.pwb(['invoke', waits], { env: other })).code, 0);
  assert.deepEqual([existsSync(join(desk.folder, 'b.txt')), desk.file('deep/d'), existsSync(join(desk.folder, 'old/x')), desk.file('old/n')], [false, 'd\n', false, 'n\n']);
  assert.equal((await desk.pwb(['undo', landed], { env: other })).code, 0);
  assert.equal(desk.file('a.txt'), 'alpha\n');
});

test('a restore keeps the former state aside, is on record, and works where the state can no longer be opened', async () => {
  await using desk = openDesk();
  await desk.call(['workspace', 'add', desk.folder]);
  const file = join(desk.base, 'saved.tar');
  await desk.pwb(['backup', file]);
  const saved = (await desk.call(['log', '--json'])).json<readonly unknown[]>().length;
  await desk.call(['profile', 'strict']);
  writeFileSync(join(desk.state, 'state.db'), 'not a database');
  assert.equal((await desk.pwb(['inbox'])).code, 1);

  assert.equal((await desk.pwb(['restore', file])).code, 0);
  assert.equal(readFileSync(join(asideOf(desk.state), 'state.db'), 'utf8'), 'not a database');
  assert.equal((JSON.parse(readFileSync(join(asideOf(desk.state), 'config.json'), 'utf8')) as { profile: string }).profile, 'strict');
  const log = (await desk.call(['log', '--json'])).json<readonly { body: { type: string } }[]>();
  assert.deepEqual(log.slice(saved).map(({ body }) => body.type), ['state.restored']);
  assert.equal((await desk.call(['log', 'verify'])).code, 0);
  assert.equal((await desk.pwb(['restore'])).code, 1, 'nothing is ready any more');
});

test('while a workbench runs a restore only gets ready, and it is in place when that one is started again', async () => {
  await using desk = openDesk();
  const file = join(desk.base, 'saved.tar');
  await desk.pwb(['backup', file]);
  await desk.call(['workspace', 'add', desk.folder]);
  const running = desk.start(['start', '--port', '0', '--no-open']);
  await running.heard(/sign-in#/);
  const credential = readFileSync(join(desk.state, 'credential'), 'utf8');

  const ready = await desk.pwb(['restore', file]);
  assert.equal(ready.code, 0);
  assert.match(ready.stdout, /ready, but another process/);
  assert.equal((await desk.pwb(['restore', file])).code, 1, 'one at a time');
  assert.equal((await desk.pwb(['restore'])).code, 1);
  assert.match((await desk.pwb(['workspace', 'list'])).stdout, new RegExp(desk.folder), 'what runs is as it was');
  running.child.kill('SIGTERM');
  await running.ended;

  const again = desk.start(['start', '--port', '0', '--no-open']);
  await again.heard(/Restored.*\n[^]*sign-in#/);
  assert.notEqual(readFileSync(join(desk.state, 'credential'), 'utf8'), credential, 'who was let in before is not any more');
  assert.doesNotMatch((await desk.pwb(['workspace', 'list'])).stdout, new RegExp(desk.folder));
  again.child.kill('SIGTERM');
  await again.ended;
});

test('without room for it a restore says so, and nothing of it stays', async () => {
  await using desk = openDesk();
  const file = join(desk.base, 'saved.tar');
  await desk.pwb(['backup', file]);
  // No file may be larger than 30 KiB: that is how a full disk meets who writes.
  const { status, stderr } = spawnSync('/bin/sh', ['-c', 'ulimit -f 60; trap "" XFSZ; exec "$@"', 'sh', ...PROGRAM, 'restore', file], { env: desk.env, cwd: desk.folder, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^storage\.full: .*\n {2}→ free some space/);
  assert.deepEqual(readdirSync(desk.state).filter((name) => /^(restore|before)/.test(name)), []);
  assert.equal((await desk.call(['log', 'verify'])).code, 0);
});
