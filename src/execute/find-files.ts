// Finds files of a workspace by name, for a person who picks one: ripgrep's list of files inside the sandbox, with
// .gitignore heeded and secrets left out, and what of it fits some words. Names only; nothing is opened.
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { isHidden } from './hidden.ts';
import type { Limits } from './limits.ts';
import { planSandbox, runSandboxed, type SandboxSpec } from './sandbox.ts';
import { findRipgrep } from './search-program.ts';

export interface FindSettings {
  readonly containment: Containment;
  readonly limits: Limits;
  /** Patterns of hidden.ts. */
  readonly hide: readonly string[];
  readonly never: readonly string[];
}

export interface FoundFiles {
  /** The best first. */
  readonly paths: readonly WorkPath[];
  /** False: more fit than are given, or not all files were looked at. */
  readonly whole: boolean;
}

const INSIDE = '/opt/search/rg';
/** Milliseconds. */
const TIME = 10_000;
/** Bytes of names that are looked at. */
const ENOUGH = 16 * 2 ** 20;
/** Milliseconds that a list serves: a person types faster than files come. */
const FRESH = 5_000;

interface Listed {
  readonly paths: readonly WorkPath[];
  readonly whole: boolean;
}

/** Keeps the last list of one workspace for a moment. */
export class FileFinder {
  readonly #settings: FindSettings;
  #root = '';
  #until = 0;
  #listed: Promise<Listed> | undefined;

  constructor(settings: FindSettings) {
    this.#settings = settings;
  }

  /** @param question words; each must occur in the path, its letters at least in order. Throws `workspace.*`. */
  async find(root: string, question: string, limit: number): Promise<FoundFiles> {
    const { paths, whole } = await this.#list(root);
    const words = question.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const ranked = paths.flatMap((path) => {
      const rank = rankOf(path.toLowerCase(), words);
      return rank === null ? [] : [{ path, rank }];
    });
    ranked.sort((a, b) => a.rank - b.rank || (words.length === 0 ? 0 : a.path.length - b.path.length) || (a.path < b.path ? -1 : 1));
    return { paths: ranked.slice(0, limit).map(({ path }) => path), whole: whole && ranked.length <= limit };
  }

  #list(root: string): Promise<Listed> {
    const now = performance.now();
    if (this.#listed !== undefined && this.#root === root && now < this.#until) return this.#listed;
    this.#root = root;
    this.#until = now + FRESH;
    const listing = listFiles(root, this.#settings);
    this.#listed = listing;
    // What failed is tried anew by the next one who asks.
    listing.catch(() => {
      if (this.#listed === listing) this.#listed = undefined;
    });
    return listing;
  }
}

/** The sum over all words: in the name's front, in the name, in the path, its letters in order in the path. Null: it doesn't fit. */
export function rankOf(path: string, words: readonly string[]): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  let sum = 0;
  for (const word of words) {
    const rank = name === word ? 0 : name.startsWith(word) ? 1 : name.includes(word) ? 2 : path.includes(word) ? 3 : hasInOrder(name, word) ? 4 : hasInOrder(path, word) ? 5 : null;
    if (rank === null) return null;
    sum += rank;
  }
  return sum;
}

function hasInOrder(text: string, word: string): boolean {
  let at = 0;
  for (const char of word) {
    const next = text.indexOf(char, at);
    if (next < 0) return false;
    at = next + char.length;
  }
  return true;
}

async function listFiles(root: string, { containment, limits, hide, never }: FindSettings): Promise<Listed> {
  if (containment.sandbox !== 'bwrap') throw new Fault('workspace.sandbox', 'files are listed inside the sandbox only, and there is none on this machine', 'see `pwb doctor`, or name the file by its path');
  const spec: SandboxSpec = {
    root, cwd: '.', access: 'read', limits: { ...limits, time: Math.min(limits.time, TIME) }, toolchains: [], hide, never: never.filter((folder) => folder === root || folder.startsWith(`${root}/`)), also: [{ host: findRipgrep(), inside: INSIDE }],
    argv: [INSIDE, '--no-config', '--files', '--null', '--no-messages', '--hidden', '--no-require-git', '--glob=!.git'],
  };
  const plan = await planSandbox(spec, containment);
  const enough = new AbortController();
  const heard: Uint8Array[] = [];
  let bytes = 0;
  const onOutput = (chunk: Uint8Array): void => {
    if (bytes > ENOUGH) return;
    // A copy: the chunk's memory may be used again for the next.
    heard.push(chunk.slice());
    bytes += chunk.length;
    if (bytes > ENOUGH) enough.abort();
  };
  const { limits: hit, exit } = await runSandboxed(spec, plan, containment, { signal: enough.signal, onOutput });
  const names = Buffer.concat(heard);
  // Code 1: there is no file. 2: some folder can't be read, which is said nowhere but in what is missing.
  const isWhole = hit.length === 0 && !enough.signal.aborted && (exit === 0 || exit === 1);
  return { paths: namesIn(names).filter((path) => !isHidden(path, hide)), whole: isWhole };
}

/** The last one may be cut. A name that isn't UTF-8 can't be named here. */
function namesIn(bytes: Buffer): readonly WorkPath[] {
  const paths: WorkPath[] = [];
  for (let from = 0, to = bytes.indexOf(0); to >= 0; from = to + 1, to = bytes.indexOf(0, from)) {
    const name = bytes.subarray(from, to);
    const text = name.toString('utf8').replace(/^\.\//, '');
    if (text !== '' && !text.includes('\ufffd')) paths.push(text);
  }
  return paths;
}
