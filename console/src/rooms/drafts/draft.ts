// A draft as its routes give it, and what can be done with it.
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import type { Effects } from '../../api/types.ts';
import type { Pieces } from '../../card/choice.ts';

export interface Draft {
  readonly session: string;
  readonly root: string;
  readonly title: string;
  /** Oldest first; the text is null where it was erased. */
  readonly actions: readonly { readonly id: string; readonly text: string | null }[];
  readonly effects: Effects;
  /** Which actions made a path so. */
  readonly makers: { readonly [path: string]: readonly string[] };
}

export function useDraft(session: string): UseQueryResult<Draft> {
  return useQuery({ queryKey: ['draft', session], queryFn: ({ signal }) => ask<Draft>('GET', `/api/drafts/${session}`, undefined, signal) });
}

export type Drop = { readonly paths: readonly string[] } | { readonly actions: readonly string[] } | { readonly all: true };

/** What is committed is an action of its own: it waits in the inbox, or a rule lets it land at once. */
export function useCommit(session: string, onMade: (action: string) => void): UseMutationResult<{ readonly action: string }, Error, Pieces | null> {
  return useMutation({
    mutationFn: (pieces) => ask<{ readonly action: string }>('POST', `/api/drafts/${session}/commit`, pieces ?? {}),
    onSuccess: ({ action }) => onMade(action),
  });
}

export function useDrop(session: string, onDone: (dropped: readonly string[]) => void): UseMutationResult<{ readonly dropped: readonly string[] }, Error, Drop> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what) => ask<{ readonly dropped: readonly string[] }>('POST', `/api/drafts/${session}/drop`, what),
    onSuccess: ({ dropped }) => {
      void client.invalidateQueries({ queryKey: ['draft', session] });
      void client.invalidateQueries({ queryKey: ['drafts'] });
      onDone(dropped);
    },
  });
}
