// The stage: a folder of ours beside the targets, on the same disk, in which all new content lies ready and synced
// before the first name changes. Its name can't be guessed and is never followed.
import { accessSync, constants, fstatSync, lutimesSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { parentOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { changing, type Folder } from './beneath-folder.ts';
import { seconds, wasOf } from './commit-content.ts';
import { inParents } from './commit-parents.ts';
import type { Step } from './commit-steps.ts';
import { syncFolder } from './files-land.ts';
import { inWords, Refused } from './files-refused.ts';
import type { Was } from './journal.ts';

export interface StagePlace {
  readonly folder: WorkPath;
  readonly name: string;
}

/** Where we may make a folder: the workspace itself, else a folder that something lands in. */
export function stagePlace(root: Root, steps: readonly Step[]): StagePlace {
  const candidates = new Set<WorkPath>(['.', ...steps.map(({ path }) => parentOf(path))]);
  const denied: unknown[] = [];
  const folder = inParents(root, (parents) => {
    for (const one of candidates) {
      const open = parents.folder(one);
      if (open === null) continue;
      try {
        accessSync(open.self(), constants.W_OK | constants.X_OK);
        return one;
      } catch (error) {
        if (systemCode(error) !== 'EACCES') throw inWords(error, one);
        denied.push(error);
      }
    }
    return null;
  });
  if (folder === null) throw new Refused('denied', 'the workspace can\'t be written to: none of the folders concerned lets this user make a file.');
  return { folder, name: `.pwb-${newId()}${newId()}` };
}

export class Stage {
  readonly parent: Folder;
  readonly folder: Folder;
  readonly name: string;

  private constructor(parent: Folder, folder: Folder, name: string) {
    this.parent = parent;
    this.folder = folder;
    this.name = name;
  }

  /** Makes it. If we crash before the intent is decided, recovery removes it by its name in the slot. */
  static make(root: Root, { folder, name }: StagePlace): Stage {
    const parent = root.find(folder, 'refuse');
    const at = parent.name === '' ? parent.folder : parent.folder.enter(parent.name);
    if (at === null) throw changing(folder);
    try {
      mkdirSync(at.at(name), 0o700);
    } catch (error) {
      throw inWords(error, folder);
    }
    const own = at.enter(name);
    if (own === null) throw changing(folder);
    return new Stage(at, own, name);
  }

  /** Opens one that a crash left; null when it is gone, or isn't the folder that it was. */
  static find(root: Root, { folder, name }: StagePlace, ino: string | null): Stage | null {
    return inParents(root, (parents) => {
      if (parents.folder(folder) === null) return null;
      const found = root.find(folder, 'refuse');
      const at = found.name === '' ? found.folder : found.folder.enter(found.name);
      const own = at?.enter(name) ?? null;
      if (at === null || own === null || (ino !== null && `${own.stat.ino}` !== ino)) return null;
      return new Stage(at, own, name);
    });
  }

  get ino(): string {
    return `${this.folder.stat.ino}`;
  }

  /** A staged link. `mtime` in nanoseconds. */
  link(name: string, target: string, mtime: bigint): Was {
    symlinkSync(target, this.folder.at(name));
    lutimesSync(this.folder.at(name), seconds(mtime), seconds(mtime));
    const entry = this.folder.peek(name);
    const was = entry === null ? null : wasOf(entry.stat, target);
    if (was === null) throw changing(name);
    return was;
  }

  /** A staged folder; it gets its mode and time when all is in place. `mtime` in nanoseconds. */
  makeFolder(name: string, mode: number, mtime: bigint): Was {
    mkdirSync(this.folder.at(name), 0o700);
    const entry = this.folder.peek(name);
    const was = entry === null ? null : wasOf(entry.stat, null);
    if (was === null) throw changing(name);
    return { ...was, mode, mtime: `${mtime}` };
  }

  /** A time as this disk and the call that sets it keep it. Both in nanoseconds. */
  kept(mtime: bigint): bigint {
    utimesSync(this.folder.self(), seconds(mtime), seconds(mtime));
    return fstatSync(this.folder.fd, { bigint: true }).mtimeNs;
  }

  /** Makes the names in it durable; the files themselves are the caller's to sync. */
  sync(): void {
    syncFolder(this.folder);
    syncFolder(this.parent);
  }

  /** Removes it with all that is left in it. */
  remove(): void {
    // Follows no link; all folders in it are ours and still open.
    for (const name of readdirSync(this.folder.self())) rmSync(this.folder.at(name), { recursive: true });
    rmdirSync(this.parent.at(this.name));
    syncFolder(this.parent);
  }
}
