// Cancel one thing, or stop everything. On record first, so that every process hears it; what nobody carries on
// right now is ended here.
import { findAction, pendingActions, recordEnd, type ActionRow } from '../approvals/actions.ts';
import type { Answerer } from '../approvals/answer.ts';
import type { Log, Tx } from '../audit/log.ts';
import type { EndWhy } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import { isHeld, readSession, type SessionRow } from './session.ts';

export interface Halted {
  /** Proposals that waited and are now refused. */
  readonly refused: readonly Id[];
  /** Sessions that a process is carrying on, and that have been told to stop. */
  readonly told: readonly Id[];
}

/** Cancel an action or a session's turn. Answers nothing: what waits is refused. */
export function cancel(log: Log, target: Id, by: Answerer): Promise<Halted> {
  return log.commit((tx) => {
    tx.append({ type: 'cancel.asked', target, ...by });
    const action = findAction(tx.db, target);
    const session = readSession(tx.db, action?.session ?? target);
    const waiting = openRows(tx, session.id).filter(({ id }) => action === undefined || id === action.id);
    return halt(tx, [session], waiting, 'cancelled', 'cancelled');
  });
}

/** Panic: everything that runs is cancelled, everything that waits is refused, no grant survives. */
export function stopAll(log: Log, by: Answerer): Promise<Halted> {
  return log.commit((tx) => {
    tx.append({ type: 'stop.asked', ...by });
    const sessions = tx.db.prepare(`SELECT * FROM sessions WHERE state = 'open'`).all() as unknown as SessionRow[];
    const waiting = [...sessions.flatMap(({ id }) => openRows(tx, id)), ...pendingActions(tx.db)];
    return halt(tx, sessions, [...new Map(waiting.map((row) => [row.id, row])).values()], 'stopped', 'stopped');
  });
}

function halt(tx: Tx, sessions: readonly SessionRow[], waiting: readonly ActionRow[], why: EndWhy, end: 'cancelled' | 'stopped'): Halted {
  for (const row of waiting) {
    recordEnd(tx, row.id, { kind: 'refused', text: `The person ${end === 'stopped' ? 'stopped everything' : 'cancelled this'}.`, label: PERSON, duration: 0 }, why, null);
  }
  const told = sessions.filter(isHeld);
  for (const session of sessions) {
    const idle = openRows(tx, session.id).length === 0 && !isHeld(session) && session.state === 'open';
    if (!idle) continue;
    tx.append({ type: 'turn.ended', session: session.id, turn: session.turn, why: end }, { detail: 'Ended by the person while nothing was carried out.' });
    tx.db.prepare(`UPDATE sessions SET state = 'idle', ended = ?, owner = NULL WHERE id = ?`).run(end, session.id);
  }
  return { refused: waiting.map(({ id }) => id), told: told.map(({ id }) => id) };
}

/** Neither granted (its process ends it) nor ended. */
function openRows(tx: Tx, session: Id): ActionRow[] {
  return tx.db.prepare(`SELECT * FROM actions WHERE session = ? AND state IN ('proposed', 'pending', 'answered') ORDER BY seq`).all(session) as unknown as ActionRow[];
}
