// All that stands at some paths of a workspace, one after another, a folder before what is in it. Follows no link,
// passes over what is closed to tools, and names what can't be kept.
import { readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { Unlandable } from '../model/effects.ts';
import { systemCode } from '../model/fault.ts';
import { childOf, nameOf, parentOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { readLink, type Folder } from './beneath-folder.ts';
import { wasOf } from './commit-content.ts';
import { inParents, Parents } from './commit-parents.ts';
import { Refused } from './files-refused.ts';
import type { Was } from './journal.ts';

/** Only good until the next one is asked for. */
export interface Seen {
  readonly path: WorkPath;
  readonly folder: Folder;
  readonly name: string;
  readonly stat: BigIntStats;
  readonly was: Was;
}

const STRETCH = 200;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The paths to watch: where a folder on the way is missing, the first such, since it would be made. None lies in another. */
export function topsOf(root: Root, paths: readonly WorkPath[]): readonly WorkPath[] {
  const tops = inParents(root, (parents) => paths.toSorted().map((path) => {
    let top = path;
    while (top !== '.' && parents.of(top) === null) top = parentOf(top);
    return top;
  }));
  const all = new Set(tops);
  const isBelow = (path: WorkPath): boolean => path !== '.' && (all.has(parentOf(path)) || isBelow(parentOf(path)));
  return [...all].filter((path) => !isBelow(path)).toSorted();
}

/** @param left gets what can't be kept. Throws Refused. */
export async function* walkFrom(root: Root, tops: readonly WorkPath[], left: Unlandable[]): AsyncGenerator<Seen> {
  const walk = new Walk(root, left);
  const parents = new Parents(root);
  try {
    for (const top of tops) {
      if (top === '.') yield* walk.folder(root.top);
      else {
        const folder = parents.of(top);
        if (folder !== null) yield* walk.name(folder, nameOf(top));
      }
    }
  } finally {
    parents.close();
  }
}

class Walk {
  readonly #root: Root;
  readonly #left: Unlandable[];
  #seen = 0;

  constructor(root: Root, left: Unlandable[]) {
    this.#root = root;
    this.#left = left;
  }

  async *folder(folder: Folder): AsyncGenerator<Seen> {
    for (const bytes of this.#namesOf(folder)) {
      if (++this.#seen % STRETCH === 0) await new Promise((resume) => setImmediate(resume));
      const name = decoded(bytes);
      if (name === null) this.#left.push({ path: childOf(folder.path, bytes.toString('latin1')), why: "its name isn't text (UTF-8)" });
      else yield* this.name(folder, name);
    }
  }

  async *name(folder: Folder, name: string): AsyncGenerator<Seen> {
    const path = childOf(folder.path, name);
    const entry = folder.peek(name);
    if (entry === null || this.#isClosed(entry.stat, path)) return;
    const target = entry.type === 'link' ? this.#target(folder, name, path) : null;
    const was = entry.type === 'link' && target === null ? null : wasOf(entry.stat, target);
    if (was === null) {
      if (entry.type === 'special') this.#left.push({ path, why: 'it is a device, socket or named pipe' });
      return;
    }
    yield { path, folder, name, stat: entry.stat, was };
    if (was.type !== 'folder') return;
    const inner = folder.enter(name);
    if (inner === null) return;
    try {
      yield* this.folder(inner);
    } finally {
      inner.close();
    }
  }

  #isClosed(stat: BigIntStats, path: WorkPath): boolean {
    try {
      this.#root.admit(stat, path);
      return false;
    } catch (error) {
      if (error instanceof Refused && error.code === 'closed') return true;
      throw error;
    }
  }

  #target(folder: Folder, name: string, path: WorkPath): string | null {
    try {
      return readLink(folder, name, path);
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'bad-name') throw error;
      this.#left.push({ path, why: "what the link leads to isn't text (UTF-8)" });
      return null;
    }
  }

  #namesOf(folder: Folder): readonly Buffer[] {
    try {
      return readdirSync(folder.self(), 'buffer').map((name) => Buffer.from(name));
    } catch (error) {
      if (!['EACCES', 'EPERM'].includes(systemCode(error))) throw error;
      this.#left.push({ path: folder.path, why: "what is in it can't be listed by this user" });
      return [];
    }
  }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return text.decode(bytes);
  } catch {
    return null;
  }
}
