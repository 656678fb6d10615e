// Plays what a run did on a copy again in a layered view, so that it can be taken into a draft like any rehearsal. What
// comes of it is read from the view and must be what was judged; else it counts for nothing.
import { chmodSync, lutimesSync, mkdirSync, rmdirSync, statSync, symlinkSync, unlinkSync, utimesSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { Change, FileType } from '../model/effects.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { nameOf, parentOf } from '../model/path.ts';
import { Root } from './beneath.ts';
import { readLink, type Folder } from './beneath-folder.ts';
import { seconds } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import { effectsOf } from './effects.ts';
import { copyOneFile } from './rehearse-copy-file.ts';
import type { Prepared } from './rehearse-view.ts';

const ALL_BITS = 0o7777n;
const OPEN_BITS = 0o700;

/**
 * @param source of rehearseInCopy. @param prepared over what was copied, and unused. It stays the caller's, whose `upper` then holds the changes.
 * @throws `rehearsal.replay` when they aren't `changes`; the view is of no use then.
 */
export async function toUpper(changes: readonly Change[], source: string, prepared: Prepared, signal?: AbortSignal): Promise<void> {
  const copy = new Root({ root: source });
  try {
    // No link is followed: the workspace below the view can change under our hands.
    const view = new Root({ root: prepared.view.root, seen: prepared.sides.merged });
    try {
      await new Replay(copy, view, signal).play(changes);
    } finally {
      view.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Fault && error.code === 'rehearsal.replay' ? error : replayFault(wordsOf(error), error);
  } finally {
    copy.close();
  }
  const effects = await effectsOf(prepared.sides, [], signal);
  if (JSON.stringify(effects.changes) !== JSON.stringify(changes)) throw replayFault('it came out as something else');
}

class Replay {
  readonly #copy: Parents;
  readonly #view: Parents;
  readonly #signal: AbortSignal | undefined;
  /** Folders that get the copy's looks in the end, and the modes that they had. */
  readonly #touched = new Map<WorkPath, number>();

  constructor(copy: Root, view: Root, signal: AbortSignal | undefined) {
    this.#copy = new Parents(copy);
    this.#view = new Parents(view);
    this.#signal = signal;
  }

  async play(changes: readonly Change[]): Promise<void> {
    try {
      const gone = changes.filter((change) => change.change === 'deleted' || change.change === 'renamed');
      for (const { path, type } of gone.toSorted((a, b) => (a.path < b.path ? 1 : -1))) this.#remove(path, type);
      const made = changes.flatMap(madeBy).toSorted((a, b) => (a.path < b.path ? -1 : 1));
      for (const one of made) {
        this.#signal?.throwIfAborted();
        await this.#make(one);
      }
      for (const [path, mode] of [...this.#touched].toSorted(([a], [b]) => (a < b ? 1 : -1))) this.#finish(path, mode);
    } finally {
      this.#copy.close();
      this.#view.close();
    }
  }

  #remove(path: WorkPath, type: FileType): void {
    const at = this.#open(path).at(nameOf(path));
    if (type === 'folder') rmdirSync(at);
    else unlinkSync(at);
  }

  async #make({ path, type, over }: Made): Promise<void> {
    if (type === 'folder') {
      if (!over) mkdirSync(this.#open(path).at(nameOf(path)), OPEN_BITS);
      this.#touch(path);
      return;
    }
    const folder = this.#open(path);
    const from = this.#copy.of(path);
    const entry = from?.peek(nameOf(path)) ?? null;
    if (from === null || entry === null || entry.type !== type) throw replayFault(`${path} is not in the copy as it was judged`);
    const at = Buffer.from(folder.at(nameOf(path)));
    if (over) unlinkSync(at);
    if (type === 'link') makeLink(readLink(from, nameOf(path), path) ?? '', entry.stat, at);
    else await copyOneFile(Buffer.from(from.at(nameOf(path))), at, entry.stat);
  }

  /** The folder that `path` is a name in, open to us. */
  #open(path: WorkPath): Folder {
    return this.#touch(parentOf(path));
  }

  #touch(path: WorkPath): Folder {
    const folder = this.#view.folder(path);
    if (folder === null) throw replayFault(`${path} is no folder in the view`);
    if (!this.#touched.has(path)) {
      const mode = Number(folder.stat.mode & ALL_BITS);
      this.#touched.set(path, mode);
      if ((mode & OPEN_BITS) !== OPEN_BITS) chmodSync(folder.self(), mode | OPEN_BITS);
    }
    return folder;
  }

  #finish(path: WorkPath, before: number): void {
    const looks = this.#copy.folder(path)?.stat;
    const folder = this.#view.folder(path);
    // Gone together with what was in it.
    if (looks === undefined || folder === null) return;
    // The mode of the workspace's own folder is never changed.
    const mode = path === '.' ? before : Number(looks.mode & ALL_BITS);
    if (Number(statSync(folder.self()).mode & Number(ALL_BITS)) !== mode) chmodSync(folder.self(), mode);
    utimesSync(folder.self(), seconds(looks.mtimeNs), seconds(looks.mtimeNs));
  }
}

export interface Made {
  readonly path: WorkPath;
  readonly type: FileType;
  /** In place of what is there. */
  readonly over: boolean;
}

export function madeBy(change: Change): readonly Made[] {
  switch (change.change) {
    case 'created':
      return [{ path: change.path, type: change.type, over: false }];
    case 'changed':
      return [{ path: change.path, type: change.type, over: true }];
    case 'renamed':
      return [{ path: change.to, type: change.type, over: false }];
    case 'deleted':
      return [];
  }
}

function makeLink(target: string, { mtimeNs }: BigIntStats, at: Buffer): void {
  symlinkSync(target, at);
  lutimesSync(at, seconds(mtimeNs), seconds(mtimeNs));
}

function replayFault(words: string, cause?: unknown): Fault {
  return new Fault('rehearsal.replay', `what was rehearsed in a copy can't be taken into the draft: ${words}`, 'Rehearse it again.', { cause });
}
