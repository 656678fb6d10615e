// Fills a folder with a copy of a tree: content, modes, times, links, and names of one file as names of one file. What
// can't be read or isn't a plain file is stood in for by an empty one: a run sees no more of it in the real workspace.
import { chmodSync, lchownSync, linkSync, lstatSync, lutimesSync, mkdirSync, readlinkSync, symlinkSync, utimesSync, type BigIntStats } from 'node:fs';
import { Fault, systemCode } from '../model/fault.ts';
import { seconds } from './commit-content.ts';
import { copyOneFile, standIn } from './rehearse-copy-file.ts';
import { CopyRecord } from './rehearse-copy-record.ts';
import { bytesOf, spelled, walkTree, type TreeEntry } from './rehearse-copy-tree.ts';

export interface Filled {
  readonly record: CopyRecord;
  /** In words, what isn't in the copy as it is in the original. */
  readonly limits: readonly string[];
}

interface Tied {
  readonly to: Buffer;
  readonly names: { readonly path: string; readonly original: BigIntStats }[];
}

const ALL_BITS = 0o7777n;

/**
 * @param to an empty folder of ours, in which nobody else writes. @param skips folders (bytes as Latin-1) that stay empty.
 * @throws `rehearsal.deep`, `rehearsal.space`, the signal's reason, the system's error. What was copied is left to the caller.
 */
export async function fillCopy(from: string, to: string, skips: ReadonlySet<string>, signal?: AbortSignal): Promise<Filled> {
  const fill = new Fill(from, to, skips);
  const top = lstatSync(from, { bigint: true });
  try {
    await walkTree(from, { entry: (entry) => fill.entry(entry), closed: (path) => fill.closed(path), ...(signal === undefined ? {} : { signal }) });
    fill.end(top);
  } catch (error) {
    throw inWords(error, from);
  }
  return { record: fill.record, limits: fill.limits };
}

class Fill {
  readonly record: CopyRecord;
  readonly limits: string[] = [];
  readonly #to: string;
  readonly #skips: ReadonlySet<string>;
  readonly #folders: TreeEntry[] = [];
  readonly #tied = new Map<string, Tied>();

  constructor(from: string, to: string, skips: ReadonlySet<string>) {
    this.record = new CopyRecord(from);
    this.#to = to;
    this.#skips = skips;
  }

  async entry(entry: TreeEntry): Promise<boolean> {
    const { path, stat, at } = entry;
    const to = bytesOf(this.#to, path);
    if (stat.isDirectory()) {
      mkdirSync(to, 0o700);
      this.#folders.push(entry);
      return !this.#skips.has(path);
    }
    if (stat.isSymbolicLink()) this.#link(path, stat, at, to);
    else if (!stat.isFile()) this.record.add(path, standIn(to, stat), stat);
    else await this.#file(path, stat, at, to);
    return false;
  }

  closed(path: string): void {
    this.record.close(path);
    this.#unreadable(path);
  }

  #unreadable(path: string): void {
    this.limits.push(`unreadable: ${spelled(path)} can't be read by this user, so it was empty in the copy`);
  }

  /** Folders get their looks when nothing is put into them any more. */
  end(top: BigIntStats): void {
    for (const { path, stat } of this.#folders.toReversed()) this.#closeFolder(path, stat);
    this.#closeFolder('', top);
    for (const { to, names } of this.#tied.values()) {
      const own = lstatSync(to, { bigint: true });
      for (const { path, original } of names) this.record.add(path, own, original);
    }
  }

  #closeFolder(path: string, stat: BigIntStats): void {
    const to = bytesOf(this.#to, path);
    keepOwner(to, stat);
    utimesSync(to, seconds(stat.mtimeNs), seconds(stat.mtimeNs));
    chmodSync(to, Number(stat.mode & ALL_BITS));
    this.record.add(path, lstatSync(to, { bigint: true }), stat);
  }

  #link(path: string, stat: BigIntStats, at: Buffer, to: Buffer): void {
    const target = targetOf(at);
    if (target === null) return;
    symlinkSync(target, to);
    keepOwner(to, stat);
    lutimesSync(to, seconds(stat.mtimeNs), seconds(stat.mtimeNs));
    this.record.add(path, lstatSync(to, { bigint: true }), stat, target);
  }

  async #file(path: string, stat: BigIntStats, at: Buffer, to: Buffer): Promise<void> {
    const key = `${stat.dev} ${stat.ino}`;
    const tied = stat.nlink > 1n ? this.#tied.get(key) : undefined;
    if (tied !== undefined) {
      linkSync(tied.to, to);
      tied.names.push({ path, original: stat });
      return;
    }
    const copied = await copyOneFile(at, to, stat);
    if (copied === null) return;
    if (!copied.read) this.#unreadable(path);
    if (stat.nlink > 1n) this.#tied.set(key, { to, names: [{ path, original: copied.original }] });
    else this.record.add(path, copied.own, copied.original);
  }
}

/** Only root can give away what it made; to others all in a copy is theirs. */
function keepOwner(to: Buffer, { uid, gid }: BigIntStats): void {
  if (process.getuid?.() !== 0) return;
  const made = lstatSync(to, { bigint: true });
  if (made.uid !== uid || made.gid !== gid) lchownSync(to, Number(uid), Number(gid));
}

/** Null when it is no link any more. */
function targetOf(at: Buffer): Buffer | null {
  try {
    return readlinkSync(at, 'buffer');
  } catch (error) {
    if (['EINVAL', 'ENOENT'].includes(systemCode(error))) return null;
    throw error;
  }
}

function inWords(error: unknown, from: string): unknown {
  if (error instanceof Fault) return error;
  switch (systemCode(error)) {
    case 'ENAMETOOLONG':
      return new Fault('rehearsal.deep', `${from} can't be copied for a rehearsal: a path in the copy would be longer than the system takes`, 'Register a folder inside it as the workspace.', { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new Fault('rehearsal.space', `the disk became full while ${from} was copied for a rehearsal`, 'Free some of it, or move the state to another: set XDG_STATE_HOME.', { cause: error });
    default:
      return error;
  }
}
