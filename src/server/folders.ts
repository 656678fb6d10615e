// The folders in a folder, so that a person can choose one as a workspace. It opens no file, follows no link below the
// folder that is asked for, and lists a bounded number.
import { opendir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';

export interface Folders {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly parent: string | null;
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  /** What isn't listed, and why. */
  readonly words: string | null;
}

/** Folders listed, and entries looked at. */
const MOST = 1000;
const MOST_LOOKS = 20_000;

/** @param asked absolute. @param hidden names with a leading dot too. Throws `folder.missing`; what can't be read is said in words. */
export async function foldersIn(asked: string, hidden: boolean): Promise<Folders> {
  const path = await real(asked);
  const parent = path === '/' ? null : dirname(path);
  const names: string[] = [];
  const left = { hidden: 0, odd: 0, more: false };
  let looks = 0;
  try {
    for await (const entry of await opendir(path)) {
      if (++looks > MOST_LOOKS) left.more = true;
      if (left.more) break;
      if (!entry.isDirectory()) continue;
      // Node puts U+FFFD for what is not UTF-8: the name would then be another one.
      if (entry.name.includes('\ufffd')) left.odd += 1;
      else if (!hidden && entry.name.startsWith('.')) left.hidden += 1;
      else names.push(entry.name);
    }
  } catch (error) {
    return { path, parent, folders: [], words: `This folder can't be read: ${wordsOf(error)}` };
  }
  const shown = names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).slice(0, MOST);
  return { path, parent, folders: shown.map((name) => ({ name, path: join(path, name) })), words: wordsFor(left, names.length - shown.length) };
}

async function real(asked: string): Promise<string> {
  try {
    const path = await realpath(asked);
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    throw new Fault('folder.missing', `${asked} can't be opened: ${wordsOf(error)}`, 'go to a folder that is there', { cause: error });
  }
  throw new Fault('folder.missing', `${asked} is not a folder`, 'go to a folder');
}

function wordsFor({ hidden, odd, more }: { readonly hidden: number; readonly odd: number; readonly more: boolean }, cut: number): string | null {
  const words = [
    ...(more || cut > 0 ? [more ? 'There is more than can be listed here.' : `${cut} more are not listed.`] : []),
    ...(odd > 0 ? [`${odd} with names that are not UTF-8 are not listed.`] : []),
    ...(hidden > 0 ? [`${hidden} hidden ${hidden === 1 ? 'folder is' : 'folders are'} not listed.`] : []),
  ];
  return words.length === 0 ? null : words.join(' ');
}
