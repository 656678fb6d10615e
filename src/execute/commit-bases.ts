// Looks at what is there before anything lands: is each base what was judged? Changes nothing. What differs is a
// conflict with three sides; what can't be done at all (no right, another disk) is Refused.
import { accessSync, closeSync, constants, readdirSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Clash } from '../model/effects.ts';
import { systemCode } from '../model/fault.ts';
import { childOf, nameOf, parentOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { readLink, type Entry, type Folder } from './beneath-folder.ts';
import { digestOfOpen, isWas, matchesOpen, openPlain, wasOf } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import { digestOfSide, isLeaf, makes, removes, takes, type Step } from './commit-steps.ts';
import { inWords, Refused, shown } from './files-refused.ts';
import type { Intent, Move, Was } from './journal.ts';

/**
 * Three sides of a name: what was judged to be there, what is there, what was to be there. Digests of files and link
 * targets. `kept`: the copy that an undo would restore is not what was kept.
 */
export type Conflict = Clash;

export interface Ground {
  readonly moves: readonly Move[];
  readonly conflicts: readonly Conflict[];
  readonly opened: Intent['opened'];
}

export interface Rules {
  /** Wall ms: a base that changed after this may not be what the command saw, whatever its content is now. */
  readonly started: number;
  /** Bases that we landed ourselves since: for them this is the time (wall ms). Content is compared all the same. */
  readonly later?: { readonly paths: ReadonlySet<WorkPath>; readonly at: number };
  /** What a file that we may not read is known to hold, by what it is (as isWas tells); null when it isn't known. */
  readonly known?: (path: WorkPath, stat: BigIntStats) => Digest | null;
  /** A change of mode or time alone leaves other names of the same file as they are. */
  readonly breakLinks: boolean;
}

/** A later write within one tick of the system's clock shows in no time stamp; ticks are at most 10 ms. In milliseconds. */
const TICK = 50;

/** Throws Refused: denied, read-only, other-disk, closed, special, link. */
export async function lookAtBases(root: Root, steps: readonly Step[], rules: Rules): Promise<Ground> {
  const look = new Look(root, steps, rules);
  try {
    for (const step of steps) await look.at(step);
    return look.ground();
  } finally {
    look.parents.close();
  }
}

class Look {
  readonly parents: Parents;
  readonly #root: Root;
  readonly #rules: Rules;
  readonly #made: ReadonlySet<WorkPath>;
  readonly #gone: ReadonlySet<WorkPath>;
  readonly #staged = new Map<WorkPath, string>();
  readonly #moves: Move[] = [];
  readonly #conflicts: { readonly conflict: Conflict; readonly entry?: Entry }[] = [];
  readonly #opened = new Map<WorkPath, number>();
  readonly #writable = new Set<WorkPath>();

  constructor(root: Root, steps: readonly Step[], rules: Rules) {
    this.parents = new Parents(root, true);
    this.#root = root;
    this.#rules = rules;
    this.#made = new Set(steps.filter(makes).map(({ path }) => path));
    this.#gone = new Set(steps.filter((step) => takes(step) || removes(step)).map(({ path }) => path));
  }

  ground(): Ground {
    // A name that differs in case only is the very file that goes away first, where the disk folds case.
    const going = this.#moves.filter(({ was, path }) => was !== null && this.#gone.has(path));
    const conflicts = this.#conflicts.filter(({ conflict: { path }, entry }) => entry === undefined || !going.some((one) => one.was !== null && one.path.toLowerCase() === path.toLowerCase() && isWas(entry.stat, one.was)));
    return { moves: this.#knownByContent(), conflicts: conflicts.map(({ conflict }) => conflict), opened: [...this.#opened].map(([path, mode]) => ({ path, mode })) };
  }

  /** Names of one file: handling one moves the change time of all, so that the others are known by their content. */
  #knownByContent(): readonly Move[] {
    const names = new Map<string, number>();
    const fileOf = ({ was }: Move): string => (was === null || was.links < 2 ? '' : `${was.dev} ${was.ino}`);
    for (const move of this.#moves) names.set(fileOf(move), (names.get(fileOf(move)) ?? 0) + 1);
    return this.#moves.map((move) => (fileOf(move) !== '' && (names.get(fileOf(move)) ?? 0) > 1 ? { ...move, recent: true } : move));
  }

  async at(step: Step): Promise<void> {
    // Nothing can be in a folder that isn't there yet; whether it is, its own step looks.
    if (step.base.type === 'none' && this.#made.has(parentOf(step.path))) return this.#move(step, null);
    const folder = this.parents.of(step.path);
    if (folder === null) return this.#conflict(step, 'gone', null);
    const entry = folder.peek(nameOf(step.path));
    if (entry !== null) this.#root.admit(entry.stat, step.path);
    const inPlace = await this.#compare(step, folder, entry);
    if (!inPlace) this.#needWritable(folder);
  }

  /** True when only a mode or a time changes, and so no name does. */
  async #compare(step: Step, folder: Folder, entry: Entry | null): Promise<boolean> {
    const { base, wanted } = step;
    if (entry === null || base.type === 'none') {
      if (entry !== null) this.#conflicts.push({ conflict: this.#sides(step, 'appeared', await this.#now(folder, step, entry)), entry });
      else if (base.type !== 'none') this.#conflict(step, 'gone', null);
      this.#move(step, null);
      return false;
    }
    if (entry.type !== base.type) {
      this.#conflict(step, 'type', await this.#now(folder, step, entry));
      return false;
    }
    if (base.type === 'folder') return this.#compareFolder(step, entry);
    const target = base.type === 'link' ? readLink(folder, nameOf(step.path), step.path) : null;
    const { stat } = entry;
    const { ok, now, unread = false } = base.type === 'link' ? matchesTarget(target, base.digest) : await this.#compareFile(step, folder, stat, base.digest);
    const since = this.#since(step.path);
    const later = Number(stat.ctimeNs) / 1e6 > since;
    const otherMode = base.type === 'file' && base.mode !== null && (Number(stat.mode) & 0o777) !== base.mode;
    if (!ok || (later && Number(stat.mtimeNs) / 1e6 > since)) this.#conflict(step, 'changed', now);
    else if (later || otherMode) this.#conflict(step, 'mode', now);
    const same = base.type === 'file' && wanted.type === 'file' && base.digest === wanted.digest && wanted.mode !== null;
    const inPlace = same && (!this.#rules.breakLinks || stat.nlink === 1n);
    // From here on by its bytes, also where it was judged by what it is: moving it changes that.
    const known = base.type === 'file' && now !== null && ok ? { ...step, base: { ...base, digest: now } } : step;
    this.#move(known, wasOf(stat, target), inPlace, !unread && Date.now() - Number(stat.ctimeNs) / 1e6 < TICK);
    return inPlace;
  }

  #since(path: WorkPath): number {
    const { started, later } = this.#rules;
    return later?.paths.has(path) === true ? Math.max(started, later.at) : started;
  }

  #compareFolder(step: Step, entry: Entry): boolean {
    const { path, base, wanted } = step;
    if (base.type === 'folder' && base.mode !== null && (Number(entry.stat.mode) & 0o1777) !== (base.mode & 0o1777)) this.#conflict(step, 'mode', null);
    this.#move(step, wasOf(entry.stat, null));
    if (wanted.type === 'folder') return true;
    const own = this.parents.folder(path);
    if (own === null) this.#conflict(step, 'gone', null);
    else {
      this.#root.keepClosed(own);
      if (namesOf(own).some((name) => !this.#gone.has(childOf(path, name)))) this.#conflict(step, 'changed', null);
    }
    return false;
  }

  async #compareFile(step: Step, folder: Folder, stat: BigIntStats, digest: Digest): Promise<Compared> {
    const known = this.#isClosed(stat) ? (this.#rules.known?.(step.path, stat) ?? null) : null;
    if (known !== null) return { ok: known === digest, now: known, unread: true };
    const open = this.#open(step, folder);
    if (open === null) return { ok: false, now: null };
    try {
      return await matchesOpen(open.fd, open.stat, digest);
    } finally {
      closeSync(open.fd);
    }
  }

  /** The digest of what is there, for the card; null for what has none. */
  async #now(folder: Folder, step: Step, { type }: Entry): Promise<Digest | null> {
    if (type === 'link') return sha256(readLink(folder, nameOf(step.path), step.path) ?? '');
    const open = type === 'file' ? this.#open(step, folder) : null;
    if (open === null) return null;
    try {
      return await digestOfOpen(open.fd, open.stat);
    } finally {
      closeSync(open.fd);
    }
  }

  /** To its owner, who is us and not root: nothing but a change of its mode opens it. */
  #isClosed(stat: BigIntStats): boolean {
    return (stat.mode & 0o400n) === 0n && Number(stat.uid) === process.getuid?.() && stat.uid !== 0n;
  }

  #open({ path }: Step, folder: Folder): ReturnType<typeof openPlain> {
    try {
      return openPlain(folder.at(nameOf(path)));
    } catch (error) {
      throw inWords(error, path);
    }
  }

  /** As root the system would let us; a disk that is read-only lets nobody. A folder of our own is opened while we work, and closed again. */
  #needWritable(folder: Folder): void {
    if (this.#writable.has(folder.path)) return;
    this.#writable.add(folder.path);
    try {
      accessSync(folder.self(), constants.W_OK | constants.X_OK);
    } catch (error) {
      if (systemCode(error) !== 'EACCES') throw inWords(error, folder.path);
      if (Number(folder.stat.uid) !== process.getuid?.()) throw new Refused('denied', `the folder ${shown(folder.path)} can't be written to: the system denies this user the right.`);
      this.#opened.set(folder.path, Number(folder.stat.mode) & 0o7777);
    }
  }

  #move(step: Step, was: Was | null, inPlace = false, recent = false): void {
    const kept = isLeaf(step.base) && step.base.type === 'file' && !inPlace ? 'copied' : 'none';
    const n = this.#moves.length;
    const above = this.#made.has(parentOf(step.path)) ? this.#staged.get(parentOf(step.path)) : undefined;
    const staged = above === undefined ? `n${n}` : `${above}/${nameOf(step.path)}`;
    if (makes(step)) this.#staged.set(step.path, staged);
    this.#moves.push({ ...step, n, was, fresh: null, inPlace, staged, inside: above !== undefined, recent, kept });
  }

  #conflict(step: Step, why: Conflict['why'], now: Digest | null): void {
    this.#conflicts.push({ conflict: this.#sides(step, why, now) });
  }

  #sides({ path, base, wanted }: Step, why: Conflict['why'], now: Digest | null): Conflict {
    return { path, why, base: digestOfSide(base), now, wanted: digestOfSide(wanted) };
  }
}

/** A name that isn't UTF-8 comes back changed, and so is none that was judged. */
function namesOf(folder: Folder): readonly string[] {
  try {
    return readdirSync(folder.self());
  } catch (error) {
    throw inWords(error, folder.path);
  }
}

interface Compared {
  readonly ok: boolean;
  readonly now: Digest | null;
  /** Told by what it is, not by its bytes. */
  readonly unread?: boolean;
}

function matchesTarget(target: string | null, digest: Digest): Compared {
  const now = target === null ? null : sha256(target);
  return { ok: now === digest, now };
}
