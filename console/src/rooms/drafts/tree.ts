// Paths as a tree of folders; one with nothing but one folder in it takes no line of its own.
import type { Change } from '../../api/types.ts';

export interface Branch {
  /** Path of the folder, or of what changed. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly change: Change | null;
  /** Changes within. */
  readonly count: number;
  /** Of a folder: its inside follows. */
  readonly open: boolean;
}

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly folders: Map<string, Folder>;
  readonly changes: Change[];
}

/** @param folded paths of folders whose inside isn't wanted. */
export function branchesOf(changes: readonly Change[], folded: ReadonlySet<string>): readonly Branch[] {
  const top: Folder = { path: '', name: '', folders: new Map(), changes: [] };
  const parents = new Set(changes.map(({ path }) => path.slice(0, Math.max(path.lastIndexOf('/'), 0))));
  for (const change of changes) {
    // A folder that has lines within is one itself.
    if (change.type === 'folder' && parents.has(change.path)) continue;
    let at = top;
    for (const name of change.path.split('/').slice(0, -1)) {
      const next = at.folders.get(name) ?? { path: at.path === '' ? name : `${at.path}/${name}`, name, folders: new Map(), changes: [] };
      at.folders.set(name, next);
      at = next;
    }
    at.changes.push(change);
  }
  const branches: Branch[] = [];
  const draw = (folder: Folder, depth: number): void => {
    for (const one of folder.folders.values()) {
      let [at, name] = [one, one.name];
      for (let only = onlyFolder(at); only !== undefined; only = onlyFolder(at)) [at, name] = [only, `${name}/${only.name}`];
      const open = !folded.has(at.path);
      branches.push({ path: at.path, name, depth, change: null, count: countOf(at), open });
      if (open) draw(at, depth + 1);
    }
    for (const change of folder.changes) branches.push({ path: change.path, name: change.path.slice(change.path.lastIndexOf('/') + 1), depth, change, count: 1, open: false });
  };
  draw(top, 0);
  return branches;
}

/** The folders that stand in other folders of the tree. */
export function foldersWithin(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(branchesOf(changes, new Set()).filter(({ change, depth }) => change === null && depth > 0).map(({ path }) => path));
}

function onlyFolder({ folders, changes }: Folder): Folder | undefined {
  return folders.size === 1 && changes.length === 0 ? [...folders.values()][0] : undefined;
}

function countOf({ folders, changes }: Folder): number {
  return [...folders.values()].reduce((sum, one) => sum + countOf(one), changes.length);
}
