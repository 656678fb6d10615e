import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastMessages, openTestHouse } from '../../vectors/house/house.ts';
import { pendingActions, readAction, textOf } from '../approvals/actions.ts';
import { expire } from '../approvals/answer.ts';
import { isFault } from '../../vectors/house/faults.ts';
import type { Live } from '../model/live.ts';
import { carryOn, deny, edit, foreseeEdit, invoke, openSession, proposeRun } from './desk.ts';
import { cancel, stopAll } from './halt.ts';
import { say } from './turn.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const WRITE = { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }], text: 'I add b.txt.' };
const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

test('a write waits for the person, lands byte for byte on invoke, and every step is on record in order', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }, WRITE, { text: 'Done.' }] });
  const before = house.bench.log.size();
  const { session, rest } = await house.ask('add b');
  assert.equal(rest.state, 'waiting');
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
  const [id = ''] = rest.state === 'waiting' ? rest.pending : [];
  await invoke(house.bench, id, BY);
  const end = await carryOn(house.bench, session, house.watch());
  assert.equal(end?.state, 'answered');
  assert.equal(house.file('b.txt'), 'two\n');
  const INFER = ['action.proposed', 'action.decided', 'action.granted', 'model.answered', 'action.ended', 'message.added'];
  assert.deepEqual(house.types(before), [
    'session.started', 'message.added', 'message.added',
    ...INFER, 'action.proposed', 'action.decided', 'action.granted', 'action.ended', 'message.added',
    ...INFER, 'action.proposed', 'action.decided', 'action.started', 'action.rehearsed', 'action.decided',
    'action.answered', 'action.decided', 'action.granted', 'action.ended', 'message.added',
    ...INFER, 'turn.ended',
  ]);
  assert.equal((await house.bench.log.verify()).ok, true);
});

test('a denial reaches the model with its reason, and nothing happened', async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'Understood.' }] });
  const { session, rest } = await house.ask('add b');
  await deny(house.bench, rest.state === 'waiting' ? (rest.pending[0] ?? '') : '', 'not in this folder', BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /not in this folder/);
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('whoever hears that a call ended finds it on record, also one that failed before it was judged', async () => {
  const miss = { calls: [{ name: 'edit', arguments: { path: 'a.txt', old: 'not there', new: 'x' } }] };
  await using house = await openTestHouse({ turns: [miss, { calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }, { text: 'Done.' }] });
  const found: string[] = [];
  const hear = (live: Live): void => {
    if (live.type === 'action' && live.kind !== 'infer' && live.state === 'ended') found.push(readAction(house.bench.log.store.db, live.action).id);
  };
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'edit a', 'cli', true);
  const rest = await say(house.bench, session, 'edit a', { signal: new AbortController().signal, hear }, true);
  assert.deepEqual([rest.state, found.length], ['answered', 2]);
});

test('an edited call is judged again, both versions are on record, and the model hears what was done instead', async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'Thanks.' }] });
  const { session, rest } = await house.ask('add b');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : '';
  const edited = await foreseeEdit(house.bench, id, JSON.stringify({ path: 'c.txt', content: 'three\n' }));
  const row = await edit(house.bench, id, edited, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.equal(house.file('c.txt'), 'three\n');
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
  assert.equal(row.edited_from, id);
  assert.equal(readAction(house.bench.log.store.db, id).why, 'edited');
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /edited this call.*c\.txt/);
  assert.equal(lastMessages(house.scripted).filter(({ role }) => role === 'tool').length, 1);
});

test('an edit cannot reach what a call could not: outside stays denied', async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'Hm.' }] });
  const { session, rest } = await house.ask('add b');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : '';
  const target = join(house.folder, '..', 'outside.txt');
  for (const path of [target, '../outside.txt', '/etc/passwd']) {
    await assert.rejects(foreseeEdit(house.bench, id, JSON.stringify({ path, content: 'x' })), { code: 'edit.denied', message: /^refused by rule outside: The path is outside the workspace/ }, path);
  }
  assert.equal(readAction(house.bench.log.store.db, id).state, 'pending', 'it waits as before');
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'waiting');
  assert.equal(existsSync(target), false);
});

test('what changed after the card was shown is not written over: the person is asked again', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'edit', arguments: { path: 'a.txt', old: 'alpha', new: 'omega' } }] }, { text: 'ok' }] });
  const { session, rest } = await house.ask('edit');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : '';
  await invoke(house.bench, id, BY);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(join(house.folder, 'a.txt'), 'alpha\nchanged by the person\n');
  const again = await carryOn(house.bench, session, house.watch());
  assert.equal(again?.state, 'waiting');
  assert.equal(house.file('a.txt'), 'alpha\nchanged by the person\n');
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(house.file('a.txt'), 'omega\nchanged by the person\n');
});

test('several calls of one answer: reads run, a batch waits as a batch, and order is kept', async () => {
  const calls = [
    { name: 'write', arguments: { path: 'one.txt', content: '1' } },
    { name: 'read', arguments: { path: 'one.txt' } },
    { name: 'write', arguments: { path: 'two.txt', content: '2' } },
  ];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }] });
  const { session, rest } = await house.ask('do it');
  assert.equal(rest.state === 'waiting' ? rest.pending.length : 0, 2);
  const [one = '', two = ''] = rest.state === 'waiting' ? rest.pending : [];
  // The later one is invoked first: it still waits its turn.
  await invoke(house.bench, two, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'waiting');
  assert.equal(existsSync(join(house.folder, 'two.txt')), false);
  await invoke(house.bench, one, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  const tools = lastMessages(house.scripted).filter(({ role }) => role === 'tool');
  assert.equal(tools.length, 3);
  assert.match(tools[1]?.content ?? '', /1/);
  assert.equal(house.file('two.txt'), '2');
});

test('a path outside is denied by a rule without asking, and the model hears which', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'read', arguments: { path: '/etc/passwd' } }, { name: 'read', arguments: { path: '../secret' } }] }, { text: 'ok' }] });
  const { rest } = await house.ask('read');
  assert.equal(rest.state, 'answered');
  for (const { content } of lastMessages(house.scripted).filter(({ role }) => role === 'tool')) assert.match(content, /outside/);
});

test("the workbench's own state is closed to every tool, even inside a workspace", async () => {
  await using house = await openTestHouse({ turns: [{ text: 'ok' }] });
  await assert.rejects(import('./workspaces.ts').then(({ addWorkspace }) => addWorkspace(house.bench.log, house.bench.home, house.bench.home.state, 'cli')), isFault('workspace.state'));
  await assert.rejects(import('./workspaces.ts').then(({ addWorkspace }) => addWorkspace(house.bench.log, house.bench.home, join(house.bench.home.state, '..'), 'cli')), isFault(/workspace\.(state|wide)/));
});

test('arguments that do not fit go back to the model as an error that it can act on', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'read', arguments: '{"path": ' }, { name: 'write', arguments: { path: 'x', content: 'y', approved: true } }, { name: 'fly', arguments: {} }] }, { text: 'ok' }] });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'answered');
  const tools = lastMessages(house.scripted).filter(({ role }) => role === 'tool').map(({ content }) => content);
  assert.match(tools[0] ?? '', /JSON/);
  assert.match(tools[1] ?? '', /approved/);
  assert.match(tools[2] ?? '', /no tool "fly"/);
  assert.equal(existsSync(join(house.folder, 'x')), false);
});

test('a model that repeats the same failing call is stopped, and told why', async () => {
  await using house = await openTestHouse({ turns: () => ({ calls: [{ name: 'read', arguments: { path: 'missing.txt' } }] }) });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'repeats');
  assert.equal(house.scripted.requests.length, 3);
});

test('a turn ends at its budget of steps, in words', async () => {
  await using house = await openTestHouse({ turns: (_, count) => ({ calls: [{ name: 'read', arguments: { path: 'a.txt', from: 1, to: count + 1 } }] }) });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'steps');
  assert.equal(house.scripted.requests.length, house.bench.budgets.steps);
});

test('half an answer is never acted on', async () => {
  await using house = await openTestHouse({ turns: [{ answer: { headers: { 'content-type': 'text/event-stream' }, body: [{ data: { model: 'm', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'write', arguments: '{"path":"b.txt","content":"x"}' } }] } }] } }, { cut: true }] } }] });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'fault');
  assert.equal(pendingActions(house.bench.log.store.db).length, 0);
});

test('silence is no: an unanswered proposal is refused when its time is over, and cannot be invoked after', async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'ok' }] });
  const { rest } = await house.ask('go');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : '';
  const late = Date.now() + 25 * 3_600_000;
  assert.equal((await expire(house.bench.log, late)).length, 1);
  assert.equal(readAction(house.bench.log.store.db, id).why, 'expired');
  await assert.rejects(invoke(house.bench, id, BY), isFault('action.not-waiting'));
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('a clock that went back does not make a proposal live longer', async () => {
  await using house = await openTestHouse({ turns: [WRITE] });
  await house.ask('go');
  assert.equal((await expire(house.bench.log, Date.now() - 3_600_000)).length, 1);
});

test('what waits survives a restart and goes on in another process', async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const again = await house.reopen();
  await invoke(again, rest.state === 'waiting' ? (rest.pending[0] ?? '') : '', BY);
  assert.equal((await carryOn(again, session, house.watch()))?.state, 'answered');
  assert.equal(house.file('b.txt'), 'two\n');
});

test('cancel and stop refuse what waits and revoke what was answered', async () => {
  await using house = await openTestHouse({ turns: [WRITE, WRITE] });
  const one = await house.ask('go');
  await cancel(house.bench.log, one.session, BY);
  const two = await house.ask('go');
  const id = two.rest.state === 'waiting' ? (two.rest.pending[0] ?? '') : '';
  await stopAll(house.bench.log, BY);
  await assert.rejects(invoke(house.bench, id, BY), isFault('action.not-waiting'));
  assert.equal(pendingActions(house.bench.log.store.db).length, 0);
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('a running turn hears a cancel from another process', async () => {
  await using house = await openTestHouse({ turns: [{ text: 'slow', wait: 20_000 }] });
  const other = await house.reopen();
  const asking = house.ask('go');
  const session = await new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      const row = other.log.store.db.prepare(`SELECT session FROM actions WHERE state = 'granted'`).get();
      if (row === undefined) return;
      clearInterval(timer);
      resolve(String(row['session']));
    }, 20);
  });
  await cancel(other.log, session, BY);
  assert.equal((await asking).rest.state, 'cancelled');
});

test("a person's own command takes the same path and its child's code is on record", needsSandbox, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['sh', '-c', 'echo made > made.txt; echo said; exit 3'], cwd: '.', access: 'write', timeout: 20_000 }, 'cli', { held: true });
  assert.equal((await carryOn(house.bench, session, house.watch(), true))?.state, 'waiting');
  assert.equal(existsSync(join(house.folder, 'made.txt')), false);
  await invoke(house.bench, action, BY);
  assert.deepEqual(await carryOn(house.bench, session, house.watch()), { state: 'answered', text: '' });
  const row = readAction(house.bench.log.store.db, action);
  assert.equal(row.outcome, 'done');
  assert.equal(row.exit, 3);
  assert.equal(textOf(house.bench.log, row.output), 'said\n');
  assert.equal(house.file('made.txt'), 'made\n');
});

test('a long session grows with its messages, not with their square', async () => {
  const size = async (steps: number): Promise<number> => {
    await using house = await openTestHouse({ window: 1_000_000, turns: (_, count) => (count < steps ? { calls: [{ name: 'read', arguments: { path: 'a.txt', from: 1, to: count + 1 } }] } : { text: 'ok' }) }, { 'a.txt': 'line of text\n'.repeat(60) });
    await house.ask('go');
    return Number(house.bench.log.store.db.prepare('SELECT sum(size) AS bytes FROM payloads').get()?.['bytes']);
  };
  const [ten, forty] = [await size(9), await size(36)];
  assert.ok(forty < ten * 5, `${forty} bytes for 36 steps, ${ten} for 9`);
});

test("a repository is read-only for a model's command, and can be written by a person's own", needsSandbox, async () => {
  const command = 'git -c user.name=t -c user.email=t@example.invalid commit -q --allow-empty -m x';
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'run', arguments: { command } }] }, { text: 'ok' }] });
  const { execFileSync } = await import('node:child_process');
  execFileSync('git', ['init', '-q', house.folder]);
  const head = join(house.folder, '.git', 'refs', 'heads');
  const { readdirSync } = await import('node:fs');
  const { session, rest } = await house.ask('commit');
  // It could do nothing, so there was nothing to ask.
  assert.equal(rest.state, 'answered');
  assert.ok(session);
  assert.deepEqual(readdirSync(head), []);
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /pwb run -- git/);
  const own = proposeRun(house.bench, house.workspace, { argv: ['sh', '-c', command], cwd: '.', access: 'write', timeout: 20_000 }, 'cli', { held: true });
  await carryOn(house.bench, own.session, house.watch(), true);
  await invoke(house.bench, own.action, BY);
  await carryOn(house.bench, own.session, house.watch());
  assert.equal(readAction(house.bench.log.store.db, own.action).exit, 0, textOf(house.bench.log, readAction(house.bench.log.store.db, own.action).output));
  assert.equal(readdirSync(head).length, 1);
});

test('a stop that is on record holds before the process that acts has heard of it', async () => {
  await using house = await openTestHouse({ turns: [] });
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['true'], cwd: '.', access: 'read', timeout: 20_000 }, 'cli', { held: true });
  await house.bench.log.settle();
  await stopAll(house.bench.log, BY);
  house.bench.log.store.db.exec(`UPDATE actions SET state = 'proposed', outcome = NULL, why = NULL WHERE id = '${action}'`);
  const { act } = await import('./act.ts');
  const acted = await act(house.bench, action, house.watch());
  assert.equal(acted.state, 'ended');
  assert.equal(readAction(house.bench.log.store.db, action).why, 'stopped');
  assert.equal(house.types().includes('action.granted'), false);
  assert.ok(session);
});
