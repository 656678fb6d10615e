// Finds what a run must not see or reach in a workspace before it starts: files with secret names, sockets and
// pipes that lead to processes outside, and repositories. Breadth first, bounded, and no link is followed.
// What it didn't get to is counted, so that a card can say so.
import { readdir, realpath } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { sep } from 'node:path';
import type { Dirent } from 'node:fs';
import { fold, hiddenRule, hidesPart } from './hidden.ts';

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
/** Folders read in one go before others get a turn on this thread. */
const STRETCH = 200;

/**
 * @param prefix parts that stand before the root's own in a pattern's eyes (a toolchain's folder name).
 * @param resolve the path with all links resolved, or empty.
 * @throws the system's error when the root itself can't be read; unreadable folders below are not visible to a run either.
 */
export async function findHidden(root: string, globs: readonly string[], prefix: readonly string[] = [], depth: number = MOST_DEPTH, resolve: (path: string) => Promise<string> = realOrNone): Promise<Found> {
  const rule = hiddenRule(globs);
  const files: string[] = [];
  const folders: string[] = [];
  const doors: string[] = [];
  const repositories: string[] = [];
  let entries = 0;
  let unsearched = 0;
  let level: { readonly path: string; readonly parts: readonly string[] }[] = [{ path: root, parts: prefix.map(fold) }];
  let opened = 0;

  for (let deep = 0; level.length > 0; deep++) {
    const next: typeof level = [];
    for (const folder of level) {
      if (entries > MOST_ENTRIES || opened > MOST_FOLDERS || deep >= depth) {
        unsearched++;
        continue;
      }
      if (++opened % STRETCH === 0) await new Promise((resume) => setImmediate(resume));
      for (const entry of entriesOf(folder.path, deep === 0)) {
        entries++;
        const path = `${folder.path}${sep}${entry.name}`;
        const name = fold(entry.name);
        const isFolder = entry.isDirectory();
        if (entry.name === '.git') repositories.push(path);
        if (entry.isSocket() || entry.isFIFO()) doors.push(path);
        else if (hidesPart(rule, folder.parts, folder.parts.length, name, isFolder || entry.isSymbolicLink())) await hide(path, entry);
        else if (isFolder && !SKIPPED.has(entry.name)) next.push({ path, parts: [...folder.parts, name] });
      }
    }
    level = next;
  }
  return { files, folders, doors, repositories, unsearched };

  async function hide(path: string, entry: Dirent): Promise<void> {
    if (entry.isDirectory()) folders.push(path);
    else if (!entry.isSymbolicLink()) files.push(path);
    else {
      // A link called .env hides what it leads to; outside the root there is nothing to be seen anyway.
      const target = await resolve(path);
      if (!target.startsWith(root + sep)) return;
      const inside = await readdir(target).then(() => folders, () => files);
      inside.push(target);
    }
  }
}

function realOrNone(path: string): Promise<string> {
  return realpath(path).catch(() => '');
}

function entriesOf(path: string, isRoot: boolean): readonly Dirent[] {
  try {
    // Synchronous: a folder of source code is read in 10 µs, a trip to the thread pool costs more.
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (isRoot) throw error;
    return [];
  }
}

/** @returns true when `path` is `folder` or lies below it; both absolute and free of `.` parts. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}
