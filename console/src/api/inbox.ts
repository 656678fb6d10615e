// What waits for the person, as every room sees it: a line for each card. The cards are read one by one (`useCard`).
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from './ask.ts';
import type { ActionKind, ActionState, Shown } from './types.ts';

/** One that waits. `heading`, `does`, `limits` and `title` are drawn by the server. */
export interface Waiting {
  readonly id: string;
  readonly session: string;
  readonly state: ActionState;
  readonly by: 'person' | 'model' | 'house';
  readonly tool: string;
  readonly kind: ActionKind;
  readonly heading: string;
  readonly does: string;
  /** Null: not known. */
  readonly changes: { readonly created: number; readonly changed: number; readonly deleted: number; readonly renamed: number } | null;
  readonly limits: readonly string[];
  readonly conflicts: number;
  /** Words of its arguments come from outside. */
  readonly outside: boolean;
  readonly proposed: string;
  readonly expires: string | null;
  readonly seen: string;
  readonly pieces: boolean;
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

/** The one that is here already, where it is the same: by its digest, since comparing a card of megabytes takes its time. */
export function sameShown<T extends Shown>(before: T | undefined, now: T): T {
  return before !== undefined && before.card.id === now.card.id && before.seen === now.seen && before.into === now.into && before.pieces === now.pieces && before.text === now.text ? before : now;
}
