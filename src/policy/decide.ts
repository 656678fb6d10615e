// Decides by asking every rule: the strictest of all that match, ask when none does, deny when one breaks.
import { strictest, type Decision } from '../model/decision.ts';
import { wordsOf } from '../model/fault.ts';
import type { Policy, Question } from './policy.ts';
import { RULES, type Rule } from './rules.ts';

/** A policy over the given rules. An error of any rule denies: a broken rule must not make anything looser. */
export function policyOf(rules: readonly Rule[] = RULES): Policy {
  return {
    decide(question: Question): Decision {
      return strictest(rules.flatMap((rule) => ask(rule, question)));
    },
  };
}

function ask(rule: Rule, question: Question): Decision[] {
  try {
    return rule.matches(question) ? [{ verdict: rule.verdict, rules: [rule.id], reason: rule.reason }] : [];
  } catch (error) {
    return [{ verdict: 'deny', rules: [rule.id], reason: `The rule ${rule.id} could not be applied: ${wordsOf(error)}` }];
  }
}
