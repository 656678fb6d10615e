// What stands between a person's yes and its end when the process that took the yes is gone.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';
import { strandedActions } from '../approvals/actions.ts';
import { invoke } from '../loop/desk.ts';
import { openWorkbench } from '../main.ts';

const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };

/** A command that a person said yes to; then the process that took the yes was killed. */
async function saidYes(desk: Desk, line: string): Promise<{ readonly id: string; readonly session: string }> {
  const { id, session } = (await desk.pwb(['run', '--json', '--', 'sh', '-c', line])).json<{ id: string; session: string }>();
  const bench = await openWorkbench(desk.env);
  await invoke(bench, id, { door: 'cli', credential: 'test' });
  assert.deepEqual(strandedActions(bench.log.store.db), [], 'as long as it lives, it is about to carry it out');
  bench.log.store.db.exec(`UPDATE actions SET owner = '999999999:1' WHERE id = '${id}'`);
  await bench.close();
  return { id, session };
}

test('a yes that a crash cut off before anything came of it is listed, and can be said once more', sandboxed, async () => {
  await using desk = openDesk();
  const { id } = await saidYes(desk, 'echo yes > made.txt');
  const { stdout } = await desk.pwb(['inbox']);
  assert.match(stdout, /You said yes to this, and then/);
  assert.ok(stdout.includes(`pwb invoke ${id} | take the yes back: pwb deny ${id}`));
  assert.ok(!stdout.includes('Nothing waits for you'));
  assert.deepEqual((await desk.pwb(['inbox', '--json'])).json<{ stranded: { id: string; state: string }[] }>().stranded.map((card) => [card.id, card.state]), [[id, 'answered']]);
  assert.equal(existsSync(join(desk.folder, 'made.txt')), false);
  const invoked = await desk.pwb(['invoke', id]);
  assert.equal(invoked.code, 0, invoked.stderr);
  assert.equal(desk.file('made.txt'), 'yes\n');
  assert.equal((await desk.pwb(['inbox'])).stdout, 'Nothing waits for you.\n');
  assert.equal((await desk.pwb(['invoke', id])).code, 1);
});

test('a yes that a crash cut off can be taken back, on record', sandboxed, async () => {
  await using desk = openDesk();
  const { id } = await saidYes(desk, 'echo yes > made.txt');
  const denied = await desk.pwb(['deny', id, '--why', 'no after all']);
  assert.equal(denied.code, 0, denied.stderr);
  assert.match((await desk.pwb(['show', id])).stdout, /refused \(person\)/);
  assert.equal(existsSync(join(desk.folder, 'made.txt')), false);
  assert.equal((await desk.pwb(['inbox'])).stdout, 'Nothing waits for you.\n');
  assert.equal((await desk.pwb(['log', 'verify'])).code, 0);
});

test('what is answered and can only be gone on with says how', sandboxed, async () => {
  await using desk = openDesk();
  const { id, session } = await saidYes(desk, 'echo yes > made.txt');
  const copied = await desk.pwb(['invoke', id, '--copy']);
  assert.equal(copied.code, 1);
  assert.ok(copied.stderr.includes(`pwb resume ${session}`), copied.stderr);
});
