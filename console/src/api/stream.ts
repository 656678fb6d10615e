// The event stream, once for all tabs of this browser: the tab that holds a lock listens and tells the others, since
// a browser opens only six connections to one server. When it closes, the next tab goes on after the last seq.
import type { LiveNews, LogEvent } from './types.ts';

export type News =
  | { readonly kind: 'record'; readonly event: LogEvent }
  | { readonly kind: 'live'; readonly live: LiveNews }
  /** `connected` after a gap: what was read before may be old. */
  | { readonly kind: 'state'; readonly connected: boolean };

type Listener = (news: News) => void;

const listeners = new Set<Listener>();
let connected = false;
let last: number | null = null;

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function isConnected(): boolean {
  return connected;
}

function tell(news: News): void {
  if (news.kind === 'record') {
    // Each once and in order, also where the tab that listens changes.
    if (last !== null && news.event.seq <= last) return;
    last = news.event.seq;
  }
  if (news.kind === 'state') connected = news.connected;
  for (const listener of listeners) listener(news);
}

let begun = false;

/** Begins to listen, for as long as the page lives. */
export function listen(): void {
  if (begun) return;
  begun = true;
  const channel = new BroadcastChannel('pwb-news');
  channel.addEventListener('message', ({ data }) => {
    if (data === 'who-is-there') {
      if (leads) channel.postMessage({ kind: 'state', connected } satisfies News);
    } else tell(data as News);
  });
  let leads = false;
  channel.postMessage('who-is-there');
  void navigator.locks.request('pwb-news', () => {
    leads = true;
    // Never resolves: the lock is held until the tab is gone.
    return new Promise<never>(() => open((news) => {
      tell(news);
      channel.postMessage(news);
    }));
  });
}

function open(hear: Listener): void {
  const source = new EventSource(last === null ? '/api/events' : `/api/events?after=${last}`);
  source.addEventListener('open', () => hear({ kind: 'state', connected: true }));
  source.addEventListener('record', ({ data }) => hear({ kind: 'record', event: JSON.parse(data as string) as LogEvent }));
  source.addEventListener('live', ({ data }) => hear({ kind: 'live', live: JSON.parse(data as string) as LiveNews }));
  source.addEventListener('error', () => {
    hear({ kind: 'state', connected: false });
    // The browser comes back by itself, but for an answer that is no stream (signed out, too many): then we do.
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => open(hear), 2000);
      fetch('/api/health').then(({ status }) => status === 401 && location.replace('/sign-in'), () => undefined);
    }
  });
}
