// Both sides of a file that an action or a draft changes, and the third where there is a clash.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../api/ask.ts';
import type { Hunk } from '../parts/diff-rows.ts';

export interface Side {
  readonly text: string | null;
  readonly note: null | 'binary' | 'too-large' | 'gone' | 'changed' | 'folder' | 'erased';
  readonly size: number | null;
  readonly digest: string | null;
}

export interface Sides {
  readonly path: string;
  readonly sides: { readonly before: Side | null; readonly after: Side | null; readonly now?: Side | null };
  readonly hunks: readonly Hunk[];
}

/** @param base of the action or the draft: `/api/actions/ID`. */
export function useSides(base: `/api/${string}`, path: string, wanted: boolean): UseQueryResult<Sides> {
  return useQuery({
    queryKey: ['sides', base, path],
    queryFn: ({ signal }) => ask<Sides>('GET', `${base}/sides?path=${encodeURIComponent(path)}`, undefined, signal),
    enabled: wanted,
    // What waits may be judged anew under the same id.
    staleTime: 0,
  });
}

const NOTES: { readonly [note in NonNullable<Side['note']>]: string } = {
  binary: 'isn’t text', 'too-large': 'is too large to be shown here', gone: 'is no longer kept', changed: 'is not what was judged any more, so it isn’t shown', folder: 'is a folder', erased: 'was erased',
};

/** Why a side can't be shown; null when it can, or there is no file. */
export function noteOf(side: Side | null | undefined): string | null {
  if (side === null || side === undefined || side.note === null) return null;
  return `${NOTES[side.note]}${side.size === null ? '' : ` (${side.size.toLocaleString('en')} bytes)`}`;
}
