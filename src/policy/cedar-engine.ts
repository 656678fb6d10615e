// The Cedar engine: loaded late (it is 4 MB of WebAssembly), with rules parsed once and kept by name. It has no
// opinion: what it can't parse or evaluate is told, and whoever asks makes that a refusal or a denial.
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { APART, QUIET, SCHEMA, type Effect, type Facts } from './cedar-facts.ts';

/** Rules by id, as Cedar text. */
export type Texts = Readonly<Record<string, string>>;

export interface Trouble {
  readonly words: string;
  readonly hint: string | null;
  /** Bytes from the beginning of the text that it was found in. */
  readonly at: number;
  /** Empty: not of one rule. */
  readonly rule: string;
}

export interface Answer {
  readonly allowed: boolean;
  /** Those that decided: all permits that hold when allowed, all forbids that hold when not. */
  readonly rules: readonly string[];
  /** Rules that could not be evaluated; Cedar itself leaves them out. */
  readonly broken: readonly { readonly rule: string; readonly words: string }[];
}

export interface Engine {
  /** The rules of a text, each from its first annotation on; or where it is no Cedar. */
  split(text: string): { readonly rules: readonly string[]; readonly templates: number } | Trouble;
  /** One rule's annotations, its effect and its conditions as data. */
  look(rule: string): Cedar.PolicyJson | Trouble;
  /** What the schema says against rules, and which can never match. */
  check(rules: Texts): readonly Trouble[];
  /** Parses and keeps rules; what it returns judges in 0.2 ms or so. The same name replaces. */
  prepare(name: string, rules: Texts): (facts: Facts) => Answer;
}

let engine: Promise<Engine> | undefined;

export function loadEngine(): Promise<Engine> {
  engine ??= import('@cedar-policy/cedar-wasm/nodejs').then(engineOf);
  return engine;
}

function engineOf(cedar: typeof Cedar): Engine {
  return {
    split(text) {
      const parts = cedar.policySetTextToParts(text);
      return parts.type === 'success' ? { rules: parts.policies, templates: parts.policy_templates.length } : troubleOf(parts.errors[0]);
    },
    look(rule) {
      const answer = cedar.policyToJson(rule);
      return answer.type === 'success' ? answer.json : troubleOf(answer.errors[0]);
    },
    check(rules) {
      const answer = cedar.validate({ validationSettings: { mode: 'strict' }, schema: SCHEMA, policies: { staticPolicies: rules } });
      if (answer.type === 'failure') return answer.errors.map((error) => troubleOf(error));
      return [...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => troubleOf(error, policyId));
    },
    prepare(name, rules) {
      const parsed = Object.entries(rules).map(([id, text]) => ({ id, json: jsonOf(cedar, text), short: withoutAction(cedar, text) }));
      const used = usedBy(parsed.map(({ json }) => json));
      const ready = new Set<Effect>();
      return (facts) => {
        const set = `${name} ${facts.effect}`;
        if (!ready.has(facts.effect)) {
          const answer = cedar.preparsePolicySet(set, { staticPolicies: Object.fromEntries(parsed.flatMap(({ id, json, short }) => (reaches(json, facts.effect) ? [[id, short]] : []))) });
          if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'the rules could not be prepared');
          ready.add(facts.effect);
        }
        return answerOf(cedar.statefulIsAuthorized(callOf(set, facts, used)));
      };
    },
  };
}

function jsonOf(cedar: typeof Cedar, text: string): Cedar.PolicyJson {
  const answer = cedar.policyToJson(text);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'a rule could not be read');
  return answer.json;
}

/**
 * Can a rule speak of this action? Each action has a set of its own, of the rules that can, without that condition: it
 * costs more than all others of a rule together.
 */
function reaches({ action }: Cedar.PolicyJson, effect: Effect): boolean {
  if (action.op === 'All') return true;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  return named.some((one) => ('__entity' in one ? one.__entity : one).id === effect);
}

/** The rule for any action, as text: as data, its large numbers would be rounded. The rule itself, where it can't be had. */
function withoutAction(cedar: typeof Cedar, text: string): string {
  const short = text.replace(/\baction\s+in\s+\[[^\]]*\]|\baction\s*==\s*Action::"[^"]*"/, 'action');
  const same = cedar.policyToJson(short);
  // INVARIANT: nothing but the action differs; else what was replaced stood somewhere else.
  return same.type === 'success' && JSON.stringify(same.json) === JSON.stringify({ ...jsonOf(cedar, text), action: { op: 'All' } }) ? short : text;
}

type Key = Exclude<keyof Facts, 'effect' | 'by' | 'workspace'>;

/** The facts that rules look at: handing over the others would double what a decision costs. */
function usedBy(rules: readonly Cedar.PolicyJson[]): readonly Key[] {
  const text = JSON.stringify(rules.map(({ conditions }) => conditions));
  const known = Object.keys(QUIET).filter((key): key is Key => !APART.includes(key));
  const named = new Set([...text.matchAll(/\{"Var":"context"\},"attr":"(\w+)"/g)].map(([, key]) => key));
  // A rule gets at a fact by its name only; where one speaks of the context in another way, it gets all.
  const all = text.split('"Var":"context"').length !== text.split('{"Var":"context"},"attr":"').length;
  return all ? known : known.filter((key) => named.has(key));
}

function callOf(name: string, facts: Facts, used: readonly Key[]): Cedar.StatefulAuthorizationCall {
  const context: Record<string, Cedar.CedarValueJson> = {};
  for (const key of used) {
    const value = facts[key];
    context[key] = typeof value === 'object' ? [...value] : value;
  }
  return {
    principal: { type: 'Proposer', id: facts.by },
    action: { type: 'Action', id: facts.effect },
    resource: { type: 'Workspace', id: facts.workspace },
    context,
    preparsedPolicySetId: name,
    // The facts are made by the house, of the same type as the schema: checking each again costs as much as judging.
    validateRequest: false,
    entities: [],
  };
}

function answerOf(answer: Cedar.AuthorizationAnswer): Answer {
  if (answer.type === 'failure') return { allowed: false, rules: [], broken: [{ rule: 'engine', words: answer.errors[0]?.message ?? 'no answer' }] };
  const { decision, diagnostics } = answer.response;
  return { allowed: decision === 'allow', rules: diagnostics.reason, broken: diagnostics.errors.map(({ policyId, error }) => ({ rule: policyId, words: error.message })) };
}

function troubleOf(error: Cedar.DetailedError | undefined, rule = ''): Trouble {
  const place = error?.sourceLocations?.[0];
  const expected = place?.label ?? null;
  return { words: error?.message ?? 'not understood', hint: error?.help ?? expected, at: place?.start ?? 0, rule };
}
