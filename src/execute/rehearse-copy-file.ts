// One file into a copy: sharing its blocks where the disk can, else by bytes with its holes left as holes. Only plain
// files are opened, never through a link, and what was opened is what is copied.
import { spawn } from 'node:child_process';
import { closeSync, constants, copyFileSync, fchmodSync, fchownSync, fstatSync, ftruncateSync, futimesSync, openSync, readSync, writeSync, type BigIntStats } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { systemCode } from '../model/fault.ts';
import { openPlain, seconds } from './commit-content.ts';
import { findProgram } from './overlay-mount.ts';

const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;
const ALL_BITS = 0o7777n;
/** One read and one write are faster than asking the disk to share so little. */
export const SMALL = 1 << 16;
/** Larger ones are copied by another thread. */
const LARGE = 1 << 20;
/** Reading so much of nothing would take longer than a program's start. */
const MANY_HOLES = 1n << 25n;
const PIECE = 1 << 18;
const piece = Buffer.allocUnsafe(PIECE);
const ZEROS = Buffer.alloc(PIECE);

export interface CopiedFile {
  /** As it was when it was opened. */
  readonly original: BigIntStats;
  /** As it was put. */
  readonly own: BigIntStats;
  /** False where the system doesn't let us read it: an empty one stands in for it. */
  readonly read: boolean;
}

/** @param from its bytes. @param to in a folder of ours, where there is nothing yet. @returns null when it is no plain file any more. @throws the system's error. */
export async function copyOneFile(from: Buffer, to: Buffer, seen: BigIntStats): Promise<CopiedFile | null> {
  const open = openReadable(from);
  if (open === null) return null;
  if (open === 'closed') return { original: seen, own: standIn(to, seen), read: false };
  const { fd, stat } = open;
  try {
    const out = await copyContent(fd, stat, to);
    try {
      return { original: stat, own: looksOf(out, stat), read: true };
    } finally {
      closeSync(out);
    }
  } finally {
    closeSync(fd);
  }
}

/** An empty file with these looks. */
export function standIn(to: Buffer, original: BigIntStats): BigIntStats {
  const out = create(to);
  try {
    return looksOf(out, original);
  } finally {
    closeSync(out);
  }
}

function openReadable(from: Buffer): ReturnType<typeof openPlain> | 'closed' {
  try {
    return openPlain(from);
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(systemCode(error))) return 'closed';
    throw error;
  }
}

async function copyContent(fd: number, { size, blocks }: BigIntStats, to: Buffer): Promise<number> {
  if (size <= SMALL) {
    const got = readSync(fd, piece, 0, PIECE, 0);
    const out = create(to);
    if (got > 0) writeAll(out, got, 0);
    return out;
  }
  const source = `/proc/self/fd/${fd}`;
  // 512 is the unit of st_blocks whatever the disk (stat(2)). A plain copy would fill the holes.
  if (blocks * 512n < size) {
    if (!cloned(source, to)) return copySparse(fd, size, to);
  } else if (size < LARGE) copyFileSync(source, to, COPYFILE_EXCL | COPYFILE_FICLONE);
  else await copyFile(source, to, COPYFILE_EXCL | COPYFILE_FICLONE);
  return openSync(to, O_RDONLY | O_NOFOLLOW);
}

/** Shares the file's blocks, or says that the disk can't. @throws the system's error for all else. */
export function cloned(source: string | Buffer, to: string | Buffer): boolean {
  try {
    copyFileSync(source, to, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY'].includes(systemCode(error))) return false;
    throw error;
  }
}

async function copySparse(fd: number, size: bigint, to: Buffer): Promise<number> {
  const out = create(to);
  if (size > MANY_HOLES && (await copiedByProgram(fd, out))) return out;
  let at = 0;
  for (let got = 0; (got = readSync(fd, piece, 0, PIECE, at)) > 0; at += got) {
    if (!piece.subarray(0, got).equals(ZEROS.subarray(0, got))) writeAll(out, got, at);
    if (at % LARGE === 0) await new Promise((resume) => setImmediate(resume));
  }
  ftruncateSync(out, at);
  return out;
}

/** Node can't ask a file system where its holes are, cp(1) can. @returns false where there is none that does. */
function copiedByProgram(fd: number, out: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(findProgram('cp'), ['--sparse=auto', '--', '/proc/self/fd/0', '/proc/self/fd/1'], { stdio: [fd, out, 'ignore'], env: { LC_ALL: 'C' }, cwd: '/' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

function writeAll(out: number, length: number, at: number): void {
  for (let done = 0; done < length; ) done += writeSync(out, piece, done, length - done, at + done);
}

function create(to: Buffer): number {
  return openSync(to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

function looksOf(out: number, { mode, mtimeNs, uid, gid }: BigIntStats): BigIntStats {
  const made = fstatSync(out, { bigint: true });
  if (process.getuid?.() === 0 && (made.uid !== uid || made.gid !== gid)) fchownSync(out, Number(uid), Number(gid));
  fchmodSync(out, Number(mode & ALL_BITS));
  futimesSync(out, seconds(mtimeNs), seconds(mtimeNs));
  return fstatSync(out, { bigint: true });
}
