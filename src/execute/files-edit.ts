// Exact replacement in a text. Nothing outside the match is touched; when it doesn't match, the answer says
// where the nearest text is and how it differs, so that the next try can be right.
import { inexact } from './files-edit-near.ts';
import { Refused, shown } from './files-refused.ts';

export interface Edited {
  readonly text: string;
  /** Lines where a replacement begins, from 1, in the old text. */
  readonly lines: readonly number[];
  /** What was taken alike; empty when the match was exact. */
  readonly note: string;
}

export interface Replacement {
  readonly path: string;
  readonly old: string;
  readonly new: string;
  readonly all: boolean;
}

/** Places of one edit, and characters of its result. */
const MOST_MATCHES = 50_000;
const MOST_RESULT = 64 * 1024 * 1024;

interface Match {
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces `old` by `new` in a text whose line ends may be LF, CRLF or both. `old` must occur once, or `all` be set.
 * LF and CRLF in `old` match each other, and the text's own line ends are kept. Throws Refused.
 */
export function replaceText(text: string, edit: Replacement): Edited {
  const { path, old, all } = edit;
  if (old === '') throw new Refused('no-match', 'old is empty: give the text to replace.');
  // Places that overlap count as two when one is wanted: which of them was meant can't be told.
  const step = all ? old.length : 1;
  const exact = matchesOf(text, old, step);
  const matches = exact.length > 0 ? exact : looseMatches(text, old, all);
  const [first] = matches;
  if (first === undefined) throw new Refused('no-match', inexact(text, edit));
  const lineOf = lineCounter(text);
  const lines = matches.map(({ start }) => lineOf(start));
  if (matches.length > 1 && !all) {
    const named = lines.slice(0, 10).join(', ') + (lines.length > 10 ? ' …' : '');
    throw new Refused('many-matches', `old occurs ${matches.length < MOST_MATCHES ? matches.length : `more than ${MOST_MATCHES}`} times in ${shown(path)} (lines ${named}). Give more of the text around the one you mean, or set all to true.`);
  }
  const fresh = ownLineEnds(text, edit.new);
  if (matches.length >= MOST_MATCHES || text.length + matches.length * fresh.length > MOST_RESULT) throw new Refused('too-large', `that would change too much of ${shown(path)} at once (${matches.length} places). Use a command such as sed.`);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of matches) {
    parts.push(text.slice(done, start), fresh);
    done = end;
  }
  parts.push(text.slice(done));
  const changed = parts.join('');
  if (changed === text) throw new Refused('no-change', `${shown(path)} would stay as it is: old and new differ in line ends only, and the file's own are kept.`);
  const alike = exact.length === 0 || fresh !== edit.new;
  return { text: changed, lines, note: alike ? `the file's own line ends (${text.includes('\r\n') ? 'CRLF' : 'LF'}) were kept` : '' };
}

function matchesOf(text: string, old: string, step: number): Match[] {
  const matches: Match[] = [];
  for (let at = text.indexOf(old); at !== -1 && matches.length < MOST_MATCHES; at = text.indexOf(old, at + step)) matches.push({ start: at, end: at + old.length });
  return matches;
}

/** Matches that take CRLF and LF alike, as ranges of the text as it is. */
function looseMatches(text: string, old: string, all: boolean): Match[] {
  if (!old.includes('\n') || !(text.includes('\r\n') || old.includes('\r\n'))) return [];
  const plain = text.replaceAll('\r\n', '\n');
  // Where in `plain` each dropped \r stood: before the character at that place.
  const dropped: number[] = [];
  for (let at = text.indexOf('\r\n'); at !== -1; at = text.indexOf('\r\n', at + 2)) dropped.push(at - dropped.length);
  const back = (at: number): number => at + below(dropped, at);
  const wanted = old.replaceAll('\r\n', '\n');
  return matchesOf(plain, wanted, all ? wanted.length : 1).map(({ start, end }) => ({ start: back(start), end: back(end) }));
}

/** How many of the sorted numbers are below `limit`. */
function below(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** New text with the line ends of a text that has only one kind; a mixed text takes it as it is. */
function ownLineEnds(text: string, fresh: string): string {
  const crlf = text.includes('\r\n');
  const lf = /(?<!\r)\n/.test(text);
  if (crlf && !lf) return fresh.replaceAll(/\r?\n/g, '\r\n');
  return lf && !crlf ? fresh.replaceAll('\r\n', '\n') : fresh;
}

/** Line numbers of rising places, in one pass. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let seen = 0;
  return (at) => {
    for (let next = text.indexOf('\n', seen); next !== -1 && next < at; next = text.indexOf('\n', seen)) {
      line += 1;
      seen = next + 1;
    }
    return line;
  };
}
