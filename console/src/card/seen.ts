// That a card stood before the person's eyes goes on record once it really did: in sight for a second, in a page that is.
import { useEffect, type RefObject } from 'react';
import { ask } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';

const LONG_ENOUGH = 1000; // milliseconds
const told = new Set<string>();

export function useShownOnRecord(frame: RefObject<HTMLElement | null>, { card: { id }, seen }: Shown, waits: boolean): void {
  useEffect(() => {
    const element = frame.current;
    const key = `${id} ${seen}`;
    if (element === null || !waits || told.has(key)) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let inSight = false;
    const look = (): void => {
      clearTimeout(timer);
      if (!inSight || document.visibilityState !== 'visible') return;
      timer = setTimeout(() => {
        if (told.has(key)) return;
        told.add(key);
        // Nothing hangs on it: invoking records what was shown when this did not.
        ask('POST', `/api/actions/${id}/shown`, { seen }).catch(() => undefined);
      }, LONG_ENOUGH);
    };
    const observer = new IntersectionObserver(([entry]) => {
      inSight = entry?.isIntersecting === true;
      look();
    });
    observer.observe(element);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('visibilitychange', look);
    };
  }, [frame, id, seen, waits]);
}
