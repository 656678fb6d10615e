// Decisions: allow < ask < deny, the strictest of all that match, with the rules that decided and words.

export const VERDICTS = ['allow', 'ask', 'deny'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Decision {
  readonly verdict: Verdict;
  /** Ids of the rules that decided, sorted. Never empty. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** What was judged, for the record: see policy/cedar-facts.ts. Absent: nothing but the action itself. */
  readonly facts?: { readonly [name: string]: string | number | boolean | readonly string[] };
}

/** The strictest of all; ties join their rules and reasons. No decision at all asks. */
export function strictest(decisions: readonly Decision[]): Decision {
  let top: Verdict | undefined;
  for (const { verdict } of decisions) {
    if (top === undefined || VERDICTS.indexOf(verdict) > VERDICTS.indexOf(top)) top = verdict;
  }
  if (top === undefined) return { verdict: 'ask', rules: ['default'], reason: 'No rule speaks of this, so a person is asked.' };
  const deciding = decisions.filter(({ verdict }) => verdict === top);
  return {
    verdict: top,
    rules: [...new Set(deciding.flatMap(({ rules }) => rules))].toSorted(),
    reason: [...new Set(deciding.map(({ reason }) => reason))].toSorted().join(' '),
  };
}
