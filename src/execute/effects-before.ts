// What was there before a rehearsal: looked up in the world as it is, or in the record of what was copied from it.
import { lstatSync, opendirSync, readlinkSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../model/fault.ts';

/** What the system says of an entry, as far as effects are about it. */
export type Stat = Pick<BigIntStats, 'mode' | 'mtimeNs' | 'nlink' | 'uid' | 'rdev'>;

export interface Before {
  /** Null where there was nothing. */
  at(path: string): Stat | null;
  /** Names in a folder, their bytes as Latin-1. @throws the system's error when it can't be listed. */
  names(path: string): Iterable<string>;
  /** What a link led to. */
  target(path: string): Buffer;
  /** True when the run left this entry alone, whatever lies below it. @param path its bytes as Latin-1. */
  isStill(path: string, now: BigIntStats): boolean;
  /** True of a folder whose names nobody could list. */
  isClosed(path: string): boolean;
  /** True when the original of this entry isn't what the run was given any more. */
  isEdited(path: string): boolean;
}

/** The world as it is, where only what was written is looked at. */
export function beforeIn(base: string): Before {
  return {
    at: (path) => statOf(join(base, path)),
    *names(path) {
      // Read bit by bit, as a folder may hold a million; Latin-1 keeps every byte of a name.
      const folder = opendirSync(join(base, path), { encoding: 'latin1' });
      try {
        for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry.name;
      } finally {
        folder.closeSync();
      }
    },
    target: (path) => readlinkSync(join(base, path), 'buffer'),
    isStill: () => false,
    isClosed: () => false,
    isEdited: () => false,
  };
}

export function statOf(path: string | Buffer): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null;
    throw error;
  }
}
