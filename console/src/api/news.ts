// Keeps what was read from the server true: each record of the log says which answers are old. Reads again what is
// on screen only, at most a few times a second however fast the log grows.
import type { QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { subscribe } from './stream.ts';
import type { EventType, LiveNews, LogEvent } from './types.ts';

/** First words of the query keys that a record makes old. `thread`, `card` and `draft` are followed by an id. */
const OLD: { readonly [type in EventType]?: readonly string[] } = {
  'session.started': ['sessions'],
  'session.renamed': ['sessions', 'thread'],
  'session.changed': ['sessions', 'thread'],
  'session.rewound': ['sessions', 'thread'],
  'message.added': ['thread', 'sessions'],
  'context.compacted': ['thread'],
  'turn.ended': ['thread', 'sessions', 'drafts'],
  'action.proposed': ['thread'],
  'action.decided': ['inbox', 'sessions', 'thread', 'card', 'sides'],
  'action.answered': ['inbox', 'sessions', 'thread', 'card'],
  'action.granted': ['card', 'thread'],
  'action.rehearsed': ['card', 'thread'],
  'action.ended': ['inbox', 'card', 'sides', 'thread', 'drafts', 'draft', 'history', 'services', 'first-run', 'timeline-action'],
  'model.answered': ['thread'],
  'draft.dropped': ['drafts', 'draft', 'sides', 'labels'],
  'file.marked': ['labels'],
  'file.endorsed': ['labels'],
  'service.ended': ['services'],
  'cancel.asked': ['inbox', 'sessions', 'thread'],
  'stop.asked': ['inbox', 'sessions', 'thread', 'services'],
  'workspace.added': ['workspaces', 'first-run'],
  'workspace.removed': ['workspaces', 'first-run', 'policy'],
  'config.changed': ['settings', 'models', 'profile', 'policy'],
  'policy.loaded': ['policy'],
  'policy.trusted': ['policy'],
  'policy.untrusted': ['policy'],
  'credential.made': ['credentials'],
  'credential.used': [],
  'credential.revoked': ['credentials'],
  'undo.pruned': ['history', 'disk'],
  'payload.erased': ['thread', 'card', 'timeline-event'],
};

const EVERY = 120; // milliseconds

export function followNews(client: QueryClient): () => void {
  let waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let at = 0;
  const flush = (): void => {
    timer = undefined;
    at = performance.now();
    const keys = waiting;
    waiting = new Set();
    void client.invalidateQueries({ predicate: ({ queryKey }) => typeof queryKey[0] === 'string' && keys.has(queryKey[0]) });
  };
  return subscribe((news) => {
    if (news.kind === 'state') {
      if (news.connected) void client.invalidateQueries();
      return;
    }
    if (news.kind !== 'record') return;
    // Any other event of the log (a rule that was added, say) is rare enough for all that could show it.
    for (const key of OLD[news.event.body.type] ?? ['policy']) waiting.add(key);
    // The first is shown at once; those that follow closely, together.
    timer ??= setTimeout(flush, Math.max(0, EVERY - (performance.now() - at)));
  });
}

/** Calls for each record of the log from now on. */
export function useRecords(hear: (event: LogEvent) => void): void {
  useEffect(() => subscribe((news) => news.kind === 'record' && hear(news.event)), [hear]);
}

/** Calls for passing news of one session (or of all: null). */
export function useLive(session: string | null, hear: (live: LiveNews) => void): void {
  useEffect(() => subscribe((news) => news.kind === 'live' && (session === null || news.live.session === session) && hear(news.live)), [session, hear]);
}
