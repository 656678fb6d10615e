// A call of a tool, field by field: what each is, where it comes from, and the facts that rules judge. It decides nothing.
import { QUIET, mostSecret, worst, type Effect, type Facts, type Trust } from './cedar-facts.ts';
import type { Secrecy } from '../model/label.ts';
import { scanTyped, wholesOf } from './flow-atoms.ts';
import { isLinkLike } from './flow-forms.ts';
import type { Ledger, Role, ToolManifest } from './flow-ledger.ts';
import { originOf, type Origin, type Value } from './flow-match.ts';
import { isNameKey, namedRecords, recordsOf } from './flow-records.ts';
import { keyOf, nounsOf } from './flow-source.ts';

/** One value of a call, with its path among the arguments (`to[0].address`). */
export interface FlowField {
  readonly path: string;
  readonly role: Role;
  readonly value: Value;
  readonly origin: Origin;
}

export interface JudgedCall {
  readonly facts: Facts;
  readonly fields: readonly FlowField[];
}

const MOST_FIELDS = 2000;
/** Looking through all that was read costs time: so many values of a call are looked for in it, the others only as a whole. */
const MOST_SEARCHED = 100;
const LONGEST_VALUE = 256 * 1024; // characters
const LONGEST_CALL = 1024 * 1024; // characters
const DEEPEST = 16;

type Around = Partial<Omit<Facts, 'effect' | 'destination' | 'selector' | 'critical' | 'payload'>>;

/** The facts of a call as the model put it, before it is carried out. */
export function judgeCall(ledger: Ledger, tool: ToolManifest, args: Readonly<Record<string, unknown>>, around: Around = {}): JudgedCall {
  const clean = ledger.label.integrity !== 'outside';
  const spread = spreadOf(tool, args);
  const oversize = spread === null;
  const fetches = tool.effect === 'read' && !oversize && spread.some(({ value }) => typeof value === 'string' && wholesOf(value).some(({ type }) => type === 'url'));
  const effect: Effect = fetches ? 'egress' : tool.effect;
  const found = (spread ?? []).map(({ path, param, role: declared, value }, at) => {
    // Whoever reads a URL tells its server something.
    const role: Role = fetches && typeof value === 'string' && wholesOf(value).some(({ type }) => type === 'url') ? 'destination' : declared;
    return { path, param, role, value, origin: approvedFor(tool, originOf(value, role, ledger, clean, param, at < MOST_SEARCHED)) };
  });
  const fields = refer(found, ledger, tool, effect);
  const missing = tool.required.filter((param) => !fields.some((field) => field.param === param)).map((param) => roleOf(tool, param));
  const of = (role: Role): Trust => (oversize || missing.includes(role) ? 'composed' : fields.filter((field) => field.role === role).reduce<Trust>((all, { origin }) => worst(all, origin.trust), 'none'));
  const payload = fields.filter(({ role }) => role === 'payload');
  // What is left out is an exact value that somebody else fills in.
  const unsaid = missing.filter((role) => role === 'payload').length;
  const fresh = payload.flatMap((field) => strangers(field, ledger));
  const facts: Facts = {
    ...QUIET, ...around, effect, tool: tool.name, kind: around.kind ?? 'call',
    integrity: ledger.label.integrity, secrecy: ledger.label.secrecy,
    destination: of('destination'), selector: of('selector'), critical: of('critical'), payload: of('payload'),
    carries: oversize ? ledger.label.secrecy : fields.filter(({ role }) => role !== 'query').reduce<Secrecy>((all, field) => mostSecret(all, secrecyOf(field, ledger)), 'open'),
    newLinks: fresh.filter((type) => type === 'link').length,
    newAddresses: fresh.filter((type) => type === 'address').length,
    spoken: fields.filter(({ origin }) => origin.trust === 'person').length,
    newValues: payload.filter(isNewValue).length + unsaid,
    references: payload.filter(({ value }) => (typeof value === 'string' ? /^\d+$/.test(value) || wholesOf(value).some(({ type }) => type === 'path' || type === 'id') : false)).length,
    anchored: tool.effect === 'write' && payload.some(({ param, origin }) => isNameKey(param) && origin.trust === 'person' && (origin.as === 'path' || origin.as === 'quoted')),
    apart: areApart(fields, ledger, effect), again: ledger.done?.has(doingOf(tool, fields)) ?? false, fetches, oversize,
    addresses: formsOf(fields, 'destination', ['email', 'account', 'phone']),
    hosts: formsOf(fields, 'destination', ['url']).map((form) => new URL(form).host),
    paths: formsOf(fields, 'selector', ['path']),
  };
  return { facts, fields: fields.map(({ param: _param, ...field }) => field) };
}

/** A page that may be read is no page that may be written to. */
function approvedFor(tool: ToolManifest, origin: Origin): Origin {
  const { source } = origin;
  return source?.kind === 'endorsed' && source.touches.length > 0 && !source.touches.includes(tool.name) ? { ...origin, trust: 'outside' } : origin;
}

interface Spread {
  readonly path: string;
  readonly param: string;
  readonly role: Role;
  readonly value: Value;
}
interface Found extends Spread {
  readonly origin: Origin;
  /** What the person calls the record that it stands for. */
  readonly called?: string;
}

/** All single values of the arguments; what is empty says nothing. Null: too many, too deep or too long to be compared. */
function spreadOf(tool: ToolManifest, args: Readonly<Record<string, unknown>>): readonly Spread[] | null {
  const all: Spread[] = [];
  let length = 0;
  const look = (value: unknown, path: string, param: string, role: Role, depth: number): boolean => {
    if (value === null || value === undefined || value === '') return true;
    if (depth > DEEPEST || all.length >= MOST_FIELDS) return false;
    if (typeof value === 'object') {
      if (Array.isArray(value)) return value.every((inner, at) => look(inner, `${path}[${at}]`, param, role, depth + 1));
      // Inside an argument the keys are words of the model's as well, which no manifest knows.
      return Object.entries(value).every(([key, inner]) => look(key, `${path}{${key}}`, param, role, depth + 1) && look(inner, `${path}.${key}`, param, role, depth + 1));
    }
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
    length += typeof value === 'string' ? value.length : 8;
    all.push({ path, param, role, value });
    return length <= LONGEST_CALL && (typeof value !== 'string' || value.length <= LONGEST_VALUE);
  };
  return Object.entries(args).every(([param, value]) => look(value, param, param, roleOf(tool, param), 0)) ? all : null;
}

function roleOf(tool: ToolManifest, param: string): Role {
  const role = Object.hasOwn(tool.roles, param) ? tool.roles[param] : undefined;
  // Where there is an effect, what is asked for decides it.
  return tool.effect === 'read' ? (role ?? 'query') : role === undefined || role === 'query' ? 'critical' : role;
}

/** What stands in the one record that the person named: its id as a selector, a whole list of it as the destination. */
function refer(fields: readonly Found[], ledger: Ledger, tool: ToolManifest, effect: Effect): readonly Found[] {
  const open = fields.filter(({ role, origin }) => (role === 'selector' || role === 'destination') && origin.trust !== 'person' && origin.trust !== 'asked');
  if (open.length === 0) return fields;
  const named = namedRecords(ledger.sources, tool.touches, effect === 'write' ? new Set() : ledger.touched);
  const better = new Map<Found, Pick<Found, 'origin' | 'called'>>();
  for (const field of open.filter(({ role }) => role === 'selector')) {
    const hit = named.find(({ record }) => record.fields.some(({ isId, value }) => isId && value === String(field.value)));
    if (hit !== undefined) better.set(field, { origin: { ...field.origin, trust: 'named', source: hit.source }, called: hit.name });
  }
  for (const param of new Set(open.filter(({ role }) => role === 'destination').map(({ param: one }) => one))) {
    const all = fields.filter((field) => field.param === param);
    const values = all.map(({ value }) => String(value)).toSorted();
    const hit = named.find(({ record }) => record.lists.some((list) => JSON.stringify(list.values.toSorted()) === JSON.stringify(values)));
    if (hit !== undefined) for (const field of all) if (open.includes(field)) better.set(field, { origin: { ...field.origin, trust: 'named', source: hit.source }, called: hit.name });
  }
  return fields.map((field) => ({ ...field, ...better.get(field) }));
}

/** The person's own words may go where the person sends them; a trusted value keeps its label; the rest may hold anything that was read. */
function secrecyOf({ origin }: Found, ledger: Ledger): Secrecy {
  if (origin.trust === 'person' && origin.source !== null) return origin.source.label.secrecy;
  if ((origin.trust === 'asked' || origin.trust === 'workspace') && origin.source !== null) return origin.source.label.secrecy;
  return ledger.label.secrecy;
}

/**
 * The names and ids that a call with an effect wrote to, to be given to `touch`.
 * @param value the tool's answer as data, where it gave data; its outermost record is what was made or changed.
 */
export function writtenBy(fields: readonly FlowField[], value: unknown): readonly string[] {
  const [made] = recordsOf(value);
  const said = fields.filter(({ role, value: one }) => role === 'selector' || (role === 'payload' && typeof one === 'string' && wholesOf(one).some(({ type }) => type === 'path')));
  return [...(made?.fields ?? []).filter(({ isId, isName }) => isId || isName).map(({ value: one }) => one), ...said.map(({ value: one }) => String(one))];
}

/** Links and addresses in a payload that neither the person nor a trusted answer to them has; any trusted answer, before outside text was read. */
function strangers({ value, origin }: Found, ledger: Ledger): ('link' | 'address')[] {
  if (typeof value !== 'string' || origin.trust === 'person') return [];
  return scanTyped(value).flatMap(({ type, form }) => {
    const link = type === 'url' || (type === 'path' && isLinkLike(form));
    const address = type === 'email' || type === 'account' || type === 'phone';
    const known = ledger.sources.some((source) => (source.kind === 'person' || source.kind === 'asked' || (source.kind === 'trusted' && ledger.label.integrity !== 'outside')) && source.content.atoms.has(keyOf(type, form)));
    return known || !(link || address) ? [] : [link ? 'link' as const : 'address' as const];
  });
}

/** Words that the person never put together: sharing what one sentence names with whom another does is nobody's wish. */
function areApart(fields: readonly Found[], ledger: Ledger, effect: Effect): boolean {
  const sentences = ledger.sources.filter(({ kind }) => kind === 'person').flatMap(({ content }) => content.text.split(/(?<=[.!?])\s+(?=[\p{Lu}\d"'“‘])|\n+|;\s/u));
  const decides = fields.filter(({ role, origin }) => (role === 'critical' || role === 'payload') && origin.trust === 'person');
  // Of a setting, the person says which: an account that they mention is not their new password.
  if (effect === 'account' && fields.every(({ role }) => role === 'critical' || role === 'payload') && !decides.every((field) => isCalled(field, sentences))) return true;
  const payload = fields.filter(({ role }) => role === 'payload');
  // One word is no message, unless it is a link: it may be what the call is about.
  const words = payload.every(({ value }) => !/\s/.test(String(value)) && wholesOf(String(value))[0]?.type !== 'url');
  const chosen = fields.flatMap(({ role, param, origin, called }) => {
    if (role !== 'destination' && role !== 'selector' && !(role === 'payload' && words)) return [];
    if (called !== undefined) return [{ role, param, word: called }];
    const { source, span } = origin;
    return origin.trust === 'person' && source?.kind === 'person' && span !== null ? [{ role, param, word: source.content.text.slice(span.start, span.end) }] : [];
  });
  // Of those who get a message, each may have a sentence.
  if (new Set(chosen.map(({ param }) => param)).size < 2 || (!words && !chosen.some(({ role }) => role === 'selector'))) return false;
  return !sentences.some((sentence) => chosen.every(({ word }) => sentence.includes(word)));
}

/** Does a sentence of the person's have the value and a word of what the argument is called? */
function isCalled({ param, origin: { source, span } }: Found, sentences: readonly string[]): boolean {
  const word = source === null || span === null ? '' : source.content.text.slice(span.start, span.end);
  return sentences.some((sentence) => sentence.includes(word) && nounsOf(param).some((noun) => sentence.replaceAll(word, ' ').toLowerCase().includes(noun)));
}

/**
 * What a call does, so that the same is known again, and asked about: the person said it once. Where something decides
 * (an amount), other words beside it make it nothing else. Reading a link twice is reading it.
 */
export function doingOf(tool: ToolManifest, fields: readonly Pick<FlowField, 'path' | 'role' | 'value'>[]): string {
  const decides = fields.some(({ role }) => role === 'critical');
  const said = fields.filter(({ role }) => !decides || role !== 'payload').map(({ path, value }) => [path.replaceAll(/\[\d+\]/g, '[]'), sameOf(value)].join('='));
  return JSON.stringify([tool.name, ...said.toSorted()]);
}

/** One writing of a value that can be written in several ways. */
function sameOf(value: Value): string {
  return wholesOf(String(value))[0]?.form ?? String(value);
}

/** Prose may be the model's own where an exact value may not. */
function isNewValue({ value, origin }: Found): boolean {
  return origin.trust !== 'person' && origin.trust !== 'asked' && (typeof value !== 'string' || wholesOf(value).length > 0 || /^\d+$/.test(value));
}

function formsOf(fields: readonly Found[], role: Role, types: readonly string[]): readonly string[] {
  const values = fields.filter((field) => field.role === role).map(({ value }) => value).filter((value) => typeof value === 'string');
  return [...new Set(values.flatMap((value) => wholesOf(value)).filter(({ type }) => types.includes(type)).map(({ form }) => form))];
}
