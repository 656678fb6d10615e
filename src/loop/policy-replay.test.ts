// What rules would have said to history: what was denied and would go stands out, what was erased is not guessed, and
// looking changes nothing.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, PROGRAM } from '../../vectors/cli/pwb.ts';
import { signIn } from '../../vectors/server/client.ts';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction } from '../approvals/actions.ts';
import { Fault } from '../model/fault.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import { carryOn, deny, invoke } from './desk.ts';
import { serve } from '../server/serve.ts';
import { followDifferences, type LiveDifference } from './policy-live.ts';
import { effectsOfRules, replayHistory, type Replayed } from './policy-replay.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const write = (path: string): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'write', arguments: { path, content: 'x\n' } }] });
const first = (rest: Rest | null): string => (rest?.state === 'waiting' ? (rest.pending[0] ?? '') : '');
const SAYS = '@reason("because it is so") @matches("write kind=write into=workspace") @differs("egress kind=call")';
const WIDE = `@id("mine.files") ${SAYS}\npermit (principal, action == Action::"write", resource) when { context.kind == "write" };`;
const TIGHT = `@id("mine.never") ${SAYS}\nforbid (principal, action == Action::"write", resource) when { context.kind == "write" };`;
const judged = ({ allow, ask, deny: denied, erased }: Replayed): number => allow + ask + denied + erased;

/** One file that the person let be written, one that they refused, and one that a rule refused. */
async function past(): Promise<{ readonly house: TestHouse; readonly yes: string; readonly no: string; readonly outside: string }> {
  const house = await openTestHouse({ turns: [write('good.md'), { text: '1' }, write('bad.md'), { text: '2' }, write('.git/config'), { text: '3' }, write('later.md'), { text: '4' }] });
  const { session, rest } = await house.ask('write');
  const yes = first(rest);
  await invoke(house.bench, yes, BY);
  await carryOn(house.bench, session, house.watch());
  const no = first(await say(house.bench, session, 'another', house.watch()));
  await deny(house.bench, no, 'not that', BY);
  await carryOn(house.bench, session, house.watch());
  const last = await say(house.bench, session, 'a third', house.watch());
  return { house, yes, no, outside: first(last) };
}

test('a rule that would have let through what a person denied is told with that action, its heading and the rule', async () => {
  const { house, yes, no } = await past();
  await using _ = house;
  const size = house.bench.log.size();
  const wide = await replayHistory(house.bench, { name: 'wide.cedar', text: WIDE });
  assert.deepEqual(wide.lines.map(({ heading, by, anyway }) => [heading, by, anyway]), [['write bad.md', 'person', false]], 'what is denied inside .git stays so, whatever a rule says');
  assert.equal(wide.anyway, 0);
  const [line, ...others] = wide.lines.filter(({ action }) => action === no);
  assert.deepEqual([line?.heading, line?.by, line?.stage, line?.before, line?.rules, others.length], ['write bad.md', 'person', 'land', ['write.workspace'], ['mine.files'], 0]);
  assert.equal(wide.letThrough, wide.lines.length);
  assert.equal(wide.lines.some(({ action }) => action === yes), false, 'what was let go is no denial');
  assert.deepEqual(wide.differences.filter(({ rules }) => rules.includes('mine.files')).map(({ was, now, actions }) => [was, now, actions.includes(was === 'yes' ? yes : no)]).filter(([was]) => was === 'yes' || was === 'no').toSorted(), [['no', 'allow', true], ['yes', 'allow', true]]);
  assert.equal(judged(wide), wide.decided);
  const tight = await replayHistory(house.bench, { name: 'tight.cedar', text: TIGHT });
  assert.equal(tight.letThrough, 0);
  assert.ok(tight.deny >= 2 && tight.differences.some(({ was, now, rules }) => was === 'yes' && now === 'deny' && rules.includes('mine.never')));
  assert.equal(house.bench.log.size(), size, 'looking leaves nothing on record');
});

test('a file without rules lets nothing more go, and a profile is told apart from the file', async () => {
  const { house, yes, no } = await past();
  await using _ = house;
  const same = await replayHistory(house.bench, { name: 'none.cedar', text: '' });
  assert.deepEqual([same.letThrough - same.anyway, same.differences.filter(({ actions }) => actions.includes(yes) || actions.includes(no))], [0, []]);
  const draft = await replayHistory(house.bench, { name: 'none.cedar', text: '' }, { profile: 'draft' });
  assert.deepEqual(draft.differences.filter(({ actions }) => actions.includes(no)).map(({ was, now, rules }) => [was, now, ...rules]), [['no', 'allow', 'draft.keeps']], 'a draft takes it, and that it was denied is said');
  assert.deepEqual(draft.lines.filter(({ action }) => action === no).map(({ by, anyway }) => [by, anyway]), [['person', true]]);
});

test('a rule denied it before it was tried, and it would be tried: that is a denial let through, too', async () => {
  await using house = await openTestHouse({ turns: [write('one.md'), { text: '1' }] });
  await house.bench.changeConfig((config) => ({ ...config, profile: 'strict' }), 'profile: strict', 'cli');
  const { session, rest } = await house.ask('write');
  await deny(house.bench, first(rest), 'no', BY);
  await carryOn(house.bench, session, house.watch());
  const { lines } = await replayHistory(house.bench, { name: 'none.cedar', text: '' }, { profile: 'step' });
  assert.deepEqual(lines.map(({ action, stage, by, rules }) => [action, stage, by, ...rules]), [[first(rest), 'rehearse', 'person', 'rehearse.contained']]);
});

test('what was erased is counted and not judged, and of denials that is said', async () => {
  const { house, no } = await past();
  await using _ = house;
  const before = await replayHistory(house.bench, { name: 'wide.cedar', text: WIDE });
  await house.bench.log.erase([readAction(house.bench.log.store.db, no).proposal], { ...BY, reason: 'person', why: 'gone' });
  const after = await replayHistory(house.bench, { name: 'wide.cedar', text: WIDE });
  assert.deepEqual([after.decided, after.erased, after.erasedDenied, after.letThrough], [before.decided, 1, 1, before.letThrough - 1]);
  assert.equal(after.lines.some(({ action }) => action === no), false);
  assert.equal(judged(after), after.decided);
});

test('only what was decided since counts, and a broken file is refused also where nothing was', async () => {
  await using house = await openTestHouse({ turns: [{ text: 'hi' }] });
  await house.ask('hello');
  const file = { name: 'wide.cedar', text: WIDE };
  assert.ok((await replayHistory(house.bench, file)).decided > 0);
  assert.equal((await replayHistory(house.bench, file, { since: Date.now() + 3_600_000 })).decided, 0);
  for (const [text, code] of [['permit (', 'policy.syntax'], [WIDE.replace('mine.files', 'draft.keeps'), 'policy.']] as const) {
    await assert.rejects(replayHistory(house.bench, { name: 'broken.cedar', text }, { since: Date.now() + 3_600_000 }), (error) => error instanceof Fault && error.code.startsWith(code) && error.message.includes('broken.cedar'));
  }
});

test('of a rule that somebody thinks of it is told how many prompts it saves, and which denials it lets through', async () => {
  const { house, no } = await past();
  await using _ = house;
  const file = (text: string): RuleFile => ({ name: 'candidate.cedar', layer: 'person', text });
  const [whole] = await effectsOfRules(house.bench, [[file(WIDE)]]);
  assert.ok(whole !== undefined);
  assert.deepEqual([whole.allowed, whole.saved, whole.letThrough, whole.lines.map(({ action, anyway }) => [action, anyway])], [2, 1, 1, [[no, false]]]);
  assert.deepEqual([whole.now.allow - whole.was.allow, whole.was.ask - whole.now.ask, whole.now.deny - whole.was.deny], [2, 2, 0]);
  const good = WIDE.replace('context.kind == "write"', 'context.kind == "write" && context.paths == ["good.md"]').replace('into=workspace"', 'into=workspace paths=good.md"');
  const both = await effectsOfRules(house.bench, [[file(good)], [file(WIDE)], [file(TIGHT)]]);
  assert.deepEqual(both.map(({ allowed, saved, letThrough }) => [allowed, saved, letThrough]), [[1, 1, 0], [2, 1, 1], [0, 0, 0]]);
  assert.ok((both[2]?.now.deny ?? 0) >= (both[2]?.was.deny ?? 0) + 2, 'a file that forbids is judged with all others');
  const [held] = await effectsOfRules(house.bench, [[file(good.replaceAll('mine.files', 'mine.good'))]], { own: () => [file(WIDE)] });
  assert.deepEqual([held?.allowed, held?.saved], [0, 0], 'what goes already is nothing gained');
  await assert.rejects(effectsOfRules(house.bench, [[file('permit (')]]), (error) => error instanceof Fault && error.code === 'policy.syntax');
});

test('rules of your own that hold are judged with the file, and one of the same name gives way to it', async () => {
  const { house, yes } = await past();
  await using _ = house;
  const rules = join(house.bench.home.config, 'rules');
  mkdirSync(rules, { recursive: true });
  writeFileSync(join(rules, 'mine.cedar'), TIGHT);
  const isDenied = ({ differences }: Replayed): boolean => differences.some(({ was, now, rules: by, actions }) => was === 'yes' && now === 'deny' && by.includes('mine.never') && actions.includes(yes));
  assert.equal(isDenied(await replayHistory(house.bench, { name: 'other.cedar', text: '' })), true);
  assert.equal(isDenied(await replayHistory(house.bench, { name: '/elsewhere/mine.cedar', text: '' })), false);
  await assert.rejects(replayHistory(house.bench, { name: 'other.cedar', text: TIGHT }), (error) => error instanceof Fault && error.message.includes('mine.never'));
});

test('over HTTP a file is replayed as at the command line, and a broken one is refused with its line', async () => {
  const { house, no } = await past();
  await using _ = house;
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    const told = await client.post<Replayed>('/api/policy/replay', { text: WIDE, days: 0 });
    assert.deepEqual([told.letThrough, told.lines.map(({ action }) => action)], [1, [no]]);
    await assert.rejects(client.post('/api/policy/replay', { text: 'permit (', name: 'mine.cedar' }), /mine\.cedar:1/);
  } finally {
    await served.close();
  }
});

test('beside the real rules, a candidate tells what it would have decided otherwise, once for each', async () => {
  const { house, yes, no } = await past();
  await using _ = house;
  const stop = new AbortController();
  const told: LiveDifference[] = [];
  for await (const one of followDifferences(house.bench, { name: 'wide.cedar', text: WIDE }, stop.signal, { after: -1 })) {
    told.push(one);
    if (told.length === 2) break;
  }
  assert.deepEqual(told.map(({ action, was, now, rules }) => [action, was, now, ...rules]), [[yes, 'ask', 'allow', 'mine.files'], [no, 'ask', 'allow', 'mine.files']]);
  const next = followDifferences(house.bench, { name: 'tight.cedar', text: TIGHT }, stop.signal)[Symbol.asyncIterator]().next();
  await house.ask('once more, elsewhere');
  stop.abort();
  const { value, done } = await next;
  assert.ok(done !== true && value.now === 'deny' && ![yes, no].includes(value.action), 'from now on only');
  assert.throws(() => followDifferences(house.bench, { name: 'broken.cedar', text: 'permit (' }, stop.signal), (error) => error instanceof Fault && error.code === 'policy.syntax');
});

test('at the command line a candidate is followed until Ctrl-C, one document a difference', async () => {
  const { house } = await past();
  await using _ = house;
  const file = join(house.folder, 'tight.cedar');
  writeFileSync(file, TIGHT.replaceAll('into=workspace', '').replace('context.kind == "write"', 'context.kind == "write" && context.into != "nothing"').replace('write kind=write', 'write kind=write into=workspace'));
  await house.bench.log.settle();
  const follower = launch([...PROGRAM, 'policy', 'replay', file, '--live', '--json'], { env: house.env });
  while (!follower.stderr().includes('Following')) await new Promise((resolve) => setTimeout(resolve, 20));
  const { rest } = await house.ask('write');
  const line = await follower.heard(/\{"action":"[^\n]*\n/);
  const one = JSON.parse(line[0]) as LiveDifference;
  assert.deepEqual([one.action, one.was, one.now, ...one.rules], [first(rest), 'ask', 'deny', 'mine.never']);
  follower.child.kill('SIGINT');
  assert.equal((await follower.ended).code, 0);
});

test('at the command line the denials come first, and a program gets one document', async () => {
  const { house, no } = await past();
  await using _ = house;
  const file = join(house.folder, 'wide.cedar');
  writeFileSync(file, WIDE);
  await house.bench.log.settle();
  const { code, stdout } = await launch([...PROGRAM, 'policy', 'replay', file, '--since', '30d'], { env: house.env }).ended;
  assert.equal(code, 0);
  assert.match(stdout, /^! \d+ past denials? would be let through/);
  assert.match(stdout, new RegExp(`${no} {2}write bad\\.md\\n.*you said no.*mine\\.files`));
  assert.match(stdout, /Of \d+ decided: /);
  const asked = await launch([...PROGRAM, 'policy', 'replay', file, '--json'], { env: house.env }).ended;
  const told = JSON.parse(asked.stdout) as Replayed;
  assert.ok(told.lines.some(({ action }) => action === no));
});
