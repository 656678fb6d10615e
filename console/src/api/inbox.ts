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
  return useQuery({
    queryKey: ['inbox'],
    queryFn: async ({ signal, client }) => sameInbox(client.getQueryData<InboxAnswer>(['inbox']), await ask<InboxAnswer>('GET', '/api/inbox', undefined, signal)),
    structuralSharing: false,
  });
}

/** The one that is here already, where it is the same: by its digest, since comparing a card of megabytes takes its time. */
export function sameShown<T extends Shown>(before: T | undefined, now: T): T {
  return before !== undefined && before.card.id === now.card.id && before.seen === now.seen && before.into === now.into && before.pieces === now.pieces && before.text === now.text ? before : now;
}

function sameInbox(before: InboxAnswer | undefined, now: InboxAnswer): InboxAnswer {
  if (before === undefined) return now;
  const known = new Map([...before.waiting, ...before.stranded].map((one) => [one.card.id, one]));
  const same = (all: readonly Waiting[]): readonly Waiting[] => all.map((one) => sameShown(known.get(one.card.id), one));
  return { ...now, waiting: same(now.waiting), stranded: same(now.stranded) };
}
