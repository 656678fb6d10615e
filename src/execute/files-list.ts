// Lists a folder: nearest names first when there are too many, then in order. Names that can't be shown as they
// are come as JSON strings, and names that aren't UTF-8 are shown with their bytes and can't be addressed.
import { opendir } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { Read, WorkPath } from '../model/action.ts';
import { childOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { readLink, type Folder } from './beneath-folder.ts';
import type { FileResult, ReadOptions } from './files.ts';
import { notFound } from './files-near.ts';
import { inWords, Refused, shown } from './files-refused.ts';
import { sizeWords } from './files-text.ts';

const ENTRIES = 500;
/** Names of one folder that are read before it is called too large to sort. */
const READ_ENTRIES = 20_000;
/** Machine-made and large: named, not entered. */
const NOT_ENTERED: ReadonlySet<string> = new Set(['.git', 'node_modules', '__pycache__', '.venv']);

export interface Name {
  /** What is passed to the system: bytes where the name isn't UTF-8. */
  readonly key: string | Buffer;
  readonly shown: string;
}

interface Row {
  /** Sorts a folder's content behind the folder. */
  readonly order: string;
  readonly text: string;
}

/** Lists `path` to a depth of 1–3. Throws Refused. */
export async function listFolder(root: Root, action: Extract<Read, { op: 'list' }>, options: ReadOptions): Promise<FileResult> {
  const found = root.find(action.path, 'follow');
  if (found.entry === null) throw notFound(found);
  const top = found.name === '' ? found.folder : found.entry.type === 'folder' ? found.folder.enter(found.name) : null;
  if (top === null) throw new Refused('not-folder', `${shown(action.path)} is not a folder${found.entry.type === 'file' ? ` but a file of ${sizeWords(found.entry.stat.size)}. Use read.` : '.'}`);

  const rows: Row[] = [];
  const named: WorkPath[] = [];
  let leftOut = 0;
  let level: { readonly folder: Folder; readonly prefix: string }[] = [{ folder: top, prefix: '' }];
  for (let depth = 1; depth <= action.depth && level.length > 0; depth += 1) {
    const below: typeof level = [];
    for (const { folder, prefix } of level) {
      options.signal?.throwIfAborted();
      const { names, more } = await namesOf(folder, READ_ENTRIES);
      leftOut += more;
      for (const name of names) {
        if (rows.length >= ENTRIES) {
          leftOut += 1;
          continue;
        }
        const entry = folder.peek(name.key);
        if (entry === null) continue;
        const path = `${prefix}${name.shown}`;
        const enters = entry.type === 'folder' && depth < action.depth && !NOT_ENTERED.has(name.shown);
        const inner = enters ? enterQuietly(folder, name.key) : null;
        if (inner !== null) below.push({ folder: inner, prefix: `${path}/` });
        named.push(childOf(found.path, path));
        rows.push({ order: `${prefix}${name.shown}`.replaceAll('/', '\0'), text: `${path}${detail(folder, name, entry.type, entry.stat)}` });
      }
      if (folder !== root.top) folder.close();
    }
    level = below;
  }
  const sorted = rows.toSorted((a, b) => (a.order < b.order ? -1 : 1)).map(({ text }) => text);
  const head = `${action.path === '.' ? 'The workspace' : shown(action.path)} (${sorted.length === 0 ? 'empty' : sorted.length === 1 ? '1 entry' : `${sorted.length} entries`})`;
  const tail = leftOut === 0 ? [] : [`[${leftOut} more left out: list a folder inside, or use search]`];
  return { text: [head, ...sorted, ...tail].join('\n'), touched: [...new Set([action.path, found.path])], named };
}

/** The names in a folder, sorted by their bytes; `more` counts those past `most`. */
export async function namesOf(folder: Folder, most: number): Promise<{ readonly names: readonly Name[]; readonly more: number }> {
  folder.check();
  const keys: Buffer[] = [];
  let more = 0;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node takes `buffer` here and gives bytes; its types know only text.
    const open = await opendir(folder.self(), { encoding: 'buffer' as BufferEncoding, bufferSize: 256 });
    for await (const { name } of open) {
      if (keys.length < most) keys.push(bytesOf(name));
      else more += 1;
    }
  } catch (error) {
    throw inWords(error, folder.path);
  }
  folder.check();
  return { names: keys.toSorted(Buffer.compare).map(nameOf), more };
}

function bytesOf(name: unknown): Buffer {
  return Buffer.isBuffer(name) ? name : Buffer.from(String(name));
}

function nameOf(bytes: Buffer): Name {
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return { key: text, shown: shown(text) };
  const marked = Array.from(bytes.toString('latin1'), (char) => (char >= ' ' && char <= '~' && char !== '\\' ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)).join('');
  return { key: bytes, shown: `${marked} [not UTF-8: can't be named]` };
}

/** Folders that can't be opened are listed all the same. */
function enterQuietly(folder: Folder, key: string | Buffer): Folder | null {
  try {
    return folder.enter(key);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

function detail(folder: Folder, name: Name, type: string, stat: BigIntStats): string {
  switch (type) {
    case 'folder':
      return stat.dev === folder.stat.dev ? '/' : '/  (another disk)';
    case 'file':
      return `  ${sizeWords(stat.size)}`;
    case 'link':
      return `@ -> ${target(folder, name)}`;
    default:
      return '  special file';
  }
}

function target(folder: Folder, name: Name): string {
  try {
    return shown(readLink(folder, name.key, childOf(folder.path, name.shown)) ?? '?');
  } catch (error) {
    if (error instanceof Refused) return '?';
    throw error;
  }
}
