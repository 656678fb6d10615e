// The items of a thread: what was said, what was done, how each turn ended, and notices, each made from one event of
// the session and what is on record beside it. Words of models and files are data; headings are drawn visibly.
import { findAction, readAction, readProposal, textOf, type ActionRow } from '../approvals/actions.ts';
import { titleOf } from '../approvals/title.ts';
import type { Log } from '../audit/log.ts';
import type { Verdict } from '../model/decision.ts';
import type { EventBody, EndWhy, Into, LogEvent, TurnEnd } from '../model/event.ts';
import type { ActionKind } from '../model/action.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { ActionState, OutcomeKind } from '../model/outcome.ts';
import type { Proposer } from '../model/proposal.ts';
import { visible } from '../model/visible.ts';
import { answeredTokens } from './spent.ts';
import { readHanded, readReasoning, readSpoken, type HandedFile } from './spoken.ts';

interface Placed {
  /** Of the event: items are paged by it. */
  readonly seq: number;
  readonly time: string;
  /** False: the conversation was taken back to before it. */
  readonly current: boolean;
}

export interface Tokens {
  readonly prompt: number;
  readonly output: number;
}

export interface MessageItem extends Placed {
  readonly item: 'message';
  /** Its place in the context as it is now; null: the model doesn't know of it any more. */
  readonly index: number | null;
  readonly turn: number;
  readonly role: 'user' | 'assistant';
  /** Null: erased. */
  readonly text: string | null;
  readonly reasoning: string | null;
  readonly files: readonly HandedFile[];
  /** An action of null: the call's arguments didn't fit, and nothing came of it. */
  readonly calls: readonly { readonly name: string; readonly action: Id | null }[];
  /** The request that it answers. */
  readonly action: Id | null;
  readonly model: string | null;
  readonly label: Label;
  readonly tokens: Tokens | null;
  /** Of the request, in milliseconds. */
  readonly duration: number | null;
}

export interface ActionItem extends Placed {
  readonly item: 'action';
  readonly id: Id;
  readonly turn: number;
  readonly kind: ActionKind;
  readonly tool: string;
  readonly by: Proposer;
  readonly heading: string;
  readonly state: ActionState;
  readonly outcome: OutcomeKind | null;
  readonly ended: EndWhy | null;
  readonly into: Into | null;
  /** Of the rules, the last time that they were asked. */
  readonly verdict: Verdict | null;
  readonly duration: number | null;
  /** Paths; null: not known, or erased. */
  readonly changed: number | null;
  /** Of what failed or was refused. */
  readonly words: string | null;
  readonly editedFrom: Id | null;
}

export interface EndItem extends Placed {
  readonly item: 'end';
  readonly turn: number;
  readonly why: TurnEnd;
  readonly words: string;
  /** Requests to the model. */
  readonly steps: number;
  readonly tokens: Tokens;
  /** From its first action to its end, in milliseconds, the wait for a person included. */
  readonly duration: number;
}

export interface NoticeItem extends Placed {
  readonly item: 'notice';
  readonly words: string;
}

export type ThreadItem = MessageItem | ActionItem | EndItem | NoticeItem;

type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

/** @param index of its message in the context now; null: not there. */
export function messageItem(log: Log, { payloads, ...event }: LogEvent, placed: Placed, body: Of<'message.added'>, label: Label, index: number | null): MessageItem {
  const spoken = readSpoken(log, payloads['message']?.digest ?? '');
  const handed = readHanded(log, payloads['files']);
  const asked = body.role === 'assistant' ? answerOf(log, body, event.seq) : null;
  return {
    item: 'message', ...placed, index, turn: body.turn, role: body.role === 'user' ? 'user' : 'assistant',
    text: spoken === null ? null : handed === null ? spoken.text : spoken.text.slice(0, handed.said),
    reasoning: asked?.reasoning ?? null,
    files: handed?.files ?? [],
    calls: spoken === null ? [] : callsOf(log, body.session, event.seq, spoken.calls),
    action: asked?.action ?? null, model: asked?.model ?? null, label,
    tokens: asked?.tokens ?? null, duration: asked?.duration ?? null,
  };
}

/** The request that a message answers: the last one before it in its turn. */
function answerOf(log: Log, { session, turn }: Of<'message.added'>, before: number): Pick<MessageItem, 'action' | 'model' | 'tokens' | 'duration' | 'reasoning'> | null {
  const asked = log.store.db.prepare(`SELECT id, turn FROM actions WHERE session = ? AND seq < ? AND kind = 'infer' ORDER BY seq DESC LIMIT 1`).get(session, before);
  if (asked === undefined || asked['turn'] !== turn) return null;
  const row = readAction(log.store.db, String(asked['id']));
  const events = log.events({ action: row.id, types: ['model.answered', 'action.ended'], limit: 2 });
  const answered = events.find(({ body }) => body.type === 'model.answered');
  const said = answered?.body.type === 'model.answered' ? answered.body : null;
  const { promptTokens: prompt, outputTokens: output } = said ?? {};
  const bytes = log.read(row.proposal);
  const action = bytes === null ? null : readProposal(log, row).proposal.action;
  return {
    action: row.id, model: action?.kind === 'infer' ? action.model : null,
    tokens: prompt === undefined || output === undefined ? null : { prompt, output },
    duration: endOf(events)?.duration ?? null,
    reasoning: readReasoning(log, answered?.payloads['response']),
  };
}

function endOf(events: readonly LogEvent[]): Of<'action.ended'> | null {
  const body = events.find((event) => event.body.type === 'action.ended')?.body;
  return body?.type === 'action.ended' ? body : null;
}

/** Calls of one answer that are looked for behind it. */
const MOST_CALLS = 200;

function callsOf(log: Log, session: Id, after: number, calls: readonly { readonly id: string; readonly name: string }[]): MessageItem['calls'] {
  if (calls.length === 0) return [];
  const rows = log.store.db.prepare('SELECT id, kind, call FROM actions WHERE session = ? AND seq > ? AND edited_from IS NULL ORDER BY seq LIMIT ?').all(session, after, MOST_CALLS);
  const next = rows.findIndex((row) => row['kind'] === 'infer');
  const own = new Map((next < 0 ? rows : rows.slice(0, next)).map((row) => [String(row['call']), String(row['id'])]));
  return calls.map(({ id, name }) => ({ name, action: own.get(id) ?? null }));
}

/** Characters of what failed; how it went on is on its card. */
const MOST_WORDS = 2000;

/** Null for a request to the model that went well: its answer stands for it. */
export function actionItem(log: Log, placed: Placed, body: Of<'action.proposed'>): ActionItem | null {
  const row = findAction(log.store.db, body.action);
  if (row === undefined) return null;
  const isWrong = row.outcome !== null && row.outcome !== 'done';
  if (row.kind === 'infer' && !isWrong && row.state !== 'pending') return null;
  const proposal = log.read(row.proposal) === null ? null : readProposal(log, row).proposal;
  const events = log.events({ action: row.id, types: ['action.decided', 'action.ended'], newestFirst: true, limit: 20 });
  const decided = events.find((event) => event.body.type === 'action.decided')?.body;
  const result = isWrong ? textOf(log, row.result) : '';
  return {
    item: 'action', ...placed, id: row.id, turn: row.turn, kind: row.kind, by: row.by,
    tool: proposal?.tool ?? '', heading: proposal === null ? '(erased)' : titleOf(proposal.action),
    state: row.state, outcome: row.outcome, ended: row.why, into: row.into_,
    verdict: decided?.type === 'action.decided' ? decided.verdict : null,
    duration: endOf(events)?.duration ?? null,
    changed: changedBy(log, row),
    words: isWrong ? `${visible(result.slice(0, MOST_WORDS), '\n\t')}${result.length > MOST_WORDS ? `… [${result.length - MOST_WORDS} more characters are on its card]` : ''}` : null,
    editedFrom: row.edited_from,
  };
}

function changedBy(log: Log, { effects, kind }: ActionRow): number | null {
  if (kind === 'infer' || kind === 'read' || kind === 'service' || kind === 'fetch') return 0;
  const bytes = effects === null ? null : log.read(effects);
  if (bytes === null) return null;
  const { changes, certainty }: { readonly changes: readonly unknown[]; readonly certainty: string } = JSON.parse(new TextDecoder().decode(bytes));
  return certainty === 'unknown' ? null : changes.length;
}

/** @param after the end of the turn before; -1: it was the first. */
export function endItem(log: Log, event: LogEvent, placed: Placed, body: Of<'turn.ended'>, after: number): EndItem {
  const { db } = log.store;
  const steps = Number(db.prepare(`SELECT count(*) AS steps FROM actions WHERE session = ? AND seq > ? AND seq < ? AND kind = 'infer'`).get(body.session, after, event.seq)?.['steps']);
  const [first] = log.events({ session: body.session, after, before: event.seq, types: ['action.proposed'], limit: 1 });
  return {
    item: 'end', ...placed, turn: body.turn, why: body.why, steps,
    // What a turn that was answered ends with is its last message.
    words: body.why === 'answered' ? '' : visible(textOf(log, event.payloads['detail']?.digest ?? null), '\n\t'),
    tokens: answeredTokens({ log }, body.session, after, event.seq),
    duration: Math.max(0, Date.parse(event.time) - Date.parse(first?.time ?? event.time)),
  };
}

export function noticeItem(log: Log, { body, payloads }: LogEvent, placed: Placed): NoticeItem {
  const detail = textOf(log, payloads['detail']?.digest ?? null);
  return { item: 'notice', ...placed, words: body.type === 'session.changed' ? changedWords(detail) : visible(detail) };
}

function changedWords(detail: string): string {
  if (detail === '(erased)') return detail;
  const { model, profile }: { readonly model?: string; readonly profile?: string | null } = JSON.parse(detail);
  return [
    ...(model === undefined ? [] : [`From here on the model ${visible(model)} is asked.`]),
    ...(profile === undefined ? [] : [profile === null ? 'From here on the configured profile holds.' : `From here on the profile ${visible(profile)} holds.`]),
  ].join(' ');
}
