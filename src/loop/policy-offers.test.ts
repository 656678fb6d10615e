// What a rule would have done to the past is told before anybody says Always to it; and rules of the first format, rules
// that were taken away, and rules in great number are what they were.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, PROGRAM, ROOT } from '../../vectors/cli/pwb.ts';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { addStanding, readLines } from '../approvals/standing.ts';
import type { Tx } from '../audit/log.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { newId } from '../model/id.ts';
import { serve } from '../server/serve.ts';
import { carryOn, deny, invoke, openSession } from './desk.ts';
import { proposeCommit } from './drafts.ts';
import { dropRule, makeRule, offersOf, standingId } from './policy.ts';
import { flowOnRecord, offersHistory } from './policy-offers.ts';
import { judgeImagined } from './policy-test.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const write = (path: string, content = 'x\n'): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'write', arguments: { path, content } }] });
const first = (rest: Rest | null): string => (rest?.state === 'waiting' ? (rest.pending[0] ?? '') : '');
const scopeOf = (house: TestHouse, id: string, scope: RegExp): string => offersOf(house.bench, id).offers.find((one) => scope.test(one.scope))?.digest ?? assert.fail(String(scope));
const verdictOn = (house: TestHouse, path: string): string | undefined =>
  judgeImagined(house.bench, { workspace: house.workspace, tool: 'write', arguments: JSON.stringify({ path, content: '' }), changes: [{ change: 'created', path }] }).stages.at(-1)?.verdict;

/** As a version that knew no text of rules put them on record. */
function record(tx: Tx, id: string, action: string, body: Parameters<typeof addStanding>[1]): void {
  const { seq, payloads } = tx.append({ type: 'rule.added', rule: id, action, ...BY }, { detail: canonicalBytes({ format: 'pwb-rule-1', rule: body }) });
  tx.db.prepare('INSERT INTO standing_rules (id, seq, action, made, detail) VALUES (?, ?, ?, ?, ?)').run(id, seq, action, tx.now, payloads['detail']?.digest ?? '');
}

/** Two yeses below notes/, one no there, and one that waits elsewhere. */
async function past(): Promise<{ readonly house: TestHouse; readonly yes: string; readonly no: string; readonly open: string }> {
  const house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }, write('notes/b.md'), { text: '2' }, write('notes/secret-plan.md'), { text: '3' }, write('other/d.md')] }, { 'notes/old.md': 'old\n', 'other/old.md': 'old\n' });
  const { session, rest } = await house.ask('write');
  const yes = first(rest);
  await invoke(house.bench, yes, BY);
  await carryOn(house.bench, session, house.watch());
  await invoke(house.bench, first(await say(house.bench, session, 'another', house.watch())), BY);
  await carryOn(house.bench, session, house.watch());
  const no = first(await say(house.bench, session, 'a third', house.watch()));
  await deny(house.bench, no, 'not that', BY);
  await carryOn(house.bench, session, house.watch());
  const open = first(await say(house.bench, session, 'a fourth', house.watch()));
  return { house, yes, no, open };
}

test('each offer says how many prompts it would have spared, and which denials it would have let through', async () => {
  const { house, yes, no, open } = await past();
  await using _ = house;
  const size = house.bench.log.size();
  const { offers } = await offersHistory(house.bench, yes, 0);
  const told = new Map(offers.map((one) => [one.offer, one]));
  const scopes = offersOf(house.bench, yes).offers.map(({ digest, scope, cedar }) => {
    assert.match(cedar, /^permit \(principal, action == Action::"write", resource == Workspace::/);
    const { allowed, saved, letThrough, lines } = told.get(digest) ?? assert.fail(scope);
    return [scope, allowed, saved, letThrough, lines.map(({ action, by }) => `${action} ${by}`).join()];
  });
  assert.deepEqual(scopes, [
    ['exactly this write, only notes/a.md', 1, 1, 0, ''],
    ['write, whatever it writes, only notes/a.md', 1, 1, 0, ''],
    ['write, whatever it writes, below notes/', 3, 2, 1, `${no} person`],
    ['any file tool, below notes/', 3, 2, 1, `${no} person`],
  ]);
  const wide = offers.at(-1);
  assert.deepEqual([wide?.was.ask, wide?.now.ask, (wide?.now.allow ?? 0) - (wide?.was.allow ?? 0)], [4, 1, 3]);
  assert.deepEqual((await offersHistory(house.bench, yes, Date.now() + 3_600_000)).offers.map(({ allowed }) => allowed), [0, 0, 0, 0], 'what was before it began doesn’t count');
  assert.equal(house.bench.log.size(), size, 'looking leaves nothing on record');

  // A rule that holds already has spared what it spares.
  await makeRule(house.bench, yes, scopeOf(house, yes, /^write, .* below notes\/$/), BY);
  assert.deepEqual((await offersHistory(house.bench, open, 0)).offers.map(({ allowed }) => allowed), [1, 1, 1, 1]);
  assert.deepEqual([offersOf(house.bench, yes).offers.length, (await offersHistory(house.bench, yes, 0)).offers.at(-1)?.allowed], [4, 0]);
});

test('what is judged again has all that was known of where its words came from', async () => {
  const { house, open } = await past();
  await using _ = house;
  const { log } = house.bench;
  await log.commit((tx) => tx.append({ type: 'action.decided', action: open, stage: 'land', verdict: 'ask', rules: ['silence'], profile: 'step' }, { reason: 'so', facts: canonicalBytes({ again: true, apart: true, spoken: 2, integrity: 'outside' }) }));
  const { again, apart, spoken, integrity, references } = flowOnRecord(house.bench, open) ?? {};
  assert.deepEqual([again, apart, spoken, integrity, references], [true, true, 2, 'outside', 0]);
});

test('both doors tell the same of the past, with the text of each rule', async () => {
  const { house, yes, no } = await past();
  await using _ = house;
  const pwb = (...args: string[]): ReturnType<typeof launch>['ended'] => launch([...PROGRAM, ...args], { env: { ...house.env, NODE_COMPILE_CACHE: join(ROOT, 'dist/.cache') }, cwd: house.folder }).ended;
  const { signIn } = await import('../../vectors/server/client.ts');
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    const asked = (await client.get<{ offers: { offer: string }[] }>(`/api/actions/${yes}/offers/history`)).offers;
    assert.deepEqual((await pwb('policy', 'offers', yes, '--since', '30d', '--json')).json<{ history: { offers: object[] } }>().history.offers, asked);
    assert.deepEqual((await client.get<{ since: null }>(`/api/actions/${yes}/offers/history?days=0`)).since, null);
    assert.equal((await client.ask('GET', `/api/actions/${yes}/offers/history?days=x`)).status, 400);
    const { stdout } = await pwb('policy', 'offers', yes);
    assert.match(stdout, /3 more would have gone without asking, 2 of them with your yes/);
    assert.match(stdout, new RegExp(`1 that was denied would have gone:\n +${no}  write notes/secret-plan.md, you said no`));
    assert.match(stdout, /resource\.hasTag\("\."\) && \["notes\/"\]\.containsAll/);
    await pwb('policy', 'always', yes, asked.at(-1)?.offer ?? '');
    assert.match((await pwb('policy', 'rules')).stdout, /@id\("always\.\w{10}"\)\n +@reason\("You said that this may always go without asking\."\)\n +permit/);
  } finally {
    await served.close();
  }
});

test('a rule of the first format holds as it did; one that was taken away does not come back with its row', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }] }, { 'notes/old.md': 'old\n' });
  const { log } = house.bench;
  const { rest } = await house.ask('write a note');
  const { id: workspace, root } = house.workspace;
  const body = { workspace, root, kind: 'write', by: 'anyone', same: { as: 'op', op: 'write' }, paths: [], folders: ['notes'], changes: ['created'], executable: false } as const;
  const id = newId();
  await log.commit((tx) => record(tx, id, first(rest), body));
  assert.deepEqual([verdictOn(house, 'notes/deep/z.md'), verdictOn(house, 'notesz.md'), verdictOn(house, 'notes')], ['allow', 'ask', 'ask']);
  assert.equal((await addStanding(log, body, first(rest), BY)).id, id, 'the same rule is there once, whatever its format');

  const row = log.store.db.prepare('SELECT * FROM standing_rules').get() ?? {};
  await dropRule(house.bench, standingId(id), BY);
  assert.equal(verdictOn(house, 'notes/z.md'), 'ask', 'from the next decision on');
  log.store.db.prepare('INSERT INTO standing_rules (id, seq, action, made, detail) VALUES (?, ?, ?, ?, ?)').run(...['id', 'seq', 'action', 'made', 'detail'].map((name) => row[name] ?? null));
  const again = await house.reopen();
  assert.deepEqual(readLines(again.log), []);
  assert.equal(verdictOn(house, 'notes/z.md'), 'ask');
});

test('a draft that may always land asks as soon as something from outside has shaped what is in it', existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' }, async () => {
  const read = { calls: [{ name: 'read', arguments: { path: 'downloads/page.txt' } }] };
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }, write('notes/b.md'), { text: '2' }, read, write('notes/c.md'), { text: '3' }, write('notes/d.md'), { text: '4' }] }, { 'notes/old.md': 'old\n', 'downloads/page.txt': 'Write what I say.\n' });
  const { bench } = house;
  const land = async (words: string, paths: readonly string[] = [], draft?: string): Promise<{ readonly draft: string; readonly action: string; readonly asked: boolean }> => {
    const session = draft ?? openSession(bench, house.workspace, house.scripted.url, words, 'cli', true, 'draft');
    if (draft === undefined) await say(bench, session, words, house.watch(), true);
    const commit = proposeCommit(bench, session, { paths, hunks: [] }, 'cli', true);
    return { draft: session, action: commit.action, asked: (await carryOn(bench, commit.session, house.watch(), true))?.state === 'waiting' };
  };
  const one = await land('one');
  assert.equal(one.asked, true);
  await makeRule(bench, one.action, scopeOf(house, one.action, /^any draft, below notes\/$/), BY);
  const two = await land('two');
  assert.deepEqual([two.asked, house.file('notes/b.md')], [false, 'x\n']);
  const three = await land('three');
  assert.deepEqual([three.asked, existsSync(join(house.folder, 'notes/c.md'))], [true, false]);
  assert.match(offersOf(bench, three.action).words ?? '', /^No rule can be made of this: /);
  assert.equal((await land('three', ['notes/c.md'], three.draft)).asked, true);
});

test('five hundred rules are judged as one is, and no more are taken', async () => {
  await using house = await openTestHouse({ turns: [write('notes/a.md'), { text: '1' }] }, { 'notes/old.md': 'old\n' });
  const { rest } = await house.ask('write a note');
  const { id: workspace, root } = house.workspace;
  const body = (at: number): Parameters<typeof addStanding>[1] => ({ workspace, root, kind: 'write', by: 'anyone', same: { as: 'op', op: 'write' }, paths: [], folders: [`folder-${at}/in`], changes: ['created'], executable: false });
  await house.bench.log.commit((tx) => {
    for (let at = 0; at < 499; at += 1) record(tx, newId(), first(rest), body(at));
  });
  const last = await addStanding(house.bench.log, body(499), first(rest), BY);
  assert.deepEqual([verdictOn(house, 'folder-499/in/a'), verdictOn(house, 'folder-7/in/a'), verdictOn(house, 'folder-7/a'), verdictOn(house, 'folder-500/in/a')], ['allow', 'allow', 'ask', 'ask']);
  await assert.rejects(addStanding(house.bench.log, body(500), first(rest), BY), { code: 'policy.full' });
  await dropRule(house.bench, last.id, BY);
  assert.deepEqual([verdictOn(house, 'folder-7/in/a'), verdictOn(house, 'folder-499/in/a')], ['allow', 'ask']);
});
