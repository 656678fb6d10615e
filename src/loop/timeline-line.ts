// One event as a line of the timeline: who, what, how it came out. Every word of a model, a file or a program is drawn.
import { findAction, readProposal, type ActionRow } from '../approvals/actions.ts';
import type { Log } from '../audit/log.ts';
import { isMain, whoOf } from '../audit/search-words.ts';
import type { ActionKind } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import type { EventBody, EventType, LogEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { OutcomeKind } from '../model/outcome.ts';
import type { Proposal, Proposer } from '../model/proposal.ts';
import { visible } from '../model/visible.ts';
import { eventWords } from './event-words.ts';

export const LINE_TONES = ['plain', 'quiet', 'good', 'warn', 'bad'] as const;
export type LineTone = (typeof LINE_TONES)[number];

export interface TimelineLine {
  readonly seq: number;
  readonly time: string;
  readonly type: EventType;
  readonly session: Id | null;
  readonly action: Id | null;
  readonly turn: number | null;
  /** As the model named it, drawn; null where no tool was called, or that was erased. */
  readonly tool: string | null;
  readonly kind: ActionKind | null;
  readonly who: Proposer;
  /** One line, drawn. */
  readonly words: string;
  readonly tone: LineTone;
  /** Of a decision, and of an action's end: what was decided last. */
  readonly verdict: Verdict | null;
  readonly outcome: OutcomeKind | null;
  /** Of what led to the action. */
  readonly label: Pick<Label, 'integrity' | 'secrecy'> | null;
  /** The landing that an undo would take back now; null: there is none. */
  readonly undo: Id | null;
  /** False: it only says how. */
  readonly main: boolean;
}

export function lineOf(log: Log, event: LogEvent): TimelineLine {
  const { seq, time, body } = event;
  const { db } = log.store;
  const action = 'action' in body ? (body.action ?? null) : null;
  const row = action === null ? undefined : findAction(db, action);
  const proposal = row === undefined ? null : proposalOf(log, row);
  const main = isMain(body, row ?? null);
  return {
    seq, time, type: body.type, action, main,
    session: 'session' in body ? body.session : (row?.session ?? null),
    turn: 'turn' in body ? body.turn : (row?.turn ?? null),
    tool: proposal === null || proposal.tool === '' ? null : visible(proposal.tool),
    kind: row?.kind ?? null,
    who: whoOf(body, row ?? null),
    words: eventWords(log, event, proposal),
    tone: main ? toneOf(body) : 'quiet',
    verdict: verdictOf(log, body),
    outcome: body.type === 'action.ended' ? body.outcome : null,
    label: proposal === null ? null : { integrity: proposal.label.integrity, secrecy: proposal.label.secrecy },
    undo: body.type === 'action.ended' && body.into === 'workspace' ? landingOf(log, body.action) : null,
  };
}

/** Null: erased, or not what was recorded; then the line says what the event itself says. */
function proposalOf(log: Log, row: ActionRow): Proposal | null {
  try {
    return readProposal(log, row).proposal;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

function verdictOf(log: Log, body: EventBody): Verdict | null {
  if (body.type === 'action.decided') return body.verdict;
  if (body.type !== 'action.ended') return null;
  const [last] = log.events({ action: body.action, types: ['action.decided'], newestFirst: true, limit: 1 });
  return last?.body.type === 'action.decided' ? last.body.verdict : null;
}

function landingOf(log: Log, action: Id): Id | null {
  const id = log.store.db.prepare('SELECT id FROM landings WHERE action = ? AND undone IS NULL AND pruned IS NULL ORDER BY at DESC LIMIT 1').get(action)?.['id'];
  return typeof id === 'string' ? id : null;
}

function toneOf(body: EventBody): LineTone {
  switch (body.type) {
    case 'action.ended':
      return ({ done: 'good', failed: 'bad', refused: 'warn', unknown: 'bad' } as const)[body.outcome];
    case 'action.decided':
      return ({ allow: 'quiet', ask: 'warn', deny: 'bad' } as const)[body.verdict];
    case 'action.answered':
      return body.answer === 'deny' ? 'warn' : 'plain';
    case 'turn.ended':
      return body.why === 'answered' ? 'quiet' : body.why === 'cancelled' || body.why === 'stopped' ? 'warn' : 'bad';
    case 'stop.asked':
    case 'cancel.asked':
    case 'payload.erased':
    case 'clock.jumped':
    case 'draft.dropped':
      return 'warn';
    default:
      return 'plain';
  }
}
