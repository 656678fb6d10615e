// What ripgrep said (JSON lines) as words for a model. Everything that is left out is said.
import * as z from 'zod/mini';
import type { Read } from '../model/action.ts';
import { Refused, shown } from './files-refused.ts';

/** Matching lines of one file that are kept, and of all files that are shown. */
export const MOST_PER_FILE = 50;
const MOST_SHOWN = 200;
const MOST_CHARACTERS = 24_000;
const LINE_CHARACTERS = 300;

export interface Raw {
  readonly output: Uint8Array;
  /** It was stopped before its end: by us because there was enough, by a limit, or by the person. */
  readonly stopped: '' | 'enough' | 'time' | 'limit';
}

export interface SearchText {
  readonly text: string;
  readonly files: readonly string[];
}

const Words = z.union([z.object({ text: z.string() }), z.object({ bytes: z.string() })]);
const Match = z.object({
  type: z.literal('match'),
  data: z.object({ path: Words, lines: Words, line_number: z.number(), submatches: z.array(z.object({ start: z.number() })) }),
});
const Summary = z.object({ type: z.literal('summary'), data: z.object({ stats: z.object({ searches: z.number(), matched_lines: z.number() }) }) });
const Said = z.union([Match, Summary, z.object({ type: z.enum(['begin', 'end', 'context']) })]);

interface Line {
  readonly number: number;
  readonly text: string;
}

interface Heard {
  readonly files: Map<string, Line[]>;
  /** Null when the end wasn't reached. */
  summary: { readonly searched: number; readonly matched: number } | null;
  /** Lines that aren't ripgrep's JSON: its complaints, or a piece of a line that was cut. */
  readonly other: string[];
}

/** Throws Refused `bad-pattern` with ripgrep's own words. */
export function searchText(action: Extract<Read, { op: 'search' }>, { output, stopped }: Raw): SearchText {
  const { files, summary, other } = hear(new TextDecoder().decode(output));
  const complaint = other.join('\n').trim();
  if (summary === null && stopped === '') throw new Refused('bad-pattern', `the search can't be done: ${complaint.slice(0, 1000) || 'ripgrep ended without a word'}`);
  const total = [...files.values()].reduce((sum, lines) => sum + lines.length, 0);
  if (total === 0) return { text: none(action, summary?.searched ?? 0, stopped), files: [] };
  const rows: string[] = [];
  let shownLines = 0;
  let characters = 0;
  let shownFiles = 0;
  for (const [path, lines] of files) {
    if (shownLines >= MOST_SHOWN || characters >= MOST_CHARACTERS) break;
    const some = lines.slice(0, MOST_SHOWN - shownLines);
    rows.push(shown(path), ...some.map(({ number, text }) => `${number}: ${text}`));
    if (lines.length >= MOST_PER_FILE) rows.push(`[no more than ${MOST_PER_FILE} lines of a file are given]`);
    shownLines += some.length;
    shownFiles += 1;
    characters += some.reduce((sum, { text }) => sum + text.length, path.length);
  }
  const head = `${total} matching ${total === 1 ? 'line' : 'lines'} in ${files.size} ${files.size === 1 ? 'file' : 'files'}${stopped === '' ? '' : ' so far'}`;
  const tail = [
    ...(shownLines < total ? [`[${total - shownLines} more lines left out, in ${files.size - shownFiles} more files: narrow the pattern, the path or the glob]`] : []),
    ...(stopped === '' ? [] : [stopWords(stopped)]),
  ];
  return { text: [head, ...rows, ...tail].join('\n'), files: [...files.keys()] };
}

function hear(text: string): Heard {
  const heard: Heard = { files: new Map(), summary: null, other: [] };
  for (const row of text.split('\n')) {
    if (row === '') continue;
    const said = parse(row);
    if (said === null) heard.other.push(row);
    else if (said.type === 'summary') heard.summary = { searched: said.data.stats.searches, matched: said.data.stats.matched_lines };
    else if (said.type === 'match') {
      const path = textOf(said.data.path).replace(/^\.\//, '');
      const lines = heard.files.get(path) ?? [];
      lines.push({ number: said.data.line_number, text: around(said.data.lines, said.data.submatches[0]?.start ?? 0) });
      heard.files.set(path, lines);
    }
  }
  return heard;
}

function parse(row: string): z.infer<typeof Said> | null {
  if (!row.startsWith('{')) return null;
  try {
    return Said.parse(JSON.parse(row));
  } catch {
    return null;
  }
}

/** A path or line that isn't UTF-8 comes in base64; it is shown with replacement characters, and can't be named. */
function textOf(words: z.infer<typeof Words>): string {
  return 'text' in words ? words.text : Buffer.from(words.bytes, 'base64').toString('utf8');
}

/** The line, or a window of a long one around its first match. @param start in bytes. */
function around(words: z.infer<typeof Words>, start: number): string {
  const line = textOf(words).replace(/\r?\n$/, '');
  if (line.length <= LINE_CHARACTERS) return line;
  const at = Buffer.from(textOf(words)).subarray(0, start).toString('utf8').length;
  const from = Math.max(0, Math.min(at - 60, line.length - LINE_CHARACTERS));
  const part = line.slice(from, from + LINE_CHARACTERS).toWellFormed();
  return `${from > 0 ? '…' : ''}${part}${from + LINE_CHARACTERS < line.length ? '…' : ''} [line of ${line.length} characters]`;
}

function none({ path, glob }: Extract<Read, { op: 'search' }>, searched: number, stopped: Raw['stopped']): string {
  if (stopped !== '') return `no match found. ${stopWords(stopped)}`;
  const where = `${path === '.' ? '' : ` under ${shown(path)}`}${glob === '' ? '' : ` that fit ${shown(glob)}`}`;
  return `no match in ${searched} ${searched === 1 ? 'file' : 'files'}${where} (hidden, ignored and binary files and those above 5 MB are left out)`;
}

function stopWords(stopped: Raw['stopped']): string {
  switch (stopped) {
    case 'enough':
      return '[stopped early: there are too many matches. Narrow the pattern, the path or the glob]';
    case 'time':
      return '[stopped early: it took too long. Narrow the path or the glob]';
    default:
      return '[stopped early by a limit. Narrow the path or the glob]';
  }
}
