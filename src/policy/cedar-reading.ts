// Reads a file of Cedar rules through to its end: every rule that is right, and all that is wrong. It decides nothing;
// whoever asks refuses the file when anything is.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { FaultCode } from '../model/fault.ts';
import type { Engine, Trouble } from './cedar-engine.ts';
import { EngineBroken } from './cedar-instance.ts';
import { parseExamples } from './cedar-examples.ts';
import type { Facts } from './cedar-facts.ts';
import { doubleIds, type CheckedRule, type RuleFile } from './cedar-file.ts';
import { statementsOf, tooDeep } from './cedar-statements.ts';
import { strangeValues } from './cedar-values.ts';
import { lineAt, type Problem } from '../model/problem.ts';

const LONGEST_FILE = 256 * 1024; // characters
const MOST_RULES = 500;
/** See standing.ts: a decision names those so. */
const STANDING = /^always\./;
const ANNOTATIONS = ['id', 'reason', 'matches', 'differs', 'verdict'];
/** Nobody reads more, and the first ones often explain the rest. */
const MOST_PROBLEMS = 100;

export interface FileRead {
  readonly rules: readonly CheckedRule[];
  /** In the order of their lines. Any of them refuses the file. */
  readonly problems: readonly Problem[];
}

/** A rule's text, with its place in characters. */
interface Place {
  readonly text: string;
  readonly at: number;
}

interface Read extends CheckedRule {
  /** By which the engine knows it here: ids may be missing or double. */
  readonly key: string;
  readonly at: number;
  readonly matches: readonly Facts[];
  readonly differs: readonly Facts[];
}

/** Never throws for what stands in the file. */
export function readThrough(engine: Engine, file: RuleFile): FileRead {
  const deep = file.text.length > LONGEST_FILE ? [] : tooDeep(file.text);
  if (deep.length > 0) return { rules: [], problems: deep.slice(0, MOST_PROBLEMS).map((at): Problem => ({ file: file.name, line: lineAt(file.text, Buffer.byteLength(file.text.slice(0, at))), ...DEEP })) };
  try {
    return readAll(engine, file);
  } catch (error) {
    if (!(error instanceof EngineBroken || error instanceof RangeError)) throw error;
    return { rules: [], problems: [{ file: file.name, line: null, ...DEEP }] };
  }
}

const DEEP = { code: 'policy.long', words: 'a rule has too many parts, or too many in each other', hint: 'make several rules of it, or use a set' } as const;

function readAll(engine: Engine, file: RuleFile): FileRead {
  const problems: Problem[] = [];
  const say = (at: number, code: FaultCode, words: string, hint: string): void => void problems.push({ file: file.name, line: lineAt(file.text, Buffer.byteLength(file.text.slice(0, at))), code, words, hint });
  if (file.text.length > LONGEST_FILE) return { rules: [], problems: [{ file: file.name, line: null, code: 'policy.long', words: `it has ${file.text.length} characters`, hint: `keep a file of rules below ${LONGEST_FILE}` }] };
  const places = placesOf(engine, file, say);
  if (places.length > MOST_RULES) return { rules: [], problems: [{ file: file.name, line: null, code: 'policy.many', words: `it has ${places.length} rules`, hint: `keep it to ${MOST_RULES}` }] };
  const read = places.map((place, at) => readRule(engine, file, place, `r${at}`, say)).filter((one) => one !== null);
  problems.push(...doubleIds(read, new Map()));
  const wrong = unsound(engine, read, say);
  const sound = read.filter(({ key }) => !wrong.has(key));
  checkExamples(engine, file, sound, say);
  const ordered = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, MOST_PROBLEMS);
  return { rules: sound.map(({ matches: _matches, differs: _differs, at: _at, key: _key, ...rule }) => rule), problems: ordered };
}

type Say = (at: number, code: FaultCode, words: string, hint: string) => void;

/** All at once where the whole file is Cedar; else statement by statement. */
function placesOf(engine: Engine, { text }: RuleFile, say: Say): readonly Place[] {
  const whole = engine.split(text);
  if (!('at' in whole)) {
    if (whole.templates > 0) sayTemplate(text, say);
    const from = new Map<string, number>();
    return whole.rules.map((rule) => {
      const at = text.indexOf(rule, from.get(rule) ?? 0);
      from.set(rule, at + 1);
      return { text: rule, at };
    }).toSorted((a, b) => a.at - b.at);
  }
  const found: Place[] = [];
  let told = false;
  for (const { text: statement, at } of statementsOf(text)) {
    const one = engine.split(statement);
    if ('at' in one) {
      told = true;
      say(at + charsOf(statement, one), 'policy.syntax', one.words, one.hint ?? 'see the Cedar language reference');
    } else {
      if (one.templates > 0) sayTemplate(statement, say, at);
      found.push(...one.rules.map((rule) => ({ text: rule, at: at + Math.max(0, statement.indexOf(rule)) })));
    }
  }
  // INVARIANT: what Cedar refuses as a whole is refused, however its parts look.
  if (!told) say(charsOf(text, whole), 'policy.syntax', whole.words, whole.hint ?? 'see the Cedar language reference');
  return found;
}

function sayTemplate(text: string, say: Say, from = 0): void {
  say(from + Math.max(0, text.search(/\?(?:principal|resource)\b/)), 'policy.template', 'a rule has a slot (?principal or ?resource)', 'write rules without slots');
}

function charsOf(text: string, { at }: Trouble): number {
  return Buffer.from(text).subarray(0, at).toString().length;
}

/** Null: it can't be judged any further. */
function readRule(engine: Engine, file: RuleFile, { text, at }: Place, key: string, sayAt: Say): Read | null {
  let sound = true;
  const say = (code: FaultCode, words: string, hint: string, word?: string): void => {
    sound = false;
    sayAt(at + (word === undefined ? 0 : Math.max(0, text.indexOf(word))), code, words, hint);
  };
  const json = engine.look(text);
  if ('words' in json) return say('policy.syntax', json.words, 'change the rule'), null;
  const { id = '', reason = '', matches = '', differs = '', verdict, ...others } = json.annotations ?? {};
  const name = id === '' ? 'a rule' : id;
  if (!/^[a-z][a-z0-9.-]{0,63}$/.test(id)) say('policy.id', id === '' ? 'a rule has no @id' : `${JSON.stringify(id)} can be no id`, 'give it one of small letters, digits, dots and dashes');
  if (STANDING.test(id)) say('policy.id', `${id} is kept for what you say Always to`, 'give it another id', '@id');
  for (const other of Object.keys(others)) say('policy.annotation', `${name}: @${other} means nothing here`, `use @${ANNOTATIONS.join(', @')}`, `@${other}`);
  if ((reason ?? '').trim().length < 10) say('policy.reason', `${name} has no @reason that a person could read`, 'say in a sentence why', '@reason');
  if (verdict !== undefined && (verdict !== 'ask' || json.effect === 'permit')) say('policy.verdict', `${name}: @verdict("${verdict ?? ''}") on a ${json.effect}`, 'only @verdict("ask") on a forbid', '@verdict');
  if (json.effect === 'permit' && file.layer === 'workspace') say('policy.loosens', `${name} permits something`, 'rules of a workspace may only forbid; put it into your own rules');
  for (const { words, hint } of strangeValues(json)) say('policy.value', `${name}: ${words}`, hint);
  const examples = (line: string, which: 'matches' | 'differs'): readonly Facts[] => {
    const parsed = parseExamples(line);
    if (typeof parsed === 'string') return say('policy.example', `${name}: ${parsed}`, `correct @${which}`, `@${which}`), [];
    if (parsed.length === 0) say('policy.example', `${name} has no example that it ${which === 'matches' ? 'must match' : 'must not match'}`, `add @${which}("…")`);
    return parsed;
  };
  const rule = { id, reason: reason ?? '', verdict: verdictOf(json), matches: examples(matches ?? '', 'matches'), differs: examples(differs ?? '', 'differs') };
  return sound ? { ...rule, key, at, layer: file.layer, file: file.name, line: lineAt(file.text, Buffer.byteLength(file.text.slice(0, at))), text, shape: engine.shape(id, text, json) } : null;
}

function verdictOf({ effect, annotations }: PolicyJson): CheckedRule['verdict'] {
  return effect === 'permit' ? 'allow' : annotations?.['verdict'] === 'ask' ? 'ask' : 'deny';
}

/** Says what the schema has against rules. @returns their keys. */
function unsound(engine: Engine, read: readonly Read[], say: Say): ReadonlySet<string> {
  const found = new Set<string>();
  const troubles = engine.check(Object.fromEntries(read.map(({ key, text }) => [key, text])));
  for (const trouble of troubles) {
    // What has no place follows from what has one.
    if (trouble.at === 0 && troubles.some(({ rule, at }) => rule === trouble.rule && at > 0)) continue;
    const rule = read.find(({ key }) => key === trouble.rule);
    found.add(trouble.rule);
    const words = rule === undefined ? trouble.words : trouble.words.replace(`for policy \`${rule.key}\`, `, `${rule.id}: `);
    say(rule === undefined ? 0 : rule.at + charsOf(rule.text, trouble), 'policy.schema', words, trouble.hint ?? 'change or remove the rule');
  }
  return found;
}

/** Permits and forbids apart, since a forbid that holds hides the permits that do. */
function checkExamples(engine: Engine, file: RuleFile, rules: readonly Read[], say: Say): void {
  for (const group of [rules.filter(({ verdict }) => verdict === 'allow'), rules.filter(({ verdict }) => verdict !== 'allow')]) {
    const judge = engine.prepare(`examples of ${file.name}`, Object.fromEntries(group.map(({ key, text }) => [key, text])), new Map(group.map(({ key, shape }) => [key, { ...shape, id: key }])));
    for (const { id, key, at, matches, differs } of group) {
      for (const [all, should] of [[matches, true], [differs, false]] as const) {
        for (const [index, facts] of all.entries()) {
          const { rules: held, broken } = judge(facts);
          const trouble = broken.find(({ rule }) => rule === key);
          if (trouble !== undefined || held.includes(key) !== should) say(at, 'policy.example', `${id}: its ${should ? 'matching' : 'differing'} example ${index + 1} ${trouble === undefined ? (should ? "doesn't match" : 'matches') : `fails (${trouble.words.replaceAll(key, id)})`}`, 'correct the rule or the example');
        }
      }
    }
  }
}
