// How far a newcomer is, as the server sees it.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import type { ModelLine } from '../models/model-line.ts';

export interface FirstRun {
  /** Something was carried out on the person's yes. */
  readonly done: boolean;
  readonly models: readonly ModelLine[];
  /** Still looking for models. */
  readonly probing: boolean;
  /** Beside the practice folder. */
  readonly workspaces: number;
  readonly invoked: number;
  readonly practice: { readonly root: string; readonly workspace: string | null; readonly session: string | null };
}

const LOOK = 500; // milliseconds, while it looks
const LATER = 4000;

/** @param live asks again as long as it is on screen, so that a server that is started is found. */
export function useFirstRun(live: boolean): UseQueryResult<FirstRun> {
  return useQuery({
    queryKey: ['first-run'],
    queryFn: ({ signal }) => ask<FirstRun>('GET', '/api/first-run', undefined, signal),
    refetchInterval: ({ state: { data } }) => (!live ? false : data?.probing === true ? LOOK : LATER),
    staleTime: LOOK,
  });
}
