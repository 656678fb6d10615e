// Copies one file among the pre-images: shared by the disk where it can do that (a reflink), else byte by byte.
import { chmodSync, closeSync, constants, copyFileSync, fstatSync, rmSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import type { Unlandable } from '../model/effects.ts';
import { Fault, systemCode } from '../model/fault.ts';
import { copyOpen, digestOfOpen, openPlain } from './commit-content.ts';
import type { Syncs } from './commit-sync.ts';
import { unchanged } from './files-plan.ts';
import { inWords, Refused, shown } from './files-refused.ts';
import type { Seen } from './undo-before-walk.ts';

const { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE } = constants;

/** The digest of what was copied, or '' where nothing had to be read for it; null when it can't be kept, which is said. Throws Refused `changing`. */
export async function copyInto(seen: Seen, to: string, syncs: Syncs, left: Unlandable[]): Promise<Digest | null> {
  const open = openOr(seen, left);
  if (open === null) return null;
  try {
    if (seen.folder.keeper.means === 'descriptors' && isCloned(open.fd, to)) {
      if (!unchanged(fstatSync(open.fd, { bigint: true }), seen.stat)) throw changing(seen.path);
      syncs.addReadable(to, to);
      return '';
    }
    const { digest } = await copyOpen(open.fd, open.stat, to, { mode: 0o600, mtime: open.stat.mtimeNs, owner: null }, syncs);
    if (digest === null || !unchanged(open.stat, seen.stat)) throw changing(seen.path);
    return digest;
  } catch (error) {
    throw inWords(error, seen.path);
  } finally {
    closeSync(open.fd);
  }
}

/** Null when it can't be read, which is said. Throws Refused `changing`. */
export async function digestOfFile(seen: Seen, left: Unlandable[]): Promise<Digest | null> {
  const open = openOr(seen, left);
  if (open === null) return null;
  try {
    const digest = await digestOfOpen(open.fd, open.stat);
    if (digest === null || !unchanged(open.stat, seen.stat)) throw changing(seen.path);
    return digest;
  } finally {
    closeSync(open.fd);
  }
}

/** Throws Fault `undo.damaged`. */
export async function digestOfKept(at: string, path: WorkPath): Promise<Digest> {
  const open = openPlain(at);
  try {
    const digest = open === null ? null : await digestOfOpen(open.fd, open.stat);
    if (digest === null) throw new Fault('undo.damaged', `what was kept of ${shown(path)} is damaged`, 'take the file from your own backup');
    return digest;
  } finally {
    if (open !== null) closeSync(open.fd);
  }
}

function openOr({ folder, name, path }: Seen, left: Unlandable[]): { readonly fd: number; readonly stat: BigIntStats } | null {
  try {
    const open = openPlain(folder.at(name));
    if (open === null) throw changing(path);
    return open;
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(systemCode(error))) throw inWords(error, path);
    left.push({ path, why: "it can't be read by this user" });
    return null;
  }
}

/** False where the disk can't share bytes between files, or lies apart. */
function isCloned(fd: number, to: string): boolean {
  try {
    // The descriptor is opened anew by this name: no link can get in between.
    copyFileSync(`/proc/self/fd/${fd}`, to, COPYFILE_EXCL | COPYFILE_FICLONE_FORCE);
    chmodSync(to, 0o600);
    return true;
  } catch (error) {
    if (!['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY', 'EPERM'].includes(systemCode(error))) throw error;
    rmSync(to, { force: true });
    return false;
  }
}

function changing(path: WorkPath): Refused {
  return new Refused('changing', `${shown(path)} is being written to right now. Try again.`);
}
