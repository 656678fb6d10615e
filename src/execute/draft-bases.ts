// Where the workspace isn't any more what the draft's actions saw of it: each such place is named, with its three
// sides, and what nobody judged (a file that came up in a folder that was deleted whole) is one too.
import type { WorkPath } from '../model/action.ts';
import type { Change, Clash } from '../model/effects.ts';
import { foundIn, type Found, type Note } from './draft-note.ts';

/** @param notes oldest first: the first that speaks of a name says what was there in the workspace. */
export function basesOf(notes: readonly Note[]): ReadonlyMap<WorkPath, Found> {
  const bases = new Map<WorkPath, Found>();
  for (const { touches } of notes) for (const { path, was } of touches) if (!bases.has(path)) bases.set(path, was);
  return bases;
}

/** @param changes of the whole draft against the workspace as it is now. */
export function clashesOf(changes: readonly Change[], bases: ReadonlyMap<WorkPath, Found>): readonly Clash[] {
  const now = new Map<WorkPath, Found>();
  const wanted = new Map<WorkPath, string | null>();
  for (const change of changes) {
    // The same content already: nothing of anybody's would be replaced.
    if (change.change === 'changed' && change.only === 'times') continue;
    const found = foundIn(change);
    now.set(change.path, now.get(change.path) ?? found);
    if (change.change === 'renamed') {
      now.set(change.to, now.get(change.to) ?? null);
      wanted.set(change.to, change.before);
    } else if (change.change !== 'deleted' && change.type !== 'folder') wanted.set(change.path, change.after);
  }
  const clashes: Clash[] = [];
  for (const [path, is] of now) {
    const base = bases.get(path);
    const why = whyOf(base, is);
    if (why !== null) clashes.push({ path, why, base: digestOf(base ?? null), now: digestOf(is), wanted: wanted.get(path) ?? null });
  }
  return clashes;
}

/** @param base undefined: no action speaks of it. */
function whyOf(base: Found | undefined, now: Found): Clash['why'] | null {
  if (base === undefined) return now === null ? 'gone' : now.type === 'folder' ? 'mode' : 'appeared';
  if (base === null) return now === null ? null : 'appeared';
  if (now === null) return 'gone';
  if (base.type !== now.type) return 'type';
  return base.digest === now.digest ? null : 'changed';
}

function digestOf(found: Found): string | null {
  return found === null || found.type === 'folder' ? null : found.digest;
}
