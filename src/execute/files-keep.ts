// A file, or some lines of it, exactly as it stands there, to be passed on unread: no heading, no limit on lines, and no
// part of it where it doesn't fit.
import type { FileHandle } from 'node:fs/promises';
import type { Read } from '../model/action.ts';
import { Refused, shown } from './files-refused.ts';
import { decode, HEAD_BYTES, notUtf8, readAll, refuseBinary, sizeWords } from './files-text.ts';

/** As long as what is fetched may be. */
const MOST_KEPT = 2_000_000;

/** Throws Refused for what is too long, or no text. */
export async function keptText(handle: FileHandle, { path, from, to }: Extract<Read, { op: 'read' }>): Promise<string> {
  const bytes = await readAll(handle, MOST_KEPT);
  if (bytes === null) throw new Refused('too-large', `${shown(path)} is longer than ${sizeWords(MOST_KEPT)}, too much to be kept. Use a command to copy it.`);
  refuseBinary(path, bytes, bytes.length);
  const text = decode(bytes);
  if (text === null) throw notUtf8(path, bytes.subarray(0, HEAD_BYTES));
  if (from === 1 && to === 0) return text;
  const lines = text.split(/(?<=\n)/);
  if (from > lines.length) throw new Refused('no-match', `from ${from} is past the end of ${shown(path)}.`);
  return lines.slice(from - 1, to === 0 ? undefined : to).join('');
}
