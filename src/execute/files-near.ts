// "Did you mean": names in the same folder that are close to one that isn't there.
import { opendirSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { childOf } from '../model/path.ts';
import type { Found } from './beneath-walk.ts';
import { Refused, shown } from './files-refused.ts';
import { HIDDEN_GLOBS, isHidden } from './hidden.ts';

const LOOKED_AT = 2000;
const NAMED = 3;

/** Does this name usually hold secrets? What is refused before policy was asked must not tell of them. */
export function isHiddenName(path: WorkPath): boolean {
  return isHidden(path, HIDDEN_GLOBS);
}

/** Words for a path that leads to nothing, with what is near. */
export function notFound({ folder, name, rest, path }: Found): Refused {
  const missing = childOf(folder.path, name);
  const what = rest.length === 0 ? `${shown(path)} is not there.` : `${shown(path)} is not there: there is no folder ${shown(missing)}.`;
  let near: readonly string[] = [];
  try {
    if (!isHiddenName(folder.path)) near = nearNames(name, namesIn(folder.self()));
  } catch {
    // The folder may be entered but not listed: then there is no hint, and the answer is the same.
  }
  const names = near.map((one) => childOf(folder.path, one));
  const hint = names.length === 0 ? 'Use list to see what is.' : `Did you mean ${names.map(shown).join(' or ')}?`;
  return new Refused('not-found', `${what} ${hint}`, [], names);
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  const open = opendirSync(folder);
  try {
    for (let entry = open.readSync(); entry !== null && names.length < LOOKED_AT; entry = open.readSync()) {
      // A name that isn't UTF-8 comes with replacement characters and can't be said, so it is no hint.
      if (!entry.name.includes('\ufffd')) names.push(entry.name);
    }
  } finally {
    open.closeSync();
  }
  return names;
}

/** At most three names, the nearest first. */
export function nearNames(wanted: string, names: readonly string[]): readonly string[] {
  const most = wanted.length < 3 ? 0 : wanted.length < 5 ? 1 : wanted.length < 9 ? 2 : 3;
  const scored = names.flatMap((name) => {
    const score = distance(fold(wanted), fold(name), most);
    if (score <= most) return [{ name, score }];
    return stem(fold(name)) === stem(fold(wanted)) && stem(wanted) !== '' ? [{ name, score: most + 1 }] : [];
  });
  return scored.toSorted((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1)).slice(0, NAMED).map(({ name }) => name);
}

function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, '');
}

/** Edit distance in which two swapped neighbours count once (optimal string alignment), or more than `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swapped ? (before[j - 2] ?? 0) + 1 : Infinity));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
