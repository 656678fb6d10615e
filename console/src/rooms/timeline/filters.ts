// What the Timeline is narrowed to. It lives in the URL, so that a view can be kept, sent and gone back to.
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';

/** As in the query of GET /api/timeline. */
export const FILTERS = ['q', 'session', 'action', 'tool', 'kind', 'path', 'decision', 'outcome', 'who', 'integrity', 'secrecy', 'from', 'to'] as const;
export type Filter = (typeof FILTERS)[number];
export type Filters = { readonly [name in Filter]?: string };

export const FILTER_NAMES: { readonly [name in Filter]: string } = {
  q: 'Words', session: 'Session', action: 'Action', tool: 'Tool', kind: 'Kind', path: 'Path', decision: 'Decision', outcome: 'Outcome', who: 'Who',
  integrity: 'Origin', secrecy: 'Secrecy', from: 'From', to: 'Until',
};

export interface View {
  readonly filters: Filters;
  /** Also the lines that only say how: shown, granted, started… */
  readonly all: boolean;
  /** As it stands in the URL, to go behind `/timeline/SEQ?`. */
  readonly search: string;
  /** For the server; without the place of a page. */
  readonly query: string;
  set(change: { readonly [name in Filter]?: string | undefined }, replace?: boolean): void;
  setAll(all: boolean): void;
  clear(): void;
}

export function useView(): View {
  const [params, setParams] = useSearchParams();
  const set = useCallback<View['set']>((change, replace = true) => {
    setParams((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(change)) {
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      return next;
    }, { replace });
  }, [setParams]);
  const setAll = useCallback((all: boolean) => setParams((before) => {
    const next = new URLSearchParams(before);
    if (all) next.set('all', '1');
    else next.delete('all');
    return next;
  }, { replace: true }), [setParams]);
  const clear = useCallback(() => setParams(() => new URLSearchParams(), { replace: true }), [setParams]);
  const text = params.toString();
  return useMemo(() => {
    const given = new URLSearchParams(text);
    const filters: { [name in Filter]?: string } = {};
    const query = new URLSearchParams();
    for (const name of FILTERS) {
      const value = given.get(name);
      if (value === null || value === '') continue;
      filters[name] = value;
      query.set(name, name === 'from' || name === 'to' ? timeOf(value) : value);
    }
    const all = given.get('all') === '1';
    // Who looks for one action wants to see all of it.
    if (!all && filters.action === undefined) query.set('main', 'true');
    return { filters, all, search: text === '' ? '' : `?${text}`, query: query.toString(), set, setAll, clear };
  }, [text, set, setAll, clear]);
}

/** A local time of a field, as the server takes it; what is no time goes as it is, and is refused with words. */
function timeOf(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? local : time.toISOString();
}
