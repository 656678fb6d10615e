// How much a copy of a workspace would take, before any of it is made. What is too much is refused with its size. Where
// the disk lets files share their blocks, large ones take nothing.
import { rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { cloned, SMALL } from './rehearse-copy-file.ts';
import { walkTree, type TreeEntry } from './rehearse-copy-tree.ts';

export interface MostCopied {
  readonly bytes: number;
  /** Entries of any kind. */
  readonly files: number;
}

const GIB = 1024 ** 3;
export const MOST_COPIED: MostCopied = { bytes: 2 * GIB, files: 200_000 };
/** Of what is free on the disk. */
const SHARE = 0.5;
/** 512 is the unit of st_blocks whatever the disk (stat(2)). */
const BLOCK = 512;

/** @param to a folder of ours on the disk that will hold the copy. @throws `rehearsal.large`, `rehearsal.space`, and what walkTree throws. */
export async function refuseLarge(from: string, to: string, most: MostCopied, skips: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
  const { bavail, bsize } = statfsSync(to);
  const room = bavail * bsize * SHARE;
  const seen = new Set<string>();
  const sharing = new Sharing(join(to, 'probe'));
  let [bytes, files] = [0, 0];
  await walkTree(from, {
    entry: (entry) => {
      const { path, stat } = entry;
      files++;
      if (stat.isFile() && !isKnown(stat, seen) && !sharing.of(entry)) bytes += Math.min(Number(stat.size), Number(stat.blocks) * BLOCK);
      // It may go on for ever, so the size isn't found out: more than this is enough to know.
      if (files > most.files) throw tooLarge(from, `it holds more than ${most.files.toLocaleString('en')} files`);
      if (bytes > most.bytes) throw tooLarge(from, `it holds more than ${inGib(most.bytes)}: ${inGib(bytes)} in its first ${files.toLocaleString('en')} files`);
      if (bytes > room) throw new Fault('rehearsal.space', `there is no room for a copy of ${from}: it holds more than ${inGib(bytes)}, and half of what is free for the workbench's state is ${inGib(room)}`, 'Free some of the disk, or move the state to another: set XDG_STATE_HOME.');
      return !skips.has(path);
    },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Which disks share blocks with the one that the copy lies on, found by doing it. */
class Sharing {
  readonly #probe: string;
  readonly #known = new Map<bigint, boolean>();

  constructor(probe: string) {
    this.#probe = probe;
  }

  of({ stat, at }: TreeEntry): boolean {
    if (stat.size <= SMALL) return false;
    const known = this.#known.get(stat.dev);
    if (known !== undefined) return known;
    try {
      const shares = cloned(at, this.#probe);
      this.#known.set(stat.dev, shares);
      return shares;
    } catch {
      // It can't be read, or is gone: another file will tell.
      return false;
    } finally {
      rmSync(this.#probe, { force: true });
    }
  }
}

/** One file under many names takes its place once. */
function isKnown({ nlink, dev, ino }: TreeEntry['stat'], seen: Set<string>): boolean {
  if (nlink === 1n) return false;
  const key = `${dev} ${ino}`;
  const known = seen.has(key);
  seen.add(key);
  return known;
}

function tooLarge(from: string, words: string): Fault {
  return new Fault('rehearsal.large', `${from} is too large to be copied for a rehearsal: ${words}`, 'Register a folder inside it as the workspace, or move what is large out of it.');
}

function inGib(bytes: number): string {
  return bytes >= GIB ? `${(bytes / GIB).toFixed(1)} GiB` : `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}
