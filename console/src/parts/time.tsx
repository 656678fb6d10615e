// Times as people read them; the exact one stands in the title and for machines.
import { useEffect, useState, type ReactNode } from 'react';

/** 2026-11-22 03:34:22. Made once: making one takes longer than using it a hundred times. */
const EXACT = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'medium' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });

/** @param time RFC 3339. */
export function Time({ time }: { readonly time: string }): ReactNode {
  // What is newer than the last look at the clock isn't to come.
  const now = Math.max(useNow(30_000), Date.now());
  return <time dateTime={time} title={exact(time)}>{agoWords(Date.parse(time) - now)}</time>;
}

/** Date and time of day, to the second, in the person's own zone. */
export function exact(time: string): string {
  return EXACT.format(Date.parse(time));
}

/** @param milliseconds to come, or gone by when negative. */
export function agoWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 5 ? 'in a moment' : 'just now';
  if (size < 3600) return RELATIVE.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return RELATIVE.format(Math.round(seconds / 3600), 'hour');
  return RELATIVE.format(Math.round(seconds / 86_400), 'day');
}

/** @param milliseconds */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The time now, looked at every so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

export function countWords(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
