// Paths below a folder of ours, by their bytes: a command may have given its files any names. A path is a string of
// Latin-1 characters, one a byte. No link is followed: whoever walks looks at each folder on the way first.
import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { Fault, systemCode } from '../model/fault.ts';
import { PATH_BYTES } from '../model/path.ts';

/** Bytes as Latin-1, relative to some folder; empty is the folder itself. */
export type BytePath = string;

export type Kind = 'file' | 'folder' | 'link' | 'whiteout' | 'special';

export function bytesOf(path: string): BytePath {
  return path === '.' ? '' : Buffer.from(path).toString('latin1');
}

/** As text, or null when it isn't any (UTF-8). */
export function textOf(path: BytePath): string | null {
  try {
    return text.decode(Buffer.from(path, 'latin1'));
  } catch {
    return null;
  }
}

export function below(path: BytePath, name: BytePath): BytePath {
  return path === '' ? name : `${path}/${name}`;
}

/** For a system call. @throws `draft.deep` when it is longer than the system takes. */
export function at(folder: string, path: BytePath): Buffer {
  const whole = path === '' ? Buffer.from(folder) : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]);
  if (whole.length >= PATH_BYTES) throw new Fault('draft.deep', `${path.slice(0, 60)}… lies too deep: its path would be longer than the system takes`, 'Drop this action, or make it use shorter paths.');
  return whole;
}

export function namesAt(folder: string, path: BytePath): readonly BytePath[] {
  return readdirSync(at(folder, path), 'latin1');
}

/** Null where there is nothing. */
export function statAt(folder: string, path: BytePath): BigIntStats | null {
  try {
    return lstatSync(at(folder, path), { bigint: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null;
    throw error;
  }
}

export function kindOf(stat: BigIntStats): Kind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  return stat.isCharacterDevice() && stat.rdev === 0n ? 'whiteout' : 'special';
}

export function isFolderAt(folder: string, path: BytePath): boolean {
  return statAt(folder, path)?.isDirectory() ?? false;
}

/** A folder to which only folders lead. */
export function isOwnFolder(folder: string, path: BytePath): boolean {
  return above(path).every((part) => isFolderAt(folder, part)) && isFolderAt(folder, path);
}

/** The folders on the way to a path, nearest to the top first, without itself and the top. */
export function above(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Gives others their turn on this thread every so many steps. */
export function breather(stretch = 250): () => Promise<void> | void {
  let steps = 0;
  return () => (++steps % stretch === 0 ? new Promise((resume) => setImmediate(resume)) : undefined);
}

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
