// Decides: guards in code, which nothing loosens; then the rules in Cedar over the facts; where neither speaks, a person
// is asked, unless a standing rule of theirs has answered before. Deny over ask over allow; what breaks denies.
import { strictest, type Decision } from '../model/decision.ts';
import { wordsOf } from '../model/fault.ts';
import { recordedFacts } from './cedar-facts.ts';
import { SILENCE } from './cedar-policy.ts';
import { factsOfQuestion } from './cedar-question.ts';
import { Layers } from './layers.ts';
import type { Policy, Question } from './policy.ts';
import { ASKING, GUARDS, type Guard } from './rules.ts';
import { covers, nameOfStanding } from './standing.ts';

/** A policy over the rules of some layers. An error of any rule denies: a broken rule must not make anything looser. */
export function policyOf(layers: Layers = new Layers(), guards: readonly Guard[] = GUARDS): Policy {
  return {
    warm: (profile, workspace) => layers.warm(profile, workspace),
    decide(question: Question): Decision {
      const held = guards.flatMap((guard) => check(guard, question));
      // What a guard denies is denied, whatever else is said of it.
      if (held.some(({ verdict }) => verdict === 'deny')) return strictest(held);
      try {
        const facts = factsOfQuestion(question);
        const said = layers.judge(facts);
        const silent = said.rules.length === 1 && said.rules[0] === SILENCE;
        const decision = strictest([...held, ...(said.verdict === 'ask' ? asked(question, said, silent, held) : [said])]);
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
function asked(question: Question, said: Decision, silent: boolean, held: readonly Decision[]): readonly Decision[] {
  const names = ASKING.filter((one) => one.matches(question));
  const decisions = names.map(({ id, reason }): Decision => ({ verdict: 'ask', rules: [id], reason: silent && question.flow !== undefined ? `${reason} ${said.reason}` : reason }));
  // INVARIANT: whatever else asks, stays as it is.
  const plain = silent && held.length === 0 && names.length > 0 && names.every(({ waivable }) => waivable === true);
  const standing = plain ? answered(question) : null;
  if (standing !== null) return [standing];
  return silent && decisions.length > 0 ? decisions : [...decisions, said];
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
