// What stands in a composer and was not sent yet: kept for this tab, by session, so that a reload loses no words.
import { useCallback, useState } from 'react';

export interface Words {
  readonly text: string;
  readonly files: readonly string[];
}

const NONE: Words = { text: '', files: [] };
const keyOf = (place: string): string => `pwb-words-${place}`;

function read(place: string): Words {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(place)) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return NONE;
    const text = 'text' in kept && typeof kept.text === 'string' ? kept.text : '';
    const files: readonly unknown[] = 'files' in kept && Array.isArray(kept.files) ? kept.files : [];
    return { text, files: files.filter((path) => typeof path === 'string') };
  } catch {
    return NONE;
  }
}

export function keepWords(place: string, words: Words): void {
  try {
    if (words.text === '' && words.files.length === 0) sessionStorage.removeItem(keyOf(place));
    else sessionStorage.setItem(keyOf(place), JSON.stringify(words));
  } catch {
    // A browser that keeps nothing: they hold for this page.
  }
}

export function useWords(place: string): readonly [Words, (change: Partial<Words>) => void] {
  const [words, setWords] = useState(() => read(place));
  const change = useCallback((part: Partial<Words>) => setWords((now) => {
    const next = { ...now, ...part };
    keepWords(place, next);
    return next;
  }), [place]);
  return [words, change];
}
