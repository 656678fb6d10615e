// Which landings can still be undone, and the end of those that are too old or take too much. Reads one line of each.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { isId, type Id } from '../model/id.ts';
import { isHeld } from './journal.ts';
import { namesIn } from './names-in.ts';
import { removeUndo } from './pre-images.ts';
import { BEFORE_NAME, readAbout, undoFolder } from './undo-record.ts';

/** `id` is what undoes it, `action` what did it. `at` in wall ms. `bytes` on disk. */
export interface Undoable {
  readonly id: Id;
  readonly action: Id;
  readonly root: string;
  readonly at: number;
  readonly bytes: number;
  readonly op: 'land' | 'undo';
}

export interface Pruned {
  readonly id: Id;
  /** Freed on disk. */
  readonly bytes: number;
}

/** The newest first. What is damaged isn't listed: it can't be undone. */
export function listUndo(places: { readonly undo: string }): readonly Undoable[] {
  return foldersIn(places.undo).flatMap((one) => ('action' in one ? [one.action] : [])).toSorted((a, b) => b.at - a.at);
}

/**
 * Removes the pre-images of landings before `olderThan` (wall ms), then the oldest until the rest take at most
 * `mostBytes` on disk. Those of a landing under way stay. Gives what can't be undone any more; the caller puts it on record.
 */
export function pruneUndo(places: { readonly journal: string; readonly undo: string }, { olderThan, mostBytes }: { readonly olderThan: number; readonly mostBytes: number }): Promise<readonly Pruned[]> {
  const kept = foldersIn(places.undo).toSorted((a, b) => a.at - b.at);
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const pruned: Pruned[] = [];
  for (const { id, folder, at, bytes, open } of kept) {
    // One that isn't sealed yet may still be under way.
    if ((at >= olderThan && (total <= mostBytes || open)) || isHeld(places.journal, folder)) continue;
    removeUndo(folder);
    total -= bytes;
    pruned.push({ id, bytes });
  }
  return Promise.resolve(pruned);
}

interface Found {
  readonly id: Id;
  readonly folder: string;
  readonly at: number;
  readonly bytes: number;
  readonly open: boolean;
  readonly action?: Undoable;
}

function foldersIn(undo: string): readonly Found[] {
  return namesIn(undo).filter(isId).map((id): Found => {
    const folder = undoFolder(undo, id);
    const about = aboutOr(folder);
    if (about === null) return { id, folder, at: lstatSync(folder).mtimeMs, bytes: bytesIn(folder), open: existsSync(join(folder, BEFORE_NAME)) };
    const { action, root, at, bytes, op } = about;
    return { id, folder, at, bytes, open: false, action: { id, action, root, at, bytes, op } };
  });
}

/** A damaged one takes room all the same, and is pruned with the others. */
function aboutOr(folder: string): ReturnType<typeof readAbout> {
  try {
    return readAbout(folder);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return null;
  }
}

/** What they take on disk (512-byte blocks, stat(2)). */
function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + lstatSync(join(folder, name)).blocks * 512, 0);
}
