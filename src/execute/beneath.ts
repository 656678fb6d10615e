// Walks a workspace without ever leaving it. Each folder on the way is held open and the next name is looked
// up relative to that descriptor, links are resolved by hand, and nothing special (FIFO, socket, device) is opened.
import { closeSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { Fault, systemCode } from '../model/fault.ts';
import { Folder, MEANS, same, type Keeper, type Means } from './beneath-folder.ts';
import { Walk, type Found, type Links } from './beneath-walk.ts';
import { Refused, shown } from './files-refused.ts';

export interface Reach {
  /** Absolute, links resolved. */
  readonly root: string;
  /** Where the root is opened, when another than the real one is to be worked on that is mounted at the same path elsewhere. */
  readonly seen?: string;
  /** Absolute folders that no tool may enter, move or delete even where they lie inside (the product's own). */
  readonly never?: readonly string[];
  readonly means?: Means;
}

export class Root implements Keeper {
  readonly means: Means;
  readonly top: Folder;
  readonly #open = new Set<number>();
  readonly #never: readonly { readonly path: string; readonly stat: BigIntStats }[];

  /** Throws a Fault when the workspace isn't the folder that it was, Refused when it is closed to tools. */
  constructor(reach: Reach) {
    this.means = reach.means ?? MEANS;
    this.#never = (reach.never ?? []).flatMap((path) => {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path: realpathSync(path), stat }];
    });
    try {
      this.top = Folder.open(this, reach.seen ?? reach.root, '.', reach.root === '/' ? '' : reach.root);
      if (this.top.realPath() !== reach.root && reach.root !== '/') throw new Fault('workspace.moved', `the workspace ${reach.root} is not where it was`, 'register it again with `pwb workspace add`');
      this.top.check();
      if (this.#never.some(({ path }) => under(reach.root, path))) throw closed('.');
    } catch (error) {
      this.close();
      if (error instanceof Fault || error instanceof Refused) throw error;
      throw new Fault('workspace.missing', `the workspace ${reach.root} can't be opened (${systemCode(error)})`, 'look at the folder, or register another with `pwb workspace add`', { cause: error });
    }
  }

  admit(stat: BigIntStats, path: WorkPath): void {
    if (this.#never.some((never) => same(never.stat, stat))) throw closed(path);
  }

  hold(fd: number): void {
    this.#open.add(fd);
  }

  release(fd: number): void {
    if (this.#open.delete(fd)) closeSync(fd);
  }

  close(): void {
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
  }

  /** Refuses to move or delete a folder that one of the closed ones lies in. */
  keepClosed(folder: Folder): void {
    const real = folder.realPath();
    if (this.#never.some(({ path }) => under(path, real))) throw closed(folder.path);
  }

  /** Walks to `path`; see Links for what a link on the way does. Throws Refused. */
  find(path: WorkPath, links: Links): Found {
    return new Walk(this.top, path, links).run();
  }
}

/** Opens the root for one piece of work and closes all that was opened, however it ends. */
export async function withRoot<T>(reach: Reach, work: (root: Root) => Promise<T> | T): Promise<T> {
  const root = new Root(reach);
  try {
    return await work(root);
  } finally {
    root.close();
  }
}

function under(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function closed(path: WorkPath): Refused {
  return new Refused('closed', `${shown(path)} belongs to the workbench itself and is closed to tools.`);
}
