// What a write would do, worked out over open folders: the changes to be judged, the diffs for the card, and the
// way to land them. Landing makes the plan again and goes on only if it is the judged one to the byte.
import { accessSync, constants, type BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { WorkPath } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import { EMPTY_SHA256, type Change, type Diff, type Effects, type FileType, type Undo } from '../model/effects.ts';
import type { Folder } from './beneath-folder.ts';
import type { Found } from './beneath-walk.ts';
import type { FileResult } from './files.ts';
import { inWords, Refused, shown } from './files-refused.ts';
import { digestOf } from './files-text.ts';

export interface Planned {
  readonly changes: readonly Change[];
  /** Made only for a preview. */
  diffs(): Promise<readonly Diff[]>;
  /** Only called right after planning, while the folders are open. */
  land(): Promise<FileResult>;
}

/** Permissions for what is new. */
export interface Modes {
  readonly file: number;
  readonly folder: number;
}

/** As this process would make them. */
export function ownModes(): Modes {
  const mask = process.umask();
  return { file: 0o666 & ~mask, folder: 0o777 & ~mask };
}

/** As they were judged, since the process that lands may have another mask than the one that asked. */
export function judgedModes({ changes }: Effects): Modes {
  const own = ownModes();
  const mode = (type: FileType): number | undefined => changes.flatMap((one) => (one.change === 'created' && one.type === type && (one.mode & ~0o777) === 0 ? [one.mode] : []))[0];
  return { file: mode('file') ?? own.file, folder: mode('folder') ?? own.folder };
}

/** Nothing to do, said in words. */
export function nothing(words: string): Planned {
  return { changes: [], diffs: async () => [], land: async () => ({ text: words, touched: [] }) };
}

/** The folders that a new name needs, as changes, from the top. */
export function newFolders({ folder, name, rest }: Found, modes: Modes, lastToo: boolean): Change[] {
  const names = [name, ...rest];
  const made = lastToo ? names : names.slice(0, -1);
  return made.map((_, i) => ({ change: 'created', path: [...(folder.path === '.' ? [] : [folder.path]), ...names.slice(0, i + 1)].join('/'), type: 'folder', mode: modes.folder, size: 0, after: EMPTY_SHA256 }));
}

/** Refuses early what the system would refuse when landing, so that nobody is asked for what can't be done. */
export function needWritable(folder: Folder): void {
  try {
    accessSync(folder.self(), constants.W_OK | constants.X_OK);
  } catch (error) {
    const refused = inWords(error, folder.path);
    throw refused instanceof Refused && refused.code === 'denied' ? new Refused('denied', `the folder ${shown(folder.path)} can't be written to: the system denies this user the right.`) : refused;
  }
}

/** Beyond this, a file is bound by what it is (device, inode, size, times) instead of by its bytes. */
export const HASHED_BYTES = 256 * 1024 * 1024;

/** What a file is judged by: SHA-256 of its bytes, or of its identity where it is huge. */
export async function fileDigest(handle: FileHandle, stat: BigIntStats): Promise<Digest> {
  if (stat.size <= HASHED_BYTES) return await digestOf(handle);
  return sha256(`${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`);
}

/** Is it still the same file with the same content, as far as the system tells? */
export function unchanged(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** How far the record alone lets a person go back: a full diff gives the old text; a deleted file's mode is lost. */
export function undoOf(changes: readonly Change[], diffs: readonly Diff[]): Undo {
  const whole = new Set<WorkPath>(diffs.filter(({ note }) => note === undefined).map(({ path }) => path));
  const each = changes.map((change): Undo => {
    switch (change.change) {
      case 'created':
      case 'renamed':
        return 'fully';
      case 'changed':
        return whole.has(change.path) ? 'fully' : 'not';
      case 'deleted':
        return change.type === 'folder' || whole.has(change.path) ? 'partly' : 'not';
    }
  });
  if (each.every((one) => one === 'fully')) return 'fully';
  return each.every((one) => one === 'not') ? 'not' : 'partly';
}
