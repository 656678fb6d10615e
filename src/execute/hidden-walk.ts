// Finds what a run must not see or reach in a workspace before it starts: files with secret names, sockets and
// pipes that lead to processes outside, and repositories. Breadth first, bounded, and no link is followed.
// What it didn't get to is counted, so that a card can say so.
import { readdir, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Dirent } from 'node:fs';
import { Memory, type Contents, type Folder, type Mark } from './hidden-memory.ts';
import { fold, hiddenRule, hidesPart, type HiddenRule } from './hidden.ts';

export interface Found {
  /** Absolute paths, in no order that matters. Links are given as what they lead to, when that is under the root. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Sockets and named pipes: somebody outside may listen at the other end. */
  readonly doors: readonly string[];
  /** Paths of `.git` entries. */
  readonly repositories: readonly string[];
  /** Folders that were not looked into because of the caps below. */
  readonly unsearched: number;
}

/** Folders of other people's files, by the thousand: a secret of this person's isn't expected there. */
const SKIPPED = new Set(['node_modules', '.git', 'target', '.venv', 'venv', '__pycache__', '.tox', '.mypy_cache', '.gradle', '.next', '.nuxt', '.pnpm-store', '.yarn']);
const MOST_ENTRIES = 60_000;
const MOST_FOLDERS = 8_000;
const MOST_DEPTH = 16;
/** Work done in one go before others get a turn on this thread: a folder that is read, and one that is only looked at. */
const STRETCH = 2_000;
const READ = 10;
const LOOKED = 1;

/**
 * A folder that is unchanged since the search before isn't read again.
 * @param prefix parts that stand before the root's own in a pattern's eyes (a toolchain's folder name).
 * @param resolve the path with all links resolved, or empty.
 * @throws the system's error when the root itself can't be read; unreadable folders below are not visible to a run either.
 */
export async function findHidden(root: string, globs: readonly string[], prefix: readonly string[] = [], depth: number = MOST_DEPTH, resolve: (path: string) => Promise<string> = realOrNone): Promise<Found> {
  const rule = hiddenRule(globs);
  const above = prefix.map(fold);
  const memory = new Memory(root, [...above, '', ...globs].join('\0'), (path, entries) => contentsOf(rule, [...above, ...partsOf(path, root)], entries));
  const files: string[] = [];
  const folders: string[] = [];
  const doors: string[] = [];
  const repositories: string[] = [];
  let entries = 0;
  let opened = 0;
  let unsearched = 0;
  let work = 0;

  let level: readonly Folder[] = [memory.top];
  for (let deep = 0; level.length > 0; deep++) {
    const next: Folder[] = [];
    for (const folder of level) {
      if (entries > MOST_ENTRIES || opened > MOST_FOLDERS || deep >= depth) {
        unsearched++;
        continue;
      }
      opened++;
      if (work > STRETCH) {
        work = 0;
        await new Promise((resume) => setImmediate(resume));
      }
      work += memory.look(folder) ? READ : LOOKED;
      entries += folder.entries;
      for (const one of folder.below) next.push(one);
      for (const mark of folder.marks) await note(mark, `${folder.path}${sep}${mark.name}`);
    }
    level = next;
  }
  return { files, folders, doors, repositories, unsearched };

  async function note({ kind }: Mark, path: string): Promise<void> {
    switch (kind) {
      case 'repository':
        repositories.push(path);
        return;
      case 'door':
        doors.push(path);
        return;
      case 'folder':
        folders.push(path);
        return;
      case 'file':
        files.push(path);
        return;
      case 'link': {
        // A link called .env hides what it leads to now; outside the root there is nothing to be seen anyway.
        const target = await resolve(path);
        if (!target.startsWith(root + sep)) return;
        const inside = await readdir(target).then(() => folders, () => files);
        inside.push(target);
      }
    }
  }
}

/** @param parts of the folder's own path, folded. */
function contentsOf(rule: HiddenRule, parts: readonly string[], entries: readonly Dirent[]): Contents {
  const marks: Mark[] = [];
  const below: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    const folded = fold(name);
    const isFolder = entry.isDirectory();
    const isLink = entry.isSymbolicLink();
    if (name === '.git') marks.push({ name, kind: 'repository' });
    if (entry.isSocket() || entry.isFIFO()) marks.push({ name, kind: 'door' });
    else if (hidesPart(rule, parts, parts.length, folded, isFolder || isLink)) marks.push({ name, kind: isFolder ? 'folder' : isLink ? 'link' : 'file' });
    else if (isFolder && !SKIPPED.has(name)) below.push(name);
  }
  return { entries: entries.length, marks, below };
}

function partsOf(path: string, root: string): readonly string[] {
  return path.slice(root.length).split(sep).filter((part) => part !== '').map(fold);
}

function realOrNone(path: string): Promise<string> {
  return realpath(path).catch(() => '');
}

/** @returns true when `path` is `folder` or lies below it; both absolute and free of `.` parts. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}
