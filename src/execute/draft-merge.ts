// Lays one accepted layer over what was merged before, so that a mount of the one folder shows what a mount of all of
// them would. Files get a second name and are never written through; cost follows the layer that is added.
import { chmodSync, linkSync, mkdirSync, unlinkSync, utimesSync, type BigIntStats } from 'node:fs';
import { Fault, systemCode } from '../model/fault.ts';
import type { Absences } from './draft-absence.ts';
import type { DraftFolder } from './draft-folder.ts';
import { at, below, breather, isFolderAt, kindOf, namesAt, statAt, type BytePath } from './draft-walk.ts';

export interface Merge {
  readonly folder: DraftFolder;
  readonly absences: Absences;
  /** The workspace. */
  readonly root: string;
  /** A folder that nobody else uses. If we crash, it is thrown away. */
  readonly into: string;
  /** INVARIANT: all that it makes go away is said by name in it (see draft-say.ts), so no marks on folders are needed. */
  readonly layer: string;
  /** Modes of folders that had to be opened, since their owner had shut them. */
  readonly shut: ReadonlyMap<BytePath, number>;
}

/** @throws `draft.links`, `draft.deep`, the system's error. */
export async function mergeLayer(merge: Merge): Promise<void> {
  const { folder, absences, root, into, layer, shut } = merge;
  const breathe = breather();
  /** @param real the workspace has this folder too. Elsewhere the kernel would list a whiteout as a name, and nothing is there to be hidden. */
  const over = async (path: BytePath, real: boolean): Promise<void> => {
    for (const name of namesAt(layer, path)) {
      await breathe();
      const inner = below(path, name);
      const entry = statAt(layer, inner);
      if (entry === null) continue;
      const there = statAt(into, inner);
      if (entry.isDirectory()) {
        await folderOver(inner, entry, there, real && isFolderAt(root, inner));
        continue;
      }
      if (there !== null) clear(inner, there);
      if (kindOf(entry) !== 'whiteout') addName(inner);
      else if (real) await absences.put(at(into, inner), at(layer, inner));
    }
  };
  const folderOver = async (path: BytePath, entry: BigIntStats, there: BigIntStats | null, real: boolean): Promise<void> => {
    const target = at(into, path);
    if (there?.isDirectory() === true) chmodSync(target, 0o700);
    else {
      if (there !== null) clear(path, there);
      mkdirSync(target, { mode: 0o700 });
    }
    await over(path, real);
    chmodSync(target, shut.get(path) ?? Number(entry.mode & 0o7777n));
    utimesSync(target, Number(entry.atimeNs) / 1e9, Number(entry.mtimeNs) / 1e9);
  };
  const clear = (path: BytePath, there: BigIntStats): void => {
    const target = at(into, path);
    if (there.isDirectory()) folder.discard(target);
    else unlinkSync(target);
  };
  const addName = (path: BytePath): void => {
    try {
      linkSync(at(layer, path), at(into, path));
    } catch (error) {
      if (systemCode(error) !== 'EMLINK') throw error;
      throw new Fault('draft.links', `${path} has as many hard links as the disk allows, so the draft can’t take it in`, 'Drop this action, or make it link less.', { cause: error });
    }
  };
  const top = statAt(layer, '');
  if (top !== null) await folderOver('', top, statAt(into, ''), true);
}
