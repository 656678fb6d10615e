// What a card's picture is made of, for every door alike. INVARIANT: all text in here has gone through `visible`, and
// no line holds a line break; so nothing that a file, a name or a program says can look like words of ours.
import type { Digest } from '../model/digest.ts';
import { visible } from '../model/visible.ts';

export type Tone = 'plain' | 'added' | 'removed' | 'changed' | 'warning' | 'quiet' | 'mark' | 'heading';

export interface Line {
  readonly tone: Tone;
  /** Has the tone, when it is there; else the text has. A blank stands between them. */
  readonly lead?: string;
  readonly text: string;
}

/** A heading at the left, and what belongs to it further in. */
export interface Part {
  readonly tone: Tone;
  readonly heading: string;
  readonly lines: readonly Line[];
  /** As it is in a file or was said by a program: no line is broken anew. */
  readonly verbatim?: true;
}

/** How much is drawn, and where the rest can be seen. */
export interface Reach {
  /** Changes, clashes, lines of output and so on, of each at most. */
  readonly most: number;
  /** Says where the rest is, as `pwb show ID --all`. */
  readonly rest: string;
}

/** For a door without colours. @param indent before each heading. */
export function plainLines(parts: readonly Part[], indent = ''): string[] {
  return parts.flatMap(({ heading, lines }) => [`${indent}${heading}`, ...lines.map((line) => `${indent}  ${wordsOfLine(line)}`)]);
}

export function wordsOfLine({ lead, text }: Line): string {
  return lead === undefined ? text : `${lead} ${text}`;
}

/** The first of many, and a last line that says how many there are and where. */
export function someLines<T>(all: readonly T[], { most, rest }: Reach, what: string, draw: (one: T) => Line): Line[] {
  // One line that says "1 more" saves nothing.
  if (all.length <= most + 1) return all.map(draw);
  return [...all.slice(0, most).map(draw), { tone: 'warning', text: `${grouped(all.length - most)} more ${what}, not drawn here: ${rest}` }];
}

const PLAIN_NAME = /^(?:[\p{L}\p{M}\p{N}./_@+~%=-]|[:?&#](?!$))+$/u;

/** A path or a host that can't run into the words around it: in quotes as soon as it holds more than plain characters. */
export function pathWords(path: string): string {
  return PLAIN_NAME.test(path) ? visible(path) : quoted(path.replaceAll(/["\\]/g, '\\$&'));
}

/** Of what is spelled already, so that a backslash in it is one. */
export function quoted(spelled: string): string {
  return `"${oneLine(spelled)}"`;
}

/** A sentence that holds words of others. */
export function oneLine(sentence: string): string {
  return blanks(visible(sentence), 3);
}

/** A line of a file or a program. Blanks that would push what follows out of sight are told by their number. */
export function textWords(line: string): string {
  return blanks(visible(line, '\t'), 64);
}

function blanks(text: string, least: number): string {
  return text.replaceAll(new RegExp(`[ \\t]{${least},}`, 'g'), (run) => `‹${run.length} blanks›`);
}

/** 1234567 as `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** @param count bytes; exact where a person would read it so. */
export function sizeWords(count: number): string {
  if (count < 10_000) return `${grouped(count)} ${count === 1 ? 'byte' : 'bytes'}`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count / 1000;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${value < 10 ? value.toFixed(1) : grouped(Math.round(value))} ${units[unit] ?? ''}`;
}

/** Enough of it to be compared by eye. */
export function digestWords(digest: Digest | null): string {
  return digest === null ? 'none' : `sha256 ${digest.slice(0, 12)}…`;
}

/** `3 created, 1 deleted`, without what there is none of. */
export function countWords(counts: readonly (readonly [count: number, words: string])[]): string {
  return counts.filter(([count]) => count > 0).map(([count, words]) => `${grouped(count)} ${words}`).join(', ');
}
