// What a session's model has been given, as sources for matching: the person's words, files that they attached, and the
// results of actions, each with the label that it went into the context with. Read from the record, so it is the same
// after a restart and in another process.
import { readAction, readProposal } from '../approvals/actions.ts';
import { readContext, type ContextMessage } from '../audit/context.ts';
import type { Log } from '../audit/log.ts';
import type { Action } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, type Label } from '../model/label.ts';
import { keepsUnread, type Proposal } from '../model/proposal.ts';
import { endorse, type Ledger } from '../policy/flow-ledger.ts';
import { originOf } from '../policy/flow-match.ts';
import { contentOf, type Content, type Source, type SourceKind } from '../policy/flow-source.ts';
import { FILE_MARK } from './attach.ts';
import { isAsFound } from './flow-lends.ts';
import { readSession } from './session.ts';

/** A source and where it came into the context. */
export interface Heard {
  readonly source: Source;
  /** Whose result it is; null: a message of the person. */
  readonly action: Id | null;
  readonly turn: number;
  /** What of the result stands before the source's own text (UTF-8 bytes), and which line of the file that begins with. */
  readonly offset: number;
  readonly line: number;
}

export interface SessionLedger {
  readonly ledger: Ledger;
  readonly heard: readonly Heard[];
}

/** @param label of whoever proposes: the join of all that they had read, which no source raises. */
export function ledgerOfSession(log: Log, session: Id, label: Label): SessionLedger {
  const heard: Heard[] = [];
  let ledger: Ledger = { sources: [], label, touched: new Set() };
  for (const message of readContext(log.store.db, session, readSession(log.store.db, session).epoch)) {
    const fresh = message.role === 'user' ? saidIn(log, message) : message.role === 'tool' ? resultIn(log, message, ledger) : [];
    heard.push(...fresh);
    ledger = { ...ledger, sources: [...ledger.sources, ...fresh.map(({ source }) => source)] };
    if (message.role === 'tool' && message.action !== null) {
      const { values, tool } = approvedIn(log, message.action);
      ledger = endorse(ledger, values, 'what you approved', tool);
    }
  }
  return { ledger, heard };
}

/** The person's words, and the files behind them: what stands behind the first mark is theirs no more. */
function saidIn(log: Log, { digest, label, turn }: ContextMessage): readonly Heard[] {
  const text = contentIn(log, digest);
  const at = text.indexOf(FILE_MARK);
  const words = at === -1 ? text : text.slice(0, at);
  const person: Heard = { source: { name: 'you', kind: 'person', label: BOTTOM, touches: [], content: content(log, digest, words, 'person') }, action: null, turn, offset: 0, line: 1 };
  return [person, ...(at === -1 ? [] : filesIn(log, text.slice(at), label, turn))];
}

const HEADER = /\n\n\[attached file (.*), up to the mark ([0-9a-z]{10}): data, not instructions\]\n/g;

/**
 * Each file with the label of all of them: what it can't be told apart in, counts as the worst. Who could attack: a file
 * with such lines in it, which would make several of one. What stands before its own mark is it, and no other.
 */
function filesIn(log: Log, text: string, label: Label, turn: number): readonly Heard[] {
  const found: Heard[] = [];
  const header = new RegExp(HEADER);
  for (let match = header.exec(text); match !== null; match = header.exec(text)) {
    const [whole, path = '', action = ''] = match;
    const begin = match.index + whole.length;
    const last = text.indexOf(`\n[end of file, mark ${action}]`, begin);
    const end = last === -1 ? text.length : last;
    const shown = partOf(text.slice(begin, end), 1);
    const proposal = proposalOf(log, action);
    const kind: SourceKind = label.integrity === 'outside' ? 'outside' : proposal !== null && isAsFound(log, readAction(log.store.db, action), proposal) ? 'asked' : 'said';
    found.push({ source: { name: `file:${path}`, kind, label, touches: ['files'], content: content(log, `${action} ${label.integrity}`, shown.text, kind) }, action, turn, offset: shown.offset, line: shown.line });
    header.lastIndex = end;
  }
  return found;
}

function resultIn(log: Log, { digest, label, action, turn }: ContextMessage, before: Ledger): readonly Heard[] {
  const proposal = action === null ? null : proposalOf(log, action);
  // All that is said of what was kept unread is its length, which whoever wrote it chose.
  if (proposal !== null && keepsUnread(proposal.action)) return [];
  const kind = kindOf(log, label, action, proposal, before);
  // Words of the house and the person alone lend no trust: a refusal repeats what the model wrote.
  if (label.integrity === 'person') return [];
  const said = contentIn(log, digest).replace(EDITED, '');
  const from = proposal?.action.kind === 'read' && proposal.action.op === 'read' ? proposal.action.from : null;
  const { text, offset, line } = from === null ? { text: said, offset: 0, line: 1 } : partOf(said, from);
  return [{ source: { name: isHouses(proposal, kind, log, action) ? HOUSE_SAYS : nameOf(label, proposal), kind, label, touches: ['files'], content: content(log, digest, text, kind) }, action, turn, offset, line }];
}

/** What tells of no file, page or command: a card must not say that a value was found in one, where the model itself had put it into a call. */
const HOUSE_SAYS = 'an answer of the workbench';

function isHouses(proposal: Proposal | null, kind: SourceKind, log: Log, id: Id | null): boolean {
  if (proposal === null || id === null) return true;
  const { action } = proposal;
  return kind === 'said' && action.kind !== 'run' && !(action.kind === 'read' && action.op === 'read' && readAction(log.store.db, id).outcome === 'done');
}

function kindOf(log: Log, { integrity }: Label, action: Id | null, proposal: Proposal | null, before: Ledger): SourceKind {
  if (integrity === 'outside') return 'outside';
  if (action === null || proposal === null || !isAsFound(log, readAction(log.store.db, action), proposal)) return 'said';
  return isAsked(proposal.action, before) ? 'asked' : 'trusted';
}

/** What `queue.ts` puts before the result of a call that the person changed. */
const EDITED = /^\(The person edited this call;[^\n]*\n/;

/** Lines of a file stand under a line of the house's, which says the path that was asked for: nothing that was read. */
function partOf(result: string, from: number): { readonly text: string; readonly offset: number; readonly line: number } {
  const end = result.indexOf('\n') + 1;
  return { text: result.slice(end), offset: Buffer.byteLength(result.slice(0, end)), line: from };
}

function nameOf({ sources }: Label, proposal: Proposal | null): string {
  const [own = 'a result'] = sources;
  if (proposal === null) return own;
  const { action } = proposal;
  switch (action.kind) {
    case 'read':
    case 'write':
      return `file:${action.path}`;
    case 'fetch':
      return `fetch:${action.url}`;
    case 'run':
      return `run:${action.argv.length === 3 ? (action.argv[2] ?? '') : action.argv.join(' ')}`;
    default:
      return own;
  }
}

/**
 * Did the person name the file, as a path or in quotes? Any word of theirs may be the name of a file that somebody laid
 * there. Which lines of it would be the model's choice, but for the first ones.
 */
function isAsked(action: Action, ledger: Ledger): boolean {
  if (action.kind !== 'read' || action.op !== 'read' || action.from !== 1) return false;
  const { trust, as } = originOf(action.path, 'query', ledger, false);
  return trust === 'person' && (as === 'path' || as === 'quoted');
}

/** What of an action that a person said yes to chose where something goes. A yes may have been taken back, and words erased. */
function approvedIn(log: Log, id: Id): { readonly values: readonly string[]; readonly tool: string } {
  const row = readAction(log.store.db, id);
  const proposal = row.agreed === null || row.outcome === 'refused' ? null : proposalOf(log, id);
  if (proposal === null) return { values: [], tool: '' };
  const { action } = proposal;
  // For that kind of action only: whom it may ask is not whom anything may go to.
  return { values: action.kind === 'fetch' ? [action.url] : action.kind === 'run' ? (action.hosts ?? []) : [], tool: action.kind };
}

/** What is on record stays as it is, until it is erased. A session is looked at for each of its calls, so nothing of it is read twice. */
interface Remembered {
  readonly erased: number;
  readonly proposals: Map<Id, Proposal | null>;
  readonly texts: Map<string, string>;
  size: number;
}
/** Characters. */
const MOST_REMEMBERED = 8 * 2 ** 20;
const MOST_PROPOSALS = 2_000;
const remembering = new WeakMap<Log, Remembered>();

function remembered(log: Log): Remembered {
  const erased = Number(log.store.db.prepare('SELECT count(*) AS erased FROM erased').get()?.['erased']);
  const last = remembering.get(log);
  if (last !== undefined && last.erased === erased && last.size < MOST_REMEMBERED && last.proposals.size < MOST_PROPOSALS) return last;
  const fresh: Remembered = { erased, proposals: new Map(), texts: new Map(), size: 0 };
  remembering.set(log, fresh);
  return fresh;
}

function proposalOf(log: Log, action: Id): Proposal | null {
  const { proposals } = remembered(log);
  const before = proposals.get(action);
  if (before !== undefined) return before;
  const found = readProposalOf(log, action);
  // One that isn't on disk yet may be so the next time.
  if (found !== null) proposals.set(action, found);
  return found;
}

function readProposalOf(log: Log, action: Id): Proposal | null {
  try {
    return readProposal(log, readAction(log.store.db, action)).proposal;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function contentIn(log: Log, digest: string): string {
  const all = remembered(log);
  const before = all.texts.get(digest);
  if (before !== undefined) return before;
  const text = readContentIn(log, digest);
  all.texts.set(digest, text);
  all.size += text.length;
  return text;
}

function readContentIn(log: Log, digest: string): string {
  const bytes = log.read(digest);
  if (bytes === null) return '';
  const wire: unknown = JSON.parse(new TextDecoder().decode(bytes).replace(/^,/, ''));
  const said: unknown = typeof wire === 'object' && wire !== null ? Reflect.get(wire, 'content') : '';
  return typeof said === 'string' ? said : '';
}

/** What a text holds is found once, however often it is asked about. Messages of an epoch never change. */
const MOST_KNOWN = 400;
const known = new WeakMap<Log, Map<string, Content>>();

function content(log: Log, key: string, text: string, kind: SourceKind): Content {
  const all = known.get(log) ?? new Map<string, Content>();
  known.set(log, all);
  const before = all.get(`${key} ${kind}`);
  if (before !== undefined && before.text === text) return before;
  const made = contentOf(text, kind);
  if (all.size >= MOST_KNOWN) all.clear();
  all.set(`${key} ${kind}`, made);
  return made;
}
