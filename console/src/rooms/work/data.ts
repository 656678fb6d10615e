// What the Work room reads: conversations, one of them by pages that join into one list, and what can be chosen.
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { workspacesQuery } from '../../api/workspaces.ts';
import { useLive } from '../../api/news.ts';
import { subscribe } from '../../api/stream.ts';
import type { LiveNews, SessionLine, Workspace } from '../../api/types.ts';
import type { Item, Thread } from './items.ts';

const PAGE = 60;

export interface FoundSession extends SessionLine {
  /** Where the words were said. */
  readonly found?: string | null;
}

export interface Sessions {
  readonly sessions: readonly FoundSession[];
  /** False: older ones were not looked at. */
  readonly whole?: boolean;
}

export function useSessions(words: string, limit: number): UseQueryResult<Sessions> {
  return useQuery({
    queryKey: ['sessions', 'list', words, limit],
    queryFn: ({ signal }) => ask<Sessions>('GET', `/api/sessions?limit=${limit}${words === '' ? '' : `&q=${encodeURIComponent(words)}`}`, undefined, signal),
    // The list stays while the next letters are looked for.
    placeholderData: (before) => before,
  });
}

const page = (id: string, before: number | null, signal?: AbortSignal): Promise<Thread> =>
  ask('GET', `/api/sessions/${encodeURIComponent(id)}/thread?limit=${PAGE}${before === null ? '' : `&before=${before}`}`, undefined, signal);

const keyOf = ({ item, seq }: Item): string => `${item}-${seq}`;

/** The newest page in place of what it covers; a gap between is never shown as none. */
function joined(before: Thread | undefined, fresh: Thread): Thread {
  const [first] = fresh.items;
  const last = before?.items.at(-1);
  if (before === undefined || first === undefined || last === undefined || last.seq < first.seq) return fresh;
  const known = new Map(before.items.map((item) => [keyOf(item), item]));
  // What didn't change stays the same object, so that it isn't drawn again.
  const items = fresh.items.map((item) => {
    const same = known.get(keyOf(item));
    return same !== undefined && JSON.stringify(same) === JSON.stringify(item) ? same : item;
  });
  const older = before.items.filter(({ seq }) => seq < first.seq);
  return { session: fresh.session, now: fresh.now, items: [...older, ...items], more: older.length === 0 ? fresh.more : before.more };
}

export interface ThreadState {
  readonly query: UseQueryResult<Thread>;
  readonly older: () => Promise<void>;
  readonly loading: boolean;
  readonly failed: unknown;
  /** What an answer of the server said about the session. */
  readonly put: (session: SessionLine) => void;
}

export function useThread(id: string): ThreadState {
  const client = useQueryClient();
  const [loading, setLoading] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const query = useQuery({
    queryKey: ['thread', id],
    queryFn: async ({ signal }) => {
      const fresh = await page(id, null, signal);
      return joined(client.getQueryData<Thread>(['thread', id]), fresh);
    },
    // Done by `joined`: by place in the list, a page that comes before would make all of it new.
    structuralSharing: false,
    // Another process may carry it on, and end without a word here.
    refetchInterval: ({ state: { data } }) => (data?.session.held === true ? 5000 : false),
  });
  const older = useCallback(async (): Promise<void> => {
    const [first] = client.getQueryData<Thread>(['thread', id])?.items ?? [];
    if (first === undefined) return;
    setLoading(true);
    setFailed(null);
    try {
      const { items, more } = await page(id, first.seq);
      client.setQueryData<Thread>(['thread', id], (now) => now?.items[0]?.seq === first.seq ? { ...now, items: [...items, ...now.items], more } : now);
    } catch (error) {
      setFailed(error);
    } finally {
      setLoading(false);
    }
  }, [client, id]);
  useEffect(() => subscribe((news) => {
    // What these change may stand far up: those pages are read again when they are looked at.
    if (news.kind !== 'record') return;
    const { body } = news.event;
    if ((body.type === 'session.rewound' && body.session === id) || body.type === 'payload.erased') {
      client.setQueryData<Thread>(['thread', id], (now) => (now === undefined || now.items.length <= PAGE ? now : { ...now, items: now.items.slice(-PAGE), more: true }));
      void client.invalidateQueries({ queryKey: ['thread', id] });
    }
  }), [client, id]);
  useLive(id, useCallback(({ type }: LiveNews) => {
    // The session is let go just after this was said.
    if (type === 'rest') for (const wait of [30, 400]) setTimeout(() => void client.invalidateQueries({ predicate: ({ queryKey: [first, second] }) => first === 'sessions' || (first === 'thread' && second === id) }), wait);
  }, [client, id]));
  const put = useCallback((session: SessionLine): void => {
    client.setQueryData<Thread>(['thread', id], (now) => now === undefined ? now : { ...now, session });
    void client.invalidateQueries({ predicate: ({ queryKey: [first, second] }) => first === 'sessions' || (first === 'thread' && second === id) });
  }, [client, id]);
  return { query, older, loading, failed, put };
}

export interface Model {
  readonly name: string;
  readonly server: string;
  readonly model: string;
  readonly reachable: boolean;
  readonly installed: boolean;
  readonly where: 'local' | 'remote' | 'pass-through' | 'inside';
  readonly window: number | null;
  readonly configured: boolean;
  readonly note: string;
}

/** `default`: the name of the one that is asked where none is named; null: none. */
interface Models {
  readonly models: readonly Model[];
  readonly default: string | null;
}

export function useModels(): UseQueryResult<Models> {
  return useQuery({ queryKey: ['models'], queryFn: ({ signal }) => ask<Models>('GET', '/api/models', undefined, signal) });
}

export function useWorkspaces(): UseQueryResult<{ readonly workspaces: readonly Workspace[] }> {
  return useQuery(workspacesQuery);
}

export interface Profiles {
  readonly profile: string;
  readonly profiles: readonly { readonly name: string; readonly words: string }[];
}

export function usePolicy(): UseQueryResult<Profiles> {
  return useQuery({ queryKey: ['policy'], queryFn: ({ signal }) => ask<Profiles>('GET', '/api/policy', undefined, signal) });
}
