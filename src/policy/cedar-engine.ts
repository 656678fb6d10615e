// The Cedar engine: loaded late (it is 4 MB of WebAssembly), with rules parsed once and kept by name. It has no
// opinion: what it can't parse or evaluate is told, and whoever asks makes that a refusal or a denial.
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { SCHEMA, type Facts } from './cedar-facts.ts';

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
      const parsed = cedar.preparsePolicySet(name, { staticPolicies: rules });
      if (parsed.type === 'failure') throw new Error(parsed.errors[0]?.message ?? 'the rules could not be prepared');
      return (facts) => answerOf(cedar.statefulIsAuthorized(callOf(name, facts)));
    },
  };
}

function callOf(name: string, { effect, by, workspace, ...rest }: Facts): Cedar.StatefulAuthorizationCall {
  return {
    principal: { type: 'Proposer', id: by },
    action: { type: 'Action', id: effect },
    resource: { type: 'Workspace', id: workspace },
    context: { ...rest, paths: [...rest.paths], hosts: [...rest.hosts], addresses: [...rest.addresses] },
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
