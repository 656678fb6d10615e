// Walks what a rehearsal wrote and compares it with what was there before: an overlay's upper folder holds new and
// changed entries, whiteouts for what is gone, and folders that hide what lies below them. Cost follows the change:
// nothing is listed that wasn't touched. What can't land is named, never left out.
import { chmodSync, constants, readdirSync, readlinkSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_SHA256, type Change, type FileType, type Unlandable } from '../model/effects.ts';
import { sha256 } from '../model/digest.ts';
import { systemCode } from '../model/fault.ts';
import { childOf, PATH_BYTES } from '../model/path.ts';
import { beforeIn, statOf, type Before, type Stat } from './effects-before.ts';
import { isSameIndex, mostOfIndex } from './effects-git.ts';
import { readContent, type Content, type Reading } from './effects-content.ts';

export interface Sides {
  /** What was written. */
  readonly upper: string;
  /** What was there before. */
  readonly base: string;
  /** Both as one: the world as it was left. */
  readonly merged: string;
  /** Layers of a draft that `base` shows: each of their files has a second name that is the draft's own. */
  readonly drafted?: readonly string[];
  /** Of such a file in `upper`: was it known by more than one name when it was made? */
  readonly linked?: (made: BigIntStats) => boolean;
  /** Where the upper folder is a whole copy and so holds what wasn't written too: what was put there. */
  readonly before?: Before;
}

export interface Walked {
  readonly changes: Change[];
  /** For diffs, by path; only as many as a person can be shown. */
  readonly before: Map<string, Content>;
  readonly after: Map<string, Content>;
  /** Permissions of what was deleted. */
  readonly modes: Map<string, number>;
  readonly limits: Set<string>;
  readonly unlandable: Unlandable[];
  /** Files and folders that were written, also those of which nothing is a change; for what a mode doesn't say. */
  readonly looked: Map<string, { readonly was: Stat | null; readonly after: Stat; readonly folder: boolean; readonly rewritten: boolean }>;
}

/** Bits of a mode that land. A new folder gets the group bit from its parent by itself. */
const LANDING_BITS = 0o1777n;
const ALL_BITS = 0o7777n;
const RAISING_BITS = 0o6000n;
const GROUP_BIT = 0o2000n;
const OWNER_FOLDER_BITS = 0o700n;
const OWNER_READ_BIT = 0o400n;
const STICKY_BIT = 0o1000n;
/** The kernel takes no longer path; some is left for the folder that the view lies in. */
const MOST_PATH = 3900;
const STRETCH = 100;
/** In nanoseconds. */
const MICROSECOND = 1000n;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function walkUpper(sides: Sides, reading: Reading): Promise<Walked> {
  const walk = new Walk(sides, reading);
  await walk.top();
  return walk.walked;
}

type Kind = FileType | 'whiteout' | 'special';

class Walk {
  readonly walked: Walked = { changes: [], before: new Map(), after: new Map(), modes: new Map(), limits: new Set(), unlandable: [], looked: new Map() };
  readonly #sides: Sides;
  readonly #reading: Reading;
  readonly #before: Before;
  readonly #user = BigInt(process.getuid?.() ?? 0);
  #seen = 0;

  constructor(sides: Sides, reading: Reading) {
    this.#sides = sides;
    this.#reading = reading;
    this.#before = sides.before ?? beforeIn(sides.base);
  }

  async top(): Promise<void> {
    const [after, before] = [statOf(this.#sides.upper), this.#before.at('.')];
    if (after !== null && before !== null && (after.mode & ALL_BITS) !== (before.mode & ALL_BITS)) this.#refuse('.', "the permissions of the workspace's own folder are never changed");
    if (after !== null) await this.#folder('.', after, before);
  }

  /** @param before null when there was no such folder, so that all in it is new. */
  async #folder(path: string, after: BigIntStats, before: Stat | null): Promise<void> {
    if (Buffer.byteLength(path) > MOST_PATH || Buffer.byteLength(join(this.#sides.upper, path)) > PATH_BYTES - 300) {
      return this.#refuse(path, 'it lies too deep: its path would be longer than the system takes');
    }
    const made = join(this.#sides.upper, path);
    // What the run made unreadable is ours all the same; nobody but us sees it here.
    const shut = (after.mode & OWNER_FOLDER_BITS) !== OWNER_FOLDER_BITS;
    if (shut) chmodSync(made, 0o700);
    try {
      await this.#inFolder(path, after, before);
    } finally {
      if (shut) chmodSync(made, Number(after.mode & ALL_BITS));
    }
  }

  async #inFolder(path: string, after: BigIntStats, before: Stat | null): Promise<void> {
    const names = readdirSync(join(this.#sides.upper, path), 'buffer');
    const said = new Set<string>();
    for (const bytes of names) {
      await this.#breathe();
      const name = nameOf(bytes);
      said.add(Buffer.from(bytes).toString('latin1'));
      if (name === null) {
        if (!this.#isStillBelow(join(Buffer.from(path).toString('latin1'), Buffer.from(bytes).toString('latin1')))) this.#refuse(childOf(path, spell(bytes)), "its name isn't text (UTF-8)");
        continue;
      }
      await this.#entry(childOf(path, name), before, after);
    }
    if (before !== null) await this.#hiddenBelow(path, said);
  }

  async #entry(path: string, parentBefore: Stat | null, parentAfter: BigIntStats): Promise<void> {
    const after = statOf(join(this.#sides.upper, path));
    if (after === null) return;
    const before = parentBefore === null ? null : this.#before.at(path);
    const kind = kindOf(after);
    if (before !== null && this.#before.isStill(Buffer.from(path).toString('latin1'), after)) return kind === 'folder' ? this.#folder(path, after, before) : undefined;
    if (before !== null && kind !== 'folder') this.#sayEdited(path);
    if (before !== null && before.uid !== this.#user) this.walked.limits.add(`another owner: ${path} belongs to another user, who stays its owner only if it isn't landed`);
    switch (kind) {
      case 'whiteout':
        if (before !== null) await this.#gone(path, before);
        return;
      case 'special':
        return this.#refuse(path, `it is a ${specialWords(after)}, which is never landed`);
      case 'folder':
        return this.#folderEntry(path, after, before, parentAfter);
      case 'link':
        return this.#linkEntry(path, after, before);
      case 'file':
        return this.#fileEntry(path, after, before);
    }
  }

  async #folderEntry(path: string, after: BigIntStats, before: Stat | null, parent: BigIntStats): Promise<void> {
    const was = before !== null && kindOf(before) === 'folder' ? before : null;
    if (before !== null && was === null) await this.#gone(path, before);
    this.walked.looked.set(path, { was, after, folder: true, rewritten: false });
    const inherited = parent.mode & GROUP_BIT;
    if ((after.mode & RAISING_BITS & ~inherited) !== 0n && was?.mode !== after.mode) this.#refuse(path, 'it hands its group or owner on (set-id bit), which is never landed');
    else if (was === null) this.walked.changes.push({ change: 'created', path, type: 'folder', mode: modeOf(after), size: 0, after: EMPTY_SHA256 });
    else if ((was.mode & ALL_BITS) !== (after.mode & ALL_BITS)) this.#folderMode(path, was, after);
    await this.#folder(path, after, was);
  }

  #folderMode(path: string, was: Stat, after: BigIntStats): void {
    this.walked.changes.push({ change: 'changed', path, type: 'folder', mode: modeOf(after), size: 0, before: EMPTY_SHA256, after: EMPTY_SHA256, only: 'mode', modeBefore: modeOf(was) });
  }

  async #linkEntry(path: string, after: BigIntStats, before: Stat | null): Promise<void> {
    const target = readlinkSync(join(this.#sides.upper, path), 'buffer');
    const said = nameOf(target);
    if (said === null) return this.#refuse(path, "what the link leads to isn't text (UTF-8)");
    const link = { path, type: 'link', mode: modeOf(after), size: target.length, after: sha256(target), target: said } as const;
    if (before === null || kindOf(before) !== 'link') {
      if (before !== null) await this.#gone(path, before);
      this.walked.changes.push({ change: 'created', ...link });
      return;
    }
    const old = sha256(this.#before.target(path));
    if (old !== link.after) this.walked.changes.push({ change: 'changed', ...link, before: old });
    else if (!isSameTime(before, after)) this.walked.changes.push({ change: 'changed', ...link, before: old, only: 'times', time: timeOf(after) });
  }

  async #fileEntry(path: string, after: BigIntStats, before: Stat | null): Promise<void> {
    const names = this.#sides.linked === undefined ? after.nlink : this.#sides.linked(after) ? 2n : 1n;
    if (names > 1n) this.walked.limits.add(`hard link: ${path} and another name were one file in the rehearsal; they land as separate files`);
    const was = before !== null && kindOf(before) === 'file' ? before : null;
    if ((after.mode & RAISING_BITS) !== 0n && was?.mode !== after.mode) return this.#refuse(path, 'it runs with the rights of its owner or group (set-id bit), which is never landed');
    const made = join(this.#sides.upper, path);
    if ((after.mode & STICKY_BIT) !== 0n) return this.#refuse(path, 'it has the sticky bit, which is never landed');
    const shut = (after.mode & OWNER_READ_BIT) === 0n;
    if (shut) chmodSync(made, 0o600);
    const most = mostOfIndex(path);
    const fresh = await readContent(made, this.#reading, most);
    if (shut) chmodSync(made, Number(after.mode & ALL_BITS));
    if (fresh === null) return this.#refuse(path, 'it is too large to be looked at');
    const file = { path, type: 'file', mode: modeOf(after), size: Number(after.size), after: fresh.digest } as const;
    if (was === null) {
      this.walked.looked.set(path, { was, after, folder: false, rewritten: true });
      if (before !== null) await this.#gone(path, before);
      this.walked.changes.push({ change: 'created', ...file });
      this.walked.after.set(path, fresh);
      return;
    }
    const old = await readContent(join(this.#sides.base, path), this.#reading, most);
    if (old === null) return this.#refuse(path, "what was there before can't be read whole");
    this.walked.looked.set(path, { was, after, folder: false, rewritten: old.digest !== fresh.digest });
    const sameMode = (was.mode & ALL_BITS) === (after.mode & ALL_BITS);
    if (old.digest === fresh.digest && sameMode && isSameTime(was, after)) return;
    if (sameMode && isSameIndex(path, old, fresh)) return;
    // In a copy that kept the tie, the other names changed with it and are told themselves.
    if (was.nlink > names && !this.#isDrafted(path)) this.walked.limits.add(`hard link: ${path} has other names, which keep the old file`);
    const only = old.digest !== fresh.digest ? {} : sameMode ? { only: 'times' as const, time: timeOf(after) } : { only: 'mode' as const };
    this.walked.changes.push({ change: 'changed', ...file, before: old.digest, ...only, ...(sameMode ? {} : { modeBefore: modeOf(was) }) });
    if (old.digest === fresh.digest) return;
    this.walked.before.set(path, old);
    this.walked.after.set(path, fresh);
  }

  /** All that was at `path`, named one by one. */
  async #gone(path: string, before: Stat): Promise<void> {
    await this.#breathe();
    if (kindOf(before) !== 'folder') this.#sayEdited(path);
    this.walked.modes.set(path, modeOf(before));
    switch (kindOf(before)) {
      case 'whiteout':
      case 'special':
        return this.#refuse(path, `it was a ${specialWords(before)} and is gone; that is never landed`);
      case 'link':
        this.walked.changes.push({ change: 'deleted', path, type: 'link', before: sha256(this.#before.target(path)) });
        return;
      case 'folder':
        if (this.#before.isClosed(path)) return this.#refuse(path, "it is gone, and what was in it can't be read");
        this.walked.changes.push({ change: 'deleted', path, type: 'folder', before: EMPTY_SHA256 });
        for (const name of this.#namesBefore(path)) await this.#goneBelow(path, Buffer.from(name, 'latin1'));
        return;
      case 'file': {
        const old = await readContent(join(this.#sides.base, path), this.#reading);
        if (old === null) return this.#refuse(path, "it is gone, and what it held can't be read whole");
        if (before.nlink > 1n && !this.#isDrafted(path)) this.walked.limits.add(`hard link: ${path} has other names, which keep the old file`);
        this.walked.changes.push({ change: 'deleted', path, type: 'file', before: old.digest });
        this.walked.before.set(path, old);
      }
    }
  }

  async #goneBelow(path: string, bytes: Uint8Array): Promise<void> {
    const name = nameOf(bytes);
    if (name === null) return this.#refuse(childOf(path, spell(bytes)), "it is gone, and its name isn't text (UTF-8)");
    const before = this.#before.at(childOf(path, name));
    if (before !== null) await this.#gone(childOf(path, name), before);
  }

  /**
   * A folder that was removed and made again hides all that was in it without a word in the upper folder. Node can't
   * read the mark, so names of before are looked up in the world as it was left: the first that is there settles it.
   */
  async #hiddenBelow(path: string, said: ReadonlySet<string>): Promise<void> {
    const hidden: Buffer[] = [];
    for (const name of this.#namesBefore(path)) {
      await this.#breathe();
      if (said.has(name)) continue;
      const bytes = Buffer.from(name, 'latin1');
      if (statOf(Buffer.concat([Buffer.from(`${join(this.#sides.merged, path)}/`), bytes])) !== null) return;
      hidden.push(bytes);
    }
    for (const bytes of hidden) await this.#goneBelow(path, bytes);
  }

  *#namesBefore(path: string): Iterable<string> {
    try {
      yield* this.#before.names(path);
    } catch (error) {
      if (!['EACCES', 'EPERM'].includes(systemCode(error))) throw error;
      this.#refuse(path, "what was in it before can't be listed");
    }
  }

  /** Of names that aren't text: nothing was done to it or in it. @param path its bytes as Latin-1. */
  #isStillBelow(path: string): boolean {
    const at = Buffer.concat([Buffer.from(`${this.#sides.upper}/`), Buffer.from(path, 'latin1')]);
    const now = statOf(at);
    if (now === null || !this.#before.isStill(path, now)) return false;
    return !now.isDirectory() || readdirSync(at, 'latin1').every((name) => this.#isStillBelow(join(path, name)));
  }

  #sayEdited(path: string): void {
    if (this.#before.isEdited(path)) this.walked.limits.add(`edited meanwhile: ${path} changed in the workspace while the command ran on a copy of it`);
  }

  #isDrafted(path: string): boolean {
    return this.#sides.drafted?.some((layer) => statOf(join(layer, path))?.isFile() === true) === true;
  }

  #refuse(path: string, why: string): void {
    this.walked.unlandable.push({ path, why });
  }

  async #breathe(): Promise<void> {
    if (++this.#seen % STRETCH !== 0) return;
    await new Promise((resume) => setImmediate(resume));
    this.#reading.signal?.throwIfAborted();
  }
}

function kindOf({ mode, rdev }: Stat): Kind {
  switch (Number(mode) & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'folder';
    case constants.S_IFLNK:
      return 'link';
    case constants.S_IFCHR:
      return rdev === 0n ? 'whiteout' : 'special';
    default:
      return 'special';
  }
}

function specialWords({ mode }: Stat): string {
  const type = Number(mode) & constants.S_IFMT;
  if (type === constants.S_IFIFO) return 'named pipe';
  return type === constants.S_IFSOCK ? 'socket' : 'device';
}

function timeOf({ mtimeNs }: Stat): number {
  return Number(mtimeNs / 1_000_000n);
}

/** What has landed has its time to within the precision of the calls that set it. */
function isSameTime(a: Stat, b: Stat): boolean {
  const apart = a.mtimeNs - b.mtimeNs;
  return -MICROSECOND < apart && apart < MICROSECOND;
}

function modeOf(stat: Stat): number {
  return Number(stat.mode & LANDING_BITS);
}

function nameOf(bytes: Uint8Array): string | null {
  try {
    return text.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes that aren't text, for people: what isn't ASCII is written out. */
function spell(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('');
}
