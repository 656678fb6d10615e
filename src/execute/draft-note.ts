// What is known of an accepted action beside its files: which names it made so and what it found there, and the modes
// of folders that had to be opened. Written before the action counts as accepted.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { WorkPath } from '../model/action.ts';
import { EMPTY_SHA256, type Change, type Effects } from '../model/effects.ts';
import { Fault, wordsOf } from '../model/fault.ts';

const side = z.nullable(z.object({ type: z.enum(['file', 'folder', 'link']), digest: z.string() }));
const touch = z.object({ path: z.string(), was: side, gone: z.boolean() });
const note = z.object({ touches: z.array(touch), others: z.array(z.string()), shut: z.array(z.tuple([z.string(), z.number()])) });

/** What was at a name; null: nothing. */
export type Found = z.infer<typeof side>;
/** A name that an action made, changed or removed. */
export interface Touch {
  readonly path: WorkPath;
  /** What the action found there. */
  readonly was: Found;
  readonly gone: boolean;
}
export interface Note {
  readonly touches: readonly Touch[];
  /** Names that can't land, as people are told them. */
  readonly others: readonly string[];
  /** Folders (bytes as Latin-1) and the modes that they had. */
  readonly shut: readonly (readonly [string, number])[];
}

/** @throws `draft.note` when it is missing or not as it was written. */
export function readNote(path: string): Note {
  try {
    return note.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Fault('draft.note', `${path} can't be read: ${wordsOf(error).slice(0, 200)}`, 'Drop the whole draft (pwb draft drop), and do it again.', { cause: error });
  }
}

export function writeNote(path: string, what: Note): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(what), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

export function touchesOf({ changes }: Effects): readonly Touch[] {
  const touches = new Map<WorkPath, Touch>();
  const say = (path: WorkPath, was: Found, gone: boolean): void => {
    const other = touches.get(path);
    // Something gave way to something else: two changes, one name.
    touches.set(path, other === undefined ? { path, was, gone } : { path, was: other.was ?? was, gone: other.gone && gone });
  };
  for (const change of changes) {
    switch (change.change) {
      case 'created':
        say(change.path, null, false);
        break;
      case 'changed':
        say(change.path, foundIn(change), false);
        break;
      case 'deleted':
        say(change.path, foundIn(change), true);
        break;
      case 'renamed':
        say(change.path, foundIn(change), true);
        say(change.to, null, false);
        break;
    }
  }
  return [...touches.values()];
}

/** What changes leave at the names that they speak of. */
export function leftBy(changes: readonly Change[]): ReadonlyMap<WorkPath, Found> {
  const left = new Map<WorkPath, Found>();
  for (const change of changes) {
    if (change.change === 'deleted') left.set(change.path, left.get(change.path) ?? null);
    else if (change.change === 'renamed') left.set(change.path, null).set(change.to, { type: change.type, digest: change.before });
    else left.set(change.path, { type: change.type, digest: change.type === 'folder' ? EMPTY_SHA256 : change.after });
  }
  return left;
}

/** What a change says that was there. */
export function foundIn(change: Change): Found {
  if (change.change === 'created') return null;
  return { type: change.type, digest: change.type === 'folder' ? EMPTY_SHA256 : change.before };
}
