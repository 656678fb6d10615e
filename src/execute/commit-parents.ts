// The folders that a sorted list of paths lies in, each opened below the one before and held only as long as it is
// needed. Follows no link; what is no folder (any more) is said to be missing.
import { readFileSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { parentOf, partsOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import type { Folder } from './beneath-folder.ts';
import { Refused, shown } from './files-refused.ts';

export class Parents {
  readonly #root: Root;
  readonly #oneDisk: boolean;
  readonly #stack: { readonly name: string; readonly folder: Folder }[] = [];
  readonly #mount: string;

  /** @param oneDisk refuse mount points on the way: a rename can't cross them. */
  constructor(root: Root, oneDisk = false) {
    this.#root = root;
    this.#oneDisk = oneDisk;
    this.#mount = oneDisk ? mountOf(root.top) : '';
  }

  /** The open folder that `path` is a name in, or null when there is none. */
  of(path: WorkPath): Folder | null {
    return this.folder(parentOf(path));
  }

  /** The open folder at `path`, or null. Throws Refused. */
  folder(path: WorkPath): Folder | null {
    const parts = partsOf(path);
    const common = this.#stack.findIndex(({ name }, i) => parts[i] !== name);
    if (common !== -1) for (const { folder } of this.#stack.splice(common)) folder.close();
    let here = this.#stack.at(-1)?.folder ?? this.#root.top;
    for (const name of parts.slice(this.#stack.length)) {
      const next = here.enter(name);
      if (next === null) return null;
      this.#stack.push({ name, folder: next });
      if (this.#oneDisk) this.#sameDisk(next);
      here = next;
    }
    return here;
  }

  close(): void {
    for (const { folder } of this.#stack.splice(0)) folder.close();
  }

  #sameDisk(folder: Folder): void {
    if (folder.stat.dev === this.#root.top.stat.dev && mountOf(folder) === this.#mount) return;
    throw new Refused('other-disk', `${shown(folder.path)} is a mount point: what is in it is on another disk and can't land together with the rest. Nothing was changed.`);
  }
}

/** Works on the folders of sorted paths and closes them, however it ends. */
export function inParents<T>(root: Root, work: (parents: Parents) => T): T {
  const parents = new Parents(root);
  try {
    return work(parents);
  } finally {
    parents.close();
  }
}

/** Which mount a folder was reached through (a bind mount has the same device); empty where the system doesn't tell. */
function mountOf(folder: Folder): string {
  if (folder.keeper.means !== 'descriptors') return '';
  return /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${folder.fd}`, 'latin1'))?.[1] ?? '';
}

