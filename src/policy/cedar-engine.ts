// The Cedar engine: loaded late (it is 4 MB of WebAssembly), with rules parsed once and kept by name. It has no
// opinion: what it can't parse or evaluate is told, and whoever asks makes that a refusal or a denial.
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { APART, QUIET, SCHEMA, type Effect, type Facts } from './cedar-facts.ts';
import { CEDAR, life, loadInstance, type Asked } from './cedar-instance.ts';

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
  /** What has to be asked of a rule. @param json as `look` read it, where that is known. */
  shape(id: string, rule: string, json?: Cedar.PolicyJson): Shape;
  /** What the schema says against rules, and which can never match. */
  check(rules: Texts): readonly Trouble[];
  /**
   * Parses and keeps rules; what it returns judges in 0.2 ms or so. The same name replaces.
   * @param shapes of those for which it is known: asking Cedar for it takes most of a start.
   */
  prepare(name: string, rules: Texts, shapes?: ReadonlyMap<string, Shape>): (facts: Facts) => Answer;
}

let engine: Engine | undefined;

export async function loadEngine(): Promise<Engine> {
  return loadEngineNow();
}

/** At once: 30 ms, the first time. */
export function loadEngineNow(): Engine {
  engine ??= engineOf(CEDAR);
  loadInstance();
  return engine;
}

function engineOf(cedar: Asked): Engine {
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
    shape: (id, rule, json) => shapeOf(cedar, id, rule, json),
    prepare(name, rules, known) {
      const shapes = Object.entries(rules).map(([id, text]) => known?.get(id) ?? shapeOf(cedar, id, text));
      const used = KEYS.filter((key) => shapes.some(({ uses }) => uses === 'all' || uses.includes(key)));
      const tags = shapes.some(({ tags: folders }) => folders === 'all') ? 'all' : new Set(shapes.flatMap(({ tags: folders = [] }) => folders));
      const ready = new Set<Effect>();
      let since = life();
      return (facts) => {
        if (since !== life()) ready.clear();
        since = life();
        const set = `${name} ${facts.effect}`;
        if (!ready.has(facts.effect)) {
          const speaking = shapes.filter(({ actions }) => actions === 'all' || actions.includes(facts.effect));
          const answer = cedar.preparsePolicySet(set, { staticPolicies: Object.fromEntries(speaking.map(({ id, short }) => [id, short])) });
          if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'the rules could not be prepared');
          ready.add(facts.effect);
        }
        return answerOf(cedar.statefulIsAuthorized(callOf(set, facts, used, tags)));
      };
    },
  };
}

/** What of a rule decides when it has to be asked: each action has a set of its own, of the rules that can speak of it, and only the facts that some rule looks at are handed over. */
export interface Shape {
  readonly id: string;
  readonly actions: readonly string[] | 'all';
  /** The rule for any action: that condition costs more than all others of a rule together. */
  readonly short: string;
  readonly uses: readonly string[] | 'all';
  /** The folders that it asks the workspace about. Absent: none. */
  readonly tags?: readonly string[] | 'all';
}

type Key = Exclude<keyof Facts, 'effect' | 'by' | 'workspace'>;
const KEYS: readonly Key[] = Object.keys(QUIET).filter((key): key is Key => !APART.includes(key));
const ACTION = /\baction\s+in\s+\[[^\]]*\]|\baction\s*==\s*Action::"[^"]*"/;

/** By Cedar's own reading. */
export function shapeOf(cedar: Pick<typeof Cedar, 'policyToJson'>, id: string, text: string, json: Cedar.PolicyJson = jsonOf(cedar, text)): Shape {
  const { action, conditions } = json;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : [];
  const said = JSON.stringify(conditions);
  // A rule gets at a fact by its name only; where one speaks of the context in another way, it gets all.
  const whole = said.split('"Var":"context"').length !== said.split('{"Var":"context"},"attr":"').length;
  return {
    id, short: withoutAction(cedar, text, json),
    actions: action.op === 'All' ? 'all' : named.map((one) => ('__entity' in one ? one.__entity : one).id),
    uses: whole ? 'all' : [...new Set([...said.matchAll(/\{"Var":"context"\},"attr":"(\w+)"/g)].map(([, key = '']) => key))],
    ...(/"(?:has|get)Tag":\{/.test(said) ? { tags: foldersIn(said) } : {}),
  };
}

function foldersIn(said: string): readonly string[] | 'all' {
  const named = [...said.matchAll(/"(?:has|get)Tag":\{"left":\{"Var":"resource"\},"right":\{"Value":"((?:[^"\\]|\\.)*)"\}\}/g)].map(([, text = '']): unknown => JSON.parse(`"${text}"`));
  return named.length === said.split(/"(?:has|get)Tag":\{/).length - 1 ? named.filter((one) => typeof one === 'string') : 'all';
}

/** As text: as data, its large numbers would be rounded. The rule itself, where it can't be had. */
function withoutAction(cedar: Pick<typeof Cedar, 'policyToJson'>, text: string, json: Cedar.PolicyJson): string {
  const short = text.replace(ACTION, 'action');
  const same = cedar.policyToJson(short);
  // INVARIANT: nothing but the action differs; else what was replaced stood somewhere else.
  return same.type === 'success' && JSON.stringify(same.json) === JSON.stringify({ ...json, action: { op: 'All' } }) ? short : text;
}

/** The same of a rule of ours, by its text. A test holds it to `shapeOf`. */
export function shapeOfBuiltIn(id: string, text: string): Shape {
  const [scope = ''] = /^(?:permit|forbid)\b[^;]*?\bresource\b/m.exec(text) ?? [];
  const [action] = ACTION.exec(scope) ?? [];
  const uses = [...new Set([...text.matchAll(/\bcontext\s*\.\s*(\w+)/g)].map(([, key = '']) => key))];
  if (action === undefined) return { id, actions: 'all', short: text, uses };
  return { id, actions: [...action.matchAll(/Action::"([^"]*)"/g)].map(([, one = '']) => one), short: text.replace(action, 'action'), uses };
}

function jsonOf(cedar: Pick<typeof Cedar, 'policyToJson'>, text: string): Cedar.PolicyJson {
  const answer = cedar.policyToJson(text);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message ?? 'a rule could not be read');
  return answer.json;
}

function callOf(name: string, facts: Facts, used: readonly Key[], tags: ReadonlySet<string> | 'all'): Cedar.StatefulAuthorizationCall {
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
    entities: tags !== 'all' && tags.size === 0 ? [] : [{ uid: { type: 'Workspace', id: facts.workspace }, attrs: {}, parents: [], tags: tagsOf(facts.changed, tags) }],
  };
}

/** Of each folder that is asked about, the names in it that change; with a slash where it is something below. */
function tagsOf(changed: readonly string[], asked: ReadonlySet<string> | 'all'): Record<string, Cedar.CedarValueJson> {
  const found = new Map<string, Set<string>>();
  for (const path of changed) {
    for (let folder = '.', from = 0; ; ) {
      const slash = path.indexOf('/', from);
      if (asked === 'all' || asked.has(folder)) {
        const names = found.get(folder) ?? new Set();
        found.set(folder, names.add(path.slice(from, slash < 0 ? undefined : slash + 1)));
      }
      if (slash < 0) break;
      folder = path.slice(0, slash);
      from = slash + 1;
    }
  }
  return Object.fromEntries([...found].map(([folder, names]) => [folder, [...names]]));
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
