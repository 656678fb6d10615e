// Rules in layers, judged by Cedar: permit may go without asking, forbid never (or asks, where it says so), silence
// asks, and a rule that can't be evaluated denies. The order of files and rules changes nothing.
import type { Decision } from '../model/decision.ts';
import { wordsOf } from '../model/fault.ts';
import { loadEngineNow, shapeOfBuiltIn, type Engine, type Shape } from './cedar-engine.ts';
import type { Facts } from './cedar-facts.ts';
import { builtInRules, doubleIds, LAYERS, readRules, type CedarRule, type RuleFile } from './cedar-file.ts';
import { readOnce } from './cedar-known.ts';
import { obstaclesOf } from './cedar-words.ts';
import { reservedIds } from './reserved-ids.ts';
import { problemsOf, RulesFault, type Problem } from '../model/problem.ts';

/** The rule that decides where none speaks. */
export const SILENCE = 'silence';
const MOST_RULES = 2000;

export interface CedarPolicy {
  readonly rules: readonly CedarRule[];
  /** Never throws: what breaks denies, by name. */
  judge(facts: Facts): Decision;
}

/** Sets of rules stay with the engine by their names; that of one that nobody can ask any more is given to the next. */
const free: number[] = [];
const unused = new FinalizationRegistry<number>((name) => free.push(name));
let names = 0;

/** Reads and checks all files, those of one's own layers after the built-in ones. Throws a `RulesFault` with all files and lines. */
export async function cedarPolicyOf(files: readonly RuleFile[]): Promise<CedarPolicy> {
  return policyOver(readAll(loadEngineNow(), files, (engine, file) => file.made ?? readRules(engine, file)));
}

/** At once, without looking at the built-in rules again, which tests have done, nor at files that were read before. */
export function cedarPolicyNow(files: readonly RuleFile[]): CedarPolicy {
  return policyOver(readAll(loadEngineNow(), files, (engine, file) => file.made ?? (file.layer === 'built-in' ? builtInRules(file) : readOnce(() => engine, file))));
}

function readAll(engine: Engine, files: readonly RuleFile[], readFile: (engine: Engine, file: RuleFile) => readonly CedarRule[]): readonly CedarRule[] {
  const rules: CedarRule[] = [];
  const problems: Problem[] = [];
  for (const file of files.toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer))) {
    try {
      rules.push(...readFile(engine, file));
    } catch (error) {
      problems.push(...problemsOf(error, file.name));
    }
  }
  // By all profiles: a file must not break when another one is chosen.
  const [builtIn, own] = [rules.filter(({ layer }) => layer === 'built-in'), rules.filter(({ layer }) => layer !== 'built-in')];
  problems.push(...doubleIds(builtIn, new Map()), ...doubleIds(own, new Map([...reservedIds(), ...builtIn.map(({ id, file, line }): [string, string] => [id, `${file}:${line}`])])));
  if (rules.length > MOST_RULES) problems.push({ file: files.at(-1)?.name ?? '', line: null, code: 'policy.many', words: `there are ${rules.length} rules in all`, hint: `keep them to ${MOST_RULES}` });
  if (problems.length > 0) throw new RulesFault(problems);
  return rules;
}

/** Of rules that are checked already. */
function policyOver(rules: readonly (CedarRule & { readonly shape?: Shape })[]): CedarPolicy {
  const engine = loadEngineNow();
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const shapes = rules.map(({ id, layer, text, shape }): Shape => shape ?? (layer === 'built-in' ? shapeOfBuiltIn(id, text) : engine.shape(id, text)));
  const name = free.pop() ?? (names += 1);
  const judge = engine.prepare(`policy ${name}`, Object.fromEntries(rules.map(({ id, text }) => [id, text])), new Map(shapes.map((shape) => [shape.id, shape])));
  // INVARIANT: whoever can ask holds this very function.
  unused.register(judge, name);
  return {
    rules,
    judge(facts) {
      try {
        const { allowed, rules: held, broken } = judge(facts);
        const [trouble] = broken;
        if (trouble !== undefined) return { verdict: 'deny', rules: broken.map(({ rule }) => rule).toSorted(), reason: `The rule ${trouble.rule} could not be applied: ${trouble.words}` };
        if (held.length === 0) return { verdict: 'ask', rules: [SILENCE], reason: obstaclesOf(facts) };
        const deciding = held.map((id) => byId.get(id)).filter((rule) => rule !== undefined);
        const verdict = allowed ? 'allow' : deciding.some((rule) => rule.verdict === 'deny') ? 'deny' : 'ask';
        const those = deciding.filter((rule) => rule.verdict === verdict);
        return { verdict, rules: those.map(({ id }) => id).toSorted(), reason: [...new Set(those.map(({ reason }) => reason))].toSorted().join(' ') };
      } catch (error) {
        return { verdict: 'deny', rules: ['engine'], reason: `The rules could not be applied: ${wordsOf(error)}` };
      }
    },
  };
}
