// A diff as rows, from either of what the server gives: the unified text of a card, or both sides whole. Every row has
// gone through `visible`; hunks have the server's numbers.
import { visible } from '../../../src/model/visible.ts';
import { editsOf, linesOf, marksOf, type Edit } from './diff-lines.ts';

/** `~`: a word of ours about the line above it (no line end in the file). */
export type RowKind = ' ' | '+' | '-' | '~';

export interface Row {
  readonly kind: RowKind;
  readonly text: string;
  /** Line numbers from 1; 0: not on that side. */
  readonly before: number;
  readonly after: number;
  /** Goes on with the line above, which was too long for one row. */
  readonly more?: true;
  marks?: readonly { readonly from: number; readonly to: number }[];
}

export interface HunkRow {
  /** As the server counts them; 0 where nothing can be chosen. */
  readonly hunk: number;
  /** Its first row. */
  readonly row: number;
  readonly added: number;
  readonly removed: number;
  /** Of its first change. */
  readonly line: number;
}

export interface DiffRows {
  readonly rows: readonly Row[];
  readonly hunks: readonly HunkRow[];
  /** Unchanged rows that are folded at first: [from, to). */
  readonly folds: readonly { readonly from: number; readonly to: number }[];
  readonly added: number;
  readonly removed: number;
  /** All lines end in CR LF: said once instead of at each line. */
  readonly crlf: boolean;
}

export interface Hunk {
  readonly hunk: number;
  readonly before: { readonly from: number; readonly lines: number };
  readonly after: { readonly from: number; readonly lines: number };
}

const CONTEXT = 3;
/** Characters of a row: an editor lays a row out whole, and a line of a megabyte would stop the page. */
const LONGEST = 2000;
const NO_END = 'no line end here';
/** Milliseconds for marks inside lines, in all. */
const MARKING = 40;

function isCrlf(lines: readonly string[]): boolean {
  return lines.length > 0 && lines.every((line) => line.endsWith('\r'));
}

/** Of unified text, as a card holds it. Lines between its hunks aren't there. */
export function rowsOfUnified(unified: string): DiffRows {
  const all = unified.split('\n');
  const first = all.findIndex((line) => line.startsWith('@@'));
  const lines = first < 0 ? [] : all.slice(first).filter((line) => line !== '');
  const body = lines.filter((line) => !line.startsWith('@@') && !line.startsWith('\\'));
  const crlf = isCrlf(body);
  const draw = (line: string): string => visible(crlf ? line.slice(1, -1) : line.slice(1), '\t');
  const rows: Row[] = [];
  const hunks: HunkRow[] = [];
  let [a, b] = [0, 0];
  for (const line of lines) {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (head !== null) {
      // The start of an empty range is the line before it.
      [a, b] = [Number(head[1]) + (head[2] === '0' ? 1 : 0), Number(head[3]) + (head[4] === '0' ? 1 : 0)];
      hunks.push({ hunk: hunks.length + 1, row: rows.length, added: 0, removed: 0, line: Math.max(b, 1) });
    } else if (line.startsWith('+')) rows.push({ kind: '+', text: draw(line), before: 0, after: b++ });
    else if (line.startsWith('-')) rows.push({ kind: '-', text: draw(line), before: a++, after: 0 });
    else if (line.startsWith('\\')) rows.push({ kind: '~', text: NO_END, before: 0, after: 0 });
    else rows.push({ kind: ' ', text: draw(line), before: a++, after: b++ });
  }
  markRows(rows);
  return broken({ rows, hunks: counted(hunks, rows), folds: [], ...totals(rows), crlf });
}

/** Of two whole texts. `null`: no file on that side. */
export function rowsOfSides(before: string | null, after: string | null, hunks: readonly Hunk[]): DiffRows {
  let [a, b] = [linesOf(before ?? ''), linesOf(after ?? '')];
  const ends = { a: before === null || before === '' || before.endsWith('\n'), b: after === null || after === '' || after.endsWith('\n') };
  const crlf = [...a, ...b].length > 0 && (a.length === 0 || isCrlf(a)) && (b.length === 0 || isCrlf(b));
  if (crlf) [a, b] = [a.map((line) => line.slice(0, -1)), b.map((line) => line.slice(0, -1))];
  const edits = editsWithin(keyed(a, ends.a), keyed(b, ends.b), hunks);
  const rows: Row[] = [];
  const starts: HunkRow[] = [];
  const folds: { from: number; to: number }[] = [];
  let [i, j] = [0, 0];
  let lastEnd = 0;
  const same = (to: number): void => {
    while (i < to) rows.push({ kind: ' ', text: visible(a[i] ?? '', '\t'), before: ++i, after: ++j });
  };
  let at: number | null = null;
  for (const edit of edits) {
    const number = hunks.length === 0 ? 0 : hunkOf(hunks, edit);
    same(edit.a0);
    const close = rows.length - lastEnd <= CONTEXT * 2;
    if (starts.length === 0 || (hunks.length === 0 ? !close : number !== at)) {
      const row = Math.max(lastEnd === 0 ? 0 : Math.min(lastEnd + CONTEXT, rows.length), rows.length - CONTEXT);
      const from = lastEnd === 0 ? 0 : Math.min(lastEnd + CONTEXT, rows.length);
      if (row - from > 1) folds.push({ from, to: row });
      starts.push({ hunk: number, row, added: 0, removed: 0, line: edit.b0 + 1 });
      at = number;
    }
    while (i < edit.a1) rows.push({ kind: '-', text: visible(a[i] ?? '', '\t'), before: ++i, after: 0 });
    if (i === a.length && !ends.a && edit.a1 > edit.a0) rows.push({ kind: '~', text: NO_END, before: 0, after: 0 });
    while (j < edit.b1) rows.push({ kind: '+', text: visible(b[j] ?? '', '\t'), before: 0, after: ++j });
    if (j === b.length && !ends.b && edit.b1 > edit.b0) rows.push({ kind: '~', text: NO_END, before: 0, after: 0 });
    lastEnd = rows.length;
  }
  same(a.length);
  const from = lastEnd === 0 ? 0 : lastEnd + CONTEXT;
  if (edits.length > 0 && rows.length - from > 1) folds.push({ from, to: rows.length });
  markRows(rows);
  return broken({ rows, hunks: counted(starts, rows), folds, ...totals(rows), crlf });
}

function keyed(lines: readonly string[], ends: boolean): readonly string[] {
  return ends ? lines : lines.map((line, index) => (index === lines.length - 1 ? `${line}\n` : line));
}

/** Only inside the server's hunks, so that what is looked at is what can be chosen; all of it where they don't fit these texts. */
function editsWithin(a: readonly string[], b: readonly string[], hunks: readonly Hunk[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  for (const { before, after } of hunks) {
    const a0 = before.lines === 0 ? before.from : before.from - 1;
    const b0 = after.lines === 0 ? after.from : after.from - 1;
    if (a0 - i !== b0 - j) return editsOf(a, b);
    for (; i < a0; i++, j++) if (a[i] !== b[j]) return editsOf(a, b);
    [i, j] = [a0 + before.lines, b0 + after.lines];
    edits.push(...editsOf(a.slice(a0, i), b.slice(b0, j), { a: a0, b: b0 }));
  }
  if (hunks.length === 0) return editsOf(a, b);
  for (; i < a.length || j < b.length; i++, j++) if (a[i] !== b[j]) return editsOf(a, b);
  return edits;
}

function hunkOf(hunks: readonly Hunk[], { a0, b0 }: Edit): number {
  const found = hunks.find(({ before, after }) => a0 >= before.from - 1 && a0 <= before.from + before.lines && b0 >= after.from - 1 && b0 <= after.from + after.lines);
  return found?.hunk ?? 0;
}

function counted(hunks: readonly HunkRow[], rows: readonly Row[]): readonly HunkRow[] {
  return hunks.map((hunk, index) => {
    const own = rows.slice(hunk.row, hunks[index + 1]?.row);
    const first = own.find(({ kind }) => kind === '+' || kind === '-');
    return { ...hunk, ...totals(own), line: first === undefined ? hunk.line : first.after === 0 ? first.before : first.after };
  });
}

function totals(rows: readonly Row[]): { readonly added: number; readonly removed: number } {
  let [added, removed] = [0, 0];
  for (const { kind } of rows) {
    if (kind === '+') added++;
    else if (kind === '-') removed++;
  }
  return { added, removed };
}

function markRows(rows: readonly Row[]): void {
  const end = performance.now() + MARKING;
  for (let at = 0; at < rows.length; at++) {
    if (rows[at]?.kind !== '-') continue;
    let middle = at;
    while (rows[middle]?.kind === '-') middle++;
    let last = middle;
    while (rows[last]?.kind === '+') last++;
    if (last > middle && last - at <= 60 && performance.now() < end) {
      const [gone, come] = [rows.slice(at, middle), rows.slice(middle, last)];
      const marks = marksOf(gone.map(({ text }) => text).join('\n'), come.map(({ text }) => text).join('\n'));
      if (marks !== null) {
        spread(gone, marks.a);
        spread(come, marks.b);
      }
    }
    at = Math.max(at, last - 1);
  }
}

function spread(rows: readonly Row[], marks: readonly { readonly from: number; readonly to: number }[]): void {
  let start = 0;
  for (const row of rows) {
    const end = start + row.text.length;
    const own = marks.filter(({ from, to }) => from < end && to > start).map(({ from, to }) => ({ from: Math.max(from, start) - start, to: Math.min(to, end) - start }));
    if (own.length > 0) row.marks = own;
    start = end + 1;
  }
}

/** Rows that are too long go on in further rows. */
function broken(diff: DiffRows): DiffRows {
  if (diff.rows.every(({ text }) => text.length <= LONGEST)) return diff;
  const rows: Row[] = [];
  const places = diff.rows.map((row) => {
    const place = rows.length;
    pieces(row.text).forEach((text, index) => rows.push(index === 0 ? { ...row, text, ...(row.text.length > LONGEST ? { marks: [] } : {}) } : { kind: row.kind, text, before: 0, after: 0, more: true }));
    return place;
  });
  const at = (row: number): number => places[row] ?? rows.length;
  return { ...diff, rows, hunks: diff.hunks.map((hunk) => ({ ...hunk, row: at(hunk.row) })), folds: diff.folds.map(({ from, to }) => ({ from: at(from), to: at(to) })) };
}

/** Never within a character, or a mark of `visible`. */
export function pieces(line: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  while (line.length - from > LONGEST) {
    let to = from + LONGEST;
    const mark = line.lastIndexOf('‹', to);
    if (mark > to - 10 && mark > from && line.indexOf('›', mark) >= to) to = mark;
    if (/[\udc00-\udfff]/.test(line[to] ?? '')) to--;
    parts.push(line.slice(from, to));
    from = to;
  }
  return [...parts, line.slice(from)];
}
