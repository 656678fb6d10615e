// One walk from an open root to a name, part by part. Links are read and resolved here, never by the system.
import type { WorkPath } from '../model/action.ts';
import { childOf, isInside, partsOf } from '../model/path.ts';
import { changing, readLink, type Entry, type Folder } from './beneath-folder.ts';
import { Refused, shown } from './files-refused.ts';

/** What a path led to. `folder` is open until the root is closed or the folder is. */
export interface Found {
  readonly folder: Folder;
  /** Name in `folder`; empty when the folder itself is what was asked for. */
  readonly name: string;
  /** Null: there is nothing of that name. */
  readonly entry: Entry | null;
  /** The parts below a missing name. */
  readonly rest: readonly string[];
  /** Where it really is, relative to the root, links resolved. */
  readonly path: WorkPath;
}

/**
 * `follow` resolves links (at most 40) as long as they stay beneath the root. `refuse` refuses the first link
 * on the way by name, but a link that is the last part is returned as what it is.
 */
export type Links = 'follow' | 'refuse';

const MOST_LINKS = 40;
const MOST_PARTS = 512;
/** How often we look again when what we just saw has changed. */
const MOST_TRIES = 3;

export class Walk {
  readonly #asked: WorkPath;
  readonly #links: Links;
  readonly #queue: string[];
  readonly #stack: Folder[];
  #followed = 0;
  #tries = 0;

  constructor(top: Folder, path: WorkPath, links: Links) {
    if (!isInside(path) || (process.platform === 'win32' && /[\\:]/.test(path))) throw outside(path);
    this.#asked = path;
    this.#links = links;
    this.#queue = [...partsOf(path)];
    this.#stack = [top];
  }

  /** Throws Refused: outside, link, not-folder, closed, denied, changing. */
  run(): Found {
    try {
      for (;;) {
        const found = this.#step();
        if (found !== null) return found;
      }
    } finally {
      // What was found stays open, the way to it doesn't have to; the top is the root's own.
      for (const folder of this.#stack.slice(1, -1)) folder.close();
    }
  }

  #step(): Found | null {
    const here = this.#here();
    const part = this.#queue[0];
    if (part === undefined) return { folder: here, name: '', entry: { type: 'folder', stat: here.stat }, rest: [], path: here.path };
    if (this.#queue.length > MOST_PARTS) throw new Refused('bad-name', `${shown(this.#asked)} is deeper than ${MOST_PARTS} folders.`);
    if (part === '..') return this.#up();
    const entry = here.peek(part);
    const path = childOf(here.path, part);
    if (entry === null) return { folder: here, name: part, entry, rest: this.#queue.slice(1), path: childOf(here.path, this.#queue.join('/')) };
    here.keeper.admit(entry.stat, path);
    const last = this.#queue.length === 1;
    if (entry.type === 'link' && (this.#links === 'follow' || !last)) return this.#through(here, part, path);
    if (last) return { folder: here, name: part, entry, rest: [], path };
    if (entry.type !== 'folder') throw new Refused('not-folder', `${shown(path)} is a ${entry.type === 'special' ? 'special file' : entry.type}, not a folder.`);
    const next = here.enter(part);
    // Who could attack: a process that swaps the folder for a link right now.
    if (next === null) return this.#again(path);
    this.#stack.push(next);
    this.#queue.shift();
    return null;
  }

  /** Only a link's own text has `..`; the folder above is the one that we came through. */
  #up(): null {
    if (this.#stack.length === 1) throw outside(this.#asked);
    this.#stack.pop()?.close();
    this.#queue.shift();
    return null;
  }

  #through(here: Folder, part: string, path: WorkPath): null {
    if (this.#links === 'refuse') throw linkWords(path);
    if (++this.#followed > MOST_LINKS) throw new Refused('link', `${shown(this.#asked)} leads through more than ${MOST_LINKS} links.`);
    const target = readLink(here, part, this.#asked);
    if (target === null) return this.#again(path);
    const parts = partsOf(target);
    if (!target.startsWith('/')) {
      this.#queue.splice(0, 1, ...parts);
      return null;
    }
    const home = partsOf(this.#top().realPath());
    if (!home.every((name, i) => parts[i] === name)) throw outside(this.#asked, target);
    for (const folder of this.#stack.splice(1)) folder.close();
    this.#queue.splice(0, 1, ...parts.slice(home.length));
    return null;
  }

  #again(path: WorkPath): null {
    if (++this.#tries > MOST_TRIES) throw changing(path);
    return null;
  }

  #top(): Folder {
    return this.#stack[0] ?? this.#here();
  }

  #here(): Folder {
    const here = this.#stack.at(-1);
    if (here === undefined) throw changing(this.#asked);
    return here;
  }
}

export function linkWords(path: WorkPath): Refused {
  return new Refused('link', `${shown(path)} is a link, and links aren't followed for writing. Name the real path.`);
}

function outside(path: WorkPath, target?: string): Refused {
  return new Refused('outside', `${shown(path)} ${target === undefined ? 'leads out of the workspace' : `is a link out of the workspace, to ${shown(target)}`}.`);
}
