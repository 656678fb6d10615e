// Finds what a run must not see or reach in a workspace before it starts: files with secret names, sockets and
// pipes that lead to processes outside, and repositories. Breadth first, bounded, and no link is followed. Folders
// of other people's files come last; what it didn't get to is counted, so that a card can say so.
import { readdir, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Dirent } from 'node:fs';
import { Memory, type Contents, type Folder, type Mark } from './hidden-memory.ts';
import { fold, hidesPart, ruleIn, type HiddenRule } from './hidden.ts';
import { outsideIn, type OutsideRule } from './outside.ts';

export interface Found {
  /** Absolute paths, in no order that matters. Links are given as what they lead to, when that is under the root. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Sockets and named pipes: somebody outside may listen at the other end. */
  readonly doors: readonly string[];
  /** Paths of `.git` entries. */
  readonly repositories: readonly string[];
  /** What a rule calls outside, and a run may see all the same. Of a folder only itself. Links as they are. */
  readonly outside: readonly string[];
  /** Folders that were not looked into because of the caps below; and those of them that others' files don't explain. */
  readonly unsearched: number;
  readonly unknown: number;
}

/** What others wrote and programs made, by the thousand: it is searched when all else is, not to take its share of the caps. */
const LAST = new Set(['node_modules', '.git', 'target', '.venv', 'venv', '__pycache__', '.tox', '.mypy_cache', '.gradle', '.next', '.nuxt', '.pnpm-store', '.yarn']);
const MOST_DEPTH = 16;

interface Cap {
  readonly entries: number;
  readonly folders: number;
}
export interface Caps {
  readonly most: Cap;
  /** What the last are searched for in any case, and all that they are where nothing can be remembered of a folder. */
  readonly reserve: Cap;
}

const CAPS: Caps = { most: { entries: 60_000, folders: 8_000 }, reserve: { entries: 8_000, folders: 500 } };
/** Work done in one go before others get a turn on this thread: a folder that is read, and one that is only looked at. */
const STRETCH = 2_000;
const READ = 10;
const LOOKED = 1;

/** A mark and where it was met. */
export interface Met {
  readonly path: string;
  /** Closed: a folder of ours that can't be looked into now. */
  readonly kind: Mark['kind'] | 'closed';
}

/**
 * A folder that is unchanged since the search before isn't read again.
 * @param prefix parts that stand before the root's own in a pattern's eyes (a toolchain's folder name).
 * @throws the system's error when the root itself can't be read.
 */
export async function findHidden(root: string, globs: readonly string[], prefix: readonly string[] = [], depth: number = MOST_DEPTH): Promise<Found> {
  const { met, unsearched, unknown } = await findMarks(root, globs, prefix, depth);
  return { ...(await foundOf(met, root, realOrNone)), unsearched, unknown };
}

/** @param met in `root`. @param resolve the path with all links resolved, or empty. */
export async function foundOf(met: readonly Met[], root: string, resolve: (path: string) => Promise<string>): Promise<Omit<Found, 'unsearched' | 'unknown'>> {
  const found: { readonly [kind in keyof Omit<Found, 'unsearched' | 'unknown'>]: string[] } = { files: [], folders: [], doors: [], repositories: [], outside: [] };
  for (const { kind, path } of met) {
    switch (kind) {
      case 'repository':
        found.repositories.push(path);
        break;
      case 'outside':
        found.outside.push(path);
        break;
      case 'door':
        found.doors.push(path);
        break;
      case 'folder':
      case 'closed':
        found.folders.push(path);
        break;
      case 'file':
        found.files.push(path);
        break;
      case 'link': {
        // A link called .env hides what it leads to now; outside the root there is nothing to be seen anyway.
        const target = await resolve(path);
        if (!target.startsWith(root + sep)) break;
        const inside = await readdir(target).then(() => found.folders, () => found.files);
        inside.push(target);
      }
    }
  }
  return found;
}

/** The same, before links are followed. @param outside what else is looked for on the way. */
export async function findMarks(root: string, globs: readonly string[], prefix: readonly string[] = [], depth: number = MOST_DEPTH, { most, reserve }: Caps = CAPS, outside: OutsideRule | null = null): Promise<Pick<Found, 'unsearched' | 'unknown'> & { readonly met: readonly Met[] }> {
  const above = prefix.map(fold);
  const memory = new Memory(root, [...above, '', ...globs, ...(outside === null ? [] : ['', ...outside.globs])].join('\0'), (path, entries) => {
    const parts = partsOf(path.slice(root.length));
    return contentsOf(ruleIn(globs, parts), outside === null ? null : outsideIn(outside, parts), [...above, ...parts], entries);
  });
  const met: Met[] = [];
  let entries = 0;
  let opened = 0;
  let unsearched = 0;
  let unknown = 0;
  let work = 0;
  /** Breadth first. @param starts by their depth. @returns what is left for the end, likewise. */
  const search = async (starts: readonly (readonly Folder[])[], cap: Cap): Promise<readonly (readonly Folder[])[]> => {
    const left: Folder[][] = [];
    let next: Folder[] = [];
    for (let deep = 0; next.length > 0 || deep < starts.length; deep++) {
      const level = [...next, ...(starts[deep] ?? [])];
      next = [];
      const later: Folder[] = [];
      for (const folder of level) {
        if (entries > cap.entries || opened > cap.folders || deep >= depth) {
          unsearched++;
          if (!folder.path.slice(root.length).split(sep).some((part) => LAST.has(part))) unknown++;
          continue;
        }
        opened++;
        if (work > STRETCH) {
          work = 0;
          await new Promise((resume) => setImmediate(resume));
        }
        work += memory.look(folder) ? READ : LOOKED;
        entries += folder.entries;
        if (folder.closed) met.push({ path: folder.path, kind: 'closed' });
        for (const one of folder.below) next.push(one);
        for (const one of folder.last) later.push(one);
        for (const { name, kind } of folder.marks) met.push({ path: `${folder.path}${sep}${name}`, kind });
      }
      left[deep + 1] = later;
    }
    return left;
  };
  let rest = await search([[memory.top]], most);
  const least: Cap = { entries: entries + reserve.entries, folders: opened + reserve.folders };
  const cap = memory.keeps ? { entries: Math.max(most.entries, least.entries), folders: Math.max(most.folders, least.folders) } : least;
  while (rest.some((level) => level.length > 0)) rest = await search(rest, cap);
  return { met, unsearched, unknown };
}

function contentsOf(rule: HiddenRule, outside: HiddenRule | null, parts: readonly string[], entries: readonly Dirent[]): Contents {
  const marks: Mark[] = [];
  const below: string[] = [];
  const last: string[] = [];
  for (const entry of entries) {
    const own = marksOf(rule, outside, parts, entry.name, entry);
    marks.push(...own);
    if (entry.isDirectory() && own.every(({ kind }) => kind === 'repository' || kind === 'outside')) (LAST.has(entry.name) ? last : below).push(entry.name);
  }
  return { entries: entries.length, marks, below, last };
}

/** What is hidden is not outside as well: nobody sees it. @param parts of the path of the folder that it is in, folded. */
export function marksOf(rule: HiddenRule, outside: HiddenRule | null, parts: readonly string[], name: string, entry: Pick<Dirent, 'isDirectory' | 'isSymbolicLink' | 'isSocket' | 'isFIFO'>): readonly Mark[] {
  const marks: Mark[] = name === '.git' ? [{ name, kind: 'repository' }] : [];
  const isFolder = entry.isDirectory();
  const isLink = entry.isSymbolicLink();
  if (entry.isSocket() || entry.isFIFO()) marks.push({ name, kind: 'door' });
  else if (hidesPart(rule, parts, parts.length, fold(name), isFolder || isLink)) marks.push({ name, kind: isFolder ? 'folder' : isLink ? 'link' : 'file' });
  else if (outside !== null && hidesPart(outside, parts, parts.length, fold(name), isFolder || isLink)) marks.push({ name, kind: 'outside' });
  return marks;
}

/** Of a path below the root, folded. */
export function partsOf(path: string): readonly string[] {
  return path.split(sep).filter((part) => part !== '').map(fold);
}

function realOrNone(path: string): Promise<string> {
  return realpath(path).catch(() => '');
}

/** @returns true when `path` is `folder` or lies below it; both absolute and free of `.` parts. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}
