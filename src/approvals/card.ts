// Cards: what a person is shown before answering, as data. Nothing is left out; each door draws it in its own way.
import type { Log } from '../audit/log.ts';
import type { Action } from '../model/action.ts';
import { timeText } from '../model/clock.ts';
import type { Effects } from '../model/effects.ts';
import type { EndWhy } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { ActionState, OutcomeKind } from '../model/outcome.ts';
import type { Origins } from '../model/origin.ts';
import type { Handle, Proposer } from '../model/proposal.ts';
import { readProposal, textOf, type ActionRow } from './actions.ts';
import { originsOnRecord } from './origins.ts';
import { chosenOf, type Pieces } from './pieces.ts';
import { findRehearsal, type Ending } from './rehearsals.ts';
import { shapedBy, type ShapedPath } from './shaped.ts';

export interface Card {
  readonly id: Id;
  readonly session: Id;
  readonly state: ActionState;
  readonly by: Proposer;
  readonly tool: string;
  /** Exactly what will be done, nothing cut. */
  readonly action: Action;
  /** The model's own words. */
  readonly why: string;
  readonly label: Label;
  /** Of each argument, and what from outside its writer had read; null: not on record, or erased. */
  readonly origins: Origins | null;
  /** Arguments that were passed unread. */
  readonly handles: readonly Handle[];
  /** Of a draft that waits to land: paths that what was read from outside has shaped. */
  readonly shaped: readonly ShapedPath[];
  readonly editedFrom: Id | null;
  /** Null until judged. */
  readonly effects: Effects | null;
  /** How it went in its copy of the world; null when it was not rehearsed, or that is over. */
  readonly rehearsal: (Ending & { readonly output: string }) | null;
  /** Of a yes to a part only: what it was for. */
  readonly chosen: Pieces | null;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly proposed: string;
  /** When silence becomes no. */
  readonly expires: string | null;
  readonly outcome: OutcomeKind | null;
  readonly ended: EndWhy | null;
  readonly exit: number | null;
  readonly result: string | null;
}

export function cardOf(log: Log, row: ActionRow): Card {
  const { proposal } = readProposal(log, row);
  const kept = findRehearsal(log.store.db, row.id);
  const text = row.effects === null ? null : textOf(log, row.effects);
  const effects = text === null || text === '(erased)' ? null : (JSON.parse(text) as Effects);
  return {
    id: row.id, session: row.session, state: row.state, by: row.by,
    tool: proposal.tool, action: proposal.action, why: proposal.why, label: proposal.label,
    origins: originsOnRecord(log, row.id), handles: proposal.handles ?? [], shaped: row.state === 'ended' ? [] : shapedBy(log, proposal.action, effects), editedFrom: row.edited_from,
    effects,
    rehearsal: kept === undefined ? null : { exit: kept.exit, signal: kept.signal, limits: kept.limits, duration: kept.duration, output: textOf(log, kept.output) },
    chosen: row.agreed === null ? null : chosenOf(log, row.id),
    rules: row.rules === null ? [] : row.rules.split(' '),
    reason: textOf(log, row.reason),
    proposed: timeText(row.made), expires: row.expires === null ? null : timeText(row.expires),
    outcome: row.outcome, ended: row.why, exit: row.exit, result: row.result === null ? null : textOf(log, row.result),
  };
}
