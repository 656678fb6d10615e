// Ten thousand changes as a tree of folders, the biggest first; where a folder has few of its own, they are named.
import type { Change, FolderSummary } from '../model/effects.ts';
import { parentOf, partsOf } from '../model/path.ts';
import { changeLine } from './change-words.ts';
import { countWords, pathWords, sizeWords, type Line } from './drawing.ts';

/** Named one by one below their folder. */
const FEW = 5;

interface Folder {
  readonly name: string;
  readonly inside: Map<string, Folder>;
  /** Of this folder alone. */
  own: FolderSummary | null;
}

type Sum = Omit<FolderSummary, 'folder'>;
const NOTHING: Sum = { created: 0, changed: 0, deleted: 0, renamed: 0, bytes: 0 };

export interface Tree {
  readonly lines: readonly Line[];
  /** Paths that are named in it. */
  readonly named: ReadonlySet<string>;
}

export function folderTree(summary: readonly FolderSummary[], changes: readonly Change[], root: string): Tree {
  const few = fewByFolder(summary, changes);
  const top: Folder = { name: '.', inside: new Map(), own: null };
  for (const one of summary) {
    let at = top;
    for (const part of partsOf(one.folder)) {
      const next = at.inside.get(part) ?? { name: part, inside: new Map(), own: null };
      at.inside.set(part, next);
      at = next;
    }
    at.own = one;
  }
  const lines: Line[] = [];
  const draw = (folder: Folder, depth: number): void => {
    let [at, name] = [folder, folder.name];
    // A folder with nothing but one folder in it takes no line of its own.
    for (let only = onlyFolder(at); only !== null; only = onlyFolder(at)) [at, name] = [only, name === '.' ? only.name : `${name}/${only.name}`];
    const indent = '  '.repeat(depth);
    lines.push({ tone: 'plain', text: `${indent}${pathWords(`${name}/`)} ${sumWords(sumOf(at))}` });
    for (const change of few.get(at.own?.folder ?? '') ?? []) {
      const line = changeLine(change, root);
      lines.push({ ...line, lead: `${indent}  ${line.lead ?? ''}` });
    }
    for (const one of [...at.inside.values()].toSorted((a, b) => sizeOf(b) - sizeOf(a))) draw(one, depth + 1);
  };
  draw(top, 0);
  return { lines, named: new Set([...few.values()].flat().map(({ path }) => path)) };
}

/** Each change counts for the deepest folder of the summary that it lies in. */
function fewByFolder(summary: readonly FolderSummary[], changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const few = new Map<string, Change[]>();
  for (const one of summary) if (one.created + one.changed + one.deleted + one.renamed <= FEW) few.set(one.folder, []);
  if (few.size === 0) return few;
  const known = new Set(summary.map(({ folder }) => folder));
  for (const change of changes) {
    let folder = parentOf(change.path);
    while (folder !== '.' && !known.has(folder)) folder = parentOf(folder);
    few.get(folder)?.push(change);
  }
  return few;
}

function onlyFolder({ own, inside }: Folder): Folder | null {
  const [first] = inside.values();
  return own === null && inside.size === 1 && first !== undefined ? first : null;
}

function sumOf({ own, inside }: Folder): Sum {
  let sum = own ?? NOTHING;
  for (const one of inside.values()) {
    const more = sumOf(one);
    sum = { created: sum.created + more.created, changed: sum.changed + more.changed, deleted: sum.deleted + more.deleted, renamed: sum.renamed + more.renamed, bytes: sum.bytes + more.bytes };
  }
  return sum;
}

function sizeOf(folder: Folder): number {
  const { created, changed, deleted, renamed } = sumOf(folder);
  return created + changed + deleted + renamed;
}

function sumWords({ created, changed, deleted, renamed, bytes }: Sum): string {
  const counts = countWords([[created, 'created'], [changed, 'changed'], [deleted, 'deleted'], [renamed, 'renamed']]);
  return created + changed > 0 ? `${counts}, ${sizeWords(bytes)}` : counts;
}
