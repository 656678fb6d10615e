// What a session's model has been given so far, and the label that follows. Nothing raises integrity: only a person's
// endorsement adds a source that lends trust, and it lends it to that one value.
import { BOTTOM, join, type Label } from '../model/label.ts';
import type { Effect } from './cedar-facts.ts';
import { contentOf, type Content, type Source, type SourceKind } from './flow-source.ts';

export type Role = 'destination' | 'selector' | 'critical' | 'payload' | 'query';

/** What a plugin's manifest says of a tool, as the person accepted it. A label that a result claims for itself is not read. */
export interface ToolManifest {
  readonly name: string;
  readonly effect: Effect;
  readonly readsOutside: boolean;
  readonly readsPrivate: boolean;
  /** What it works on: a result of a tool that shares it with one that reads outside text may hold such text. */
  readonly touches: readonly string[];
  /** Parameters without a role decide: they are critical, or a query where the tool only reads. */
  readonly roles: Readonly<Record<string, Role>>;
  /** Parameters that can't be left out; where one is, the tool or the model fills it in, and nobody said how. */
  readonly required: readonly string[];
}

export interface Result {
  readonly text: string;
  /** The same as data, where the tool gave data. */
  readonly value?: unknown;
}

/** Nothing that a text could hide in. */
const isNothing = (text: string): boolean => /^\s*(?:none|null|true|false|ok|done|success|\{\s*\}|\[\s*\])?\s*$/i.test(text);

export interface Ledger {
  readonly sources: readonly Source[];
  /** The join of all that was read: the context's. */
  readonly label: Label;
  /** Names and ids that this session wrote to after it had read outside text. */
  readonly touched: ReadonlySet<string>;
  /** What was carried out, as `doingOf` says it. */
  readonly done?: ReadonlySet<string>;
}

/** A session that begins: the person's words, in which nothing is from outside. */
export function ledgerOf(words: readonly string[]): Ledger {
  const sources = words.map((text): Source => ({ name: 'you', kind: 'person', label: BOTTOM, touches: [], content: contentOf(text, 'person') }));
  return { sources, label: BOTTOM, touched: new Set() };
}

/** The label of what a tool answers in this context. */
export function resultLabel(ledger: Ledger, tool: ToolManifest, shared: boolean, text: string, name: string): Label {
  const read = tool.effect === 'read';
  const echoes = !read && !isNothing(text);
  const outside = tool.readsOutside || (echoes && (shared || ledger.label.integrity === 'outside'));
  const secret = tool.readsPrivate ? 'private' : echoes ? ledger.label.secrecy : 'open';
  return { integrity: outside ? 'outside' : 'workspace', secrecy: secret, sources: [name] };
}

/**
 * A result was given to the model.
 * @param spoken how the question was put: `person` all in the person's words, `none` without any argument, `else` otherwise.
 * @param shared another tool that reads outside text works on the same things.
 */
export function hear(ledger: Ledger, tool: ToolManifest, name: string, result: Result, spoken: 'person' | 'none' | 'else', shared: boolean, content?: Content): Ledger {
  const label = resultLabel(ledger, tool, shared, result.text, name);
  const kind: SourceKind = label.integrity === 'outside' ? 'outside' : spoken === 'person' && tool.effect === 'read' ? 'asked' : 'trusted';
  const source: Source = { name, kind, label, touches: tool.touches, content: content ?? contentOf(result.text, kind, result.value) };
  return { ...ledger, sources: [...ledger.sources, source], label: join(ledger.label, label) };
}

/** What an outside-labelled context wrote stays so, under whatever name it is read again. */
export function touch(ledger: Ledger, values: readonly string[]): Ledger {
  return ledger.label.integrity === 'outside' && values.length > 0 ? { ...ledger, touched: new Set([...ledger.touched, ...values]) } : ledger;
}

/** A person approved exactly this value as a place where things go. @param tool where they go by this tool only; by any, without it. */
export function endorse(ledger: Ledger, values: readonly string[], name: string, tool?: string): Ledger {
  if (values.length === 0) return ledger;
  const sources = values.map((text): Source => {
    const { atoms, ...content } = contentOf(text, 'endorsed');
    const whole = new Map([...atoms].filter(([, { start, end }]) => start === 0 && end === text.length));
    whole.set(`quoted ${text}`, { start: 0, end: text.length });
    return { name, kind: 'endorsed', label: BOTTOM, touches: tool === undefined ? [] : [tool], content: { ...content, atoms: whole } };
  });
  return { ...ledger, sources: [...ledger.sources, ...sources] };
}

/** A person let exactly these words go somewhere: letter by letter they count as an open answer would, with the label of what was read. */
export function approve(ledger: Ledger, words: readonly string[], name: string): Ledger {
  const label: Label = { integrity: 'person', secrecy: ledger.label.secrecy, sources: [name] };
  const sources = words.map((text): Source => ({ name, kind: 'approved', label, touches: [], content: { text, records: [], atoms: new Map(), moments: new Set() } }));
  return sources.length === 0 ? ledger : { ...ledger, sources: [...ledger.sources, ...sources] };
}

/** A call with an effect was carried out. @param doing of `doingOf` */
export function did(ledger: Ledger, doing: string): Ledger {
  return { ...ledger, done: new Set([...(ledger.done ?? []), doing]) };
}
