// Files of rules as they lie in their folder right now: the person's, the machine's, those that a workspace brings. Read
// again whenever anything there has changed. Refuses links, what others could change, and what is no text; what can't be
// read is told, so that whoever asks can deny, and is never left out in silence.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../model/digest.ts';
import { systemCode, wordsOf, type FaultCode } from '../model/fault.ts';
import type { Problem } from '../model/problem.ts';

export interface RuleFolder {
  readonly layer: 'machine' | 'person' | 'workspace';
  /** Absolute. */
  readonly path: string;
  /** As files are named to a person, before the slash. */
  readonly name: string;
  /**
   * `sole`: it and the folder around it belong to this user, and nobody else may write there. `own`: it belongs to this
   * user or to root. Null: whose it is doesn't matter, as its text is looked at before it holds.
   */
  readonly owner: { readonly uid: number; readonly strict: 'sole' | 'own' } | null;
}

export interface RuleText {
  readonly name: string;
  readonly layer: RuleFolder['layer'];
  readonly text: string;
}

export interface FoundFiles {
  /** In the order of their names. */
  readonly files: readonly RuleText[];
  /** What keeps a file, or a whole folder, from being read. */
  readonly problems: readonly Problem[];
  /** Of all that was found: another one for other words. */
  readonly key: string;
}

const LARGEST = 1024 * 1024; // bytes
const MOST_FILES = 100;
/** Of all files of a workspace, bytes: they are read before anybody has trusted them, and reading rules takes its time. */
const LARGEST_WORKSPACE = 32 * 1024;
/** Milliseconds. A file that was changed just before it was read may change again within the same tick of its clock. */
const TICK = 50;

/** The files of a folder; none where there is no such folder. */
export function readRuleFiles(folder: RuleFolder): FoundFiles {
  return readAt(folder).found;
}

/** As `readRuleFiles` of several folders, for every decision: it looks at each folder and file, and reads what has changed. */
export class LiveRuleFiles {
  readonly #folders: readonly RuleFolder[];
  #watched: ReadonlyMap<string, Seen> | null = null;
  #found: FoundFiles = { files: [], problems: [], key: '' };

  constructor(folders: readonly RuleFolder[]) {
    this.#folders = folders;
  }

  /** The very same object as long as nothing has changed. */
  now(): FoundFiles {
    if (this.#watched !== null && isAsSeen(this.#watched)) return this.#found;
    const read = this.#folders.map(readAt);
    const all = read.map(({ found }) => found);
    const key = sha256(all.map((one) => one.key).join(' '));
    if (key !== this.#found.key) this.#found = { files: all.flatMap(({ files }) => files), problems: all.flatMap(({ problems }) => problems), key };
    this.#watched = read.every(({ settled }) => settled) ? new Map(read.flatMap(({ watched }) => [...watched])) : null;
    return this.#found;
  }
}

interface ReadAt {
  readonly found: FoundFiles;
  /** What is looked at to see whether anything changed. */
  readonly watched: ReadonlyMap<string, Seen>;
  /** False: what was read may already have changed without a trace. */
  readonly settled: boolean;
}

function readAt(folder: RuleFolder): ReadAt {
  const since = Date.now() - TICK;
  const paths = [...(folder.owner?.strict === 'sole' ? [dirname(folder.path)] : []), folder.path];
  const watched = new Map(paths.map((path) => [path, look(path)]));
  const files: RuleText[] = [];
  const problems: Problem[] = [];
  const say = (file: string, code: FaultCode, words: string, hint: string): void => void problems.push({ file, line: null, code, words, hint });
  for (const name of namesIn(folder, say)) {
    const path = join(folder.path, name);
    const shown = `${folder.name}/${name}`;
    watched.set(path, look(path));
    const text = readText(path, folder.owner, (code, words, hint) => say(shown, code, words, hint));
    if (text !== null) files.push({ name: shown, layer: folder.layer, text });
  }
  if (folder.layer === 'workspace' && files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) > LARGEST_WORKSPACE) {
    files.length = 0;
    say(folder.name, 'policy.long', `its files have more than ${LARGEST_WORKSPACE / 1024} KiB in all`, 'make them smaller, or put them into your own rules');
  }
  const key = sha256(JSON.stringify([folder.layer, files, problems]));
  const settled = [...watched.keys()].every((path) => changedAt(look(path)) < since);
  return { found: { files, problems, key }, watched, settled };
}

type Say = (code: FaultCode, words: string, hint: string) => void;

/** Hidden ones are an editor's own. */
function namesIn({ path, name, layer, owner }: RuleFolder, sayOf: (file: string, ...said: Parameters<Say>) => void): readonly string[] {
  const say: Say = (...said) => sayOf(name, ...said);
  try {
    // For a workspace and a machine: nobody else may have put something in its way.
    const around = owner?.strict === 'sole' || layer === 'workspace' ? lstatSync(dirname(path), { throwIfNoEntry: false }) : undefined;
    if (around?.isDirectory() === false) return say('policy.folder', `${dirname(path)} is a ${around.isSymbolicLink() ? 'link' : 'file'}, and no folder`, 'put a real folder there, or remove it'), [];
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!stats.isDirectory()) return say('policy.folder', stats.isSymbolicLink() ? 'it is a link, and no folder' : 'it is no folder', 'put a real folder there, or remove it'), [];
    for (const [one, whose] of [[stats, path], ...(around === undefined ? [] : [[around, dirname(path)] as const])] as const) {
      const words = whyNotOwned(one, owner);
      if (words !== null) return say('policy.owner', `${whose} ${words}`, ownerHint(whose, owner)), [];
    }
    const names = readdirSync(path).filter((one) => one.endsWith('.cedar') && !one.startsWith('.')).toSorted();
    if (names.length <= MOST_FILES) return names;
    return say('policy.many', `there are ${names.length} files of rules`, `keep them to ${MOST_FILES}`), [];
  } catch (error) {
    return say('policy.file', `it can't be read: ${wordsOf(error)}`, systemCode(error) === 'EACCES' ? `let this user read it: chmod a+rx '${path}'` : 'look at what lies there'), [];
  }
}

/** Null: it can't be had, and that was said. */
function readText(path: string, owner: RuleFolder['owner'], say: Say): string | null {
  let file: number | undefined;
  try {
    // A pipe would wait for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile()) return say('policy.file', `it is ${stats.isDirectory() ? 'a folder' : 'no file'}`, 'give it another name, or remove it'), null;
    const words = whyNotOwned(stats, owner);
    if (words !== null) return say('policy.owner', `it ${words}`, ownerHint(path, owner)), null;
    if (stats.size > LARGEST) return say('policy.long', 'it is larger than 1 MiB', 'make it smaller'), null;
    const bytes = readFileSync(file);
    if (bytes.length > LARGEST) return say('policy.long', 'it is larger than 1 MiB', 'make it smaller'), null;
    return decode(bytes, say);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ELOOP' || code === 'EMLINK') return say('policy.link', 'it is a link', 'put the file itself there'), null;
    return say('policy.file', `it can't be read: ${wordsOf(error)}`, code === 'EACCES' ? `let this user read it: chmod u+r '${path}'` : 'look at what lies there'), null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function decode(bytes: Uint8Array, say: Say): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const end = validEnd(bytes);
    const line = new TextDecoder().decode(bytes.subarray(0, end)).split('\n').length;
    return say('policy.text', `it is no text in UTF-8, from line ${line} on`, 'save it as UTF-8'), null;
  }
}

/** How many bytes from the beginning are UTF-8. */
function validEnd(bytes: Uint8Array): number {
  const text = new TextDecoder().decode(bytes);
  let at = 0;
  for (const letter of text) {
    const own = Buffer.from(letter);
    if (!own.equals(bytes.subarray(at, at + own.length))) return at;
    at += own.length;
  }
  return at;
}

/** In words, after what it is; null: it may be trusted. */
function whyNotOwned({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, owner: RuleFolder['owner']): string | null {
  if (owner === null || process.getuid === undefined) return null;
  if (uid !== owner.uid && (owner.strict === 'sole' || uid !== 0)) return `belongs to another user (uid ${uid}, not ${owner.uid})`;
  return owner.strict === 'sole' && (mode & 0o022) !== 0 ? 'can be changed by other users' : null;
}

function ownerHint(path: string, owner: RuleFolder['owner']): string {
  return `run: sudo chown ${owner?.uid ?? 0} '${path}' && sudo chmod go-w '${path}'`;
}

/** What stands at a path, or why that can't be looked at; empty: nothing. */
type Seen = Stats | string;

function look(path: string): Seen {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? '';
  } catch (error) {
    return systemCode(error);
  }
}

function isAsSeen(watched: ReadonlyMap<string, Seen>): boolean {
  for (const [path, before] of watched) if (!isSame(before, look(path))) return false;
  return true;
}

function isSame(one: Seen, other: Seen): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.ctimeMs === other.ctimeMs && one.mtimeMs === other.mtimeMs && one.ino === other.ino && one.size === other.size && one.mode === other.mode && one.uid === other.uid;
}

/** Milliseconds since 1970. */
function changedAt(seen: Seen): number {
  return typeof seen === 'string' ? 0 : seen.ctimeMs;
}
