// The place in a source where a value was found: the lines around it, with its bytes marked. Drawn, for every door alike.
// Refuses to mark anything where the bytes don't fit the text.
import type { Action } from '../model/action.ts';
import { grouped, textWords } from './drawing.ts';

export interface ExcerptLine {
  /** In the file, or of what was read; null: the workbench's own line about it. */
  readonly number: number | null;
  /** Drawn, and cut at both ends. `marked` is empty where nothing of it is meant. */
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

export interface Excerpt {
  readonly lines: readonly ExcerptLine[];
  /** Lines that are left out, above and below. */
  readonly above: number;
  readonly below: number;
}

export type Bytes = readonly [from: number, behind: number];

const AROUND = 4; // lines
const SIDE = 160; // characters of a line, on either side of the mark
const LONG = 2000; // characters of a mark
const MOST = 40; // lines of a mark

/** A file's result begins with a line about it, unless it is kept unread; then come the lines that were asked for. @param at from 1, in the result. */
export function lineIn(action: Action, at: number): number | null {
  if (action.kind !== 'read' || action.op !== 'read') return at;
  if (action.keep === true) return action.from + at - 1;
  return at === 1 ? null : action.from + at - 2;
}

/** @param text the result that was read. Null: no such bytes are in it, or not as whole characters. */
export function excerptOf(text: string, bytes: Bytes, action: Action): Excerpt | null {
  const span = spanOf(text, bytes);
  if (span === null) return null;
  const lines = text.split('\n');
  const first = newLines(text.slice(0, span[0]));
  const last = Math.min(first + newLines(text.slice(...span)), first + MOST - 1);
  const [from, to] = [Math.max(first - AROUND, 0), Math.min(last + AROUND, lines.length - 1)];
  let start = lines.slice(0, from).reduce((sum, line) => sum + line.length + 1, 0);
  const shown = lines.slice(from, to + 1).map((line, index): ExcerptLine => {
    const [begin, behind] = [clamp(span[0] - start, line.length), clamp(span[1] - start, line.length)];
    start += line.length + 1;
    const has = from + index >= first && from + index <= last;
    const number = lineIn(action, from + index + 1);
    return has ? { number, before: endOf(line.slice(0, begin)), marked: beginOf(line.slice(begin, behind), LONG), after: beginOf(line.slice(behind), SIDE) } : { number, before: beginOf(line, SIDE * 2), marked: '', after: '' };
  });
  // The line of the workbench's own about a file isn't one of it.
  const own = from > 0 && lineIn(action, 1) === null ? 1 : 0;
  return { lines: shown, above: from - own, below: lines.length - 1 - to };
}

/** UTF-16 units from UTF-8 bytes. */
function spanOf(text: string, [from, behind]: Bytes): readonly [number, number] | null {
  const encoded = new TextEncoder().encode(text);
  if (!(from >= 0 && from <= behind && behind <= encoded.length)) return null;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const before = decoder.decode(encoded.subarray(0, from)).length;
    return [before, before + decoder.decode(encoded.subarray(from, behind)).length];
  } catch {
    return null;
  }
}

function newLines(text: string): number {
  return text.split('\n').length - 1;
}

function clamp(at: number, length: number): number {
  return Math.min(Math.max(at, 0), length);
}

function beginOf(text: string, long: number): string {
  return text.length <= long ? textWords(text) : `${textWords(text.slice(0, long).toWellFormed())}… (${grouped(text.length - long)} more characters)`;
}

function endOf(text: string): string {
  return text.length <= SIDE ? textWords(text) : `(${grouped(text.length - SIDE)} more characters) …${textWords(text.slice(-SIDE).toWellFormed())}`;
}
