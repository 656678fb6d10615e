// Diffs as lines. One is drawn whole or not at all; where there is none, what is known of both sides is said.
import type { Change, Diff } from '../model/effects.ts';
import { digestWords, grouped, pathWords, sizeWords, textWords, type Line, type Part } from './drawing.ts';

export interface DiffCount {
  readonly added: number;
  readonly removed: number;
}

/** Lines of a diff's own: what stands before the first hunk are the two names, which the heading says. */
function bodyOf({ unified }: Pick<Diff, 'unified'>): readonly string[] {
  const lines = unified.split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@'));
  return first < 0 ? [] : lines.slice(first).filter((line) => line !== '');
}

export function countDiff(diff: Diff): DiffCount {
  let [added, removed] = [0, 0];
  for (const line of bodyOf(diff)) {
    if (line.startsWith('+')) added++;
    else if (line.startsWith('-')) removed++;
  }
  return { added, removed };
}

/** `+120 −14 lines`, and how many files can't be counted so. Empty when there is no diff at all. */
export function lineCountWords(diffs: readonly Diff[]): string {
  if (diffs.length === 0) return '';
  let [added, removed, other] = [0, 0, 0];
  for (const diff of diffs) {
    if (diff.note !== undefined) {
      other++;
      continue;
    }
    const count = countDiff(diff);
    added += count.added;
    removed += count.removed;
  }
  const files = other === 1 ? '1 file has no diff' : `${grouped(other)} files have no diff`;
  return [...(other < diffs.length ? [`+${grouped(added)} −${grouped(removed)} lines`] : []), ...(other > 0 ? [files] : [])].join(', ');
}

/** @param change what the diff belongs to. @param how says how to see one that is too large. */
export function diffPart(diff: Diff, change: Change | undefined, how: (path: string) => string): Part {
  const path = pathWords(diff.path);
  if (diff.note === 'binary') return { tone: 'quiet', heading: `${path} isn't text: ${sidesWords(change)}`, lines: [] };
  if (diff.note === 'too-large') return { tone: 'quiet', heading: `${path} is too large for a diff here: ${sidesWords(change)}; ${how(diff.path)}`, lines: [] };
  const { added, removed } = countDiff(diff);
  const body = bodyOf(diff);
  if (body.length === 0) return { tone: 'quiet', heading: `${path} is empty${change?.change === 'deleted' ? ', and goes' : ''}`, lines: [] };
  return { tone: 'heading', heading: `diff of ${path}: +${grouped(added)} −${grouped(removed)}`, lines: body.map(diffLine), verbatim: true };
}

/** Of a clash: the third side beside what a yes would do to what is there now. */
export function judgedPart(path: string, unified: string): Part {
  return { tone: 'heading', heading: `diff of ${pathWords(path)} as the action saw it`, lines: bodyOf({ unified }).map(diffLine), verbatim: true };
}

function diffLine(line: string): Line {
  const text = textWords(line);
  if (line.startsWith('+')) return { tone: 'added', text };
  if (line.startsWith('-')) return { tone: 'removed', text };
  return { tone: line.startsWith('@@') ? 'mark' : 'plain', text };
}

function sidesWords(change: Change | undefined): string {
  switch (change?.change) {
    case 'created':
      return `new, ${sizeWords(change.size)}, ${digestWords(change.after)}`;
    case 'changed':
      return `${digestWords(change.before)} → ${sizeWords(change.size)}, ${digestWords(change.after)}`;
    case 'deleted':
      return `${digestWords(change.before)} → gone`;
    case 'renamed':
    case undefined:
      return 'its content is the same';
  }
}
