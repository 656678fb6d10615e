// Decides: guards in code, which nothing loosens; then the rules in Cedar over the facts, the standing rules of the person
// among them; where neither speaks, a person is asked. Deny over ask over allow; what breaks denies.
import { strictest, type Decision } from '../model/decision.ts';
import { wordsOf } from '../model/fault.ts';
import { recordedFacts } from './cedar-facts.ts';
import { SILENCE } from './cedar-policy.ts';
import { factsOfQuestion } from './cedar-question.ts';
import { Layers } from './layers.ts';
import type { Policy, Question } from './policy.ts';
import { ASKING, GUARDS, type Guard } from './rules.ts';
import { StandingFiles } from './standing-files.ts';

/** A policy over the rules of some layers. An error of any rule denies: a broken rule must not make anything looser. */
export function policyOf(layers: Layers = new Layers(), guards: readonly Guard[] = GUARDS): Policy {
  const standing = new StandingFiles();
  return {
    warm: (profile, workspace) => layers.warm(profile, workspace),
    decide(question: Question): Decision {
      const held = guards.flatMap((guard) => check(guard, question));
      // What a guard denies is denied, whatever else is said of it.
      if (held.some(({ verdict }) => verdict === 'deny')) return strictest(held);
      try {
        const facts = factsOfQuestion(question);
        const said = layers.judge(facts, standing.of(question));
        const silent = said.rules.length === 1 && said.rules[0] === SILENCE;
        const decision = strictest([...held, ...(said.verdict === 'ask' ? asked(question, said, silent) : [said])]);
        return { ...decision, facts: recordedFacts(facts) };
      } catch (error) {
        return { verdict: 'deny', rules: ['engine'], reason: `The rules could not be applied: ${wordsOf(error)}` };
      }
    },
  };
}

function check(guard: Guard, question: Question): Decision[] {
  try {
    return guard.matches(question) ? [{ verdict: guard.verdict, rules: [guard.id], reason: guard.reason }] : [];
  } catch (error) {
    return [{ verdict: 'deny', rules: [guard.id], reason: `The rule ${guard.id} could not be applied: ${wordsOf(error)}` }];
  }
}

/** Somebody has to be asked. @param said what asks, or why no rule speaks. */
function asked(question: Question, said: Decision, silent: boolean): readonly Decision[] {
  const names = ASKING.filter((one) => one.matches(question));
  const decisions = names.map(({ id, reason }): Decision => ({ verdict: 'ask', rules: [id], reason: silent && question.flow !== undefined ? `${reason} ${said.reason}` : reason }));
  return silent && decisions.length > 0 ? decisions : [...decisions, said];
}
