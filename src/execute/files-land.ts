// The few system calls that change a workspace. Each works on a name in an open folder, follows no link, and
// replaces nothing that wasn't judged.
import { createHash } from 'node:crypto';
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, linkSync, mkdirSync, openSync, readSync, renameSync, rmdirSync, unlinkSync, writeSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import { systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { childOf } from '../model/path.ts';
import { changing, type Folder } from './beneath-folder.ts';
import type { Found } from './beneath-walk.ts';
import { HASHED_BYTES, unchanged } from './files-plan.ts';
import { Drifted, inWords, Refused, shown } from './files-refused.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** What a disk without hard links answers, or a kernel that only links a user's own files. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

export interface Content {
  readonly bytes: Uint8Array;
  readonly mode: number;
  /** The file that is replaced, as it was when its content was compared; null when there was none. */
  readonly base: { readonly stat: BigIntStats; readonly digest: Digest } | null;
}

/** Puts a file in place at once or not at all: a temporary one beside it, synced, then a rename (or, for a new name, a hard link, which can't replace anything). */
export function placeFile(folder: Folder, name: string, { bytes, mode, base }: Content): void {
  const path = childOf(folder.path, name);
  const temporary = `.pwb-${newId()}.tmp`;
  folder.check();
  try {
    writeTemporary(folder, temporary, bytes, mode, base?.stat ?? null);
    folder.check();
    // INVARIANT: what is replaced is what was judged. If we crash before this, a `.pwb-*.tmp` file is left and the
    // old content stands; after it, the new content stands. The outcome is then unknown to the log, never half.
    if (base === null) giveName(folder, temporary, folder, name);
    else {
      if (!isStill(folder, name, base.stat, base.digest)) throw drifted(path);
      renameSync(folder.at(temporary), folder.at(name));
    }
  } catch (error) {
    removeTemporary(folder, temporary);
    throw inWords(error, path);
  }
  syncFolder(folder);
}

function writeTemporary(folder: Folder, temporary: string, bytes: Uint8Array, mode: number, base: BigIntStats | null): void {
  const fd = openSync(folder.at(temporary), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    if (base !== null) keepOwner(fd, base);
    // After the owner: a change of owner clears bits.
    fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** As far as the system allows; a user can't give files away, and then the file becomes ours. */
function keepOwner(fd: number, { uid, gid }: BigIntStats): void {
  for (const [user, group] of [[Number(uid), Number(gid)], [-1, Number(gid)]] as const) {
    try {
      fchownSync(fd, user, group);
      return;
    } catch (error) {
      if (!['EPERM', 'EINVAL'].includes(systemCode(error))) throw error;
    }
  }
}

/** Is this name still that file with that content? Times alone don't tell two writes within one tick of the clock. */
function isStill(folder: Folder, name: string, stat: BigIntStats, digest: Digest): boolean {
  const now = folder.peek(name);
  if (now === null || !unchanged(now.stat, stat)) return false;
  if (stat.size > HASHED_BYTES) return true;
  const fd = openSync(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const sum = createHash('sha256');
    const piece = Buffer.allocUnsafe(1 << 18);
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) sum.update(piece.subarray(0, read));
    return unchanged(fstatSync(fd, { bigint: true }), stat) && sum.digest('hex') === digest;
  } finally {
    closeSync(fd);
  }
}

function removeTemporary(folder: Folder, temporary: string): void {
  try {
    unlinkSync(folder.at(temporary));
  } catch (error) {
    // It was never made, or it has its final name already: both leave nothing to remove.
    if (systemCode(error) !== 'ENOENT') throw inWords(error, childOf(folder.path, temporary));
  }
}

/** Moves a file or link to a name that must be free. With hard links this can't replace anything; without, the name is looked at right before. */
export function giveName(from: Folder, name: string, to: Folder, target: string): void {
  try {
    linkSync(from.at(name), to.at(target));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw drifted(childOf(to.path, target));
    if (!NO_LINKS.has(code)) throw error;
    moveName(from, name, to, target);
    return;
  }
  try {
    unlinkSync(from.at(name));
  } catch (error) {
    unlinkSync(to.at(target));
    throw error;
  }
}

/** Renames to a name that is free a moment before. What the system itself replaces then is at most an empty folder or, in that moment, a new file. */
export function moveName(from: Folder, name: string, to: Folder, target: string): void {
  if (to.peek(target) !== null) throw drifted(childOf(to.path, target));
  renameSync(from.at(name), to.at(target));
}

/** Makes the folders that a found missing name needs, and its own name too when asked. Takes them back when one fails. */
export function makeFolders({ folder, name, rest }: Found, mode: number, lastToo: boolean): { readonly inner: Folder; readonly made: readonly WorkPath[]; takeBack(): void } {
  const names = lastToo ? [name, ...rest] : [name, ...rest].slice(0, -1);
  const done: { readonly parent: Folder; readonly name: string }[] = [];
  const takeBack = (): void => {
    for (const one of done.toReversed()) {
      try {
        rmdirSync(one.parent.at(one.name));
      } catch (error) {
        // Something was put in meanwhile: it isn't ours to remove.
        if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(systemCode(error))) throw inWords(error, childOf(one.parent.path, one.name));
      }
    }
  };
  let inner = folder;
  try {
    for (const one of names) {
      inner.check();
      makeFolder(inner, one);
      done.push({ parent: inner, name: one });
      const next = inner.enter(one);
      if (next === null) throw changing(childOf(inner.path, one));
      setMode(next, mode);
      syncFolder(inner);
      inner = next;
    }
  } catch (error) {
    takeBack();
    throw inWords(error, inner.path);
  }
  return { inner, made: done.map((one) => childOf(one.parent.path, one.name)), takeBack };
}

function makeFolder(parent: Folder, name: string): void {
  try {
    mkdirSync(parent.at(name), 0o700);
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? drifted(childOf(parent.path, name)) : error;
  }
}

function setMode(folder: Folder, mode: number): void {
  const fd = openSync(folder.self(), O_RDONLY | O_DIRECTORY);
  try {
    // A folder that hands its group on keeps doing so.
    fchmodSync(fd, mode | (fstatSync(fd).mode & 0o2000));
  } finally {
    closeSync(fd);
  }
}

/** Makes a name durable. A disk that can't sync folders, or a folder that we may write but not read, is no failure. */
export function syncFolder(folder: Folder): void {
  let fd = -1;
  try {
    fd = openSync(folder.self(), O_RDONLY | O_DIRECTORY);
    fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EISDIR'].includes(systemCode(error))) throw inWords(error, folder.path);
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}

export function drifted(path: WorkPath): Drifted {
  return new Drifted(path, `${shown(path)} has changed since this was judged, so nothing was done. Look at it again.`);
}

/** For an existing file: what its mode may become, and whether it may be replaced at all. */
export function keptMode(stat: BigIntStats, path: WorkPath): number {
  const mode = Number(stat.mode) & 0o777;
  // As root the system would let us; the mark means what it says.
  if ((mode & 0o222) === 0) throw new Refused('read-only', `${shown(path)} is marked read-only (mode ${mode.toString(8)}).`);
  return mode;
}
