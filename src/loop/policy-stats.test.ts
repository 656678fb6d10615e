// How often a person is asked is counted from the record: a prompt once, a task once, and a yes in a row only as long as
// no no comes between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, PROGRAM } from '../../vectors/cli/pwb.ts';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn } from '../../vectors/server/client.ts';
import type { EventBody, LogEvent } from '../model/event.ts';
import { carryOn, deny, invoke } from './desk.ts';
import { savingsOf } from './policy-savings.ts';
import { makeRule } from './policy.ts';
import { promptsOf, promptsSince } from './policy-prompts.ts';
import { policyStats } from './policy-stats.ts';
import { serve } from '../server/serve.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const write = (path: string): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'write', arguments: { path, content: 'x\n' } }] });
const first = (rest: Rest | null): string => (rest?.state === 'waiting' ? (rest.pending[0] ?? '') : '');

/** Three tasks: one without a prompt, one with a yes, one with a no; and a fourth that waits. */
async function past(): Promise<TestHouse> {
  const house = await openTestHouse({ turns: [{ text: 'nothing to do' }, write('a.md'), { text: '1' }, write('b.md'), { text: '2' }, write('c.md'), { text: '3' }] });
  const { bench } = house;
  const { session } = await house.ask('hello');
  await invoke(bench, first(await say(bench, session, 'write', house.watch())), BY);
  await carryOn(bench, session, house.watch());
  await deny(bench, first(await say(bench, session, 'write more', house.watch())), 'no', BY);
  await carryOn(bench, session, house.watch());
  await say(bench, session, 'and more', house.watch());
  await bench.log.settle();
  return house;
}

test('tasks, prompts and answers are counted, by rule and by kind', async () => {
  await using house = await past();
  const size = house.bench.log.size();
  const stats = await policyStats(house.bench, 0);
  assert.deepEqual([stats.tasks, stats.tasksWithoutPrompt, stats.prompts, stats.typedPrompts], [4, 1, 3, 0]);
  assert.deepEqual(stats.answers, { yes: 1, no: 1, changed: 0, open: 1 });
  assert.deepEqual(stats.rules, [{ rule: 'write.workspace', prompts: 3, yes: 1, no: 1 }]);
  assert.deepEqual(stats.kinds, [{ kind: 'write', prompts: 3, yes: 1, no: 1 }]);
  assert.equal(stats.time.of, 2);
  assert.ok(stats.time.median !== null && stats.time.ninetieth !== null && stats.time.median <= stats.time.ninetieth);
  assert.deepEqual([stats.streaks.longest, stats.streaks.current, stats.streaks.quick, stats.streaks.longestQuick], [1, 0, 1, 1]);
  const none = await policyStats(house.bench, Date.now() + 3_600_000);
  assert.deepEqual([none.tasks, none.prompts, none.time.median, none.rules], [0, 0, null, []]);
  assert.equal(house.bench.log.size(), size, 'looking leaves nothing on record');
});

test('the question that is put once more after a yes is no prompt of its own', async () => {
  await using house = await past();
  const prompts = await promptsSince(house.bench, 0);
  assert.deepEqual(prompts.map(({ answer, stage, rules }) => [answer, stage, ...rules]), [['invoke', 'land', 'write.workspace'], ['deny', 'land', 'write.workspace'], [null, 'land', 'write.workspace']]);
});

test('at the command line and over HTTP the figures and the reasons are the same', async () => {
  await using house = await past();
  const [{ action } = { action: '' }] = await promptsSince(house.bench, 0);
  const run = async (...args: readonly string[]) => (await launch([...PROGRAM, 'policy', ...args], { env: house.env }).ended);
  assert.match((await run('stats')).stdout, /^Since .*3 prompts for 4 tasks \(0\.75 a task\); 1 of 4 without any \(25 %\)\.\nYou said yes to 1, no to 1/);
  const told = (await run('stats', '--since', '1d', '--json')).json<{ prompts: number; rules: readonly unknown[] }>();
  assert.match((await run('why', action)).stdout, /write a\.md\n[^]*to land it: asked[^]*by write\.workspace, a question[^]*For it to go without asking:[^]*You said yes/);
  const why = (await run('why', action, '--json')).json<{ stages: readonly object[] }>();
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    const stats = await client.get<typeof told>('/api/policy/stats?days=1');
    assert.deepEqual([stats.prompts, stats.rules], [told.prompts, told.rules]);
    assert.deepEqual((await client.get<typeof why>(`/api/actions/${action}/why`)).stages.length, why.stages.length);
    await assert.rejects(client.get('/api/policy/stats?days=many'), /number of days/);
  } finally {
    await served.close();
  }
});

test('rules that would spare prompts are made of past yeses, and none that lets a past denial through is told', async () => {
  const files = ['dist/a.js', 'dist/b.js', 'dist/c.js', 'src/x.ts', 'src/y.ts'];
  await using house = await openTestHouse({ turns: files.flatMap((path) => [write(path), { text: 'done' }]) }, { 'dist/z.js': '', 'src/z.ts': '' });
  const { bench } = house;
  const { session, rest } = await house.ask('write');
  let waits = first(rest);
  for (const [at, path] of files.entries()) {
    if (path === 'src/y.ts') await deny(bench, waits, 'not that', BY);
    else await invoke(bench, waits, BY);
    await carryOn(bench, session, house.watch());
    if (at + 1 < files.length) waits = first(await say(bench, session, 'next', house.watch()));
  }
  const size = bench.log.size();
  const { yeses, savings } = await savingsOf(bench, 0);
  assert.deepEqual([yeses, savings.map(({ scope, saved }) => [scope, saved])], [4, [['write, whatever it writes, below dist/', 3]]]);
  const [best] = savings;
  assert.match(best?.cedar ?? '', /^permit/);
  assert.equal(bench.log.size(), size, 'looking makes no rule');
  const made = await makeRule(bench, best?.action ?? '', best?.offer ?? '', BY);
  assert.ok(made.id.startsWith('always'));
  assert.deepEqual((await savingsOf(bench, 0)).savings, [], 'what goes already is nothing gained');
});

const row = { session: 's', turn: 1, kind: 'write', by: 'model', call: 'c' } as const;
type Said = readonly [seconds: number, body: object];
function events(...said: readonly Said[]): readonly LogEvent[] {
  return said.map(([seconds, body], seq) => ({ v: 1, seq, time: new Date(seconds * 1000).toISOString(), body: { action: 'a', ...body } as EventBody, payloads: {} }));
}
const decided = (verdict: string, stage = 'land'): object => ({ type: 'action.decided', verdict, stage, rules: ['x'], profile: 'step' });
const answered = (answer: string): object => ({ type: 'action.answered', answer });

test('time to answer counts from when the card was seen, where that is on record by itself', () => {
  const times = (...said: readonly Said[]): unknown => promptsOf('a', row, events(...said)).map(({ asked, shown, answer, answered: at }) => [asked, shown, answer, at]);
  assert.deepEqual(times([1, decided('ask')], [5, { type: 'action.shown' }], [7, { type: 'action.shown' }], [9, answered('deny')]), [[1000, 5000, 'deny', 9000]]);
  assert.deepEqual(times([1, decided('ask')], [9, { type: 'action.shown' }], [9, answered('invoke')]), [[1000, null, 'invoke', 9000]]);
});

test('who was asked before it was tried and again before it landed was asked twice; what drifted meanwhile is asked anew', () => {
  const stages = (...said: readonly Said[]): unknown => promptsOf('a', row, events(...said)).map(({ stage, answer }) => [stage, answer]);
  assert.deepEqual(stages([1, decided('ask', 'rehearse')], [2, answered('invoke')], [3, decided('ask', 'rehearse')], [3, { type: 'action.started' }], [4, { type: 'action.rehearsed' }], [4, decided('ask')], [5, answered('invoke')], [5, decided('ask')], [5, { type: 'action.granted' }]), [['rehearse', 'invoke'], ['land', 'invoke']]);
  assert.deepEqual(stages([1, decided('ask')], [2, answered('invoke')], [3, decided('ask')], [4, { type: 'action.shown' }], [5, answered('deny')]), [['land', 'invoke'], ['land', 'deny']]);
  assert.deepEqual(stages([1, decided('ask')], [2, decided('ask')], [3, { type: 'action.ended' }]), [['land', null]], 'nobody answered');
  assert.deepEqual(stages([1, decided('allow')], [2, { type: 'action.granted' }]), []);
});
