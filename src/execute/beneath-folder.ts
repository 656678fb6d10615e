// A folder held open: every name is looked up relative to its descriptor, so that what was checked is what is
// used. Where the system has no such lookup, the real path is checked around each use instead.
import { constants, existsSync, fstatSync, lstatSync, openSync, readlinkSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { FileType } from '../model/effects.ts';
import { systemCode } from '../model/fault.ts';
import { childOf } from '../model/path.ts';
import { inWords, Refused, shown } from './files-refused.ts';

/**
 * `descriptors`: Linux, each step is an openat by way of /proc/self/fd, so a swapped folder can't lead away.
 * `paths`: elsewhere; every folder's real path is checked before and after each use, which leaves a short window.
 */
export type Means = 'descriptors' | 'paths';
export const MEANS: Means = process.platform === 'linux' && existsSync('/proc/self/fd') ? 'descriptors' : 'paths';

export interface Entry {
  readonly type: FileType | 'special';
  readonly stat: BigIntStats;
}

/** Keeps the descriptors of one piece of work, and knows the folders that are closed to tools. */
export interface Keeper {
  readonly means: Means;
  /** Throws `closed` for a folder that no tool may enter. */
  admit(stat: BigIntStats, path: WorkPath): void;
  hold(fd: number): void;
  release(fd: number): void;
}

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
/** Linux (asm-generic, as on x64 and arm64); Node has no name for it. */
export const O_PATH = 0o10000000;

export class Folder {
  readonly fd: number;
  readonly path: WorkPath;
  readonly stat: BigIntStats;
  readonly keeper: Keeper;
  readonly #real: string;

  /** @param real its absolute path; only used where there are no descriptors to go by. */
  private constructor(keeper: Keeper, fd: number, path: WorkPath, real: string) {
    this.keeper = keeper;
    this.fd = fd;
    this.path = path;
    this.stat = fstatSync(fd, { bigint: true });
    this.#real = real;
  }

  /** Opens a folder, never through a link. Throws the system's error, or `closed`. */
  static open(keeper: Keeper, at: string | Buffer, path: WorkPath, real: string): Folder {
    const rights = keeper.means === 'descriptors' ? O_PATH : O_RDONLY;
    const fd = openSync(at, rights | O_DIRECTORY | O_NOFOLLOW);
    keeper.hold(fd);
    const folder = new Folder(keeper, fd, path, real);
    keeper.admit(folder.stat, path);
    return folder;
  }

  /** The argument for a system call on `name` in this folder. Bytes are for names that aren't UTF-8. */
  at(name: string): string;
  at(name: string | Buffer): string | Buffer;
  at(name: string | Buffer): string | Buffer {
    const base = this.keeper.means === 'descriptors' ? `/proc/self/fd/${this.fd}/` : `${this.#real}/`;
    return typeof name === 'string' ? base + name : Buffer.concat([Buffer.from(base), name]);
  }

  /** The folder itself, to be opened again with other rights (to list or to sync it). */
  self(): string {
    return this.keeper.means === 'descriptors' ? `/proc/self/fd/${this.fd}` : this.#real || '/';
  }

  peek(name: string | Buffer): Entry | null {
    try {
      const stat = lstatSync(this.at(name), { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? null : { type: typeOf(stat), stat };
    } catch (error) {
      throw inWords(error, childOf(this.path, String(name)));
    }
  }

  /** Opens a folder in this one; null when it is no folder by now. */
  enter(name: string | Buffer): Folder | null {
    this.check();
    const path = childOf(this.path, typeof name === 'string' ? name : name.toString('latin1'));
    try {
      const folder = Folder.open(this.keeper, this.at(name), path, `${this.#real}/${String(name)}`);
      this.check();
      folder.check();
      return folder;
    } catch (error) {
      if (['ENOTDIR', 'ELOOP', 'ENOENT'].includes(systemCode(error))) return null;
      throw inWords(error, path);
    }
  }

  /** Without descriptors: is this folder still where it was? Refuses `changing` when not. */
  check(): void {
    if (this.keeper.means === 'descriptors') return;
    const now = statSync(this.self(), { bigint: true, throwIfNoEntry: false });
    if (now === undefined || !same(now, this.stat) || this.realPath() !== this.self()) throw changing(this.path);
  }

  /** The absolute path by which the system knows this folder now. */
  realPath(): string {
    return this.keeper.means === 'descriptors' ? readlinkSync(this.self()) : realpathSync(this.self());
  }

  close(): void {
    this.keeper.release(this.fd);
  }
}

/** A link's target as text, or null when it is no link by now. */
export function readLink(folder: Folder, name: string | Buffer, asked: WorkPath): string | null {
  let bytes: Buffer;
  try {
    bytes = readlinkSync(folder.at(name), { encoding: 'buffer' });
  } catch (error) {
    if (['EINVAL', 'ENOENT'].includes(systemCode(error))) return null;
    throw inWords(error, asked);
  }
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw new Refused('bad-name', `${shown(asked)} leads through a link whose target isn't UTF-8.`);
  return text;
}

export function same(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

export function typeOf(stat: BigIntStats): Entry['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  return stat.isSymbolicLink() ? 'link' : 'special';
}

export function changing(path: WorkPath): Refused {
  return new Refused('changing', `${shown(path)} keeps changing under our hands. Try again.`);
}
