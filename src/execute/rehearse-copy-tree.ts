// Walks a tree that others may change meanwhile, folder by folder. No link is followed and no folder is entered that
// isn't the one that was listed, so that swapping a folder for a link can't lead the walk out of the tree.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, type BigIntStats } from 'node:fs';
import { Fault, systemCode } from '../model/fault.ts';
import { PATH_BYTES } from '../model/path.ts';

/** Paths are bytes as Latin-1, relative to the top, which is empty: a name needn't be text. */
export interface TreeEntry {
  readonly path: string;
  readonly stat: BigIntStats;
  /** For system calls, as long as the visit lasts. */
  readonly at: Buffer;
}

export interface TreeVisit {
  /** @returns false for a folder that isn't to be entered. */
  entry(entry: TreeEntry): boolean | Promise<boolean>;
  /** A folder that the system doesn't let us list. */
  closed?(path: string): void;
  readonly signal?: AbortSignal;
}

const STRETCH = 100;
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Each folder comes before what is in it. @throws the signal's reason, `rehearsal.deep`, the system's error for the top. */
export async function walkTree(top: string, visit: TreeVisit): Promise<void> {
  const folders: { readonly path: string; readonly stat: BigIntStats }[] = [{ path: '', stat: lstatSync(top, { bigint: true }) }];
  let seen = 0;
  // Taken from the end, so that few wait at a time.
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const fd = openFolder(top, folder.path, folder.stat, visit);
    if (fd === null) continue;
    try {
      const here = Buffer.from(`/proc/self/fd/${fd}/`);
      for (const name of readdirSync(`/proc/self/fd/${fd}`, 'latin1')) {
        if (++seen % STRETCH === 0) {
          await new Promise((resume) => setImmediate(resume));
          visit.signal?.throwIfAborted();
        }
        const at = Buffer.concat([here, Buffer.from(name, 'latin1')]);
        const stat = lookAt(at);
        if (stat === 'closed') {
          visit.closed?.(folder.path);
          break;
        }
        if (stat === null) continue;
        const path = folder.path === '' ? name : `${folder.path}/${name}`;
        const enter = await visit.entry({ path, stat, at });
        if (enter && stat.isDirectory()) folders.push({ path, stat });
      }
    } finally {
      closeSync(fd);
    }
  }
}

/** Null when it isn't there any more, is another by now, or can't be listed. */
function openFolder(top: string, path: string, expected: BigIntStats, visit: TreeVisit): number | null {
  const at = bytesOf(top, path);
  if (at.length >= PATH_BYTES) throw new Fault('rehearsal.deep', `a folder in ${top} lies too deep: its path is longer than the system takes`, 'Register a folder inside it as the workspace.');
  let fd: number;
  try {
    fd = openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (path === '' || !['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error))) throw error;
    if (['EACCES', 'EPERM'].includes(systemCode(error))) visit.closed?.(path);
    return null;
  }
  const found = fstatSync(fd, { bigint: true });
  if (found.ino === expected.ino && found.dev === expected.dev) return fd;
  closeSync(fd);
  return null;
}

/** A folder may let us list its names and nothing more. */
function lookAt(at: Buffer): BigIntStats | null | 'closed' {
  try {
    return lstatSync(at, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (['EACCES', 'EPERM'].includes(systemCode(error))) return 'closed';
    throw error;
  }
}

/** @param path bytes as Latin-1. */
export function bytesOf(top: string, path: string): Buffer {
  return path === '' ? Buffer.from(top) : Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, 'latin1')]);
}

/** For people: text where the bytes are text. */
export function spelled(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
