// The view side by side: CodeMirror's merge view over both texts, drawn, with the line changes that we worked out (its
// own comparing has no bound that a hostile text couldn't reach).
import { Change, MergeView } from '@codemirror/merge';
import { lineNumbers } from '@codemirror/view';
import { visible } from '../../../src/model/visible.ts';
import { editsOf, linesOf, marksOf } from './diff-lines.ts';
import { look } from './diff-look.ts';

export function openSplit(root: ShadowRoot, before: string, after: string, label: string): { close(): void } {
  // The same ends of lines on both sides are said beside; here they would stand at each line.
  const crlf = /\r\n/.test(before + after) && !/(^|[^\r])\n/.test(before + after);
  // An end of the last line on both sides would stand there as one more line.
  const ends = before.endsWith('\n') && after.endsWith('\n');
  const draw = (text: string): string => visible((crlf ? text.replaceAll('\r\n', '\n') : text).slice(0, ends ? -1 : undefined), '\n\t');
  const [a, b] = [draw(before), draw(after)];
  const view = new MergeView({
    root,
    parent: root,
    a: { doc: a, extensions: [look(`${label}, before`, 'old'), lineNumbers()] },
    b: { doc: b, extensions: [look(`${label}, after`), lineNumbers()] },
    gutter: false,
    collapseUnchanged: { margin: 3, minSize: 6 },
    diffConfig: { override: changesOf },
  });
  return { close: () => view.destroy() };
}

const MARKING = 40; // milliseconds

function changesOf(a: string, b: string): readonly Change[] {
  const [before, after] = [linesOf(a), linesOf(b)];
  const [startsA, startsB] = [startsOf(before), startsOf(after)];
  const end = performance.now() + MARKING;
  return editsOf(before, after).flatMap(({ a0, a1, b0, b1 }) => {
    const [fromA, toA, fromB, toB] = [at(startsA, a0, a.length), at(startsA, a1, a.length), at(startsB, b0, b.length), at(startsB, b1, b.length)];
    const [gone, come] = [a.slice(fromA, toA), b.slice(fromB, toB)];
    const fine = performance.now() < end && gone !== '' && come !== '' && gone.length + come.length < 4000 ? marksOf(gone, come) : null;
    if (fine === null) return [new Change(fromA, toA, fromB, toB)];
    return fine.changes.map((one) => new Change(fromA + one.fromA, fromA + one.toA, fromB + one.fromB, fromB + one.toB));
  });
}

function startsOf(lines: readonly string[]): readonly number[] {
  let length = 0;
  return lines.map((line) => {
    const start = length;
    length += line.length + 1;
    return start;
  });
}

function at(starts: readonly number[], line: number, length: number): number {
  return Math.min(starts[line] ?? length, length);
}
