// Which lines differ between two texts: bounded in time however large and unlike they are. Where the bound is reached the
// answer is coarser (a whole stretch as changed), never wrong.
import { diff, presentableDiff, type Change } from '@codemirror/merge';

/** Lines [a0, a1) became [b0, b1); from 0. */
export interface Edit {
  readonly a0: number;
  readonly a1: number;
  readonly b0: number;
  readonly b1: number;
}

/** Characters of a row that differ from the other side's. */
export interface Mark {
  readonly from: number;
  readonly to: number;
}

/** Line ends are kept apart from lines: a last line without one differs from one with it. */
export function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Each different line as one character: what compares characters then compares lines. */
class Alphabet {
  readonly #known = new Map<string, number>();

  spell(lines: readonly string[]): string | null {
    const codes: string[] = [];
    for (const line of lines) {
      let code = this.#known.get(line);
      if (code === undefined) {
        code = this.#known.size + 1;
        // Halves of surrogate pairs would be kept together, as one.
        if (code >= 0xd800) code += 0x800;
        if (code > 0xffff) return null;
        this.#known.set(line, code);
      }
      codes.push(String.fromCharCode(code));
    }
    return codes.join('');
  }
}

/** Between lines that are there once on both sides, in the same order (they stay), each stretch by itself. */
export function editsOf(before: readonly string[], after: readonly string[], at: { readonly a: number; readonly b: number } = { a: 0, b: 0 }): readonly Edit[] {
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  for (const [a, b] of [...anchorsOf(before, after), [before.length, after.length] as const]) {
    // What is alike at both ends of a stretch needs no comparing.
    while (i < a && j < b && before[i] === after[j]) [i, j] = [i + 1, j + 1];
    let [endA, endB] = [a, b];
    while (endA > i && endB > j && before[endA - 1] === after[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
    if (i === endA || j === endB) {
      if (i < endA || j < endB) edits.push({ a0: at.a + i, a1: at.a + endA, b0: at.b + j, b1: at.b + endB });
    } else edits.push(...stretch(before.slice(i, endA), after.slice(j, endB), { a: at.a + i, b: at.b + j }));
    [i, j] = [a + 1, b + 1];
  }
  return edits;
}

/** Pairs of places, rising on both sides: the longest such row of lines that each side has once. */
function anchorsOf(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const once = new Map<string, number>();
  before.forEach((line, index) => once.set(line, once.has(line) ? -1 : index));
  const there = new Map<string, number>();
  after.forEach((line, index) => there.set(line, there.has(line) ? -1 : index));
  const pairs: { readonly a: number; readonly b: number; readonly previous: number }[] = [];
  const tails: number[] = [];
  for (const [line, b] of there) {
    const a = once.get(line) ?? -1;
    if (a < 0 || b < 0) continue;
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tails[middle] ?? 0]?.a ?? 0) < a) low = middle + 1;
      else high = middle;
    }
    pairs.push({ a, b, previous: tails[low - 1] ?? -1 });
    tails[low] = pairs.length - 1;
  }
  const row: (readonly [number, number])[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = pairs[at]?.previous ?? -1) {
    const pair = pairs[at];
    if (pair !== undefined) row.push([pair.a, pair.b]);
  }
  return row.toReversed();
}

function stretch(before: readonly string[], after: readonly string[], at: { readonly a: number; readonly b: number }): readonly Edit[] {
  const alphabet = new Alphabet();
  const [a, b] = [alphabet.spell(before), alphabet.spell(after)];
  if (a === null || b === null) return [{ a0: at.a, a1: at.a + before.length, b0: at.b, b1: at.b + after.length }];
  return diff(a, b, { scanLimit: 2000, timeout: 30 }).map(({ fromA, toA, fromB, toB }) => ({ a0: at.a + fromA, a1: at.a + toA, b0: at.b + fromB, b1: at.b + toB }));
}

/** Above this, a stretch is shown without marks inside its lines. Characters. */
const MARKED = 4000;

/** What differs inside the lines of one edit; null when it is too long, or so unlike that marks would say nothing. */
export function marksOf(before: string, after: string): { readonly a: readonly Mark[]; readonly b: readonly Mark[]; readonly changes: readonly Change[] } | null {
  if (before === '' || after === '' || before.length + after.length > MARKED) return null;
  const changes = presentableDiff(before, after, { scanLimit: 300, timeout: 5 });
  const a = changes.map(({ fromA, toA }) => ({ from: fromA, to: toA })).filter(({ from, to }) => to > from);
  const b = changes.map(({ fromB, toB }) => ({ from: fromB, to: toB })).filter(({ from, to }) => to > from);
  const size = (marks: readonly Mark[]): number => marks.reduce((sum, { from, to }) => sum + to - from, 0);
  return size(a) > before.length * 0.8 && size(b) > after.length * 0.8 ? null : { a, b, changes };
}
