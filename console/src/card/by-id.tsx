// A card by the id of its action, kept true by the event stream; for rooms that show one in place.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask, Refused } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';
import { sameShown } from '../api/inbox.ts';
import { Fault, Loading } from '../parts/room.tsx';
import { ActionCard } from './card.tsx';
import css from './card.module.css';

export function useCard(id: string): UseQueryResult<Shown> {
  return useQuery({
    queryKey: ['card', id],
    queryFn: async ({ signal, client }) => sameShown(client.getQueryData<Shown>(['card', id]), await ask<Shown>('GET', `/api/actions/${id}`, undefined, signal)),
    structuralSharing: false,
  });
}

export function CardById({ id, compact = false }: { readonly id: string; readonly compact?: boolean }): ReactNode {
  const { data, error, refetch } = useCard(id);
  if (data !== undefined) return <ActionCard shown={data} compact={compact} />;
  if (error instanceof Refused && (error.status === 410 || error.code === 'action.erased')) return <p className={css['erased']}>What this action was has been erased. That it was, and when, stays on record.</p>;
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  return <Loading what="Loading the card" />;
}
