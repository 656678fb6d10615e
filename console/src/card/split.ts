// Whether diffs stand side by side: one choice for all of them, remembered by this browser.
import { useSyncExternalStore } from 'react';
import { NARROW, useMedia } from '../parts/media.ts';

const KEY = 'pwb-diff';
const listeners = new Set<() => void>();
let now = read();

function read(): boolean {
  try {
    return localStorage.getItem(KEY) === 'split';
  } catch {
    return false;
  }
}

export function setSplit(split: boolean): void {
  now = split;
  try {
    localStorage.setItem(KEY, split ? 'split' : 'unified');
  } catch {
    // It holds for this page.
  }
  for (const listener of listeners) listener();
}

/** Never on a narrow page. */
export function useSplit(): boolean {
  const chosen = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => now,
  );
  const narrow = useMedia(NARROW);
  return chosen && !narrow;
}
