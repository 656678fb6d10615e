// Git keeps what it knows of the files' times and inodes in `.git/index` and writes it anew when that alone has
// changed; a person means by an effect something else. Format: gitformat-index, versions 2 to 4. What can't be
// read as one to the last byte is not the same.
import type { Content } from './effects-content.ts';

const INDEX = /(^|\/)\.git\/((worktrees|modules)\/.+\/)?index$/;
const HEADER = 12;
/** What comes before the mode: two times, device and inode; after it: user, group. */
const MODE = 24;
const SIZE = 36;
const OBJECT = 40;
const EXTENDED = 0x4000;
const NAME_MASK = 0xfff;
/** Speed-ups that git works out again: which folders hold untracked files, what a file watcher said, where parts begin. */
const DERIVED = ['UNTR', 'FSMN', 'EOIE', 'IEOT'];
/** Ids of folders, which a commit believes: they may be forgotten, never be new. */
const TREES = 'TREE';

interface Index {
  /** All of every entry but what the file system says of it. */
  readonly entries: string;
  readonly extensions: ReadonlyMap<string, string>;
}

/** Bytes of an index that is compared: about 100,000 files. */
const MOST_INDEX = 8 * 1024 * 1024;

/** How much of what is at `path` is needed for isSameIndex, in bytes; undefined where it is no index. */
export function mostOfIndex(path: string): number | undefined {
  return INDEX.test(path) ? MOST_INDEX : undefined;
}

/** @returns true when `path` is a repository's index and both contents say the same about every file. */
export function isSameIndex(path: string, before: Content, after: Content): boolean {
  if (!INDEX.test(path) || before.bytes === null || after.bytes === null) return false;
  return sameIndex(before.bytes, after.bytes);
}

export function sameIndex(before: Buffer, after: Buffer): boolean {
  // SHA-1, then SHA-256 repositories: the length isn't in the file.
  return [20, 32].some((hash) => {
    const [was, is] = [readIndex(before, hash), readIndex(after, hash)];
    if (was === null || is === null || was.entries !== is.entries) return false;
    const names = new Set([...was.extensions.keys(), ...is.extensions.keys()]);
    return [...names].every((name) => DERIVED.includes(name) || was.extensions.get(name) === is.extensions.get(name) || (name === TREES && !is.extensions.has(name)));
  });
}

function readIndex(bytes: Buffer, hash: number): Index | null {
  try {
    if (bytes.length < HEADER + hash || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
    const version = bytes.readUInt32BE(4);
    if (version < 2 || version > 4) return null;
    const end = bytes.length - hash;
    const found = readEntries(bytes.subarray(0, end), version, hash);
    const extensions = new Map<string, string>();
    for (let at = found.at; at < end; ) {
      const length = bytes.readUInt32BE(at + 4);
      const name = bytes.toString('latin1', at, at + 4);
      if (at + 8 + length > end || extensions.has(name)) return null;
      extensions.set(name, bytes.toString('latin1', at + 8, at + 8 + length));
      at += 8 + length;
    }
    return { entries: found.entries, extensions };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readEntries(bytes: Buffer, version: number, hash: number): { readonly entries: string; readonly at: number } {
  const count = bytes.readUInt32BE(8);
  const lines: string[] = [];
  let at = HEADER;
  let name = '';
  for (let entry = 0; entry < count; entry++) {
    const flagsAt = at + OBJECT + hash;
    const flags = bytes.readUInt16BE(flagsAt);
    const extended = version > 2 && (flags & EXTENDED) !== 0;
    const more = extended ? bytes.readUInt16BE(flagsAt + 2) : 0;
    let nameAt = flagsAt + (extended ? 4 : 2);
    if (version === 4) {
      const cut = readOffset(bytes, nameAt);
      if (cut.value > name.length) throw new RangeError('an entry takes more from the name before than there is');
      name = name.slice(0, name.length - cut.value);
      nameAt = cut.at;
    } else name = '';
    const nameEnd = bytes.indexOf(0, nameAt);
    if (nameEnd < 0) throw new RangeError('a name has no end');
    name += bytes.toString('latin1', nameAt, nameEnd);
    lines.push(`${bytes.readUInt32BE(at + MODE)} ${bytes.readUInt32BE(at + SIZE)} ${bytes.toString('hex', at + OBJECT, flagsAt)} ${flags & ~NAME_MASK} ${more} ${name}`);
    at = version === 4 ? nameEnd + 1 : at + ((nameEnd - at + 8) & ~7);
  }
  return { entries: lines.join('\0'), at };
}

/** Seven bits a byte, highest first; each step on adds one (as in pack files' offsets). */
function readOffset(bytes: Buffer, from: number): { readonly value: number; readonly at: number } {
  let at = from;
  let byte = bytes.readUInt8(at++);
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    byte = bytes.readUInt8(at++);
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, at };
}
