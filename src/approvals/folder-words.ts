// Ten thousand changes as a tree of folders, the biggest first; where a folder has few of its own, they are named.
import type { Change, FolderSummary } from '../model/effects.ts';
import { partsOf } from '../model/path.ts';
import { changeLine } from './change-words.ts';
import { countWords, grouped, pathWords, sizeWords, type Line } from './drawing.ts';

/** Changes that are named one by one below their folder. */
const FEW = 5;
/** Folders inside one that the summary doesn't open, the biggest of them. */
const BIGGEST = 5;

interface Folder {
  readonly name: string;
  readonly inside: Map<string, Folder>;
  /** Of this folder alone. */
  own: FolderSummary | null;
}

type Sum = Omit<FolderSummary, 'folder'>;
/** What lies in a folder of the summary: the changes while they are few, and the folders inside. */
interface Inside {
  readonly few: Change[];
  readonly folders: Map<string, Sum>;
}
const NOTHING: Sum = { created: 0, changed: 0, deleted: 0, renamed: 0, bytes: 0 };

export interface Tree {
  readonly lines: readonly Line[];
  /** Paths that are named in it. */
  readonly named: ReadonlySet<string>;
}

export function folderTree(summary: readonly FolderSummary[], changes: readonly Change[], root: string): Tree {
  const insides = insidesOf(summary, changes);
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
    const { few, folders } = insides.get(at.own?.folder ?? '') ?? { few: [], folders: new Map<string, Sum>() };
    for (const change of few) {
      const line = changeLine(change, root);
      lines.push({ ...line, lead: `${indent}  ${line.lead ?? ''}` });
    }
    if (few.length === 0 && folders.size > 1) lines.push(...biggest(folders, `${indent}  `));
    for (const one of [...at.inside.values()].toSorted((a, b) => countOf(sumOf(b)) - countOf(sumOf(a)))) draw(one, depth + 1);
  };
  draw(top, 0);
  return { lines, named: new Set([...insides.values()].flatMap(({ few }) => few.map(({ path }) => path))) };
}

/** Each change counts for the deepest folder of the summary that it lies in. */
function insidesOf(summary: readonly FolderSummary[], changes: readonly Change[]): ReadonlyMap<string, Inside> {
  const all = new Map<string, Inside>(summary.map(({ folder }) => [folder, { few: [], folders: new Map() }]));
  const many = new Set(summary.filter((one) => countOf(one) > FEW).map(({ folder }) => folder));
  const deepest = Math.max(0, ...summary.map(({ folder }) => partsOf(folder).length));
  for (const change of changes) {
    const above = partsOf(change.path).slice(0, -1);
    let depth = Math.min(above.length, deepest);
    while (depth > 0 && !all.has(above.slice(0, depth).join('/'))) depth--;
    const folder = above.slice(0, depth).join('/') || '.';
    const inside = all.get(folder);
    const next = above[depth];
    if (!many.has(folder)) inside?.few.push(change);
    else if (next !== undefined) inside?.folders.set(next, withChange(inside.folders.get(next) ?? NOTHING, change));
  }
  return all;
}

function biggest(folders: ReadonlyMap<string, Sum>, indent: string): Line[] {
  const sorted = [...folders].toSorted(([, a], [, b]) => countOf(b) - countOf(a));
  const most = sorted.length > BIGGEST + 1 ? BIGGEST : sorted.length;
  const lines = sorted.slice(0, most).map(([name, sum]): Line => ({ tone: 'plain', text: `${indent}${pathWords(`${name}/`)} ${sumWords(sum)}` }));
  const rest = sorted.slice(most).reduce<Sum>((sum, [, one]) => add(sum, one), NOTHING);
  return most === sorted.length ? lines : [...lines, { tone: 'quiet', text: `${indent}and ${grouped(sorted.length - most)} more folders: ${sumWords(rest)}` }];
}

function withChange(sum: Sum, change: Change): Sum {
  const bytes = change.change === 'created' || change.change === 'changed' ? change.size : 0;
  return { ...sum, [change.change]: sum[change.change] + 1, bytes: sum.bytes + bytes };
}

function onlyFolder({ own, inside }: Folder): Folder | null {
  const [first] = inside.values();
  return own === null && inside.size === 1 && first !== undefined ? first : null;
}

function sumOf({ own, inside }: Folder): Sum {
  return [...inside.values()].reduce<Sum>((sum, one) => add(sum, sumOf(one)), own ?? NOTHING);
}

function add(a: Sum, b: Sum): Sum {
  return { created: a.created + b.created, changed: a.changed + b.changed, deleted: a.deleted + b.deleted, renamed: a.renamed + b.renamed, bytes: a.bytes + b.bytes };
}

function countOf({ created, changed, deleted, renamed }: Sum): number {
  return created + changed + deleted + renamed;
}

function sumWords({ created, changed, deleted, renamed, bytes }: Sum): string {
  const counts = countWords([[created, 'created'], [changed, 'changed'], [deleted, 'deleted'], [renamed, 'renamed']]);
  return created + changed > 0 ? `${counts}, ${sizeWords(bytes)}` : counts;
}
