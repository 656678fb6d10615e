// What is loaded of the Timeline: grows downwards as the person scrolls, and upwards as the log grows. What is new
// waits aside while the person reads further down, so that nothing moves under their eyes.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useRecords } from '../../api/news.ts';
import { readPage, type Line, type Page } from './lines.ts';

export interface Loaded {
  readonly query: string;
  readonly lines: readonly Line[];
  /** Newer than the first line, not shown yet. */
  readonly fresh: readonly Line[];
  /** Too much came at once to be put on top: the list has to be read anew. */
  readonly gap: boolean;
  readonly next: number | null;
  readonly size: number;
  readonly indexed: number;
}

export interface Lines {
  /** Of the query before, while those of a new one are on their way. */
  readonly loaded: Loaded | null;
  readonly isStale: boolean;
  readonly error: unknown;
  readonly older: () => void;
  readonly isReading: boolean;
  /** Show what waits aside. */
  readonly takeFresh: () => void;
  readonly again: () => void;
}

/** Pages of new lines that are put on top at most, before the list is read anew. */
const MOST = 5;
/** Milliseconds between two looks for what is new, and while the search catches up. */
const EVERY = 60;
const CATCH_UP = 400;

/** @param isAtTop new lines are shown at once when it says so. */
export function useLines(query: string, isAtTop: () => boolean): Lines {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const [isReading, setIsReading] = useState(false);
  const now = useRef<Loaded | null>(null);
  const reading = useRef(false);
  const looking = useRef<'no' | 'yes' | 'again'>('no');
  const lookNext = useRef<() => void>(() => undefined);
  const stop = useRef(new AbortController());
  const put = useCallback((next: Loaded): void => {
    now.current = next;
    setLoaded(next);
  }, []);

  useEffect(() => {
    const own = new AbortController();
    stop.current = own;
    reading.current = false;
    setIsReading(false);
    looking.current = 'no';
    readPage(query, '', own.signal).then(
      ({ lines, next, size, indexed }) => {
        setError(null);
        put({ query, lines, fresh: [], gap: false, next, size, indexed });
      },
      (failure: unknown) => own.signal.aborted || setError(failure),
    );
    return () => own.abort();
  }, [query, round, put]);

  const older = useCallback((): void => {
    const before = now.current;
    if (before === null || before.query !== query || before.next === null || reading.current) return;
    reading.current = true;
    setIsReading(true);
    const { signal } = stop.current;
    readPage(query, `before=${before.next}`, signal)
      .then(
        ({ lines, next }) => {
          const at = now.current;
          if (at !== null && !signal.aborted) put({ ...at, lines: [...at.lines, ...lines], next });
        },
        (failure: unknown) => signal.aborted || setError(failure),
      )
      .finally(() => {
        if (signal.aborted) return;
        reading.current = false;
        setIsReading(false);
      });
  }, [query, put]);

  const look = useCallback((): void => {
    const before = now.current;
    if (before === null || before.query !== query) return;
    if (looking.current !== 'no') {
      looking.current = 'again';
      return;
    }
    looking.current = 'yes';
    const { signal } = stop.current;
    readNewer(query, Math.min(before.indexed, before.size) - 1, signal)
      .then(({ lines, gap, size, indexed }) => {
        const at = now.current;
        if (at === null || signal.aborted) return;
        const top = at.fresh[0]?.seq ?? at.lines[0]?.seq ?? -1;
        const fresh = [...lines.filter(({ seq }) => seq > top), ...at.fresh];
        const wide = gap || at.gap;
        put(!wide && isAtTop() ? { ...at, lines: [...fresh, ...at.lines], fresh: [], size, indexed } : { ...at, fresh, gap: wide, size, indexed });
      }, () => undefined) // The next record looks again; that the server is gone is said by the shell.
      .finally(() => {
        if (signal.aborted) return;
        const again = looking.current === 'again';
        looking.current = 'no';
        if (again) setTimeout(() => lookNext.current(), EVERY);
      });
  }, [query, put, isAtTop]);
  useEffect(() => {
    lookNext.current = look;
  }, [look]);
  useRecords(look);

  const behind = loaded !== null && loaded.indexed < loaded.size;
  useEffect(() => {
    if (!behind) return undefined;
    const timer = setInterval(look, CATCH_UP);
    return () => clearInterval(timer);
  }, [behind, look]);

  const again = useCallback(() => {
    setError(null);
    setRound((count) => count + 1);
  }, []);
  const takeFresh = useCallback((): void => {
    const at = now.current;
    if (at === null) return;
    if (at.gap) again();
    else put({ ...at, lines: [...at.fresh, ...at.lines], fresh: [] });
  }, [again, put]);
  return { loaded, isStale: loaded !== null && loaded.query !== query, error, older, isReading, takeFresh, again };
}

/** All that is newer than `after`, unless that is very much. */
async function readNewer(query: string, after: number, signal: AbortSignal): Promise<Omit<Page, 'next'> & { readonly gap: boolean }> {
  const lines: Line[] = [];
  let place = `after=${after}`;
  for (let count = 0; ; count++) {
    const page = await readPage(query, place, signal);
    lines.push(...page.lines);
    const { next, size, indexed } = page;
    if (next === null || next <= after + 1 || page.lines.length === 0) return { lines, size, indexed, gap: false };
    if (count >= MOST) return { lines, size, indexed, gap: true };
    place = `after=${after}&before=${next}`;
  }
}
