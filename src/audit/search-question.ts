// A person's question as an expression of SQLite's FTS5 (https://sqlite.org/fts5.html): words, "phrases" and filters, all
// of which must hold. Nothing that is typed can be syntax: each part is a quoted string or a token of ours.
import type { ActionKind } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import type { EventType } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Integrity, Secrecy } from '../model/label.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import type { Proposer } from '../model/proposal.ts';
import { key } from './search-words.ts';

export interface Filter {
  readonly session?: Id;
  readonly action?: Id;
  readonly tool?: string;
  readonly kind?: ActionKind;
  /** A file, or a folder with all in it; relative to the workspace, or absolute. */
  readonly path?: string;
  readonly decision?: Verdict;
  readonly outcome?: OutcomeKind;
  readonly who?: Proposer;
  readonly integrity?: Integrity;
  readonly secrecy?: Secrecy;
  readonly types?: readonly EventType[];
  /** Only what a person who reads from above wants to see. */
  readonly main?: boolean;
}

export interface Question extends Filter {
  /** Words, "phrases", beginnings*; the last word also stands for what begins so. */
  readonly q?: string;
  /** Only events after, and before, this seq. */
  readonly after?: number;
  readonly before?: number;
  /** Milliseconds since 1970: not before, and before. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

const MOST_TERMS = 32;
/** A shorter beginning stands for too much of a long log. */
const LEAST_BEGINNING = 2;

/** What FTS5 is asked; null: every event. `finds` false: there is no word in it, so nothing can be found. */
export interface Expression {
  readonly finds: boolean;
  readonly match: string | null;
}

export function expressionOf(question: Question): Expression {
  const terms = question.q === undefined ? [] : termsOf(question.q);
  if (question.q !== undefined && question.q.trim() !== '' && terms.length === 0) return { finds: false, match: null };
  const keys = keysOf(question);
  const parts = [...(terms.length === 0 ? [] : [`words : (${terms.join(' AND ')})`]), ...keys.map((one) => `keys : (${one})`)];
  return { finds: true, match: parts.length === 0 ? null : parts.map((part) => `(${part})`).join(' AND ') };
}

/** Throws `log.query` for more than 32 words. */
function termsOf(q: string): string[] {
  const found = [...q.replaceAll('\0', ' ').matchAll(/"([^"]*)("?)|([^\s"]+)/g)];
  const terms = found.flatMap(([whole, phrase, closed, word], at) => {
    const text = phrase ?? word ?? '';
    if (!/[\p{L}\p{N}\p{Co}]/u.test(text)) return [];
    const isLast = at === found.length - 1 && q.endsWith(whole);
    const isOpen = phrase === undefined ? isLast || text.endsWith('*') : isLast && closed === '';
    return [`"${text.replaceAll('"', '')}"${isOpen && mayBegin(text.replace(/\*+$/, '')) ? ' *' : ''}`];
  });
  if (terms.length > MOST_TERMS) throw new Fault('log.query', `a search takes at most ${MOST_TERMS} words`, 'use fewer words');
  return terms;
}

function mayBegin(text: string): boolean {
  const [last = ''] = /[\p{L}\p{N}\p{M}\p{Co}]+$/u.exec(text) ?? [];
  return last.length >= LEAST_BEGINNING || /[^\u0000-\u024f]/.test(last);
}

function keysOf({ session, action, tool, kind, path, decision, outcome, who, integrity, secrecy, types, main }: Filter): string[] {
  const keys: string[] = [];
  const all = { session, action, tool, kind, outcome, who, integrity, secrecy, verdict: decision, path: path === undefined ? undefined : trimmed(path) } as const;
  for (const [what, value] of Object.entries(all)) if (value !== undefined && value !== '') keys.push(`"${key(what as Parameters<typeof key>[0], value)}"`);
  if (types !== undefined) keys.push(types.length === 0 ? '"zqnone"' : types.map((type) => `"${key('type', type)}"`).join(' OR '));
  if (main === true) keys.push(`"${key('main', 'yes')}"`);
  return keys;
}

/** As it stands in the index, empty for the folder that all is in: no `./` in front, no `/` behind. */
function trimmed(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}
