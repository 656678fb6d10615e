// Where the words of a proposal come from, argument by argument, and what its writer had read from outside: the same at
// every door. Who could attack: whoever names a file, writes a page or an argument. All of it is drawn, in quotes as soon
// as it could run into words of ours, and cut with its size.
import type { Action } from '../model/action.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { Origin, Origins, OutsideSource } from '../model/origin.ts';
import type { Handle } from '../model/proposal.ts';
import { countWords, grouped, oneLine, pathWords, someLines, type Line, type Part, type Reach } from './drawing.ts';
import { cutWords } from './fetch-words.ts';
import { commandOf } from './title.ts';
import type { ShapedPath } from './shaped.ts';
import type { Bytes } from './source-words.ts';

export interface Told {
  readonly action: Action;
  /** Null: not on record. */
  readonly origins: Origins | null;
  readonly handles: readonly Handle[];
  /** Absent: it is no card of a draft that waits to land. */
  readonly shaped?: readonly ShapedPath[];
}

/** An argument, or a value within one. All but `from` is drawn. */
export interface OriginRow {
  readonly argument: string;
  /** Null where the action doesn't show it by that name. */
  readonly value: string | null;
  readonly words: string;
  readonly integrity: Label['integrity'] | null;
  /** What brought it, and where in its result it stands. Null: words of the person, or found nowhere. */
  readonly from: { readonly action: Id; readonly bytes: Bytes | null } | null;
}

const SHORT = 120; // characters of a value
const BRIEF = 60; // of one of several lines: it stands in full elsewhere on the card
const NAME = 160; // characters of a source's name

export function originRows({ action, origins, handles }: Told): OriginRow[] {
  const passed = new Set(handles.map(({ argument }) => argument));
  // What was passed unread is on record with the proposal itself.
  const found = (origins?.arguments ?? []).filter(({ argument, words }) => !(passed.has(argument) && words.startsWith('passed unread')));
  return [...found.map((origin) => foundRow(action, origin)), ...handles.map(handleRow)];
}

/** As in `"https://…" in it: found in line 4 of …`: a value within the argument. */
const WITHIN = /^("(?:[^"\\]|\\.)*") in it: /s;

function foundRow(action: Action, { argument, source, integrity, bytes, action: from, words }: Origin): OriginRow {
  const within = WITHIN.exec(words);
  const value = within === null ? valueOf(action, argument) : innerOf(within[1]);
  return {
    argument: cutWords(argument, SHORT), integrity,
    value: value === null ? null : `${within === null ? '' : 'holds '}${cutWords(value, value.includes('\n') ? BRIEF : SHORT)}`,
    words: placeWords(words.slice(within?.[0].length ?? 0), source),
    from: from === null ? null : { action: from, bytes },
  };
}

function handleRow({ argument, from, label: { integrity, sources } }: Handle): OriginRow {
  const what = sources.length === 0 ? 'what was kept' : someSources(sources);
  return { argument: cutWords(argument, SHORT), value: null, words: `passed unread from ${what}${integrity === 'outside' ? ', outside' : ''}: the model has not seen it`, integrity, from: { action: from, bytes: null } };
}

function innerOf(json: string | undefined): string | null {
  try {
    const inner: unknown = JSON.parse(json ?? '');
    return typeof inner === 'string' ? inner : null;
  } catch {
    return null;
  }
}

/** The source's name inside the sentence is drawn by itself, so that no name can go on in our words. */
function placeWords(words: string, source: string | null): string {
  const at = source === null ? -1 : words.indexOf(source);
  if (source === null || at < 0) return oneLine(cut(words));
  return `${oneLine(words.slice(0, at))}${sourceWords(source)}${oneLine(words.slice(at + source.length))}`;
}

function cut(words: string): string {
  return words.length <= 400 ? words : `${words.slice(0, 400).toWellFormed()}… (${grouped(words.length)} characters)`;
}

function someSources(sources: readonly string[]): string {
  return `${sources.slice(0, 3).map(sourceWords).join(', ')}${sources.length > 3 ? ` and ${grouped(sources.length - 3)} more` : ''}`;
}

/** Of a path that lands: by what it was shaped. */
export function shapedWords({ sources }: ShapedPath): string {
  return `written after ${sources.length === 0 ? 'something from outside had been read' : `reading ${someSources(sources)}`}`;
}

export function shapedHeading(shaped: readonly ShapedPath[]): string {
  const count = new Set(shaped.map(({ path }) => path)).size;
  return `what was read from outside has shaped ${grouped(count)} of the paths that land`;
}

const NAMED = /^(file|fetch|run|handle):/;
/** Names of our own. */
const OWN = ['you', 'what you approved', 'an earlier result', 'a result', 'an answer of the workbench', 'what was kept', 'many'];

/** `file:"two words.txt"`. */
export function sourceWords(source: string): string {
  if (OWN.includes(source)) return source;
  const kind = NAMED.exec(source)?.[0] ?? '';
  return `${kind}${cutWords(source.slice(kind.length), NAME)}`;
}

/** The value of an argument of a tool's call, as the action has it. */
function valueOf(action: Action, argument: string): string | null {
  if (action.kind === 'run' && argument === 'command') return commandOf(action.argv);
  const [, name = '', index] = /^(\w+)(?:\[(\d{1,4})\])?$/.exec(argument) ?? [];
  const value: unknown = Object.hasOwn(action, name) ? Reflect.get(action, name) : undefined;
  const one: unknown = index === undefined ? value : Array.isArray(value) ? value[Number(index)] : undefined;
  return typeof one === 'string' ? one : null;
}

/** @param reach how many arguments and sources are listed, and where the rest is. */
export function originParts(told: Told, reach: Reach): Part[] {
  const rows = originRows(told);
  const outside = rows.filter(({ integrity }) => integrity === 'outside').length;
  const where: Part = {
    tone: outside > 0 ? 'warning' : 'plain',
    heading: `${outside > 0 ? '! ' : ''}where its words come from${outside === 0 ? '' : `: ${countWords([[outside, outside === 1 ? 'is' : 'are']])} from outside`}`,
    lines: someLines(rows, reach, 'arguments', rowLine),
  };
  return [...shapedParts(told.shaped ?? [], reach), ...(rows.length === 0 ? [] : [where]), ...outsideParts(told.origins?.outside ?? [], reach)];
}

function shapedParts(shaped: readonly ShapedPath[], reach: Reach): Part[] {
  if (shaped.length === 0) return [];
  return [{
    tone: 'warning', heading: `! ${shapedHeading(shaped)}`,
    lines: someLines(shaped, reach, 'such paths', (one) => ({ tone: 'plain', text: `${pathWords(one.path)}: ${shapedWords(one)} → pwb show ${pathWords(one.action)}` })),
  }];
}

function rowLine({ argument, value, words, integrity, from }: OriginRow): Line {
  const see = from === null ? '' : ` → pwb show ${pathWords(from.action)}${from.bytes === null ? '' : ` --bytes ${from.bytes[0]}-${from.bytes[1]}`}`;
  return { tone: integrity === 'outside' ? 'warning' : 'mark', lead: argument, text: `${value === null ? '' : `${value}: `}${words}${see}` };
}

export function outsideHeading(outside: readonly OutsideSource[]): string {
  const since = outside.reduce((first, { turn }) => Math.min(first, turn), Infinity);
  return `whoever wrote this had read from outside, since your message ${grouped(since)}`;
}

function outsideParts(outside: readonly OutsideSource[], reach: Reach): Part[] {
  if (outside.length === 0) return [];
  return [{
    tone: 'warning', heading: `! ${outsideHeading(outside)}`,
    lines: someLines(outside, reach, 'sources', ({ source, action, turn }) => ({ tone: 'plain', text: `${sourceWords(source)}, after your message ${grouped(turn)}${action === null ? ', which you attached' : ` → pwb show ${pathWords(action)}`}` })),
  }];
}
