// What isn't any more as it was when a person said yes to it, in words: for the reason of the question that comes again.
import type { Change, Effects } from '../model/effects.ts';
import { pathWords } from './drawing.ts';

/** Paths that are named; how many more there are is said. */
const NAMED = 3;

/** Both as their canonical bytes give them, so that what is the same is written the same. @param seen what the yes was for. Empty where nothing differs. */
export function changedSince(seen: Effects, now: Effects): string {
  const before = new Map(seen.changes.map((change) => [change.path, change]));
  const after = new Map(now.changes.map((change) => [change.path, change]));
  const clashing = (now.conflicts ?? []).map(({ path }) => path);
  const other = [...new Set([...after.keys(), ...before.keys()])].filter((path) => !clashing.includes(path) && !isSame(before.get(path), after.get(path)));
  const words = [
    ...(clashing.length === 0 ? [] : [`${named(clashing)} ${clashing.length === 1 ? 'was' : 'were'} changed in the workspace`]),
    ...(other.length === 0 ? [] : [`what it does to ${named(other)} is not what you saw`]),
  ];
  return words.length > 0 ? words.join(', and ') : JSON.stringify(seen) === JSON.stringify(now) ? '' : 'what it does is not what you saw';
}

function isSame(one: Change | undefined, other: Change | undefined): boolean {
  return one !== undefined && other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

function named(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return `${paths.slice(0, NAMED).map(pathWords).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
