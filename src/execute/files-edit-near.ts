// Why an edit's old text isn't in the file, in words: the nearest lines, with their numbers, and how they differ.
import { shown } from './files-refused.ts';

interface Wanted {
  readonly path: string;
  readonly old: string;
  readonly new: string;
}

/** More than this isn't compared line by line. */
const COMPARED = 20_000;
const COMPARED_CHARACTERS = 4_000_000;
/** A new text at least this long that is there already is no chance. Characters. */
const TELLING = 8;
const SHOWN_LINES = 6;
const SHOWN_CHARACTERS = 200;

/** Folds that a model gets wrong, from the most to the least likely; each also folds what stands before it. */
const FOLDS: readonly (readonly [how: string, fold: (line: string) => string])[] = [
  ['in white space at the end of a line', (line) => line.trimEnd()],
  ['in indentation', (line) => line.trim()],
  ['in white space', (line) => line.replaceAll(/\s+/g, ' ').trim()],
  ['in how characters are written (quotes, dashes, accents)', (line) => plain(line)],
  ['in upper and lower case', (line) => plain(line).toLowerCase()],
];

/** What to tell a model whose `old` doesn't occur in `text`. */
export function inexact(text: string, { path, old, new: fresh }: Wanted): string {
  const start = `old is not in ${shown(path)}.`;
  if (text === '') return `${start} The file is empty; use write.`;
  if (fresh.trim().length >= TELLING && occursOnce(text, fresh)) return `${start} But new is there already (line ${lineAt(text, text.indexOf(fresh))}): this edit may have been done.`;
  const lines = text.slice(0, COMPARED_CHARACTERS).split(/\r?\n/);
  const wanted = old.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd().split(/\r?\n/);
  if (wanted.every((line) => line.trim() === '')) return `${start} It is nothing but white space; give the text around it.`;
  for (const [how, fold] of FOLDS) {
    const at = findLines(lines, wanted, fold);
    if (at !== -1) return `${start} Nearly the same text is there, but it differs ${how}${tabs(lines.slice(at, at + wanted.length), wanted)}. Copy it exactly:\n${quote(lines, at, wanted.length)}`;
  }
  const nearest = nearestLine(lines, wanted);
  if (nearest === -1) return `${start} Nothing in it is much like that. Read the file and copy the text to replace.`;
  return `${start} The nearest lines are:\n${quote(lines, nearest, Math.max(wanted.length, 1))}\nRead the file and copy the text to replace.`;
}

/** Finds the wanted lines as consecutive lines; the first and last may be parts of a line. */
function findLines(lines: readonly string[], wanted: readonly string[], fold: (line: string) => string): number {
  const folded = wanted.map(fold);
  const [only] = folded;
  if (folded.length === 1 && only !== undefined) return lines.slice(0, COMPARED).findIndex((line) => only !== '' && fold(line).includes(only));
  const many = lines.slice(0, COMPARED).map(fold);
  return many.findIndex((_, at) =>
    folded.every((want, i) => {
      const line = many[at + i];
      if (line === undefined) return false;
      if (i === 0) return line.endsWith(want);
      return i === folded.length - 1 ? line.startsWith(want) : line === want;
    }),
  );
}

/** The line most like the wanted text's longest line, by shared words; -1 when none shares half of them. */
function nearestLine(lines: readonly string[], wanted: readonly string[]): number {
  const longest = wanted.reduce((best, line) => (line.trim().length > best.trim().length ? line : best), '');
  const offset = wanted.indexOf(longest);
  const words = wordsOf(longest);
  if (words.size === 0) return -1;
  let best = -1;
  let most = 0.5;
  for (const [at, line] of lines.slice(0, COMPARED).entries()) {
    const here = wordsOf(line);
    const shared = [...words].filter((word) => here.has(word)).length;
    const score = (2 * shared) / (words.size + here.size);
    if (score > most) [best, most] = [at, score];
  }
  return best === -1 ? -1 : Math.max(0, best - offset);
}

function wordsOf(line: string): ReadonlySet<string> {
  return new Set(line.slice(0, 1000).toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []);
}

function plain(line: string): string {
  return line.normalize('NFKC').replaceAll(/[‘’‚‛`´]/g, "'").replaceAll(/[“”„«»]/g, '"').replaceAll(/[‐-―−]/g, '-').replaceAll('…', '...').replaceAll(/\s+/g, ' ').trim();
}

function tabs(there: readonly string[], wanted: readonly string[]): string {
  const indent = (lines: readonly string[]): string => lines.map((line) => /^\s*/.exec(line)?.[0] ?? '').join('');
  const [ours, theirs] = [indent(there), indent(wanted)];
  if (ours.includes('\t') && !theirs.includes('\t')) return ' (the file has tabs)';
  return ours !== '' && !ours.includes('\t') && theirs.includes('\t') ? ' (the file has spaces)' : '';
}

function quote(lines: readonly string[], at: number, count: number): string {
  const here = lines.slice(at, at + Math.min(count, SHOWN_LINES)).map((line, i) => `${at + i + 1}: ${line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : line}`);
  return [...here, ...(count > SHOWN_LINES ? [`(and ${count - SHOWN_LINES} more lines)`] : [])].join('\n');
}

function occursOnce(text: string, part: string): boolean {
  const at = text.indexOf(part);
  return at !== -1 && !text.includes(part, at + 1);
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
