// Values as programs print them: JSON, and the literals of Python. The whole text is one list or mapping, or it is no data
// (undefined), so that nothing is read into prose.
import { letterOf } from './replay-yaml.ts';

const LONGEST = 4 * 1024 * 1024; // characters
const DEEPEST = 32;
const NUMBER = /-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?(?![\w.])/y;
const WORDS: Readonly<Record<string, unknown>> = { True: true, true: true, False: false, false: false, None: null, null: null };
const WORD = /[A-Za-z]+/y;
const SPACE = /\s*/y;

interface Reading {
  readonly text: string;
  at: number;
}

class NotThis extends Error {}

/** The list or mapping that a text is, or undefined. */
export function literalValue(text: string): unknown {
  const reading: Reading = { text, at: 0 };
  try {
    if (text.length > LONGEST || !'[{('.includes(next(reading) || ' ')) return undefined;
    const value = valueOf(reading, 0);
    return next(reading) === '' ? value : undefined;
  } catch (error) {
    if (error instanceof NotThis) return undefined;
    throw error;
  }
}

/** The next letter that isn't space, which is where the reading then stands. */
function next(reading: Reading): string {
  take(reading, SPACE);
  return reading.text[reading.at] ?? '';
}

function take(reading: Reading, pattern: RegExp): string | null {
  pattern.lastIndex = reading.at;
  const [found] = pattern.exec(reading.text) ?? [null];
  reading.at += found?.length ?? 0;
  return found;
}

function valueOf(reading: Reading, depth: number): unknown {
  if (depth > DEEPEST) throw new NotThis();
  const first = next(reading);
  if (first === '[') return listOf(reading, ']', depth);
  if (first === '(') return listOf(reading, ')', depth);
  if (first === '{') return mappingOf(reading, depth);
  if (first === "'" || first === '"') return textOf(reading, first);
  const number = take(reading, NUMBER);
  if (number !== null) return Number(number);
  const word = take(reading, WORD);
  if (word === null || !Object.hasOwn(WORDS, word)) throw new NotThis();
  return WORDS[word];
}

function listOf(reading: Reading, close: string, depth: number): unknown[] {
  const all: unknown[] = [];
  for (reading.at += 1; next(reading) !== close; comma(reading, close)) all.push(valueOf(reading, depth + 1));
  reading.at += 1;
  return all;
}

function mappingOf(reading: Reading, depth: number): unknown {
  const all: [string, unknown][] = [];
  for (reading.at += 1; next(reading) !== '}'; comma(reading, '}')) {
    const key = valueOf(reading, depth + 1);
    if ((typeof key !== 'string' && typeof key !== 'number') || next(reading) !== ':') throw new NotThis();
    reading.at += 1;
    all.push([String(key), valueOf(reading, depth + 1)]);
  }
  reading.at += 1;
  return Object.fromEntries(all);
}

function comma(reading: Reading, close: string): void {
  const found = next(reading);
  if (found === ',') reading.at += 1;
  else if (found !== close) throw new NotThis();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '0': '\0', '/': '/', '\\': '\\', "'": "'", '"': '"' };

function textOf(reading: Reading, quote: string): string {
  const start = reading.at + 1;
  let end = reading.text.indexOf(quote, start);
  while (end !== -1 && isEscaped(reading.text, end, start)) end = reading.text.indexOf(quote, end + 1);
  if (end === -1) throw new NotThis();
  reading.at = end + 1;
  return reading.text.slice(start, end).replaceAll(/\\(x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|[^])/g, (all, code: string) => (code.length > 1 ? letterOf(code.slice(1)) : (ESCAPES[code] ?? all)));
}

/** Backslashes in front, two and two of which are one of their own. */
function isEscaped(text: string, at: number, start: number): boolean {
  let from = at;
  while (from > start && text[from - 1] === '\\') from -= 1;
  return (at - from) % 2 === 1;
}
