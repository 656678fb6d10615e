// Rules in layers, judged by Cedar: permit may go without asking, forbid never (or asks, where it says so), silence
// asks, and a rule that can't be evaluated denies. The order of files and rules changes nothing.
import type { Decision } from '../model/decision.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { loadEngineNow, type Engine } from './cedar-engine.ts';
import type { Facts } from './cedar-facts.ts';
import { builtInRules, checkIds, LAYERS, readRules, type CedarRule, type RuleFile } from './cedar-file.ts';
import { obstaclesOf } from './cedar-words.ts';

/** The rule that decides where none speaks. */
export const SILENCE = 'silence';
const MOST_RULES = 2000;

export interface CedarPolicy {
  readonly rules: readonly CedarRule[];
  /** Never throws: what breaks denies, by name. */
  judge(facts: Facts): Decision;
}

let prepared = 0;

/** Reads and checks all files, those of one's own layers after the built-in ones. Throws `policy.*` Faults with file and line. */
export async function cedarPolicyOf(files: readonly RuleFile[]): Promise<CedarPolicy> {
  return readAll(files, (engine, file) => readRules(engine, file));
}

/** At once, and without looking at the built-in rules again, which tests have done. */
export function cedarPolicyNow(files: readonly RuleFile[]): CedarPolicy {
  return readAll(files, (engine, file) => (file.layer === 'built-in' ? builtInRules(file) : readRules(engine, file)));
}

function readAll(files: readonly RuleFile[], readFile: (engine: Engine, file: RuleFile) => readonly CedarRule[]): CedarPolicy {
  const engine = loadEngineNow();
  const rules: CedarRule[] = [];
  for (const file of files.toSorted((a, b) => LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer))) {
    const read = readFile(engine, file);
    checkIds(file, read, rules);
    rules.push(...read);
  }
  if (rules.length > MOST_RULES) throw new Fault('policy.many', `there are ${rules.length} rules in all`, `keep them to ${MOST_RULES}`);
  return policyOver(engine, rules);
}

function policyOver(engine: Engine, rules: readonly CedarRule[]): CedarPolicy {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  prepared += 1;
  const builtIn = new Set(rules.filter(({ layer }) => layer === 'built-in').map(({ id }) => id));
  const judge = engine.prepare(`policy ${prepared}`, Object.fromEntries(rules.map(({ id, text }) => [id, text])), builtIn);
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
