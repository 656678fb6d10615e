// Whether a media query holds now; for what style sheets can't do by themselves.
import { useSyncExternalStore } from 'react';

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (hear) => {
      const list = matchMedia(query);
      list.addEventListener('change', hear);
      return () => list.removeEventListener('change', hear);
    },
    () => matchMedia(query).matches,
  );
}

/** One column: a phone, or a narrow window. */
export const NARROW = '(max-width: 820px)';
