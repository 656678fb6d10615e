// A file of rules: Cedar text in which every rule has an @id, a @reason, and examples that must and must not match.
// A file with anything wrong is refused as a whole, with the line and what to do, so that no rule is silently missing.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { Fault } from '../model/fault.ts';
import { VOCABULARY, type Facts } from './cedar-facts.ts';
import type { Engine } from './cedar-engine.ts';
import { parseExamples } from './cedar-examples.ts';

/** Whose rules: each layer adds to those before; that of a workspace may only forbid or ask. */
export const LAYERS = ['built-in', 'machine', 'person', 'workspace'] as const;
export type Layer = (typeof LAYERS)[number];

export interface RuleFile {
  readonly name: string;
  readonly layer: Layer;
  readonly text: string;
}

export interface CedarRule {
  readonly id: string;
  /** `forbid` with `@verdict("ask")` asks; without, it is never. */
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly reason: string;
  readonly layer: Layer;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const LONGEST_FILE = 256 * 1024; // characters
const MOST_RULES = 500;
const LARGEST_SET = 1000;
const ANNOTATIONS = ['id', 'reason', 'matches', 'differs', 'verdict'];

/** Reads and checks one file. Throws `policy.*` Faults that name the file and the line. */
export function readRules(engine: Engine, file: RuleFile): readonly CedarRule[] {
  const { name, text } = file;
  if (text.length > LONGEST_FILE) throw new Fault('policy.long', `${name} has ${text.length} characters`, `keep a file of rules below ${LONGEST_FILE}`);
  const split = engine.split(text);
  if ('at' in split) throw wrong(file, split.at, 'policy.syntax', split.words, split.hint ?? 'see the Cedar language reference');
  if (split.templates > 0) throw new Fault('policy.template', `${name} has a template (?principal or ?resource)`, 'write rules without slots');
  if (split.rules.length > MOST_RULES) throw new Fault('policy.many', `${name} has ${split.rules.length} rules`, `keep it to ${MOST_RULES}`);
  const found = split.rules.map((rule) => ({ rule, at: text.indexOf(rule) })).toSorted((a, b) => a.at - b.at);
  const rules = found.map(({ rule, at }) => readRule(engine, file, rule, Buffer.byteLength(text.slice(0, at))));
  checkIds(file, rules);
  const texts = Object.fromEntries(rules.map(({ id, text: one }) => [id, one]));
  for (const { rule, at, words, hint } of engine.check(texts)) {
    const place = rules.find(({ id }) => id === rule);
    throw wrong(file, (place?.start ?? 0) + at, 'policy.schema', words.replace(`for policy \`${rule}\`, `, `${rule}: `), hint ?? 'change or remove the rule');
  }
  checkExamples(engine, file, rules);
  return rules.map(({ matches: _matches, differs: _differs, start: _start, ...rule }) => rule);
}

/** The rules of a built-in file by their text alone: each begins with its @id. A test holds it to `readRules`. */
export function builtInRules({ name, layer, text }: RuleFile): readonly CedarRule[] {
  return [...text.matchAll(/^@id\("([^"]*)"\)[^]*?;$/gm)].map(([rule, id = ''], at, all) => ({
    id, layer, file: name, line: lineAt(text, Buffer.byteLength(text.slice(0, all[at]?.index ?? 0))), text: rule,
    reason: /^@reason\("([^"]*)"\)$/m.exec(rule)?.[1] ?? '',
    verdict: /^permit /m.test(rule) ? 'allow' : /^@verdict\("ask"\)$/m.test(rule) ? 'ask' : 'deny',
  }));
}

interface Read extends CedarRule {
  readonly start: number;
  readonly matches: readonly Facts[];
  readonly differs: readonly Facts[];
}

function readRule(engine: Engine, file: RuleFile, rule: string, start: number): Read {
  const say = (code: `policy.${string}`, words: string, hint: string, word?: string): Fault => wrong(file, start + Math.max(0, word === undefined ? 0 : Buffer.byteLength(rule.slice(0, Math.max(0, rule.indexOf(word))))), code, words, hint);
  const json = engine.look(rule);
  if ('words' in json) throw say('policy.syntax', json.words, 'change the rule');
  const { id = '', reason = '', matches = '', differs = '', verdict, ...others } = json.annotations ?? {};
  if (!/^[a-z][a-z0-9.-]{0,63}$/.test(id)) throw say('policy.id', id === '' ? 'a rule has no @id' : `${JSON.stringify(id)} can be no id`, 'give it one of small letters, digits, dots and dashes');
  const [other] = Object.keys(others);
  if (other !== undefined) throw say('policy.annotation', `${id}: @${other} means nothing here`, `use @${ANNOTATIONS.join(', @')}`, `@${other}`);
  if (reason.trim().length < 10) throw say('policy.reason', `${id} has no @reason that a person could read`, 'say in a sentence why', '@reason');
  if (verdict !== undefined && (verdict !== 'ask' || json.effect === 'permit')) throw say('policy.verdict', `${id}: @verdict("${verdict}") on a ${json.effect}`, 'only @verdict("ask") on a forbid', '@verdict');
  if (json.effect === 'permit' && file.layer === 'workspace') throw say('policy.loosens', `${id} permits something`, 'rules of a workspace may only forbid; put it into your own rules');
  checkValues(json, (words, hint) => say('policy.value', `${id}: ${words}`, hint));
  const examples = (line: string, key: 'matches' | 'differs'): readonly Facts[] => {
    const parsed = parseExamples(line);
    if (typeof parsed === 'string') throw say('policy.example', `${id}: ${parsed}`, `correct @${key}`, `@${key}`);
    if (parsed.length === 0) throw say('policy.example', `${id} has no example that it ${key === 'matches' ? 'must match' : 'must not match'}`, `add @${key}("…")`);
    return parsed;
  };
  return {
    id, reason, layer: file.layer, file: file.name, line: lineAt(file.text, start), text: rule, start,
    verdict: json.effect === 'permit' ? 'allow' : verdict === 'ask' ? 'ask' : 'deny',
    matches: examples(matches, 'matches'), differs: examples(differs, 'differs'),
  };
}

/** Two files with one id would leave open whose reason is shown. Throws `policy.double`. */
export function checkIds(file: RuleFile, rules: readonly CedarRule[], before: readonly CedarRule[] = []): void {
  const seen = new Map(before.map((rule) => [rule.id, rule]));
  for (const rule of rules) {
    const first = seen.get(rule.id);
    if (first !== undefined) throw new Fault('policy.double', `${file.name}:${rule.line}: the id ${rule.id} is taken (${first.file}:${first.line})`, 'give one of them another id');
    seen.set(rule.id, rule);
  }
}

/** Permits and forbids apart, since a forbid that holds hides the permits that do. */
function checkExamples(engine: Engine, file: RuleFile, rules: readonly Read[]): void {
  for (const group of [rules.filter(({ verdict }) => verdict === 'allow'), rules.filter(({ verdict }) => verdict !== 'allow')]) {
    const judge = engine.prepare(`examples of ${file.name}`, Object.fromEntries(group.map(({ id, text }) => [id, text])));
    for (const { id, start, matches, differs } of group) {
      for (const [all, should] of [[matches, true], [differs, false]] as const) {
        for (const [at, facts] of all.entries()) {
          const { rules: held, broken } = judge(facts);
          const trouble = broken.find(({ rule }) => rule === id);
          if (trouble !== undefined || held.includes(id) !== should) throw wrong(file, start, 'policy.example', `${id}: its ${should ? 'matching' : 'differing'} example ${at + 1} ${trouble === undefined ? (should ? "doesn't match" : 'matches') : `fails (${trouble.words})`}`, 'correct the rule or the example');
        }
      }
    }
  }
}

/** Words that no fact can be, and sets too large to be read by anyone. */
function checkValues(json: PolicyJson, say: (words: string, hint: string) => Fault): void {
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const size = key === 'Set' && Array.isArray(inner) ? inner.length : 0;
      if (size > LARGEST_SET) throw say(`a set of ${size} values`, `keep sets to ${LARGEST_SET}`);
      if (['==', '!=', 'contains', 'containsAny', 'containsAll'].includes(key) && typeof inner === 'object' && inner !== null && 'left' in inner && 'right' in inner) {
        const sides = [inner.left, inner.right];
        const attribute = sides.map(attributeOf).find((one) => one !== undefined && one in VOCABULARY);
        const known = attribute === undefined ? undefined : VOCABULARY[attribute];
        const strange = known === undefined ? undefined : sides.flatMap(literalsOf).find((one) => !known.includes(one));
        if (strange !== undefined) throw say(`${attribute ?? ''} is never ${JSON.stringify(strange)}`, `it is one of ${known?.join(', ') ?? ''}`);
      }
      look(inner);
    }
  };
  look(json.conditions);
}

/** `x` of `context.x`. */
function attributeOf(side: unknown): string | undefined {
  if (typeof side !== 'object' || side === null || !('.' in side)) return undefined;
  const dot = side['.'];
  return typeof dot === 'object' && dot !== null && 'attr' in dot && typeof dot.attr === 'string' ? dot.attr : undefined;
}

function literalsOf(side: unknown): readonly string[] {
  if (typeof side !== 'object' || side === null) return [];
  if ('Value' in side) return [side.Value].flat().filter((one) => typeof one === 'string');
  return 'Set' in side && Array.isArray(side.Set) ? side.Set.flatMap(literalsOf) : [];
}

function wrong({ name, text }: RuleFile, byte: number, code: `policy.${string}`, words: string, hint: string): Fault {
  return new Fault(code, `${name}:${lineAt(text, byte)}: ${words}`, hint);
}

function lineAt(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().split('\n').length;
}
