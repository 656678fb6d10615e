// Sources: what the model was given, each with its label and an index of the typed values in it. Only the person's words
// and what trusted tools answered can lend trust; the rest can only tell where a value was found.
import type { Label } from '../model/label.ts';
import { scanSpoken, scanTyped, type Atom, type AtomType } from './flow-atoms.ts';
import { looseOf, recordsOf, type FlowRecord } from './flow-records.ts';
import { momentsFrom } from './flow-times.ts';

/** `person`: their words. `endorsed`: a value that they approved as a place. `approved`: words that they let go somewhere. `asked`: what a trusted tool answered to the person's words. `trusted`: to anything else. `outside`: what is from there. `said`: what may be the model's own words that come back to it, so they lend nothing. */
export type SourceKind = 'person' | 'endorsed' | 'approved' | 'asked' | 'trusted' | 'outside' | 'said';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A field of the data, which the text may write in another way; looked for only when a card asks. */
export const SOMEWHERE: Span = { start: -1, end: -1 };

/** What a text holds, whoever it is from: made once, however often it is read. */
export interface Content {
  readonly text: string;
  readonly records: readonly FlowRecord[];
  readonly atoms: ReadonlyMap<string, Span>;
  /** Moments that follow from the dates, times and lengths of time in it; of a person's words only. */
  readonly moments: ReadonlySet<string>;
}

export interface Source {
  /** What it is known by: `you`, a file's name, a call. */
  readonly name: string;
  readonly kind: SourceKind;
  readonly label: Label;
  /** What the tool that answered works on: an id of a file is not one of an event. */
  readonly touches: readonly string[];
  readonly content: Content;
}

export const keyOf = (type: AtomType, form: string): string => `${type} ${form}`;

/** @param value structured, where the tool gave it so; what a text claims to be is not. */
export function contentOf(text: string, kind: SourceKind, value?: unknown): Content {
  const records = value === undefined ? [] : recordsOf(value);
  const atoms = new Map<string, Span>();
  const found: readonly Atom[] = kind === 'person' ? scanSpoken(text) : scanTyped(text);
  for (const { type, form, start, end } of found) if (!atoms.has(keyOf(type, form))) atoms.set(keyOf(type, form), { start, end });
  for (const { fields } of records) {
    for (const { value: field, isId } of fields) {
      for (const type of isId ? ['id', 'field'] as const : ['field'] as const) if (!atoms.has(keyOf(type, field))) atoms.set(keyOf(type, field), SOMEWHERE);
    }
  }
  for (const field of value === undefined ? [] : looseOf(value)) if (!atoms.has(keyOf('field', field))) atoms.set(keyOf('field', field), SOMEWHERE);
  const forms = (type: AtomType): string[] => found.filter((atom) => atom.type === type).map(({ form }) => form);
  const moments = kind === 'person' ? momentsFrom(forms('date'), forms('time'), forms('duration')) : new Set<string>();
  return { text, records, atoms, moments };
}

export const LONGEST_PHRASE = 20_000; // characters
const MOST_TRIES = 1000;
const isWordChar = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);

/** Where whole words stand in a text, white space apart; null: nowhere. */
export function phraseIn(text: string, phrase: string): Span | null {
  const wanted = phrase.trim();
  if (wanted === '' || wanted.length > LONGEST_PHRASE) return null;
  // A text made to match everywhere and end nowhere is given up on.
  for (let at = text.indexOf(wanted), tries = 0; at !== -1 && tries < MOST_TRIES; at = text.indexOf(wanted, at + 1), tries += 1) {
    const end = at + wanted.length;
    const starts = !isWordChar(wanted[0]) || !isWordChar(text[at - 1]);
    const ends = !isWordChar(wanted.at(-1)) || !isWordChar(text[end]);
    if (starts && ends) return { start: at, end };
  }
  return null;
}

/** The same without regard to capitals, to line breaks and to what ends a sentence: still the person's words, all of them and in their order. */
export function quotedIn(text: string, phrase: string): Span | null {
  let bare = phrase.trim();
  while ('.!?…'.includes(bare.at(-1) ?? ' ')) bare = bare.slice(0, -1);
  const lower = text.toLowerCase();
  // Where small letters are more or fewer, places would differ.
  const found = phraseIn(text, bare) ?? (lower.length === text.length ? phraseIn(lower, bare.toLowerCase()) : null);
  return found ?? (phraseIn(inOneLine(lower), inOneLine(bare.toLowerCase())) === null ? null : SOMEWHERE);
}
const inOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** Words that stand beside any noun and name nothing. */
const EMPTY = new Set('the that this these those each every any all both some many few which what where when who whom whose with and but for nor not was were has had are its our your his her their new old same other another one two first last next whole right wrong'.split(' '));

/** The words of an argument's name: `newUser_ids` is about a user. */
export function nounsOf(param: string): readonly string[] {
  return param.split(/[^\p{L}]+|(?<=\p{Ll})(?=\p{Lu})/u).map((part) => part.toLowerCase().replace(/s$/, '')).filter((part) => part.length >= 3 && !EMPTY.has(part));
}

/** A word that the person calls what the argument is called: "the room kitchen", "the kitchen and hall rooms" for `room`. */
export function calledIn(text: string, word: string, param: string): Span | null {
  if (text.length > LONGEST_PHRASE || !/^\p{L}[\p{L}\p{N}_-]{2,79}$/u.test(word) || EMPTY.has(word.toLowerCase()) || !text.includes(word)) return null;
  for (const noun of nounsOf(param)) {
    const called = `[${noun[0]?.toUpperCase() ?? ''}${noun[0] ?? ''}]${noun.slice(1)}(?:s|es)?`;
    for (const pattern of [`(?<!${LETTER})${called}:? (?:${LETTER}+(?:,|,? and) ){0,8}${word}(?!${LETTER})`, `(?<!${LETTER})${word}(?:(?:,|,? and) ${LETTER}+){0,8} ${called}(?!${LETTER})`]) {
      const match = new RegExp(pattern, 'u').exec(text);
      if (match === null) continue;
      const start = match.index + (match[0].startsWith(word) ? 0 : match[0].length - word.length);
      return { start, end: start + word.length };
    }
  }
  return null;
}
const LETTER = String.raw`[\p{L}\p{N}_-]`;

/** Is it the only value of its type in an answer? */
export function isSingle({ atoms }: Content, key: string): boolean {
  const type = key.slice(0, key.indexOf(' ') + 1);
  return [...atoms.keys()].every((other) => other === key || !other.startsWith(type));
}
