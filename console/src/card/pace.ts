// The pace of answers: when many a yes came quickly, the server lets the next one wait. This counts down what it said.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useInbox } from '../api/inbox.ts';

let until = 0;
let words = '';
const listeners = new Set<() => void>();

/** @param seconds as `retry-after` said. */
export function slowed(seconds: number, said: string): void {
  until = Date.now() + seconds * 1000;
  words = said;
  for (const listener of listeners) listener();
}

export interface Pace {
  /** Seconds to wait; 0: none. */
  readonly wait: number;
  readonly words: string;
}

export function usePace(): Pace {
  const mine = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => until,
  );
  const { data, dataUpdatedAt } = useInbox();
  const theirs = data?.pace === undefined || data.pace.wait === 0 ? 0 : dataUpdatedAt + data.pace.wait;
  const end = Math.max(mine, theirs);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (end <= Date.now()) return undefined;
    const tick = (): void => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    };
    const timer = setInterval(tick, 250);
    tick();
    return () => clearInterval(timer);
  }, [end]);
  const wait = Math.ceil((end - now) / 1000);
  return wait <= 0 ? { wait: 0, words: '' } : { wait, words: (mine >= theirs ? words : data?.pace.words) ?? '' };
}
