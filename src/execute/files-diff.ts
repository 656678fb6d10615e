// Unified diffs for the card. A person judges by them, so none is shortened: what can't be shown says why.
import type { Diff } from '../model/effects.ts';
import type { WorkPath } from '../model/action.ts';
import { shown } from './files-refused.ts';
import { decode } from './files-text.ts';

/** Texts beyond this many characters aren't compared. */
export const DIFF_CHARACTERS = 1024 * 1024;
/** Past this many edited lines a smallest diff costs too much; the changed middle is then shown as one piece. */
const MOST_EDITS = 1000;
const CONTEXT = 3;

/**
 * @param before null: the file is new. @param after null: it goes. Bytes that aren't text give the note `binary`.
 * @param most characters on either side.
 */
export async function diffOf(path: WorkPath, before: Uint8Array | null, after: Uint8Array | null, most = DIFF_CHARACTERS): Promise<Diff> {
  const [old, fresh] = [text(before), text(after)];
  if (old === null || fresh === null) return { path, unified: '', note: 'binary' };
  if (old.length > most || fresh.length > most) return { path, unified: '', note: 'too-large' };
  const from = before === null ? '/dev/null' : `a/${shown(path)}`;
  const to = after === null ? '/dev/null' : `b/${shown(path)}`;
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const smallest = createTwoFilesPatch(from, to, old, fresh, undefined, undefined, { context: CONTEXT, maxEditLength: MOST_EDITS, headerOptions: FILE_HEADERS_ONLY });
  return { path, unified: smallest ?? `--- ${from}\n+++ ${to}\n${middle(linesOf(old), linesOf(fresh))}` };
}

function text(bytes: Uint8Array | null): string | null {
  if (bytes === null) return '';
  return bytes.includes(0) ? null : decode(bytes);
}

/** Lines with their ends. */
function linesOf(whole: string): readonly string[] {
  return whole.split(/(?<=\n)/).filter((line) => line !== '');
}

/** One hunk: what both have at the front and at the end is kept, all between is replaced. */
function middle(old: readonly string[], fresh: readonly string[]): string {
  let front = 0;
  while (front < old.length && front < fresh.length && old[front] === fresh[front]) front += 1;
  let back = 0;
  while (back < old.length - front && back < fresh.length - front && old[old.length - 1 - back] === fresh[fresh.length - 1 - back]) back += 1;
  const start = Math.max(0, front - CONTEXT);
  const tail = Math.max(0, back - CONTEXT);
  const rows = [
    ...old.slice(start, front).map((line) => row(' ', line)),
    ...old.slice(front, old.length - back).map((line) => row('-', line)),
    ...fresh.slice(front, fresh.length - back).map((line) => row('+', line)),
    ...old.slice(old.length - back, old.length - tail).map((line) => row(' ', line)),
  ];
  return `@@ -${range(start, old.length - tail)} +${range(start, fresh.length - tail)} @@\n${rows.join('')}`;
}

function range(start: number, end: number): string {
  return `${end === start ? start : start + 1},${end - start}`;
}

function row(mark: string, line: string): string {
  return line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`;
}
