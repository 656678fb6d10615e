// What was put into a copy, entry by entry, and from what. No run can set a change time, so an entry that still has
// the one that it was put with is as it was put: neither it nor its original need to be read again.
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { systemCode } from '../model/fault.ts';
import { statOf, type Before, type Stat } from './effects-before.ts';
import { bytesOf } from './rehearse-copy-tree.ts';

interface Put {
  readonly stat: Stat;
  readonly own: Stamp;
  readonly original: Stamp;
}

interface Stamp {
  readonly ino: bigint;
  readonly ctimeNs: bigint;
}

const TYPE = BigInt(constants.S_IFMT);

/** Paths that are written down are bytes as Latin-1; those that are asked for by name are text. */
export class CopyRecord implements Before {
  readonly #from: string;
  readonly #puts = new Map<string, Put>();
  readonly #names = new Map<string, string[]>();
  readonly #targets = new Map<string, Buffer>();
  readonly #closed = new Set<string>();

  /** @param from where the originals are. */
  constructor(from: string) {
    this.#from = from;
  }

  /**
   * @param own the copy as it was put; where it only stands in for the original, it counts as of the original's type.
   * @param original as it was before it was copied.
   */
  add(path: string, own: BigIntStats, original: BigIntStats, target?: Buffer): void {
    const mode = (own.mode & ~TYPE) | (original.mode & TYPE);
    this.#puts.set(path, { stat: { mode, mtimeNs: own.mtimeNs, nlink: original.nlink, uid: original.uid, rdev: original.rdev }, own: stampOf(own), original: stampOf(original) });
    if (target !== undefined) this.#targets.set(path, target);
    if (path === '') return;
    const cut = path.lastIndexOf('/');
    const folder = cut < 0 ? '' : path.slice(0, cut);
    const names = this.#names.get(folder);
    if (names === undefined) this.#names.set(folder, [path.slice(cut + 1)]);
    else names.push(path.slice(cut + 1));
  }

  close(path: string): void {
    this.#closed.add(path);
  }

  at(path: string): Stat | null {
    return this.#puts.get(keyOf(path))?.stat ?? null;
  }

  names(path: string): Iterable<string> {
    return this.#names.get(keyOf(path)) ?? [];
  }

  target(path: string): Buffer {
    return this.#targets.get(keyOf(path)) ?? Buffer.alloc(0);
  }

  isStill(path: string, now: BigIntStats): boolean {
    const put = this.#puts.get(path);
    return put !== undefined && isSame(put.own, now);
  }

  isClosed(path: string): boolean {
    return this.#closed.has(keyOf(path));
  }

  isEdited(path: string): boolean {
    const key = keyOf(path);
    const put = this.#puts.get(key);
    try {
      const now = statOf(bytesOf(this.#from, key));
      return put === undefined ? now !== null : now === null || !isSame(put.original, now);
    } catch (error) {
      if (['EACCES', 'EPERM'].includes(systemCode(error))) return true;
      throw error;
    }
  }
}

function stampOf({ ino, ctimeNs }: BigIntStats): Stamp {
  return { ino, ctimeNs };
}

function isSame(a: Stamp, b: Stamp): boolean {
  return a.ino === b.ino && a.ctimeNs === b.ctimeNs;
}

function keyOf(path: string): string {
  return path === '.' ? '' : Buffer.from(path).toString('latin1');
}
