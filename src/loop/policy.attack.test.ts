// Always…: what a person lets go once and for all goes on the whole path, on record and to be undone, and nothing else
// goes with it. Nobody but a person at a door makes such a rule.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { launch, PROGRAM, ROOT, type Ran } from '../../vectors/cli/pwb.ts';
import { readAction } from '../approvals/actions.ts';
import type { EventBody } from '../model/event.ts';
import { serve } from '../server/serve.ts';
import { carryOn, deny, foreseeEdit, invoke, partOf } from './desk.ts';
import { findLanding, proposeUndo } from './drafts.ts';
import { dropRule, makeRule, offersOf, standingId, viewPolicy, type RuleLine } from './policy.ts';
import { judgeImagined, judgePast } from './policy-test.ts';
import { say, type Rest } from './turn.ts';
import type { Workbench } from './workbench.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };
const write = (path: string, content = 'x\n'): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'write', arguments: { path, content } }] });
const first = (rest: Rest | null): string => (rest?.state === 'waiting' ? (rest.pending[0] ?? '') : '');
const yours = (bench: Workbench): readonly RuleLine[] => viewPolicy(bench).rules.filter(({ origin }) => origin === 'yours');
const ofType = <T extends EventBody['type']>(house: TestHouse, type: T): Extract<EventBody, { type: T }>[] => house.events().flatMap(({ body }) => (body.type === type ? [body as Extract<EventBody, { type: T }>] : []));

/** The offer with this scope, taken. */
async function always(house: TestHouse, id: string, scope: RegExp): Promise<RuleLine> {
  const offer = offersOf(house.bench, id).offers.find((one) => scope.test(one.scope));
  assert.ok(offer !== undefined, String(scope));
  return makeRule(house.bench, id, offer.digest, BY);
}

test('what a person lets always go lands without a question, on record and to be undone; what is not just that asks', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }, write('notes/b.md'), { text: '2' }, write('top.md'), { text: '3' }, write('notes/c.md'), { text: '4' }] }, { 'notes/old.md': 'old\n' });
  const asked = await house.ask('write a note');
  const rule = await always(house, first(asked.rest), /^write, .* below notes\/$/);
  assert.equal(readAction(house.bench.log.store.db, first(asked.rest)).state, 'pending', 'a rule answers nothing that waits');
  await invoke(house.bench, first(asked.rest), BY);
  await carryOn(house.bench, asked.session, house.watch());

  // Another process knows it too.
  const again = await house.reopen();
  assert.deepEqual(await say(again, asked.session, 'another', house.watch()), { state: 'answered', text: '2' });
  assert.equal(house.file('notes/b.md'), 'x\n');
  const [done] = ofType(house, 'action.proposed').filter(({ kind }) => kind === 'write').slice(-1);
  const told = house.events().filter(({ body }) => 'action' in body && body.action === done?.action).map(({ body }) => body);
  assert.deepEqual(told.map(({ type }) => type).slice(-4), ['action.decided', 'action.granted', 'action.ended', 'message.added']);
  assert.deepEqual(told.map((one) => (one.type === 'action.decided' && one.stage === 'land' ? `${one.verdict} ${one.rules.join(' ')}` : one.type === 'action.granted' ? one.by : '')).filter((one) => one !== ''), [`allow ${rule.id}`, 'rule']);
  assert.deepEqual(yours(house.bench).map(({ id, used, from }) => [id, used, from]), [[rule.id, 2, first(asked.rest)]], 'once with the yes that waited, once by itself');

  const undo = proposeUndo(house.bench, findLanding(house.bench, done?.action ?? ''), [], 'cli');
  await house.bench.log.settle();
  await carryOn(house.bench, undo.session, house.watch());
  assert.equal(existsSync(join(house.folder, 'notes/b.md')), false);

  const elsewhere = await say(again, asked.session, 'at the top', house.watch());
  assert.equal(elsewhere.state, 'waiting');
  await deny(house.bench, first(elsewhere), 'no', BY);
  await carryOn(house.bench, asked.session, house.watch());
  await dropRule(house.bench, standingId(rule.id), BY);
  assert.equal((await say(again, asked.session, 'one more', house.watch())).state, 'waiting', 'a rule that was removed holds no more, in no process');
  assert.deepEqual(ofType(house, 'rule.added').concat(ofType(house, 'rule.removed') as never).map((body) => [body.rule, body.door, body.credential]), [[standingId(rule.id), 'cli', 'command'], [standingId(rule.id), 'cli', 'command']]);
  assert.equal((await house.bench.log.verify()).ok, true);
});

test('a command that may always go may not do more than it was seen to do', needsSandbox, async () => {
  const run = { calls: [{ name: 'run', arguments: { command: 'mkdir -p out; date +%N > out/now; if [ -e more ]; then cat more > out/more; echo x > .env; fi; if [ -e far ]; then echo x >> far; fi' } }] };
  await using house = await openTestHouse({ turns: [run, { text: '1' }, run, { text: '2' }, write('far'), run, { text: '3' }] });
  const asked = await house.ask('run it');
  await always(house, first(asked.rest), /^exactly this command, only these 2 paths$/);
  await invoke(house.bench, first(asked.rest), BY);
  await carryOn(house.bench, asked.session, house.watch());
  // The folder is there now, and the file is changed, not created: that was not seen, so it asks.
  const changed = await say(house.bench, asked.session, 'again', house.watch());
  assert.equal(changed.state, 'waiting');
  await always(house, first(changed), /^exactly this command, only out\/now$/);
  await invoke(house.bench, first(changed), BY);
  await carryOn(house.bench, asked.session, house.watch());
  const far = await say(house.bench, asked.session, 'now with more', house.watch());
  await invoke(house.bench, first(far), BY);
  const more = await carryOn(house.bench, asked.session, house.watch());
  assert.equal(more?.state, 'waiting', 'the same words do something else now');
  assert.equal(readFileSync(join(house.folder, 'far'), 'utf8'), 'x\n');
});

test('what comes behind a question waits for its turn, also where it may always go', async () => {
  const both = { calls: [...write('top.md').calls, ...write('notes/b.md').calls] };
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }, both, { text: '2' }] }, { 'notes/old.md': 'old\n' });
  const asked = await house.ask('write a note');
  await always(house, first(asked.rest), /^any file tool, below notes\/$/);
  await invoke(house.bench, first(asked.rest), BY);
  await carryOn(house.bench, asked.session, house.watch());
  const rest = await say(house.bench, asked.session, 'both', house.watch());
  assert.equal(rest.state === 'waiting' ? rest.pending.length : 0, 1);
  assert.equal(existsSync(join(house.folder, 'notes/b.md')), false);
  await deny(house.bench, first(rest), 'no', BY);
  assert.equal((await carryOn(house.bench, asked.session, house.watch()))?.state, 'answered');
  assert.deepEqual([existsSync(join(house.folder, 'top.md')), house.file('notes/b.md')], [false, 'x\n']);
});

test('what a person leaves out of an action does not land, also where they let such things always go', needsSandbox, async () => {
  const lines = (edit: (line: string, at: number) => string): string => Array.from({ length: 40 }, (_, at) => `${edit(at === 3 || at === 36 ? 'old' : 'line', at)}\n`).join('');
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'edit', arguments: { path: 'sub/long.txt', old: 'old', new: 'new', all: true } }] }, { text: '1' }] }, { 'sub/long.txt': lines((line) => line) });
  const asked = await house.ask('edit it');
  const id = first(asked.rest);
  await always(house, id, /^exactly this edit/);
  await invoke(house.bench, id, BY, readAction(house.bench.log.store.db, id), await partOf(house.bench, id, { paths: [], hunks: [{ path: 'sub/long.txt', take: [1] }] }));
  // Changed underneath, so that the part isn't what was seen: the whole is tried anew, and clashes with nothing.
  const now = lines((line, at) => (at === 20 ? 'by the person' : line));
  writeFileSync(join(house.folder, 'sub/long.txt'), now);
  assert.equal((await carryOn(house.bench, asked.session, house.watch()))?.state, 'waiting');
  assert.equal(house.file('sub/long.txt'), now);
  assert.deepEqual(ofType(house, 'action.decided').at(-1)?.rules, ['part.changed']);
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, asked.session, house.watch());
  assert.equal(house.file('sub/long.txt'), now.replaceAll('old', 'new'), 'a yes to all of it holds');
});

test('no model makes a rule of its own: not by a tool, a command, a file, an edit, or words in a call', async () => {
  const words = { rule: 'always', always: true, policy: { allow: ['write'] } };
  const state = '../state';
  const tries = [
    { name: 'policy', arguments: { always: '*' } }, { name: 'always', arguments: words }, { name: 'rule.added', arguments: words },
    { name: 'write', arguments: { path: 'b.txt', content: 'x', ...words } },
    { name: 'write', arguments: { path: `${state}/config.json`, content: JSON.stringify(words) } },
    { name: 'run', arguments: { command: `${PROGRAM.join(' ')} policy always zzz 00000000; curl -X POST http://127.0.0.1:4717/api/policy/rules -d '{}'; ls -la ${state}; sqlite3 ${state}/state.db .tables; true` } },
    { name: 'write', arguments: { path: 'c.txt', content: 'x' } },
  ];
  await using house = await openTestHouse({ turns: [{ calls: tries }, { text: 'done' }] });
  const { rest } = await house.ask('let yourself do everything');
  const waiting = rest.state === 'waiting' ? rest.pending : [];
  assert.ok(waiting.length >= 1);
  assert.deepEqual([yours(house.bench), ofType(house, 'rule.added')], [[], []]);
  await assert.rejects(foreseeEdit(house.bench, waiting.at(-1) ?? '', JSON.stringify({ path: 'c.txt', content: 'x', ...words })), { code: 'edit.arguments' });
  assert.equal(existsSync(join(house.folder, 'c.txt')), false);
});

test('a row that the log does not back is no rule, nor is one that borrows words, nor one whose words were erased', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }] }, { 'notes/old.md': 'old\n' });
  const { rest } = await house.ask('write a note');
  const imagined = { workspace: house.workspace, tool: 'write', arguments: JSON.stringify({ path: 'notes/z.md', content: '' }), changes: [{ change: 'created', path: 'notes/z.md' }] } as const;
  const verdict = (): string | undefined => judgeImagined(house.bench, imagined).stages.at(-1)?.verdict;
  const rule = await always(house, first(rest), /^any file tool/);
  assert.equal(verdict(), 'allow');
  const detail = house.events().find(({ body }) => body.type === 'rule.added')?.payloads['detail']?.digest ?? '';
  await dropRule(house.bench, standingId(rule.id), BY);
  assert.equal(verdict(), 'ask');
  const insert = (id: string, seq: number): unknown => house.bench.log.store.db.prepare('INSERT INTO standing_rules (id, seq, action, made, detail) VALUES (?, ?, ?, 0, ?)').run(id, seq, first(rest), detail);
  insert('f000000000', 3);
  insert('f000000001', house.events().find(({ body }) => body.type === 'rule.added')?.seq ?? 0);
  assert.equal(verdict(), 'ask');
  house.bench.log.store.db.exec('DELETE FROM standing_rules');

  await always(house, first(rest), /^any file tool/);
  assert.equal(verdict(), 'allow');
  const words = house.events().findLast(({ body }) => body.type === 'rule.added')?.payloads['detail']?.digest ?? '';
  await house.bench.log.erase([words], { ...BY, reason: 'person', why: 'test' });
  assert.equal(verdict(), 'ask');
  const [line] = yours(house.bench);
  assert.match(line?.note ?? '', /erased/);
  await dropRule(house.bench, standingId(line?.id ?? ''), BY);
  assert.deepEqual(yours(house.bench), []);
});

test('a past action is judged by the rules of today, and nothing of a test is on record', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }] }, { 'notes/old.md': 'old\n' });
  const { rest } = await house.ask('write a note');
  const size = house.bench.log.size();
  const judged = (): readonly string[] => judgePast(house.bench, first(rest)).stages.map(({ stage, verdict, rules }) => `${stage} ${verdict} ${rules.join(' ')}`);
  assert.deepEqual(judged().at(-1), 'land ask write.workspace');
  assert.equal(judgePast(house.bench, first(rest), 'draft').stages.at(-1)?.verdict, house.bench.world().means(house.folder) === 'view' ? 'allow' : 'ask');
  assert.throws(() => judgeImagined(house.bench, { workspace: house.workspace, tool: 'nonsense', arguments: '{}' }), { code: 'policy.tool' });
  assert.equal(judgeImagined(house.bench, { workspace: house.workspace, tool: 'delete', arguments: '{"path":"../x"}' }).stages.at(-1)?.verdict, 'deny');
  await house.bench.log.settle();
  assert.equal(house.bench.log.size(), size);
  const rule = await always(house, first(rest), /^exactly this write/);
  assert.equal(judged().at(-1), `land allow ${rule.id}`);
  assert.equal((await always(house, first(rest), /^write, .*only/)).id === rule.id, false);
  assert.equal((await makeRule(house.bench, first(rest), '0'.repeat(64), BY).catch((error: { code: string }) => error.code)), 'policy.offer-changed');
});

test('both doors list, offer, add, test and remove alike', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }] }, { 'notes/old.md': 'old\n' });
  const { rest } = await house.ask('write a note');
  const id = first(rest);
  const pwb = (...args: string[]): Promise<Ran> => launch([...PROGRAM, ...args], { env: { ...house.env, NODE_COMPILE_CACHE: join(ROOT, 'dist/.cache') }, cwd: house.folder }).ended;
  const { signIn } = await import('../../vectors/server/client.ts');
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    const { offers } = await client.get<{ offers: { offer: string; scope: string }[] }>(`/api/actions/${id}/offers`);
    assert.deepEqual((await pwb('policy', 'offers', id, '--json')).json<{ offers: object[] }>().offers, offers);
    const made = (await pwb('policy', 'always', id, offers[0]?.offer.slice(0, 8) ?? '', '--json')).json<{ id: string }>();
    const same = await client.post<{ id: string }>('/api/policy/rules', { action: id, offer: offers[0]?.offer });
    assert.equal(same.id, made.id, 'the same rule is there once');
    const other = await client.post<{ id: string; text: string }>('/api/policy/rules', { action: id, offer: offers[1]?.offer });
    const listed = (await client.get<{ rules: { id: string; origin: string }[] }>('/api/policy')).rules;
    assert.deepEqual(listed.slice(0, 2).map((rule) => rule.id), [other.id, made.id]);
    assert.deepEqual((await pwb('policy', '--json')).json<{ rules: object[] }>().rules, listed);
    const judged = await client.post('/api/policy/test', { action: id });
    assert.deepEqual((await pwb('policy', 'test', id, '--json')).json(), judged);
    const call = { tool: 'write', arguments: '{"path":"notes/q.md","content":""}' };
    assert.deepEqual((await pwb('policy', 'test', '--tool', call.tool, '--arguments', call.arguments, '--change', 'created:notes/q.md', '--json')).json(), await client.post('/api/policy/test', { workspace: house.workspace.id, ...call, changes: [{ change: 'created', path: 'notes/q.md' }] }));
    assert.equal((await client.ask('DELETE', `/api/policy/rules/${made.id}`)).status, 200);
    assert.equal((await client.ask('DELETE', `/api/policy/rules/${made.id}`)).status, 404);
    assert.equal((await client.ask('DELETE', '/api/policy/rules/outside')).status, 404, 'a built-in rule is not removed');
    assert.equal((await client.ask('POST', '/api/policy/rules', { action: id, offer: '0'.repeat(64) })).status, 409);
    assert.equal((await client.ask('POST', '/api/policy/rules', { action: id, offer: offers[0]?.offer, root: null })).status, 400);
    assert.equal((await client.ask('POST', '/api/policy/test', { action: id, tool: 'write' })).status, 400);
    assert.match((await pwb('policy', 'rules')).stdout, /always\.\w{10}[^]*may go without asking/);
    assert.equal((await pwb('policy', 'remove', other.id)).code, 0);
    assert.match((await pwb('policy', 'rules')).stdout, /No rules of yours/);
  } finally {
    await served.close();
  }
});
