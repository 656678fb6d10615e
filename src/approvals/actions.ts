// The record of actions: one row each, changed only in the transaction that writes the event which says so.
import type { DatabaseSync } from 'node:sqlite';
import type { Log, PayloadInput, PayloadInputs, Tx } from '../audit/log.ts';
import type { ActionKind } from '../model/action.ts';
import { canonicalBytes, type Json } from '../model/canonical.ts';
import type { Digest } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import type { EndWhy, Into } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { ActionState, Outcome, OutcomeKind } from '../model/outcome.ts';
import { isAlive } from '../storage/owner.ts';
import { parseProposal, proposalBytes, type Proposal, type Proposer } from '../model/proposal.ts';

export interface ActionRow {
  readonly id: Id;
  readonly session: Id;
  readonly turn: number;
  readonly seq: number;
  readonly kind: ActionKind;
  readonly by: Proposer;
  readonly call: string;
  readonly state: ActionState;
  readonly proposal: Digest;
  readonly effects: Digest | null;
  readonly reason: Digest | null;
  readonly rules: string | null;
  readonly edited_from: Id | null;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly expires: number | null;
  readonly agreed: Digest | null;
  readonly grant_id: Id | null;
  /** Of the process that carries it out, or that took the yes and is about to. */
  readonly owner: string | null;
  readonly outcome: OutcomeKind | null;
  readonly why: EndWhy | null;
  readonly result: Digest | null;
  readonly output: Digest | null;
  readonly exit: number | null;
  readonly tokens: number | null;
  /** 1 once the model has been told the result. */
  readonly heard: number;
  readonly into_: Into | null;
  /** Of the result, as JSON; null: not ended, or nobody has written it down. */
  readonly label: string | null;
}

/** Record a proposal, in the caller's transaction. `parts` are further payloads that its action names by digest. */
export function recordProposal(tx: Tx, proposal: Proposal, parts: PayloadInputs = {}): ActionRow {
  const { id, session, turn, by, action, editedFrom } = proposal;
  const body = { type: 'action.proposed', action: id, session, turn, by, kind: action.kind, ...(editedFrom === null ? {} : { editedFrom }) } as const;
  const recorded = tx.append(body, { ...parts, proposal: proposalBytes(proposal) });
  const digest = recorded.payloads['proposal']?.digest ?? '';
  tx.db
    .prepare(`INSERT INTO actions (id, session, turn, seq, kind, by, call, state, proposal, edited_from, made) VALUES (?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?, ?)`)
    .run(id, session, turn, recorded.seq, action.kind, by, proposal.call, digest, editedFrom, tx.now);
  return readAction(tx.db, id);
}

export function readAction(db: DatabaseSync, id: Id): ActionRow {
  const row = findAction(db, id);
  if (row === undefined) throw new Fault('action.unknown', `there is no action ${id}`, 'see `pwb inbox` and `pwb log` for ids');
  return row;
}

export function findAction(db: DatabaseSync, id: Id): ActionRow | undefined {
  return db.prepare('SELECT * FROM actions WHERE id = ?').get(id) as unknown as ActionRow | undefined;
}

/** Actions of a session that are not ended, in the order in which they were proposed. */
export function openActions(db: DatabaseSync, session: Id): ActionRow[] {
  return db.prepare(`SELECT * FROM actions WHERE session = ? AND state <> 'ended' ORDER BY seq`).all(session) as unknown as ActionRow[];
}

/** What was proposed in a turn, requests to the model left out, in order. */
export function turnActions(db: DatabaseSync, session: Id, turn: number): ActionRow[] {
  return db.prepare(`SELECT * FROM actions WHERE session = ? AND turn = ? AND kind <> 'infer' ORDER BY seq`).all(session, turn) as unknown as ActionRow[];
}

/** All that waits for a person, oldest first. */
export function pendingActions(db: DatabaseSync): ActionRow[] {
  return db.prepare(`SELECT * FROM actions WHERE state = 'pending' ORDER BY seq`).all() as unknown as ActionRow[];
}

/**
 * A person said yes, and whoever would carry it out is gone or has given up, oldest first. What comes behind a proposal
 * that still waits has not had its turn.
 */
export function strandedActions(db: DatabaseSync): ActionRow[] {
  const sql = `SELECT * FROM actions AS answered WHERE state = 'answered' AND NOT EXISTS (
    SELECT 1 FROM actions AS before WHERE before.session = answered.session AND before.state = 'pending' AND (before.seq, before.rowid) < (answered.seq, answered.rowid)) ORDER BY seq`;
  return (db.prepare(sql).all() as unknown as ActionRow[]).filter((row) => isStranded(db, row));
}

/** Neither does a living process hold its session, nor is the one that took the answer about to. */
export function isStranded(db: DatabaseSync, { state, session, owner }: ActionRow): boolean {
  if (state !== 'answered') return false;
  const row = db.prepare('SELECT state, owner FROM sessions WHERE id = ?').get(session);
  if (row !== undefined && row['owner'] !== null && isAlive(String(row['owner']))) return false;
  return row?.['state'] !== 'open' || owner === null || !isAlive(owner);
}

/** What a crash cut off in turns that nobody has gone on with since, oldest first: a person should look at each. */
export function unknownActions(db: DatabaseSync): ActionRow[] {
  const sql = `SELECT actions.* FROM sessions JOIN actions ON actions.session = sessions.id WHERE sessions.state = 'open' AND actions.outcome = 'unknown' AND actions.heard = 0 ORDER BY actions.seq`;
  return db.prepare(sql).all() as unknown as ActionRow[];
}

/** The proposal, parsed again from the bytes on record. Throws `action.erased` when they are gone. */
export function readProposal(log: Log, row: ActionRow): { readonly proposal: Proposal; readonly bytes: Uint8Array } {
  const bytes = log.read(row.proposal);
  if (bytes === null) throw new Fault('action.erased', `the proposal of action ${row.id} was erased`, 'it can no longer be shown or invoked');
  const proposal = parseProposal(bytes);
  // Who could attack: somebody who points one action's row at another's words, for a card that shows what isn't done.
  if (proposal.id !== row.id) throw new Fault('action.mixed', `the proposal on record for action ${row.id} is another one's`, 'run: pwb log verify');
  return { proposal, bytes };
}

export function effectsBytes(effects: Effects): Uint8Array {
  return canonicalBytes(effects as unknown as Json);
}

/** Text of a payload; words in its place when there is none or it was erased. */
export function textOf(log: Log, digest: Digest | null): string {
  if (digest === null) return '';
  const bytes = log.read(digest);
  return bytes === null ? '(erased)' : new TextDecoder().decode(bytes);
}

/** Record how an action ended, in the caller's transaction; the first end stands. `output` is all that was kept of a run's output. */
export function recordEnd(tx: Tx, id: Id, outcome: Outcome, why: EndWhy, output: PayloadInput | null): void {
  if (findAction(tx.db, id)?.state === 'ended') return;
  const { kind, exit, signal, limits, duration, text, touched, into, label } = outcome;
  const body = {
    type: 'action.ended', action: id, outcome: kind, why, duration: Math.round(duration),
    ...(typeof exit === 'number' ? { exit } : {}),
    ...(signal ? { signal } : {}),
    ...(limits && limits.length > 0 ? { limits } : {}),
    ...(into === undefined ? {} : { into }),
  } as const;
  const detail = touched === undefined ? {} : { detail: canonicalBytes({ touched }) };
  const recorded = tx.append(body, { result: text, ...detail, ...(output === null ? {} : { output }) });
  tx.db
    .prepare(`UPDATE actions SET state = 'ended', outcome = ?, why = ?, result = ?, output = coalesce(?, output), exit = ?, into_ = ?, label = ?, owner = NULL WHERE id = ? AND state <> 'ended'`)
    .run(kind, why, recorded.payloads['result']?.digest ?? null, recorded.payloads['output']?.digest ?? null, exit ?? null, into ?? null, JSON.stringify(label), id);
}
