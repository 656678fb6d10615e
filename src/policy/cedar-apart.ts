// Which rules speak of something, each asked for itself: in a decision, a forbid that holds hides the permits that do.
// It decides nothing.
import { loadEngine } from './cedar-engine.ts';
import type { Facts } from './cedar-facts.ts';
import type { CedarRule } from './cedar-file.ts';

export interface Spoken {
  readonly rule: CedarRule;
  /** Does it hold for these facts? */
  readonly holds: boolean;
  /** Why it could not be applied, which denies; null: it could. */
  readonly trouble: string | null;
}

/** Asks every rule by itself, in the order given. @param rules that `cedarPolicyOf` took. */
export async function rulesApart(rules: readonly CedarRule[]): Promise<(facts: Facts) => readonly Spoken[]> {
  const engine = await loadEngine();
  return (facts) => rules.map((rule) => {
    const { rules: held, broken } = engine.prepare('apart', { [rule.id]: rule.text })(facts);
    return { rule, holds: held.includes(rule.id), trouble: broken[0]?.words ?? null };
  });
}

/** The lines of examples that a rule was checked against when it was read. */
export async function examplesOf(rules: readonly CedarRule[]): Promise<readonly { readonly matches: string; readonly differs: string }[]> {
  const engine = await loadEngine();
  return rules.map(({ text }) => {
    const json = engine.look(text);
    const { matches, differs } = ('words' in json ? undefined : json.annotations) ?? {};
    return { matches: matches ?? '', differs: differs ?? '' };
  });
}
