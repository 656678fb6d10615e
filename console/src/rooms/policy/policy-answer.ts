// The policy as the server gives it: profiles and rules, in words that it has drawn.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import type { BadgeTone } from '../../parts/badge.tsx';

export type Verdict = 'allow' | 'ask' | 'deny';

export interface Rule {
  /** `always.` and an id for yours. */
  readonly id: string;
  readonly origin: 'built-in' | 'yours';
  /** `guard`: no rule loosens it. `question`: it decides nothing, but says why you are asked where no rule speaks. */
  readonly group: 'guard' | 'profile' | 'question' | 'always';
  /** Of the profile's: the built-in file. */
  readonly file: string | null;
  readonly line: number | null;
  readonly verdict: Verdict;
  readonly reason: string;
  /** One clause on each line. */
  readonly text: string;
  /** Of yours: the rule itself. */
  readonly cedar: string | null;
  /** How often it decided. */
  readonly used: number;
  readonly made: string | null;
  readonly from: string | null;
  readonly root: string | null;
  /** Why it has no hold now. */
  readonly note: string | null;
}

export interface PolicyAnswer {
  readonly profile: string;
  readonly profiles: readonly { readonly name: string; readonly words: string }[];
  readonly rules: readonly Rule[];
}

export function usePolicy(): UseQueryResult<PolicyAnswer> {
  return useQuery({ queryKey: ['policy'], queryFn: ({ signal }) => ask<PolicyAnswer>('GET', '/api/policy', undefined, signal), staleTime: 3000 });
}

export const VERDICTS: { readonly [verdict in Verdict]: { readonly words: string; readonly tone: BadgeTone } } = {
  allow: { words: 'allows', tone: 'good' }, ask: { words: 'asks', tone: 'plain' }, deny: { words: 'denies', tone: 'danger' },
};
