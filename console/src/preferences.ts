// What this browser remembers for its person: how the page looks and how it calls. Nothing that decides anything.
import { useSyncExternalStore } from 'react';

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  /** Desktop notifications when something waits. */
  readonly notify: boolean;
  readonly sound: boolean;
}

const DEFAULTS: Preferences = { theme: 'system', notify: false, sound: false };
const KEY = 'pwb-preferences';
const listeners = new Set<() => void>();
let now = read();

function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    return {
      theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'system',
      notify: kept.notify === true,
      sound: kept.sound === true,
    };
  } catch {
    return DEFAULTS;
  }
}

export function preferences(): Preferences {
  return now;
}

export function setPreferences(change: Partial<Preferences>): void {
  now = { ...now, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // A browser that keeps nothing: it holds for this page.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, preferences);
}

export function applyTheme(): void {
  if (now.theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = now.theme;
}

// Another tab of the same browser changed them.
addEventListener('storage', ({ key }) => {
  if (key !== KEY) return;
  now = read();
  applyTheme();
  for (const listener of listeners) listener();
});
