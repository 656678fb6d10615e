// Layers of one's own rules: the strictest wins, however rules are spread over files and layers and in whatever order; a
// workspace loosens nothing; what is broken denies, and heals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { VERDICTS, type Verdict } from '../model/decision.ts';
import { RulesFault } from '../model/problem.ts';
import { QUIET, type Effect, type Facts } from './cedar-facts.ts';
import type { Layer, RuleFile } from './cedar-file.ts';
import { cedarPolicyNow } from './cedar-policy.ts';
import { Layers, type OwnRules } from './layers.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';

interface Rule {
  readonly verdict: Verdict;
  readonly effect: Effect | null;
  readonly links: number | null;
  readonly kind: string | null;
}

const EFFECTS = ['read', 'write', 'exec', 'infer'] as const;
const KINDS = ['run', 'write', 'call'] as const;
const someRule: fc.Arbitrary<Rule> = fc.record({ verdict: fc.constantFrom(...VERDICTS), effect: fc.constantFrom(null, ...EFFECTS), links: fc.constantFrom(null, 1, 2), kind: fc.constantFrom(null, ...KINDS) });
const someFacts: fc.Arbitrary<Facts> = fc.record({ effect: fc.constantFrom(...EFFECTS), newLinks: fc.nat(2), kind: fc.constantFrom(...KINDS), remote: fc.constant(true), certainty: fc.constant('unknown' as const) }).map((some) => ({ ...QUIET, ...some }));

/** An example that it matches, and one that it doesn't: of an effect that no rule here speaks of, or with what no rule asks for. */
function textOf({ verdict, effect, links, kind }: Rule, id: string): string {
  const when = ['context.tool != "never"', ...(links === null ? [] : [`context.newLinks >= ${links}`]), ...(kind === null ? [] : [`context.kind == "${kind}"`])].join(' && ');
  const matches = `${effect ?? 'account'} kind=${kind ?? 'run'} newLinks=${links ?? 0}`;
  return `@id("${id}") @reason("because it is so") ${verdict === 'ask' ? '@verdict("ask") ' : ''}@matches("${matches}") @differs("${matches} tool=never")
${verdict === 'allow' ? 'permit' : 'forbid'} (principal, action${effect === null ? '' : ` == Action::"${effect}"`}, resource) when { ${when} };\n`;
}

/** By the words of the rules alone. */
function speaks({ effect, links, kind }: Rule, facts: Facts): boolean {
  return (effect === null || effect === facts.effect) && (links === null || facts.newLinks >= links) && (kind === null || kind === facts.kind);
}

const LAYERS: readonly Layer[] = ['machine', 'person'];
let made = 0;

/** @param places for each rule its layer and file. */
function filesOf(rules: readonly Rule[], places: readonly number[], layers: readonly Layer[], order: readonly number[]): readonly RuleFile[] {
  made += 1;
  const files = new Map<string, { readonly layer: Layer; text: string }>();
  for (const at of order) {
    const rule = rules[at];
    if (rule === undefined) continue;
    const layer = layers[(places[at] ?? 0) % layers.length] ?? 'person';
    const name = `${layer}${(places[at] ?? 0) % 3}.cedar`;
    const file = files.get(name) ?? { layer, text: `// ${made}\n` };
    file.text += textOf(rule, `r${at}`);
    files.set(name, file);
  }
  return [...files].map(([name, { layer, text }]) => ({ name, layer, text }));
}

test('the strictest of all that speak wins, however rules are spread over files and layers, and in whatever order', () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
  const spread = fc.array(fc.nat(8), { minLength: 5, maxLength: 5 });
  fc.assert(fc.property(fc.array(someRule, { minLength: 1, maxLength: 5 }), spread, spread, order, order, fc.array(someFacts, { minLength: 3, maxLength: 3 }), (rules, one, other, first, second, asked) => {
    const [a, b] = [cedarPolicyNow(filesOf(rules, one, LAYERS, first)), cedarPolicyNow(filesOf(rules, other, LAYERS, second).toReversed())];
    for (const facts of asked) {
      const held = rules.filter((rule) => speaks(rule, facts)).map(({ verdict }) => VERDICTS.indexOf(verdict));
      const wanted = held.length === 0 ? 'ask' : VERDICTS[Math.max(...held)];
      assert.equal(a.judge(facts).verdict, wanted);
      assert.deepEqual(b.judge(facts), a.judge(facts));
    }
  }), often(40));
});

test('whatever a workspace brings, nothing goes that did not go without it', () => {
  fc.assert(fc.property(fc.array(someRule, { maxLength: 2 }), fc.array(someRule, { minLength: 1, maxLength: 3 }), fc.array(someFacts, { minLength: 3, maxLength: 3 }), (own, brought, asked) => {
    const mine = [...PROFILE_FILES.draft, ...filesOf(own, [1, 1], ['person'], [0, 1])];
    const theirs = filesOf(brought, [0, 0, 0], ['workspace'], [0, 1, 2]).map((file): RuleFile => ({ ...file, text: file.text.replaceAll(/@id\("r/g, '@id("w') }));
    const without = cedarPolicyNow(mine);
    if (brought.some(({ verdict }) => verdict === 'allow')) return assert.throws(() => cedarPolicyNow([...mine, ...theirs]), { code: 'policy.loosens' });
    const withThem = cedarPolicyNow([...mine, ...theirs]);
    for (const facts of asked) assert.ok(VERDICTS.indexOf(withThem.judge(facts).verdict) >= VERDICTS.indexOf(without.judge(facts).verdict));
  }), often(40));
});

test('rules that can not be had deny everything, with their places, and hold again when they can', () => {
  let own: () => OwnRules = () => {
    throw new RulesFault([1, 2, 3, 4].map((line) => ({ file: 'a.cedar', line, code: 'policy.syntax', words: 'not understood', hint: 'mend it' })));
  };
  const layers = new Layers(() => own());
  const local: Facts = { ...QUIET, effect: 'infer', kind: 'infer' };
  for (const facts of [QUIET, local, { ...QUIET, effect: 'write' } as const]) {
    const { verdict, rules, reason } = layers.judge(facts);
    assert.deepEqual([verdict, rules], ['deny', ['rules.broken']]);
    assert.match(reason, /a\.cedar:1: not understood \(mend it\); a\.cedar:2.*a\.cedar:3.*and 1 more, which `pwb policy check` names/);
  }
  own = () => ({ key: 'broken', files: [{ name: 'b.cedar', layer: 'person', text: 'forbid this;' }] });
  assert.match(layers.judge(QUIET).reason, /b\.cedar:1: /);
  own = () => ({ key: '', files: [] });
  assert.equal(layers.judge(QUIET).verdict, 'allow');
  assert.deepEqual(layers.judge(local).rules, ['infer.local']);
});

test('asking a model on this machine is judged by a rule of one\'s own that speaks of it', () => {
  const local: Facts = { ...QUIET, effect: 'infer', kind: 'infer', profile: 'step' };
  const layers = new Layers(() => ({ key: 'night', files: [{ name: 'n.cedar', layer: 'person', text: textOf({ verdict: 'deny', effect: 'infer', links: null, kind: null }, 'mine.night') }] }));
  assert.deepEqual(layers.judge(local).rules, ['mine.night']);
});
