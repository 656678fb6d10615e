// A candidate stands beside the rules that hold: the short way of judging it says what the long way says, and what a
// guard decided stays so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CERTAINTY, EFFECTS, INTO, QUIET, STAGES, TRUST, type Facts } from '../policy/cedar-facts.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import { INTEGRITY, SECRECY } from '../model/label.ts';
import { VERDICTS } from '../model/decision.ts';
import { PROFILES } from '../model/profile.ts';
import { candidateOf } from './policy-candidate.ts';
import type { Decided } from './policy-history.ts';

const file = (text: string, name = 'candidate.cedar'): RuleFile => ({ name, layer: 'person', text });
const rule = (id: string, says: string, when: string): string => `@id("${id}") @reason("because it is so") @matches("write kind=write into=workspace tool=t newLinks=1") @differs("egress kind=call tool=x")\n${says} (principal, action in [Action::"write", Action::"egress", Action::"exec"], resource) when { ${when} };`;
const KIND = 'context.kind == "write"';
const OWN = file(rule('mine.never', 'forbid', 'context.tool == "t" && context.kind == "write"'), 'own.cedar');
const decided = (verdict: Decided['verdict'] = 'allow', rules: readonly string[] = ['x']): Decided => ({ type: 'action.decided', action: 'a000000000', stage: 'land', verdict, rules, profile: 'step' });

const facts: fc.Arbitrary<Facts> = fc.record({
  effect: fc.constantFrom('write', 'write', 'egress', ...EFFECTS), kind: fc.constantFrom('write', 'write', 'run', 'call', 'fetch'), tool: fc.constantFrom('t', 'u'), profile: fc.constantFrom(...PROFILES), stage: fc.constantFrom(...STAGES), into: fc.constantFrom(...INTO), certainty: fc.constantFrom(...CERTAINTY),
  integrity: fc.constantFrom(...INTEGRITY), secrecy: fc.constantFrom(...SECRECY), destination: fc.constantFrom(...TRUST), selector: fc.constantFrom(...TRUST), payload: fc.constantFrom(...TRUST), newLinks: fc.nat(2), ordinary: fc.boolean(), secretFile: fc.boolean(), remote: fc.boolean(),
}).map((some) => ({ ...QUIET, ...some }));

test('what rules that only permit would decide is the same by the short way, whatever the facts', () => {
  const candidates = [rule('c.wide', 'permit', KIND), rule('c.sum', 'permit', 'context.newLinks + 1 >= 2'), rule('c.some', 'permit', `${KIND} && context.into == "workspace"`)];
  let differs = 0;
  for (const text of candidates) {
    for (const own of [[], [OWN]]) {
      const candidate = candidateOf([file(text)], () => own);
      fc.assert(fc.property(facts, (one) => {
        const without = candidate.without(decided(), one);
        const [short, long] = [candidate.judgeAfter(without, decided(), one), candidate.judge(decided(), one)];
        assert.equal(short.verdict, long.verdict);
        if (without.verdict !== 'allow') assert.deepEqual(short.rules, long.rules);
        if (short.verdict !== without.verdict) {
          differs += 1;
          assert.deepEqual([without.verdict, short.verdict], ['ask', 'allow'], 'a permit answers silence, and nothing else');
        }
      }), { numRuns: 150 });
    }
  }
  assert.ok(differs > 5, String(differs));
});

test('a candidate that forbids is never looser than what holds', () => {
  const candidate = candidateOf([file(rule('c.never', 'forbid', KIND)), file(rule('c.ask', '@verdict("ask") forbid', 'context.kind == "write" || context.kind == "run"'), 'second.cedar')], () => []);
  fc.assert(fc.property(facts, (one) => {
    const without = candidate.without(decided(), one);
    const after = candidate.judgeAfter(without, decided(), one);
    assert.ok(VERDICTS.indexOf(after.verdict) >= VERDICTS.indexOf(without.verdict));
  }), { numRuns: 300 });
});

test('what a guard denied, or asked about, on record stays so under the widest rule', () => {
  const candidate = candidateOf([file(rule('c.wide', 'permit', KIND))], () => []);
  const one: Facts = { ...QUIET, effect: 'write', kind: 'write', into: 'workspace' };
  assert.equal(candidate.judge(decided('ask', ['write.workspace']), one).verdict, 'allow');
  assert.deepEqual(candidate.judge(decided('deny', ['git-internals']), one).rules, ['git-internals']);
  assert.equal(candidate.judge(decided('ask', ['rehearse.copy']), one).verdict, 'ask');
});
