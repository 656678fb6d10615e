// A card by the id of its action, kept true by the event stream; for rooms that show one in place.
import { queryOptions, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { ask, Refused } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';
import { sameShown } from '../api/inbox.ts';
import { Fault, Loading } from '../parts/room.tsx';
import { ActionCard, type ActionCardProps } from './card.tsx';
import css from './card.module.css';

// oxlint-disable-next-line typescript/explicit-function-return-type -- the library's own type, with the key's
export const cardQuery = (id: string) => queryOptions({
  queryKey: ['card', id],
  queryFn: async ({ signal, client }) => sameShown(client.getQueryData<Shown>(['card', id]), await ask<Shown>('GET', `/api/actions/${id}`, undefined, signal)),
  structuralSharing: false,
});

export const useCard = (id: string): UseQueryResult<Shown> => useQuery(cardQuery(id));

/** The one that comes next is there when it is turned to. */
export function useCardAhead(id: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (id !== null) void client.prefetchQuery(cardQuery(id));
  }, [client, id]);
}

/** False until what is there is known to hold: a card that was kept from before may have changed since, and must not stand here first as it was. */
export function useHolds(read: readonly Pick<UseQueryResult<Shown>, 'data' | 'isStale' | 'isFetchedAfterMount'>[]): boolean {
  const [stood, setStood] = useState(false);
  const holds = stood || read.every(({ data, isStale, isFetchedAfterMount }) => data !== undefined && (!isStale || isFetchedAfterMount));
  if (holds && !stood) setStood(true);
  return holds;
}

export function CardById({ id, ...more }: { readonly id: string } & Omit<ActionCardProps, 'shown'>): ReactNode {
  const read = useCard(id);
  const { data, error, refetch } = read;
  const holds = useHolds([read]);
  if (data !== undefined && holds) return <ActionCard shown={data} {...more} />;
  if (error instanceof Refused && (error.status === 410 || error.code === 'action.erased')) return <p className={css['erased']}>What this action was has been erased. That it was, and when, stays on record.</p>;
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  return <Loading what="Loading the card" />;
}
