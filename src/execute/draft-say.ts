// Makes an upper folder say by name all that it makes go away. The kernel also hides what lies below a folder by a mark
// on it, which would go on hiding whatever a person puts there later; a draft hides what was judged, and no more.
import { chmodSync, rmdirSync, unlinkSync, utimesSync } from 'node:fs';
import type { Effects } from '../model/effects.ts';
import type { Absences } from './draft-absence.ts';
import type { Touch } from './draft-note.ts';
import { above, at, below, breather, bytesOf, isFolderAt, isOwnFolder, kindOf, namesAt, statAt, textOf, type BytePath } from './draft-walk.ts';

export interface Saying {
  readonly upper: string;
  /** What is merged of the draft so far, or null. */
  readonly merged: string | null;
  readonly root: string;
  readonly effects: Effects;
  readonly touches: readonly Touch[];
  readonly absences: Absences;
}

const OWNER_BITS = 0o700n;

/** Opens folders that their owner had shut, since we are that owner. @returns which, and their modes. @throws `draft.deep` */
export async function openFolders(upper: string, { changes }: Effects): Promise<readonly (readonly [BytePath, number])[]> {
  // Where a crash cut this off before, they are open already, and what was judged says how they were.
  const judged = changes.flatMap((change): (readonly [BytePath, number])[] => ('mode' in change && change.type === 'folder' && !isOpen(BigInt(change.mode)) ? [[bytesOf(change.path), change.mode]] : []));
  const shut = new Map<BytePath, number>(judged);
  const breathe = breather();
  const open = async (path: BytePath): Promise<void> => {
    await breathe();
    const stat = statAt(upper, path);
    if (stat === null || !stat.isDirectory()) return;
    if (!isOpen(stat.mode)) {
      shut.set(path, Number(stat.mode & 0o7777n));
      chmodSync(at(upper, path), 0o700);
    }
    for (const name of namesAt(upper, path)) await open(below(path, name));
  };
  await open('');
  return [...shut];
}

function isOpen(mode: bigint): boolean {
  return (mode & OWNER_BITS) === OWNER_BITS;
}

/** Done twice it is the same as done once. Folders must be open. @throws the system's error. */
export async function sayAbsences(saying: Saying): Promise<void> {
  const { upper, root, touches } = saying;
  for (const { path, gone } of touches) if (gone) await sayGone(saying, path);
  // A folder made anew where the draft had removed one: what is still below in the workspace stays hidden.
  const breathe = breather();
  const under = async (path: BytePath, hides: boolean): Promise<void> => {
    await breathe();
    const names = namesAt(upper, path);
    if (hides) {
      const said = new Set(names);
      for (const name of namesAt(root, path)) if (!said.has(name)) await say(saying, path, name);
    }
    for (const name of names) {
      const inner = below(path, name);
      if (!isFolderAt(upper, inner)) continue;
      const there = hides || saying.merged === null ? null : statAt(saying.merged, inner);
      const removed = hides || there?.isDirectory() === false;
      if (removed ? isOwnFolder(root, inner) : there !== null) await under(inner, removed);
    }
  };
  if (saying.merged !== null) await under('', false);
}

/** Where an entry of the layer stands in the way, or above, that says it already. */
async function sayGone(saying: Saying, path: string): Promise<void> {
  let folder: BytePath = '';
  for (const part of [...above(path), path]) {
    const inner = bytesOf(part);
    const stat = statAt(saying.upper, inner);
    if (stat === null) return say(saying, folder, inner.slice(folder === '' ? 0 : folder.length + 1));
    if (!stat.isDirectory()) return;
    folder = inner;
  }
}

async function say({ upper, absences }: Saying, folder: BytePath, name: BytePath): Promise<void> {
  const stat = statAt(upper, folder);
  await absences.put(at(upper, below(folder, name)), null);
  if (stat !== null) utimesSync(at(upper, folder), Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
}

/**
 * What the kernel copied up and no effect speaks of (an index of git with other times in it, a folder that was only
 * looked through) isn't kept: later it would stand in for what is newer.
 */
export async function leaveUnsaid({ upper, merged, root, effects, touches }: Saying): Promise<void> {
  const said = new Set<string>([...touches.map(({ path }) => path), ...(effects.unlandable ?? []).map(({ path }) => path)]);
  const breathe = breather();
  const under = async (path: BytePath): Promise<void> => {
    for (const name of namesAt(upper, path)) {
      await breathe();
      const inner = below(path, name);
      const [words, stat] = [textOf(inner), statAt(upper, inner)];
      if (words === null || stat === null) continue;
      // What lies too deep to be looked at has its folder named.
      if (stat.isDirectory()) {
        if (!said.has(words) || made.has(words)) await under(inner);
        if (!said.has(words) && namesAt(upper, inner).length === 0 && isBelow(inner)) rmdirSync(at(upper, inner));
      } else if (['file', 'link'].includes(kindOf(stat)) && !said.has(words) && isBelow(inner)) unlinkSync(at(upper, inner));
    }
  };
  const made = new Set(touches.map(({ path }) => path));
  const isBelow = (path: BytePath): boolean => [merged, root].some((folder) => folder !== null && above(path).every((part) => isFolderAt(folder, part)) && ['file', 'link', 'folder'].includes(kindAt(folder, path)));
  await under('');
}

function kindAt(folder: string, path: BytePath): string {
  const stat = statAt(folder, path);
  return stat === null ? '' : kindOf(stat);
}
