// For tests: folders as plain data, what a script of changes makes of one, and the source and changes that a
// rehearsal would have given for it.
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/model/digest.ts';
import { EMPTY_SHA256, type Change } from '../../src/model/effects.ts';
import { parentOf } from '../../src/model/path.ts';

export type Node =
  | { readonly type: 'file'; readonly content: string; readonly mode: number; readonly mtime: number }
  | { readonly type: 'link'; readonly target: string; readonly mtime: number }
  | { readonly type: 'folder'; readonly mode: number };

/** By path; every parent is there as a folder. */
export type Tree = ReadonlyMap<string, Node>;

/** Writes a tree below a folder that is there. Whole seconds of mtime. */
export function plant(root: string, tree: Tree): void {
  const paths = [...tree.keys()].toSorted();
  for (const path of paths) {
    const node = tree.get(path);
    const at = join(root, path);
    if (node?.type === 'folder') mkdirSync(at, 0o700);
    else if (node?.type === 'link') {
      symlinkSync(node.target, at);
      lutimesSync(at, node.mtime, node.mtime);
    } else if (node !== undefined) {
      writeFileSync(at, node.content, { mode: 0o600 });
      chmodSync(at, node.mode);
      utimesSync(at, node.mtime, node.mtime);
    }
  }
  for (const path of paths.toReversed()) {
    const node = tree.get(path);
    if (node?.type === 'folder') chmodSync(join(root, path), node.mode);
  }
}

/** Reads it back, with nothing left out. */
export function harvest(root: string, path = '', into = new Map<string, Node>()): Map<string, Node> {
  for (const name of readdirSync(join(root, path))) {
    const inner = path === '' ? name : `${path}/${name}`;
    const at = join(root, inner);
    const stat = lstatSync(at);
    const mode = stat.mode & 0o7777;
    const mtime = Math.round(stat.mtimeMs / 1000);
    if (stat.isDirectory()) {
      into.set(inner, { type: 'folder', mode });
      harvest(root, inner, into);
    } else if (stat.isSymbolicLink()) into.set(inner, { type: 'link', target: readlinkSync(at), mtime });
    else into.set(inner, { type: 'file', content: readFileSync(at, 'utf8'), mode, mtime });
  }
  return into;
}

/** As sorted entries, to be compared. */
export function sorted(tree: Tree): [string, Node][] {
  return [...tree].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The changes that lead from one tree to the other; a file that only moved is a rename. */
export function changesBetween(from: Tree, to: Tree): Change[] {
  const changes: Change[] = [];
  const gone: [string, Node][] = [];
  const come: [string, Node][] = [];
  for (const [path, node] of from) {
    const now = to.get(path);
    if (now === undefined || now.type !== node.type) gone.push([path, node]);
    else if (digestOf(node) !== digestOf(now)) changes.push({ change: 'changed', path, type: now.type, mode: modeOf(now), size: 0, before: digestOf(node), after: digestOf(now) });
    else if (modeOf(node) !== modeOf(now) || timeOf(node) !== timeOf(now)) changes.push({ change: 'changed', path, type: now.type, mode: modeOf(now), size: 0, before: digestOf(node), after: digestOf(now), only: modeOf(node) === modeOf(now) ? 'times' : 'mode' });
  }
  for (const [path, node] of to) if (from.get(path)?.type !== node.type) come.push([path, node]);
  for (const [path, node] of gone) {
    const moved = node.type === 'file' ? come.findIndex(([, other]) => other.type === 'file' && other.content === node.content) : -1;
    const [to_] = moved === -1 ? [] : come.splice(moved, 1);
    if (to_ !== undefined) changes.push({ change: 'renamed', path, to: to_[0], type: 'file', before: digestOf(node) });
    else changes.push({ change: 'deleted', path, type: node.type, before: digestOf(node) });
  }
  for (const [path, node] of come) changes.push({ change: 'created', path, type: node.type, mode: modeOf(node), size: 0, after: digestOf(node) });
  return changes;
}

/** The folder with new content, as an upper layer has it: what is new or changed, in its folders. */
export function plantSource(root: string, to: Tree, changes: readonly Change[]): void {
  const needed = new Map<string, Node>();
  for (const change of changes) {
    const path = change.change === 'renamed' ? change.to : change.path;
    const node = to.get(path);
    if (change.change === 'deleted' || node === undefined) continue;
    needed.set(path, node.type === 'folder' ? { ...node, mode: node.mode | 0o700 } : node);
    for (let above = parentOf(path); above !== '.'; above = parentOf(above)) if (!needed.has(above)) needed.set(above, { type: 'folder', mode: 0o755 });
  }
  plant(root, needed);
}

export function digestOf(node: Node): string {
  if (node.type === 'folder') return EMPTY_SHA256;
  return sha256(node.type === 'file' ? node.content : node.target);
}

/** A tree of files in folders, `count` in all, contents told apart by `word`. */
export function plainTree(count: number, word: string): Tree {
  const tree = new Map<string, Node>();
  for (let i = 0; i < count; i += 1) {
    const folder = `d${Math.floor(i / 20)}`;
    tree.set(folder, { type: 'folder', mode: 0o755 });
    tree.set(`${folder}/f${i}`, { type: 'file', content: `${word} ${i} ${'x'.repeat((i * 37) % 9000)}`, mode: 0o644, mtime: 1_600_000_000 + i });
  }
  return tree;
}

export function randomWord(): string {
  return randomBytes(6).toString('hex');
}

function timeOf(node: Node): number {
  return node.type === 'folder' ? 0 : node.mtime;
}

function modeOf(node: Node): number {
  return node.type === 'link' ? 0o777 : node.mode;
}
