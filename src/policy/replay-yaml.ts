// The block form of YAML in which the traces' tools answer: lists, mappings, plain and quoted scalars over several lines.
// Anything else is no data (undefined), so that nothing is read into it.

interface Lines {
  readonly all: string[];
  at: number;
  /** Of lists and mappings in each other. */
  depth: number;
}

const LONGEST = 4 * 1024 * 1024; // characters
const DEEPEST = 64;

class NotThis extends Error {}

/** The value of a text, or undefined where it is not of this form. */
export function yamlValue(text: string): unknown {
  if (text.length > LONGEST || !/^\s*(?:- |[\w.-]+:(?: |\n|$))/.test(text)) return undefined;
  try {
    const lines: Lines = { all: text.split('\n'), at: 0, depth: 0 };
    const value = node(lines, 0);
    skipEmpty(lines);
    return lines.at < lines.all.length ? undefined : value;
  } catch (error) {
    if (error instanceof NotThis) return undefined;
    throw error;
  }
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function skipEmpty(lines: Lines): string | undefined {
  while (lines.at < lines.all.length && (lines.all[lines.at] ?? '').trim() === '') lines.at += 1;
  return lines.all[lines.at];
}

function node(lines: Lines, indent: number): unknown {
  const line = skipEmpty(lines);
  if (line === undefined || indentOf(line) < indent) return null;
  const here = indentOf(line);
  const rest = line.slice(here);
  lines.depth += 1;
  if (lines.depth > DEEPEST) throw new NotThis();
  const value = rest === '-' || rest.startsWith('- ') ? sequence(lines, here) : keyOf(rest) === null ? scalar(lines, rest, here - 1) : mapping(lines, here);
  lines.depth -= 1;
  return value;
}

function sequence(lines: Lines, indent: number): unknown[] {
  const all: unknown[] = [];
  for (let line = skipEmpty(lines); line !== undefined && indentOf(line) === indent && /^-(?: |$)/.test(line.slice(indent)); line = skipEmpty(lines)) {
    lines.all[lines.at] = `${' '.repeat(indent + 2)}${line.slice(indent + 2)}`;
    all.push(node(lines, indent + 1));
  }
  return all;
}

function keyOf(rest: string): { readonly key: string; readonly value: string } | null {
  const match = /^(?:'([^']*)'|"([^"]*)"|([^\s'"[\]{},#&*!|>%@-][^:]{0,255}?))\s{0,4}:(?:\s+(.*))?$/.exec(rest);
  return match === null ? null : { key: match[1] ?? match[2] ?? match[3] ?? '', value: match[4] ?? '' };
}

function mapping(lines: Lines, indent: number): Record<string, unknown> {
  const all: [string, unknown][] = [];
  for (let line = skipEmpty(lines); line !== undefined && indentOf(line) === indent; line = skipEmpty(lines)) {
    const pair = keyOf(line.slice(indent));
    if (pair === null) {
      if (line.slice(indent).startsWith('- ')) break;
      throw new NotThis();
    }
    if (pair.value === '') {
      lines.at += 1;
      const next = skipEmpty(lines);
      const inner = next !== undefined && (indentOf(next) > indent || (indentOf(next) === indent && next.slice(indent).startsWith('- ')));
      all.push([pair.key, inner ? node(lines, indent) : null]);
    } else all.push([pair.key, scalar(lines, pair.value, indent)]);
  }
  return Object.fromEntries(all);
}

/** A scalar that begins with `first` and goes on over all lines that are deeper than `indent`. */
function scalar(lines: Lines, first: string, indent: number): unknown {
  const quote = first[0];
  if (quote === "'" || quote === '"') return quoted(lines, first, quote);
  if (quote === '|' || quote === '>' || quote === '&' || quote === '*' || quote === '!') throw new NotThis();
  const parts = [first];
  for (lines.at += 1; lines.at < lines.all.length; lines.at += 1) {
    const line = lines.all[lines.at] ?? '';
    if (line.trim() !== '' && indentOf(line) <= indent) break;
    parts.push(line.trim());
  }
  while (parts.at(-1) === '') parts.pop();
  return plain(fold(parts));
}

function plain(text: string): unknown {
  if (text === '[]') return [];
  if (text === '{}') return {};
  if (text === 'null' || text === '~') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function quoted(lines: Lines, first: string, quote: string): string {
  const parts = [first.trimEnd()];
  let quotes = quotesIn(first, quote);
  lines.at += 1;
  while (quotes % 2 === 1 || parts.at(-1)?.endsWith(quote) !== true) {
    const line = lines.all[lines.at];
    const last = parts.at(-1) ?? '';
    if (line === undefined) throw new NotThis();
    quotes += quotesIn(line, quote);
    // Behind a backslash the line goes on as it is.
    if (quote === '"' && (/\\+$/.exec(last)?.[0].length ?? 0) % 2 === 1) parts.splice(-1, 1, `${last.slice(0, -1)}${line.trimStart().trimEnd()}`);
    else parts.push(line.trim());
    lines.at += 1;
  }
  const text = parts.join('\n');
  // What goes on behind its end is of another form.
  if (quotesIn(quote === "'" ? text.slice(1, -1).replaceAll("''", '') : text.slice(1, -1), quote) > 0 || text.length < 2) throw new NotThis();
  const inner = fold(text.slice(1, -1).split('\n'));
  return quote === "'" ? inner.replaceAll("''", "'") : inner.replaceAll(/\\(x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|.)/g, (_all, code: string) => escaped(code));
}

function quotesIn(text: string, quote: string): number {
  return (quote === "'" ? text : text.replaceAll(/\\[^]/g, '')).split(quote).length - 1;
}

function escaped(code: string): string {
  if (code.length > 1) return letterOf(code.slice(1));
  return { n: '\n', t: '\t', r: '\r', '0': '\0', e: '\u001B' }[code] ?? code;
}

/** A number beyond all letters is none. */
export function letterOf(hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code > 0x10_FFFF ? '\uFFFD' : String.fromCodePoint(code);
}

/** One line break is a space; each further one is kept. */
function fold(parts: readonly string[]): string {
  let text = parts[0] ?? '';
  let breaks = 0;
  for (const part of parts.slice(1)) {
    if (part === '') breaks += 1;
    else {
      text += breaks === 0 ? ` ${part}` : `${'\n'.repeat(breaks)}${part}`;
      breaks = 0;
    }
  }
  return text + '\n'.repeat(breaks);
}
