// What waits for the person, as every room sees it.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from './ask.ts';
import type { Shown } from './types.ts';

/** One that waits: its card, and the answer of the model that it came with. */
export interface Waiting extends Shown {
  /** Cards of one answer have the same. */
  readonly batch: string | null;
  readonly title: string;
  readonly root: string;
}

export interface InboxAnswer {
  readonly count: number;
  readonly waiting: readonly Waiting[];
  readonly stranded: readonly Waiting[];
  readonly unreadable: readonly { readonly id: string; readonly words: string }[];
  readonly unknown: readonly { readonly id: string; readonly session: string; readonly words: string }[];
  /** Milliseconds until the next yes is taken; 0: at once. */
  readonly pace: { readonly wait: number; readonly words: string };
}

export function useInbox(): UseQueryResult<InboxAnswer> {
  return useQuery({ queryKey: ['inbox'], queryFn: ({ signal }) => ask<InboxAnswer>('GET', '/api/inbox', undefined, signal) });
}
