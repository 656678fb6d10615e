// Cedar rules: what the profiles decide, what a file of rules is refused for, and that order and layers loosen nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { VERDICTS } from '../model/decision.ts';
import { parseExamples } from './cedar-examples.ts';
import { BY, EFFECTS, QUIET, VOCABULARY, type Facts } from './cedar-facts.ts';
import type { Layer, RuleFile } from './cedar-file.ts';
import * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { loadEngine, shapeOf, shapeOfBuiltIn } from './cedar-engine.ts';
import { builtInRules, readRules } from './cedar-file.ts';
import { INFER_LOCAL } from './layers.ts';
import { cedarPolicyOf, type CedarPolicy } from './cedar-policy.ts';
import { RulesFault } from '../model/problem.ts';
import { PROFILES, type Profile } from '../model/profile.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/policy');
const read = (name: string): unknown => JSON.parse(readFileSync(join(VECTORS, name), 'utf8'));

const policies = new Map<Profile, CedarPolicy>();
before(async () => {
  for (const profile of PROFILES) policies.set(profile, await cedarPolicyOf(PROFILE_FILES[profile]));
});
const policy = (profile: Profile): CedarPolicy => policies.get(profile) ?? assert.fail(profile);

function factsOf(line: string): Facts {
  const parsed = parseExamples(line);
  if (typeof parsed === 'string') assert.fail(parsed);
  return parsed[0] ?? assert.fail('no facts');
}

test('what is said of a model on this machine without the engine is what the rule says', () => {
  for (const profile of PROFILES) assert.deepEqual(policy(profile).judge({ ...QUIET, effect: 'infer', kind: 'infer', integrity: 'outside', secrecy: 'secret', carries: 'secret' }), INFER_LOCAL);
});

for (const { name, facts, ...wanted } of read('decisions.json') as readonly ({ name: string; facts: string } & Partial<Record<Profile, string>>)[]) {
  test(name, () => {
    for (const [profile, decided] of Object.entries(wanted)) {
      const { verdict, rules, reason } = policy(PROFILES.find((one) => one === profile) ?? assert.fail(profile)).judge(factsOf(facts));
      assert.equal([verdict, ...rules].join(' '), decided, profile);
      assert.ok(reason.length > 10);
    }
  });
}

interface Bad { readonly name: string; readonly text?: string; readonly set?: number; readonly length?: number; readonly layer?: Layer; readonly code: string; readonly line?: number; readonly words?: string; readonly hint?: string }
for (const bad of read('bad-rules.json') as readonly Bad[]) {
  test(`${bad.name} is refused, with its place and what to do`, async () => {
    const set = `@id("a") @reason("because it is so") @matches("read tool=t1") @differs("write")\npermit (principal, action == Action::"read", resource) when { [${Array.from({ length: bad.set ?? 0 }, (_, at) => `"t${at}"`).join(', ')}].contains(context.tool) };`;
    const text = bad.text ?? (bad.set === undefined ? ' '.repeat(bad.length ?? 0) : set);
    await assert.rejects(cedarPolicyOf([{ name: 'mine.cedar', layer: bad.layer ?? 'person', text }]), (error) => {
      assert.ok(error instanceof RulesFault);
      const { file, line, words, hint } = error.problems.find(({ code }) => code === bad.code) ?? assert.fail(error.message);
      assert.deepEqual([file, bad.line ?? line], ['mine.cedar', line], words);
      assert.ok(`:${line}: ${words}`.includes(bad.words ?? ''), words);
      assert.ok(hint.length > 3 && hint.includes(bad.hint ?? ''), hint);
      return true;
    });
  });
}

const mine = (text: string, layer: Layer = 'person', name = `${layer}.cedar`): RuleFile => ({ name, layer, text });
const SAYS = '@reason("because it is so") @matches("read tool=a") @differs("write")';

test('two files with one id are refused, by both places', async () => {
  const rule = `@id("read.workspace") ${SAYS}\npermit (principal, action == Action::"read", resource);`;
  await assert.rejects(cedarPolicyOf([...PROFILE_FILES.step, mine(rule)]), /person\.cedar:1.*base\.cedar:\d+/);
});

test('a rule that fails when it is applied denies, though Cedar would leave it out', async () => {
  const broken = await cedarPolicyOf([...PROFILE_FILES.step, mine(`@id("broken") @reason("because it is so") @matches("read newLinks=1") @differs("read")\nforbid (principal, action, resource) when { context.newLinks * 9223372036854775807 > 5 };`)]);
  assert.equal(broken.judge(QUIET).verdict, 'allow');
  const decision = broken.judge({ ...QUIET, newLinks: 2 });
  assert.deepEqual([decision.verdict, decision.rules], ['deny', ['broken']]);
  assert.match(decision.reason, /could not be applied/);
});

test('a workspace may forbid and may ask, over what the person permits', async () => {
  const own = mine(`@id("own") @reason("because it is so") @matches("egress tool=a") @differs("egress")\npermit (principal, action == Action::"egress", resource) when { context.tool == "a" };`);
  const asks = mine(`@id("theirs") @verdict("ask") @reason("because it is so") @matches("egress") @differs("write")\nforbid (principal, action == Action::"egress", resource);`, 'workspace');
  const facts: Facts = { ...QUIET, effect: 'egress', tool: 'a', destination: 'outside' };
  assert.deepEqual((await cedarPolicyOf([...PROFILE_FILES.step, own])).judge(facts).rules, ['own']);
  assert.deepEqual((await cedarPolicyOf([...PROFILE_FILES.step, own, asks])).judge(facts).verdict, 'ask');
});

const someFacts: fc.Arbitrary<Facts> = fc.record({
  effect: fc.constantFrom(...EFFECTS), by: fc.constantFrom(...BY),
  ...Object.fromEntries(Object.entries(VOCABULARY).map(([key, values]) => [key, fc.constantFrom(...values)])),
  kind: fc.constantFrom('call', 'fetch', 'run', 'write', 'commit', 'read'), remote: fc.boolean(), newLinks: fc.nat(2), newAddresses: fc.nat(2), newValues: fc.nat(2), references: fc.nat(1), spoken: fc.nat(2),
  anchored: fc.boolean(), fetches: fc.boolean(), secretFile: fc.boolean(), oversize: fc.boolean(),
}).map((some) => ({ ...QUIET, ...some }));

test('more rules that forbid never loosen, and the order of files changes nothing', async () => {
  const files = PROFILE_FILES.step;
  const forbids = mine(`@id("x.links") @reason("because it is so") @matches("write newLinks=1") @differs("write")\nforbid (principal, action, resource) when { context.newLinks > 0 };\n@id("x.asks") @verdict("ask") @reason("because it is so") @matches("write spoken=1") @differs("write")\nforbid (principal, action, resource) when { context.spoken > 0 };`, 'workspace');
  const [tighter, turned] = await Promise.all([cedarPolicyOf([...files, forbids]), cedarPolicyOf([forbids, ...files].toReversed())]);
  fc.assert(fc.property(someFacts, (facts) => {
    const one = tighter.judge(facts);
    assert.deepEqual(turned.judge(facts), one);
    assert.ok(VERDICTS.indexOf(one.verdict) >= VERDICTS.indexOf(policy('step').judge(facts).verdict));
  }), often(300));
});

test('a stricter profile decides nothing more loosely', () => {
  fc.assert(fc.property(someFacts, (facts) => {
    const [strict, step, draft] = (['strict', 'step', 'draft'] as const).map((profile) => VERDICTS.indexOf(policy(profile).judge(facts).verdict));
    assert.ok((strict ?? 0) >= (step ?? 0) && (step ?? 0) >= (draft ?? 0));
  }), often(300));
});

test('what may go does not depend on how trusted the worse of two values is: less trust is never looser', () => {
  const roles = ['destination', 'selector', 'critical', 'payload'] as const;
  const order = ['person', 'asked', 'workspace', 'outside', 'composed'] as const;
  fc.assert(fc.property(someFacts, fc.constantFrom(...roles), fc.nat(4), fc.nat(4), (facts, role, a, b) => {
    const [better, worse] = [order[Math.min(a, b)] ?? 'person', order[Math.max(a, b)] ?? 'composed'];
    const verdictWith = (trust: (typeof order)[number]): number => VERDICTS.indexOf(policy('step').judge({ ...facts, [role]: trust }).verdict);
    assert.ok(verdictWith(worse) >= verdictWith(better), `${role}: ${worse} over ${better}`);
  }), often(500));
});

test('no built-in rule names a tool, a host, a path, an address or any value but the words of the vocabulary', async () => {
  const known = new Set([...Object.values(VOCABULARY).flat(), ...EFFECTS, ...BY, 'call', 'fetch', 'run', 'write', 'read', 'commit', 'undo', 'service']);
  for (const file of Object.values(PROFILE_FILES).flat()) {
    const body = file.text.replaceAll(/^\s*(?:\/\/|@).*$/gm, '');
    assert.deepEqual([...body.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word).filter((word) => !known.has(word)), [], file.name);
    // The two ways of reading a rule of ours agree.
    const loaded = readRules(await loadEngine(), file);
    assert.deepEqual(builtInRules(file).map((rule) => ({ ...rule, shape: shapeOfBuiltIn(rule.id, rule.text) })), loaded, file.name);
    for (const { id, text, shape } of loaded) assert.deepEqual(shape, shapeOf(cedarWasm, id, text), id);
    assert.doesNotMatch(body, /context\.(?:tool|paths|addresses|profile)|resource (?:==|in)|context\.hosts(?!\.isEmpty)|\blike\b/, file.name);
  }
});
