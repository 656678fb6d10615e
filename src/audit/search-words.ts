// An event as the search knows it: its words (what was said, the first 64 KiB of each payload, once) and its keys (tokens
// for what people filter by). What is only bytes on a wire, or said elsewhere as well, is left out.
import type { Action } from '../model/action.ts';
import { pathsOf } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import type { EventBody, LogEvent } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { Proposer } from '../model/proposal.ts';
import type { Facts, LogSource } from './search-source.ts';

/** Raise it when what is indexed changes: an index of another form is built anew. */
export const SEARCH_FORM = 1;

/** Names of payloads that hold nothing to be found: exact requests and answers, cards, and what a proposal says as well. */
const LEFT_OUT = new Set(['response', 'head', 'tail', 'card', 'command', 'shown']);
/** Paths of one event that it can be found by. */
const MOST_PATHS = 2000;

export interface Searchable {
  readonly words: string;
  readonly keys: string;
}

export function searchableOf({ seq, event, session }: { readonly seq: number; readonly event: LogEvent; readonly session: Id | null }, source: LogSource): Searchable {
  const { body, payloads } = event;
  const action = 'action' in body ? (body.action ?? null) : null;
  const facts = action === null ? null : source.factsOf(action, seq);
  if (body.type === 'action.decided' && facts !== null) facts.verdict = body.verdict;
  const said: string[] = [];
  const paths = new Set<string>();
  for (const [name, { digest }] of Object.entries(payloads)) {
    // Said once: by the event that first named it.
    if (LEFT_OUT.has(name) || !isHeard(body) || source.firstNamed(digest) !== seq) continue;
    const bytes = name === 'proposal' || name === 'effects' ? source.bytes(digest, Infinity) : source.bytes(digest);
    if (bytes === null) continue;
    const text = textIn(name, new TextDecoder().decode(bytes), paths);
    if (!said.some((one) => one.includes(text))) said.push(text);
  }
  const keys = keysOf(event, session, action, facts);
  for (const path of [...paths].slice(0, MOST_PATHS)) for (const one of pathKeys(path, facts?.root ?? null)) keys.add(one);
  return { words: said.join('\n'), keys: [...keys].join(' ') };
}

/** What tools answered stands in the results of actions; what the house says to a model is the same each time. */
function isHeard(body: EventBody): boolean {
  return body.type !== 'message.added' || body.role === 'user' || body.role === 'assistant';
}

/** The token of a key. They begin like no word that a person types. */
export function key(what: KeyKind, value: string): string {
  return `zq${what}${/^[0-9a-z]{1,20}$/.test(value) ? value : `0${sha256(value).slice(0, 16)}`}`;
}
type KeyKind = 'type' | 'session' | 'action' | 'tool' | 'kind' | 'who' | 'verdict' | 'outcome' | 'integrity' | 'secrecy' | 'path' | 'main';

function keysOf(event: LogEvent, session: Id | null, action: Id | null, facts: Facts | null): Set<string> {
  const { body } = event;
  const keys = new Set([key('type', body.type), key('who', whoOf(body, facts))]);
  const add = (what: KeyKind, value: string | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '') keys.add(key(what, value));
  };
  if (isMain(body, facts)) add('main', 'yes');
  add('session', session);
  add('action', action);
  add('kind', facts?.kind);
  add('tool', facts?.tool);
  add('integrity', facts?.integrity);
  add('secrecy', facts?.secrecy);
  add('verdict', verdictOf(body, facts));
  if (body.type === 'action.ended') add('outcome', body.outcome);
  return keys;
}

/** Only a decision and the end of an action say one. */
export function verdictOf(body: EventBody, facts: Facts | null): Facts['verdict'] {
  if (body.type === 'action.decided') return body.verdict;
  return body.type === 'action.ended' ? (facts?.verdict ?? null) : null;
}

/** Who did what an event tells. */
export function whoOf(body: EventBody, facts: Pick<Facts, 'by'> | null): Proposer {
  switch (body.type) {
    case 'action.proposed':
      return body.by;
    case 'action.shown':
    case 'action.answered':
      return 'person';
    case 'action.granted':
      return body.by === 'person' ? 'person' : 'house';
    case 'action.decided':
      return 'house';
    case 'model.answered':
      return 'model';
    case 'message.added':
      return body.role === 'user' ? 'person' : body.role === 'assistant' ? 'model' : 'house';
    default:
      if ('door' in body) return body.door === 'house' ? 'house' : 'person';
      return 'action' in body ? (facts?.by ?? 'house') : 'house';
  }
}

/** False for what only says how: a person who reads the log from above passes over it. */
export function isMain(body: EventBody, facts: Pick<Facts, 'kind'> | null): boolean {
  switch (body.type) {
    case 'action.shown':
    case 'action.granted':
    case 'action.started':
    case 'action.rehearsed':
    case 'model.answered':
    case 'credential.used':
      return false;
    case 'message.added':
      return body.role === 'user' || body.role === 'assistant';
    case 'action.proposed':
      return facts?.kind !== 'infer';
    case 'action.decided':
      return body.verdict !== 'allow';
    case 'action.ended':
      return facts?.kind !== 'infer' || body.outcome !== 'done';
    case 'turn.ended':
      return body.why !== 'answered';
    default:
      return true;
  }
}

/** The words of one payload; paths that it tells of are added to `paths`. */
function textIn(name: string, text: string, paths: Set<string>): string {
  const value = /^[,\s]*[[{]/.test(text) ? json(text.replace(/^[,\s]+/, '')) : undefined;
  if (value === undefined) return plain(text);
  switch (name) {
    case 'proposal': {
      const { proposal } = value as { readonly proposal?: { readonly action?: Action; readonly tool?: string; readonly why?: string } };
      if (proposal?.action === undefined) return '';
      for (const path of pathsOf(proposal.action)) paths.add(path);
      const { root: _root, workspace: _workspace, head: _head, tail: _tail, chain: _chain, ...rest } = proposal.action as unknown as { readonly [name: string]: unknown };
      return plain([proposal.tool ?? '', proposal.why ?? '', ...strings(rest)].join('\n'));
    }
    case 'effects': {
      const { changes = [], diffs = [], network = [] } = value as Partial<Effects>;
      const names = changes.flatMap((change) => ('to' in change ? [change.path, change.to] : [change.path]));
      for (const path of names) paths.add(path);
      const told = diffs.map(({ unified }) => unified).join('\n');
      return plain([...names.slice(0, MOST_PATHS), ...network.map(({ host }) => host), told].join('\n'));
    }
    case 'detail': {
      const { touched } = value as { readonly touched?: readonly string[] };
      if (Array.isArray(touched)) for (const path of touched) if (typeof path === 'string') paths.add(path);
      return plain(strings(value).join('\n'));
    }
    case 'message': {
      const { content } = value as { readonly content?: unknown };
      return plain(strings(content ?? '').join('\n'));
    }
    default:
      return plain(strings(value).join('\n'));
  }
}

/** Undefined: no JSON, or only the beginning of some. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

/** Without a terminal's colours, which would stick to words, and without the marks that excerpts use. At most 64 KiB of characters. */
function plain(text: string): string {
  return text.slice(0, 64 * 1024).replace(/\u001b\[[0-9;?]*[A-Za-z]/g, ' ').replace(/[\u0000-\u0003]/g, ' ');
}

/** A path and every folder that it is in, as the workspace and as the machine names them. */
function pathKeys(path: string, root: string | null): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.').slice(0, 40);
  const isFull = path.startsWith('/');
  const names = parts.map((_, at) => `${isFull ? '/' : ''}${parts.slice(0, at + 1).join('/')}`);
  const full = root === null || isFull ? [] : [root, ...names.map((name) => `${root}/${name}`)];
  return [...names, ...full].map((name) => key('path', name));
}
