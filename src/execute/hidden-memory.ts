// What a search for secrets learned of a folder, kept while the folder itself proves that no name in it has changed
// since: by device, inode and times. Its change time can't be set back, so what is added, or renamed into place, is
// always noticed. It relies on no file system of which that isn't known, and on no folder that has just changed.
import { lstatSync, readdirSync, statfsSync, statSync, type Dirent, type Stats } from 'node:fs';

/** What of a folder's entries matters to a search. An entry can be two things. */
export interface Mark {
  readonly name: string;
  readonly kind: 'repository' | 'door' | 'folder' | 'file' | 'link' | 'outside';
}

export interface Contents {
  readonly entries: number;
  readonly marks: readonly Mark[];
  /** Names of the folders that are searched too. */
  readonly below: readonly string[];
  /** Of those that are searched when all others are. */
  readonly last: readonly string[];
}

/** Kept from search to search, and changed by `look` alone. */
export interface Folder {
  readonly path: string;
  /** None: what was read can't be relied on the next time. */
  stamp: Stamp | undefined;
  /** Ours, but it can't be looked into now: a run could change its mode, and look. */
  closed: boolean;
  entries: number;
  marks: readonly Mark[];
  below: readonly Folder[];
  last: readonly Folder[];
}

type Stamp = Pick<Stats, 'dev' | 'ino' | 'mtimeMs' | 'ctimeMs'>;

/**
 * Milliseconds that a folder must have been at rest before it was read. Times are kept in steps (of 2 s at the worst): a
 * change in the same step as the one before leaves no trace in them.
 */
const REST = 2_500;
/** Local ones that stamp a folder with this machine's clock whenever a name in it changes: ext, tmpfs, xfs, btrfs, f2fs, zfs, bcachefs. An overlay doesn't, when a layer below changes. */
const RELIABLE = new Set([0xef53, 0x0102_1994, 0x5846_5342, 0x9123_683e, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e]);
const OWN_SEARCH = 0o100;
const MOST_TREES = 24;
/** Folders that are remembered of one tree. */
const MOST_FOLDERS = 50_000;
const trees = new Map<string, Folder>();

/** One search of a tree. What it is told by `read` must follow from the path and the entries, and from `rule`, alone. */
export class Memory {
  readonly top: Folder;
  /** False where every folder is read each time. */
  readonly keeps: boolean;
  readonly #key: string;
  readonly #read: (path: string, entries: readonly Dirent[]) => Contents;
  /** The only one whose stamps are relied on; NaN for none. */
  readonly #device: number;
  #folders = 0;

  /** @throws the system's error when the root can't be looked at. */
  constructor(root: string, rule: string, read: (path: string, entries: readonly Dirent[]) => Contents) {
    this.#key = `${root}\0${rule}`;
    this.#read = read;
    this.keeps = isReliable(root);
    this.#device = this.keeps ? statSync(root).dev : Number.NaN;
    const known = trees.get(this.#key) ?? unread(root);
    trees.delete(this.#key);
    trees.set(this.#key, known);
    const [oldest] = trees.keys();
    if (trees.size > MOST_TREES && oldest !== undefined) trees.delete(oldest);
    this.top = known;
  }

  /**
   * Brings what is known of a folder up to date. Somebody else's that can't be read is empty: a run can't read it either.
   * @returns true when it had to be read. @throws the system's error when that folder is the root.
   */
  look(folder: Folder): boolean {
    const now = Date.now();
    const stat = statOf(folder, this.top);
    const same = stat !== undefined && isSame(folder.stamp, stat);
    if (!same) this.#learn(folder, stat, now);
    this.#folders += folder.below.length + folder.last.length;
    if (this.#folders > MOST_FOLDERS) trees.delete(this.#key);
    return !same;
  }

  #learn(folder: Folder, stat: Stats | undefined, now: number): void {
    // INVARIANT: the stamp is older than what is read under it, so a change in between is seen as one the next time.
    folder.stamp = undefined;
    const entries = stat === undefined ? undefined : entriesOf(folder, this.top);
    folder.closed = stat !== undefined && folder !== this.top && isClosed(stat, entries);
    const { marks, below, last, ...counted } = this.#read(folder.path, folder.closed ? [] : (entries ?? []));
    const before = new Map([...folder.below, ...folder.last].map((one) => [one.path, one]));
    const known = (name: string): Folder => before.get(`${folder.path}/${name}`) ?? unread(`${folder.path}/${name}`);
    folder.entries = counted.entries;
    folder.marks = marks;
    folder.below = below.map(known);
    folder.last = last.map(known);
    if (stat === undefined || entries === undefined || stat.dev !== this.#device || stat.ctimeMs > now - REST) return;
    const { dev, ino, mtimeMs, ctimeMs } = stat;
    folder.stamp = { dev, ino, mtimeMs, ctimeMs };
  }
}

/** True where the file system is one whose folders can be relied on to tell of a change. */
export function isReliable(path: string): boolean {
  return RELIABLE.has(statfsSync(path).type);
}

function unread(path: string): Folder {
  return { path, stamp: undefined, closed: false, entries: 0, marks: [], below: [], last: [] };
}

function isSame(stamp: Stamp | undefined, stat: Stats): boolean {
  return stamp !== undefined && stamp.ino === stat.ino && stamp.ctimeMs === stat.ctimeMs && stamp.mtimeMs === stat.mtimeMs && stamp.dev === stat.dev;
}

function isClosed(stat: Stats, entries: readonly Dirent[] | undefined): boolean {
  const user = process.getuid?.();
  return stat.uid === user && (entries === undefined || (user !== 0 && (stat.mode & OWN_SEARCH) === 0));
}

/** Undefined when it is no folder any more, or out of reach. */
function statOf(folder: Folder, top: Folder): Stats | undefined {
  if (folder === top) return statSync(folder.path);
  try {
    const stat = lstatSync(folder.path);
    return stat.isDirectory() ? stat : undefined;
  } catch {
    return undefined;
  }
}

function entriesOf(folder: Folder, top: Folder): readonly Dirent[] | undefined {
  try {
    // Synchronous: a folder of source code is read in 10 µs, a trip to the thread pool costs more.
    return readdirSync(folder.path, { withFileTypes: true });
  } catch (error) {
    if (folder === top) throw error;
    return undefined;
  }
}
