// Why something was decided is told from the record: the rules with their words, what they judged, and what would have to
// be different.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction } from '../approvals/actions.ts';
import { Fault } from '../model/fault.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { newId } from '../model/id.ts';
import { carryOn, deny, invoke } from './desk.ts';
import { whyDecided } from './policy-why.ts';
import { dropRule, makeRule, offersOf, standingId } from './policy.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const write = (path: string): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'write', arguments: { path, content: 'x\n' } }] });
const first = (rest: Rest | null): string => (rest?.state === 'waiting' ? (rest.pending[0] ?? '') : '');

async function asked(...paths: readonly string[]): Promise<{ readonly house: TestHouse; readonly session: string; readonly id: string }> {
  const house = await openTestHouse({ turns: paths.flatMap((path, at) => [write(path), { text: String(at) }]) });
  const { session, rest } = await house.ask('write it');
  return { house, session, id: first(rest) };
}

test('of a question it says why it was asked, what was judged, what the person said, and what would let it go', async () => {
  const { house, id } = await asked('a.md');
  await using _ = house;
  await deny(house.bench, id, 'not that file', BY);
  const size = house.bench.log.size();
  const { heading, by, stages } = whyDecided(house.bench, id);
  assert.deepEqual([heading, by, stages.map(({ stage, verdict }) => [stage, verdict])], ['write a.md', 'model', [['rehearse', 'allow'], ['land', 'ask']]]);
  const [tried, landed] = stages;
  assert.deepEqual(tried?.rules.map(({ id: rule, origin, of }) => [rule, origin, of]), [['rehearse.contained', 'built-in', 'today']]);
  assert.match(tried?.rules[0]?.text ?? '', /^@id\("rehearse\.contained"\)/);
  assert.deepEqual(tried?.obstacles, []);
  assert.deepEqual(landed?.rules.map(({ id: rule, origin }) => [rule, origin]), [['write.workspace', 'question']]);
  assert.match(landed?.obstacles.join(' ') ?? '', /Always…/);
  assert.deepEqual([landed?.answer?.answer, landed?.answer?.why], ['deny', 'not that file']);
  assert.ok(landed?.recorded && landed.facts?.some(({ name, value }) => name === 'into' && value === 'workspace'));
  assert.equal(house.bench.log.size(), size, 'looking leaves nothing on record');
});

test('a yes is told once, though the question is put again before it lands', async () => {
  const { house, id, session } = await asked('a.md');
  await using _ = house;
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  const { stages } = whyDecided(house.bench, id);
  assert.deepEqual(stages.map(({ stage, verdict, answer }) => [stage, verdict, answer?.answer ?? null]), [['rehearse', 'allow', null], ['land', 'ask', 'invoke']]);
});

test('of a guard it says that no rule loosens it, and when it speaks', async () => {
  const { house, session } = await asked('a.md', '.git/config');
  await using _ = house;
  const waiting = house.bench.log.store.db.prepare(`SELECT id FROM actions WHERE state = 'pending'`).get()?.['id'];
  await deny(house.bench, String(waiting), '', BY);
  await carryOn(house.bench, session, house.watch());
  await say(house.bench, session, 'another', house.watch());
  const row = house.bench.log.store.db.prepare(`SELECT id FROM actions WHERE kind = 'write' ORDER BY seq DESC LIMIT 1`).get();
  const { stages } = whyDecided(house.bench, String(row?.['id']));
  const last = stages.at(-1);
  assert.deepEqual([last?.verdict, last?.rules.map(({ id, origin }) => [id, origin])], ['deny', [['git-internals', 'guard']]]);
  assert.match(last?.obstacles.join(' ') ?? '', /inside \.git.*No rule of yours loosens it/);
});

test('a standing rule is shown as it was, also after it was removed', async () => {
  const { house, session, id } = await asked('a.md', 'b.md');
  await using _ = house;
  const { offers } = offersOf(house.bench, id);
  const made = await makeRule(house.bench, id, offers.at(-1)?.digest ?? '', BY);
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  await say(house.bench, session, 'again', house.watch());
  const row = house.bench.log.store.db.prepare(`SELECT id FROM actions WHERE kind = 'write' ORDER BY seq DESC LIMIT 1`).get();
  const ruleOf = () => whyDecided(house.bench, String(row?.['id'])).stages.at(-1)?.rules.find(({ origin }) => origin === 'standing');
  const before = ruleOf();
  assert.deepEqual([before?.id, before?.of, before?.note, (before?.text ?? '') !== ''], [made.id, 'then', null, true]);
  await dropRule(house.bench, standingId(made.id), BY);
  const after = ruleOf();
  assert.deepEqual([after?.text, (after?.note ?? '').includes('removed')], [before?.text, true]);
});

test("a rule of one's own file is shown with its words of then, and that it says something else today", async () => {
  const { house, id } = await asked('a.md');
  await using _ = house;
  const { log } = house.bench;
  const rule = (reason: string): string => `// mine\n@id("mine.never")\n@reason("${reason}") @verdict("ask")\nforbid (principal, action, resource) when { context.kind == "write" };`;
  const load = (text: string) => log.commit((tx) => tx.append({ type: 'policy.loaded' }, { rules: canonicalBytes([{ name: 'rules/mine.cedar', layer: 'person', text }]) }));
  const decide = () => log.commit((tx) => tx.append({ type: 'action.decided', action: id, stage: 'land', verdict: 'ask', rules: ['mine.never'], profile: 'step' }, { reason: 'so' }));
  await load(rule('What I said first.'));
  await decide();
  assert.equal(whyDecided(house.bench, id).stages.at(-1)?.rules[0]?.note, null);
  await load(rule('What I said later.'));
  const last = whyDecided(house.bench, id).stages.at(-1);
  const [mine] = last?.rules ?? [];
  assert.deepEqual([mine?.origin, mine?.verdict, mine?.reason, mine?.of], ['person', 'ask', 'What I said first.', 'then']);
  assert.match(mine?.note ?? '', /rules\/mine\.cedar then, and says something else today/);
  assert.deepEqual(last?.obstacles, ['mine.never asks about it: What I said first.']);
  assert.deepEqual(last?.facts?.find(({ name }) => name === 'kind'), { name: 'kind', value: 'write', used: true });
});

test("a yes to a part that isn't what was seen any more is told as that, and a workspace's rule about models as the workspace's", async () => {
  const { house, id } = await asked('a.md');
  await using _ = house;
  const { log } = house.bench;
  const decide = (action: string, rule: string) => log.commit((tx) => tx.append({ type: 'action.decided', action, stage: 'land', verdict: 'ask', rules: [rule], profile: 'step' }, { reason: 'so' }));
  await decide(id, 'part.changed');
  const last = whyDecided(house.bench, id).stages.at(-1);
  assert.deepEqual([last?.rules.map(({ origin, verdict, note }) => [origin, verdict, note]), last?.obstacles], [[['house', 'ask', null]], ['You would have to say yes to what it does now.']]);

  const rule = '@id("theirs.models") @reason("No model reads this one.")\nforbid (principal, action == Action::"infer", resource);';
  await log.commit((tx) => tx.append({ type: 'policy.trusted', workspace: house.workspace.id, ...BY }, { rules: canonicalBytes([{ name: '.proworkbench/rules/a.cedar', layer: 'workspace', text: rule }]) }));
  const infer = String(log.store.db.prepare(`SELECT id FROM actions WHERE kind = 'infer'`).get()?.['id']);
  await decide(infer, 'theirs.models');
  assert.deepEqual(whyDecided(house.bench, infer).stages.at(-1)?.rules.map(({ origin, text }) => [origin, text]), [['workspace', rule]]);
});

test('what was erased, or was never there, is said', async () => {
  const { house, id } = await asked('a.md');
  await using _ = house;
  assert.throws(() => whyDecided(house.bench, newId()), (error) => error instanceof Fault && error.code === 'action.unknown');
  await house.bench.log.erase([readAction(house.bench.log.store.db, id).proposal], { ...BY, reason: 'person', why: 'gone' });
  assert.throws(() => whyDecided(house.bench, id), (error) => error instanceof Fault && error.code === 'action.erased');
});
