// Reads lines of a text file in pieces, so that the front of a huge file costs no more than the front of a small
// one. What is left out is always said, with how to get it.
import type { FileHandle } from 'node:fs/promises';
import type { Read } from '../model/action.ts';
import type { Root } from './beneath.ts';
import { openFile, typeWords } from './beneath-open.ts';
import type { FileResult, ReadOptions } from './files.ts';
import { LinePicker, type Line } from './files-lines.ts';
import { isHiddenName, notFound } from './files-near.ts';
import { Refused, shown } from './files-refused.ts';
import { BOM, HEAD_BYTES, refuseBinary, sizeWords } from './files-text.ts';

const LINES = 400;
const BYTES = 32 * 1024;
/** Up to this size all lines are counted and no range is asked for. */
const WHOLE_BYTES = 64 * 1024 * 1024;
/** How far into a larger file a range may lie. */
const FAR_BYTES = 256 * 1024 * 1024;
const PIECE = 1 << 18;

interface Scan {
  readonly lines: readonly Line[];
  /** All lines of the file; null when the rest wasn't counted. */
  readonly total: number | null;
  /** Stopped by the byte limit before the range was full. */
  readonly full: boolean;
  readonly head: Buffer;
  /** The very last byte seen was a new line, or nothing was. */
  readonly closed: boolean;
}

/** Reads `from`–`to` of a file (links followed as long as they stay inside). Throws Refused. */
export async function readFile(root: Root, action: Extract<Read, { op: 'read' }>, options: ReadOptions): Promise<FileResult> {
  const found = root.find(action.path, 'follow');
  if (found.entry === null) throw notFound(found);
  if (found.entry.type !== 'file') throw typeWords(found);
  if (found.path !== action.path && (options.hidden ?? isHiddenName)(found.path)) throw new Refused('secret', `${shown(action.path)} is a link to ${shown(found.path)}, which is kept from models. Ask for that path by name.`);
  const { handle, stat } = await openFile(found);
  try {
    const touched = [...new Set([action.path, found.path])];
    if (action.keep === true) return { text: await (await import('./files-keep.ts')).keptText(handle, action), touched };
    if (stat.size > WHOLE_BYTES && action.from === 1 && action.to === 0) {
      throw new Refused('too-large', `${shown(action.path)} has ${sizeWords(stat.size)}, too much to read at once. Read a part of its front (from 1, to 200), or use search.`);
    }
    const scan = await scanLines(handle, action, options, Number(stat.size));
    return { text: words(action, scan, stat.size), touched, ...(isCut(action, scan) ? { cut: true } : {}) };
  } finally {
    await handle.close();
  }
}

async function scanLines(handle: FileHandle, { path, from, to }: Extract<Read, { op: 'read' }>, options: ReadOptions, size: number): Promise<Scan> {
  const lines = new LinePicker(path, from, to === 0 ? from + (options.lines ?? LINES) - 1 : to, options.bytes ?? BYTES);
  const piece = Buffer.allocUnsafe(PIECE);
  let head = Buffer.alloc(0);
  for (let at = 0; ; ) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, PIECE, at);
    if (bytesRead === 0) return { lines: lines.picked, total: lines.end(), full: lines.full, head, closed: lines.closed };
    const bytes = piece.subarray(0, bytesRead);
    if (at === 0) {
      head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
      refuseBinary(path, head, size);
    }
    at += bytesRead;
    lines.push(bytes);
    if (size > WHOLE_BYTES && lines.done) return { lines: lines.picked, total: null, full: lines.full, head, closed: true };
    if (at > FAR_BYTES) throw new Refused('too-large', `line ${from} of ${shown(path)} lies more than ${sizeWords(FAR_BYTES)} into it. Use search, or run a command such as sed -n.`);
  }
}

/** Less than the range that was asked for. */
function isCut({ from, to }: Extract<Read, { op: 'read' }>, { lines, total }: Scan): boolean {
  const end = from + lines.length - 1;
  return lines.some(({ leftOut }) => leftOut > 0) || ((total === null || end < total) && (to === 0 || end < to));
}

function words(action: Extract<Read, { op: 'read' }>, { lines, total, full, head, closed }: Scan, size: bigint): string {
  const { from } = action;
  const name = shown(action.path);
  if (total === 0) return `${name} (empty)`;
  if (lines.length === 0) throw new Refused('no-match', `${name} has ${count(total ?? 0)}; from ${from} is past its end.`);
  const end = from + lines.length - 1;
  const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  const crlf = lines.filter(({ text }) => text.endsWith('\r')).length;
  const marks = [
    `lines ${from}–${end} of ${total ?? `more; the file has ${sizeWords(size)}`}`,
    ...(crlf === 0 ? [] : [crlf >= lines.length - 1 ? 'line ends are CRLF' : 'line ends are CRLF and LF mixed']),
    ...(bom ? ['begins with a byte order mark'] : []),
    ...(end === total && !closed ? ['no new line at the end'] : []),
  ];
  const body = lines.map(({ text, leftOut }, i) => {
    const plain = i === 0 && from === 1 && text.startsWith(BOM) ? text.slice(1) : text;
    return leftOut === 0 ? plain : `${plain}… [line ${from + i}: ${sizeWords(leftOut)} more left out; get at them with search or a command]`;
  });
  const more = total === null || end < total;
  const rest = !more || (action.to !== 0 && end >= action.to) ? [] : [`[${full ? 'as much as fits; ' : ''}${total === null ? 'more follows' : `lines ${end + 1}–${total} left out`}: read on with from ${end + 1}]`];
  return [`${name} (${marks.join(', ')})`, ...body, ...rest].join('\n');
}

function count(lines: number): string {
  return lines === 1 ? '1 line' : `${lines} lines`;
}
