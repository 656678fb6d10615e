// Which pieces of a card or a draft are taken. What is kept is what is left out, so that what comes new is taken only
// when all is.
import type { Change, Diff } from '../api/types.ts';

export interface Choice {
  /** Paths that are left out whole. */
  readonly out: ReadonlySet<string>;
  /** Of others: hunks that are left out, of how many. */
  readonly hunks: ReadonlyMap<string, { readonly left: ReadonlySet<number>; readonly of: number }>;
}

export const ALL: Choice = { out: new Set(), hunks: new Map() };

export interface Pieces {
  readonly paths: readonly string[];
  readonly hunks: readonly { readonly path: string; readonly take: readonly number[] }[];
}

export function isAll({ out, hunks }: Choice): boolean {
  return out.size === 0 && hunks.size === 0;
}

export function choosePaths({ out, hunks }: Choice, paths: readonly string[], take: boolean): Choice {
  const next = new Set(out);
  const some = new Map(hunks);
  for (const path of paths) {
    some.delete(path);
    if (take) next.delete(path);
    else next.add(path);
  }
  return { out: next, hunks: some };
}

/** @param count how many hunks the file has: with none of them left it is left out whole. */
export function chooseHunk({ out, hunks }: Choice, path: string, hunk: number, take: boolean, count: number): Choice {
  const all = Array.from({ length: count }, (_, index) => index + 1);
  const left = new Set(out.has(path) ? all : hunks.get(path)?.left);
  if (take) left.delete(hunk);
  else left.add(hunk);
  const outs = new Set(out);
  const some = new Map(hunks);
  outs.delete(path);
  some.delete(path);
  if (left.size >= count) outs.add(path);
  else if (left.size > 0) some.set(path, { left, of: count });
  return { out: outs, hunks: some };
}

export function takenHunks({ out, hunks }: Choice, path: string, count: number): ReadonlySet<number> {
  if (out.has(path)) return new Set();
  const left = hunks.get(path)?.left;
  return new Set(Array.from({ length: count }, (_, index) => index + 1).filter((hunk) => left?.has(hunk) !== true));
}

export function hunkCount(diff: Diff | undefined): number {
  return diff === undefined || diff.note !== undefined ? 0 : diff.unified.split('\n').filter((line) => line.startsWith('@@')).length;
}

/** As the routes take them. A folder stands for what is in it, so it is named only when all in it is taken. */
export function piecesOf({ out, hunks }: Choice, changes: readonly Change[]): Pieces {
  // Also what would be renamed into it.
  const left = changes.filter(({ path }) => out.has(path) || hunks.has(path)).flatMap((change) => (change.change === 'renamed' ? [change.path, change.to] : [change.path]));
  const whole = changes.filter(({ path, type }) => !out.has(path) && !hunks.has(path) && (type !== 'folder' || !left.some((one) => one.startsWith(`${path}/`))));
  const some = [...hunks].map(([path, { left: without, of }]) => ({ path, take: Array.from({ length: of }, (_, index) => index + 1).filter((hunk) => !without.has(hunk)) }));
  return { paths: [...new Set(whole.map(({ path }) => path))], hunks: some.filter(({ take }) => take.length > 0) };
}

/** @param changes what they are of: folders go with what is in them, and aren't counted. */
export function pieceWords({ paths, hunks }: Pieces, changes: readonly Change[]): string {
  const folders = new Set(changes.filter(({ type }) => type === 'folder').map(({ path }) => path));
  const whole = paths.filter((path) => !folders.has(path)).length;
  const files = whole === 0 ? [] : [`${whole.toLocaleString('en')} ${whole === 1 ? 'file' : 'files'}`];
  const count = hunks.reduce((sum, { take }) => sum + take.length, 0);
  if (whole + count === 0) return paths.length === 1 ? '1 folder' : `${paths.length} folders`;
  return [...files, ...(count === 0 ? [] : [`${count.toLocaleString('en')} ${count === 1 ? 'hunk' : 'hunks'}`])].join(' and ');
}
