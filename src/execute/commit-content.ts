// Bytes on their way into or out of a workspace: read once, digested as they pass, holes kept as holes. Opens only
// plain files, by descriptor, and never through a link.
import { createHash, hash } from 'node:crypto';
import { chmodSync, closeSync, constants, fchmodSync, fchownSync, fstatSync, ftruncateSync, futimesSync, openSync, readSync, writeSync, type BigIntStats } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { sha256, type Digest } from '../model/digest.ts';
import { systemCode } from '../model/fault.ts';
import { MEANS, O_PATH, typeOf, type Folder } from './beneath-folder.ts';
import { HASHED_BYTES, unchanged } from './files-plan.ts';
import type { Was } from './journal.ts';
import type { Syncs } from './commit-sync.ts';

const { O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** Bytes per read, and how many are handled at a stretch before others have their turn. */
const PIECE = 1 << 18;
const STRETCH = 1 << 24;
const piece = Buffer.allocUnsafe(PIECE);
const ZEROS = Buffer.alloc(PIECE);

/** Opens a plain file to read, or null when the name is something else by now. Never blocks. Throws the system's error. */
export function openPlain(at: string | Buffer): { readonly fd: number; readonly stat: BigIntStats } | null {
  let fd: number;
  try {
    fd = openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    if (['ELOOP', 'ENOENT', 'ENXIO', 'ENOTDIR'].includes(systemCode(error))) return null;
    throw error;
  }
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isFile()) return { fd, stat };
  closeSync(fd);
  return null;
}

/** The same for a file of our own (in a rehearsal, a pre-image): one that is closed to its owner is opened for the moment. */
export function openOurs(at: string): ReturnType<typeof openPlain> {
  try {
    return openPlain(at);
  } catch (error) {
    if (systemCode(error) !== 'EACCES' || MEANS !== 'descriptors') throw error;
  }
  const pin = openSync(at, O_PATH | O_NOFOLLOW);
  const self = `/proc/self/fd/${pin}`;
  try {
    const stat = fstatSync(pin);
    if (!stat.isFile()) return null;
    chmodSync(self, (stat.mode & 0o7777) | 0o400);
    let fd = -1;
    try {
      fd = openSync(self, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    } finally {
      chmodSync(self, stat.mode & 0o7777);
    }
    return { fd, stat: fstatSync(fd, { bigint: true }) };
  } finally {
    closeSync(pin);
  }
}

/** The digest of an open file's bytes; null when it was written to while we read. */
export async function digestOfOpen(fd: number, stat: BigIntStats): Promise<Digest | null> {
  return passOn(fd, stat, null, false);
}

/**
 * Does an open file have the content of this digest? Beyond HASHED_BYTES a file may have been judged by what it
 * is (see fileDigest); then that is compared. Gives the digest of its bytes, or of its identity where that fits.
 */
export async function matchesOpen(fd: number, stat: BigIntStats, digest: Digest): Promise<{ readonly ok: boolean; readonly now: Digest | null }> {
  const now = await digestOfOpen(fd, stat);
  return { ok: now === digest || (now !== null && digest === identityOf(stat)), now };
}

/** As fileDigest says it of a huge file; null for others. */
export function identityOf(stat: BigIntStats): Digest | null {
  return stat.size <= HASHED_BYTES ? null : sha256(`${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`);
}

export interface Looks {
  readonly mode: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Null: ours, as with any new file. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

export interface Copied {
  readonly digest: Digest | null;
  readonly stat: BigIntStats;
  /** False when the owner couldn't be kept: the system lets no user give files away. */
  readonly owned: boolean;
}

/** Copies an open file to a fresh one (O_EXCL). The digest is that of the bytes that were written; null when the source changed meanwhile. Durable once `syncs` is done. */
export async function copyOpen(fd: number, stat: BigIntStats, to: string, looks: Looks, syncs: Syncs): Promise<Copied> {
  // Only ever in folders of ours (0700).
  const out = openSync(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, looks.mode);
  try {
    // 512 is the unit of st_blocks whatever the disk (stat(2)).
    const digest = await passOn(fd, stat, out, stat.blocks * 512n < stat.size);
    const owned = looks.owner === null || keepOwner(out, looks.owner);
    futimesSync(out, seconds(looks.mtime), seconds(looks.mtime));
    const made = fstatSync(out, { bigint: true });
    if ((Number(made.mode) & 0o7777) === looks.mode) return { digest, stat: made, owned };
    // The mask, an inherited access list or the change of owner took bits away.
    fchmodSync(out, looks.mode);
    return { digest, stat: fstatSync(out, { bigint: true }), owned };
  } finally {
    syncs.add(out, to);
  }
}

async function passOn(fd: number, stat: BigIntStats, out: number | null, sparse: boolean): Promise<Digest | null> {
  const first = readSync(fd, piece, 0, PIECE, 0);
  if (first < PIECE && !sparse) {
    const bytes = piece.subarray(0, first);
    if (out !== null) writeAll(out, bytes, 0);
    return unchanged(fstatSync(fd, { bigint: true }), stat) ? hash('sha256', bytes, 'hex') : null;
  }
  const sum = createHash('sha256');
  let at = 0;
  for (let read = first; read > 0; read = readSync(fd, piece, 0, PIECE, at)) {
    const bytes = piece.subarray(0, read);
    sum.update(bytes);
    if (out !== null && !(sparse && bytes.equals(ZEROS.subarray(0, read)))) writeAll(out, bytes, at);
    at += read;
    if (at % STRETCH === 0) await breathe();
  }
  if (out !== null && sparse) ftruncateSync(out, at);
  return unchanged(fstatSync(fd, { bigint: true }), stat) ? sum.digest('hex') : null;
}

function writeAll(out: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(out, bytes, done, bytes.length - done, at + done);
}

/** True when the file has that owner now. */
function keepOwner(fd: number, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  const now = fstatSync(fd);
  if (now.uid === uid && now.gid === gid) return true;
  for (const user of [uid, -1]) {
    try {
      fchownSync(fd, user, gid);
      return user === uid;
    } catch (error) {
      if (!['EPERM', 'EINVAL'].includes(systemCode(error))) throw error;
    }
  }
  return false;
}

/** As the calls that set times want them; their double keeps about a quarter of a microsecond. */
export function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

/** What a name is, to be known again. Only for files, folders and links. */
export function wasOf(stat: BigIntStats, target: string | null): Was | null {
  const type = typeOf(stat);
  if (type === 'special') return null;
  return {
    type, dev: `${stat.dev}`, ino: `${stat.ino}`, size: `${stat.size}`, blocks: Number(stat.blocks), mtime: `${stat.mtimeNs}`, ctime: `${stat.ctimeNs}`,
    mode: Number(stat.mode) & 0o7777, uid: Number(stat.uid), gid: Number(stat.gid), links: Number(stat.nlink), target,
  };
}

/** Is it this inode with this content, as far as the system tells? Our own renames and links move the change time. */
export function isWas(stat: BigIntStats, was: Was): boolean {
  return `${stat.ino}` === was.ino && `${stat.dev}` === was.dev && `${stat.size}` === was.size && `${stat.mtimeNs}` === was.mtime;
}

/** The same, untouched since. */
export function isStill(stat: BigIntStats, was: Was): boolean {
  return isWas(stat, was) && `${stat.ctimeNs}` === was.ctime;
}

/** The digest of a small file's bytes by name, at once; null when it is no plain file. */
export function digestAt(folder: Folder, name: string): Digest | null {
  const open = openPlain(folder.at(name));
  if (open === null) return null;
  try {
    const sum = createHash('sha256');
    for (let at = 0, read = 0; (read = readSync(open.fd, piece, 0, PIECE, at)) > 0; at += read) sum.update(piece.subarray(0, read));
    return sum.digest('hex');
  } finally {
    closeSync(open.fd);
  }
}
