// Keeps a list that grows at its end in view, unless the person scrolled up to read; and keeps what is read in place
// when older items are put before it.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Pixels from the end that still count as being there. */
const NEAR = 48;
/** Pixels above what waits: the words that led to it. */
const MARGIN = 72;

export interface Stick {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly away: boolean;
  readonly toEnd: () => void;
}

/** @param first what stands at the top: when it changes, older ones came. */
export function useStick(first: string | number | undefined): Stick {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);
  // How far what is read is from the end: that doesn't change when something comes before it.
  const fromEnd = useRef(0);
  // Where the list was put by us: a scroll event about that says nothing of the person.
  const aimed = useRef(-1);
  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    stuck.current = true;
    setAway(false);
    box.scrollTop = box.scrollHeight;
    aimed.current = box.scrollTop;
  }, []);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const look = (): void => {
      fromEnd.current = box.scrollHeight - box.scrollTop;
      if (Math.abs(box.scrollTop - aimed.current) < 2) return;
      aimed.current = -1;
      const near = fromEnd.current - box.clientHeight < NEAR;
      stuck.current = near;
      setAway(!near);
    };
    box.addEventListener('scroll', look, { passive: true });
    const sizes = new ResizeObserver(() => {
      // What was answered takes less room than its card: then the end is in sight again.
      if (!stuck.current && box.scrollHeight - box.scrollTop - box.clientHeight < 2) {
        stuck.current = true;
        setAway(false);
      }
      if (!stuck.current) return;
      // What waits for the person is looked at from its beginning.
      const waits = box.querySelector<HTMLElement>('[data-waiting]');
      box.scrollTop = waits === null ? box.scrollHeight : box.scrollTop + waits.getBoundingClientRect().top - box.getBoundingClientRect().top - MARGIN;
      aimed.current = box.scrollTop;
    });
    sizes.observe(box);
    if (content.current !== null) sizes.observe(content.current);
    return () => {
      box.removeEventListener('scroll', look);
      sizes.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && !stuck.current) box.scrollTop = box.scrollHeight - fromEnd.current;
  }, [first]);
  return { scroller, content, away, toEnd };
}
