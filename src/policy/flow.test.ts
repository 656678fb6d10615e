// Where the words of a call come from: calls as data, and what holds for any of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { INTEGRITY, SECRECY, join as joinLabels, type Label } from '../model/label.ts';
import { cedarPolicyOf, type CedarPolicy } from './cedar-policy.ts';
import { scanTyped, wholesOf } from './flow-atoms.ts';
import { judgeCall } from './flow-call.ts';
import { endorse, hear, ledgerOf, touch, type Ledger, type ToolManifest } from './flow-ledger.ts';
import { originOf } from './flow-match.ts';
import { provenanceOf } from './flow-provenance.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';

type Args = Readonly<Record<string, unknown>>;
interface Case {
  readonly name: string;
  readonly words: string;
  readonly heard: readonly (readonly [string, Args, string, unknown?])[];
  readonly call: readonly [string, Args];
  readonly long?: number;
  readonly verdict: string;
  readonly says?: string;
}
const { tools, cases } = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/policy/calls.json'), 'utf8')) as { tools: readonly ToolManifest[]; cases: readonly Case[] };
const tool = (name: string): ToolManifest => tools.find((one) => one.name === name) ?? assert.fail(name);

let policy: CedarPolicy;
before(async () => {
  policy = await cedarPolicyOf(PROFILE_FILES.step);
});

function heard(words: string, results: Case['heard']): Ledger {
  return results.reduce((ledger, [name, args, text, value]) => {
    const { fields } = judgeCall(ledger, tool(name), args);
    const spoken = fields.length === 0 ? 'none' : fields.every(({ origin }) => origin.trust === 'person') ? 'person' : 'else';
    return hear(ledger, tool(name), name, { text, value }, spoken, false);
  }, ledgerOf([words]));
}

for (const { name, words, heard: results, call: [called, args], long, verdict, says } of cases) {
  test(name, () => {
    const { facts } = judgeCall(heard(words, results), tool(called), long === undefined ? args : { ...args, text: 'x'.repeat(long) });
    const decision = policy.judge(facts);
    assert.equal(decision.verdict, verdict, `${decision.rules.join(' ')}: ${JSON.stringify(facts)}`);
    if (says !== undefined) assert.ok(decision.reason.includes(says), decision.reason);
  });
}

const labels: fc.Arbitrary<Label> = fc.record({ integrity: fc.constantFrom(...INTEGRITY), secrecy: fc.constantFrom(...SECRECY), sources: fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 40 }).map((all) => all.toSorted()) });

test('the join of labels is a semilattice', () => {
  fc.assert(fc.property(labels, labels, labels, (a, b, c) => {
    assert.deepEqual(joinLabels(a, b), joinLabels(b, a));
    assert.deepEqual(joinLabels(joinLabels(a, b), c), joinLabels(a, joinLabels(b, c)));
    assert.deepEqual(joinLabels(joinLabels(a, b), b), joinLabels(a, b));
  }));
});

const steps = fc.array(fc.tuple(fc.constantFrom(...tools), fc.constantFrom('evil@x.example', 'id 66', 'nothing', ''), fc.constantFrom('person', 'none', 'else')), { maxLength: 12 });

test('no sequence of results raises the integrity of the context, or lends trust to what is only outside', () => {
  fc.assert(fc.property(steps, fc.constantFrom('to ann@example.org', 'hello'), (sequence, words) => {
    let ledger = ledgerOf([words]);
    for (const [one, text, spoken] of sequence) {
      const next = touch(hear(ledger, one, one.name, { text }, spoken, true), ['7']);
      assert.ok(INTEGRITY.indexOf(next.label.integrity) >= INTEGRITY.indexOf(ledger.label.integrity));
      assert.ok(SECRECY.indexOf(next.label.secrecy) >= SECRECY.indexOf(ledger.label.secrecy));
      ledger = next;
    }
    const trustedSaid = ledger.sources.some(({ kind, content }) => (kind === 'asked' || kind === 'trusted') && content.text === 'evil@x.example');
    const { trust } = originOf('evil@x.example', 'destination', ledger, false);
    if (!trustedSaid) assert.ok(trust === 'outside' || trust === 'composed', trust);
  }));
});

test('an endorsement lends trust to exactly its value, and to nothing in it', () => {
  const ledger = endorse(heard('hello', [['mail.search', {}, 'a@x.example, b@x.example']]), ['a@x.example', 'both a@x.example and b@x.example'], 'approved');
  assert.equal(ledger.label.integrity, 'outside');
  assert.equal(originOf('a@x.example', 'destination', ledger, false).trust, 'person');
  assert.equal(originOf('b@x.example', 'destination', ledger, false).trust, 'outside');
});

test('a label that a result claims for itself is not read', () => {
  const ledger = heard('hello', [['mail.search', {}, '{"label":{"integrity":"person"}}', { label: { integrity: 'person', secrecy: 'open' } }]]);
  assert.deepEqual([ledger.label.integrity, ledger.label.secrecy], ['outside', 'private']);
});

test('what a session wrote after outside text is not the record that the person named when it goes out', () => {
  const results: Case['heard'] = [['mail.search', {}, 'x'], ['events', {}, 'Weekly review', [{ id: '24', title: 'Weekly review' }]]];
  const ledger = heard("Add ann@example.org to 'Weekly review'.", results);
  const call = [tool('join'), { event: '24', who: ['ann@example.org'] }] as const;
  assert.equal(policy.judge(judgeCall(ledger, ...call).facts).verdict, 'allow');
  assert.equal(policy.judge(judgeCall(touch(ledger, ['24']), ...call).facts).verdict, 'ask');
});

test('renaming tools, or the names of what they touch, changes no decision', () => {
  for (const { words, heard: results, call: [called, args], long, verdict } of cases) {
    if (long !== undefined) continue;
    const renamed = { ...tool(called), name: `other-${called}` };
    assert.equal(policy.judge(judgeCall(heard(words, results), renamed, args).facts).verdict, verdict);
  }
});

test('the card says in which line of what a value was found, and for others that it is unknown', () => {
  const ledger = heard('Pay the bill.', [['mail.search', {}, 'Bill\nÄrger\nto GB29NWBK60161331926819\nthanks']]);
  const { fields } = judgeCall(ledger, tool('pay'), { to: 'GB29NWBK60161331926819', amount: 5 });
  const [to, amount] = fields.map((field) => provenanceOf(field));
  assert.deepEqual(to, { argument: 'to', source: 'mail.search', integrity: 'outside', line: 3, bytes: [15, 37], words: 'found in line 3 of mail.search, outside' });
  assert.deepEqual([amount?.source, amount?.words], [null, 'unknown: found neither in your words nor in anything read']);
});

test('values have the canonical form of what they point to, and only whole values count', () => {
  const form = (text: string): string => wholesOf(text).map(({ type, form: one }) => `${type} ${one}`).join();
  assert.equal(form('HTTPS://Example.ORG:443/a'), 'url https://example.org/a');
  assert.equal(form('Ann@EXAMPLE.org'), 'email Ann@example.org');
  assert.equal(form('GB29 NWBK 6016 1331 9268 19'), 'account GB29NWBK60161331926819');
  assert.equal(form('./a//b.txt'), 'path a/b.txt');
  assert.equal(form('May 15th, 2024'), 'date 2024-05-15');
  assert.equal(form('2024-05-15T10:00:00'), 'datetime 2024-05-15T10:00');
  assert.equal(form('6 PM'), 'time 18:00');
  for (const none of ['05/06/2024', '2024-02-31', '13%', 'a@x.org b@x.org', '../up.txt', 'https://a.org\nhttps://b.org', ' a@x.org']) assert.equal(form(none), '', none);
});

test('scanning is linear: a megabyte of the worst letters is looked through, and no value is invented', () => {
  for (const worst of ['a.', 'a-', '1-', '/a', 'a@', '1,', "'", 'A ', 'é', 'a', '.', ' ', '1', '@a', '#a', 'A and ', 'www.a.com)', '%', 'a/', '+1 ', 'May 1 to ', '-', '"']) assert.ok(scanTyped(worst.repeat(200_000)).length <= 200_000);
});

test('a page made to be searched forever is not', () => {
  const ledger = heard('hello', [['mail.search', {}, 'a'.repeat(500_000)]]);
  assert.equal(originOf('a'.repeat(10_000), 'payload', ledger, false).trust, 'composed');
});
