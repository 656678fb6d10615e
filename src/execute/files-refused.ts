// Why a file action isn't done, in words that a model can act on. Nothing has been changed unless `touched` says so.
import type { WorkPath } from '../model/action.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';

export const REFUSALS = [
  'not-found', 'exists', 'is-folder', 'not-folder', 'link', 'special', 'outside', 'closed', 'secret', 'binary', 'too-large', 'too-many',
  'no-match', 'many-matches', 'no-change', 'bad-pattern', 'bad-name', 'denied', 'read-only', 'full', 'busy', 'other-disk', 'changing', 'limit',
] as const;
export type RefusedCode = (typeof REFUSALS)[number];

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusedCode;
  /** What was changed already when it stopped; nearly always nothing. */
  readonly touched: readonly WorkPath[];
  /** Other paths that the words tell of. */
  readonly names: readonly WorkPath[];

  constructor(code: RefusedCode, words: string, touched: readonly WorkPath[] = [], names: readonly WorkPath[] = []) {
    super(words);
    this.code = code;
    this.touched = touched;
    this.names = names;
  }
}

/** What was judged is no longer what is there: nothing landed, and it has to be judged again. */
export class Drifted extends Error {
  override readonly name = 'Drifted';
  readonly path: WorkPath;

  constructor(path: WorkPath, words: string) {
    super(words);
    this.path = path;
  }
}

const SYSTEM: { readonly [code: string]: readonly [RefusedCode, string] } = {
  ENOENT: ['not-found', 'is not there (any more)'],
  EEXIST: ['exists', 'exists already'],
  ENOTDIR: ['not-folder', 'is not a folder'],
  EISDIR: ['is-folder', 'is a folder'],
  ENOTEMPTY: ['changing', 'is not empty: something was put in meanwhile'],
  ELOOP: ['link', 'is a link'],
  EACCES: ['denied', "can't be opened: the system denies this user the right"],
  EPERM: ['denied', "can't be changed: the system denies this user the right (another owner, or marked immutable)"],
  EROFS: ['read-only', "can't be changed: the disk is mounted read-only"],
  ENOSPC: ['full', "can't be written: the disk is full; free some space and try again"],
  EDQUOT: ['full', "can't be written: the user's disk quota is used up"],
  EFBIG: ['too-large', 'would be larger than the system allows'],
  ENAMETOOLONG: ['bad-name', 'has a name longer than the disk allows'],
  EINVAL: ['bad-name', 'has a name that this disk does not take'],
  EILSEQ: ['bad-name', 'has a name that this disk does not take'],
  EBUSY: ['busy', 'is in use or a mount point'],
  ETXTBSY: ['busy', 'is a program that runs right now'],
  EXDEV: ['other-disk', 'is on another disk: write the new file and delete the old one instead'],
  EMLINK: ['denied', 'has too many hard links'],
};

/** Puts a system error into words; what is no refusal of the system (an I/O error, no handles left) becomes a Fault. */
export function inWords(error: unknown, path: WorkPath, touched: readonly WorkPath[] = []): Error {
  if (error instanceof Refused || error instanceof Drifted || error instanceof Fault) return error;
  const code = systemCode(error);
  const known = SYSTEM[code];
  if (known !== undefined) return new Refused(known[0], `${shown(path)} ${known[1]}.`, touched);
  if (code === 'EMFILE' || code === 'ENFILE') return new Fault('files.handles', 'no file handles are left', 'close other programs or raise `ulimit -n`', { cause: error });
  if (code === '') return error instanceof Error ? error : new Fault('files.unknown', wordsOf(error));
  return new Fault('files.system', `${shown(path)}: the system answered ${code}`, 'look at the disk (`dmesg`), then try again', { cause: error });
}

/**
 * A name as it can be shown and said: as it is, or as a JSON string when it holds characters that hide or break
 * lines. Either way a model can name it.
 */
export function shown(name: string): string {
  const escaped = Array.from(name, (char) => (visible(char) === char ? char : escape(char))).join('');
  return escaped === name && name.trim() === name && !name.startsWith('"') ? name : `"${escaped.replaceAll(/\\(?!u[0-9a-f]{4})|"/g, '\\$&')}"`;
}

function escape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}
