// Decides by asking every rule: the strictest of all that match, ask when none does, deny when one breaks. Where plain
// questions are all that is left, a standing rule of the person may have answered them before.
import { strictest, type Decision } from '../model/decision.ts';
import { wordsOf } from '../model/fault.ts';
import type { Policy, Question } from './policy.ts';
import { RULES, type Rule } from './rules.ts';
import { covers, nameOfStanding } from './standing.ts';

/** A policy over the given rules. An error of any rule denies: a broken rule must not make anything looser. */
export function policyOf(rules: readonly Rule[] = RULES): Policy {
  const waivable = new Set(rules.filter((rule) => rule.waivable === true).map(({ id }) => id));
  return {
    decide(question: Question): Decision {
      const decision = strictest(rules.flatMap((rule) => ask(rule, question)));
      // INVARIANT: whatever denies, and whatever else asks, stays as it is.
      if (decision.verdict !== 'ask' || !decision.rules.every((id) => waivable.has(id))) return decision;
      return answered(question) ?? decision;
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

/** A standing rule that breaks answers nothing: the person is asked. */
function answered(question: Question): Decision | null {
  try {
    const rule = question.world.standing().find((one) => covers(one, question));
    return rule === undefined ? null : { verdict: 'allow', rules: [nameOfStanding(rule)], reason: 'You said that this may always go without asking.' };
  } catch {
    return null;
  }
}
