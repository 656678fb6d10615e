// The yeses of a person at a page or a terminal, from the log, for their pace. Those of programs aren't among them.
import type { DatabaseSync } from 'node:sqlite';
import type { Log, PayloadInputs } from '../audit/log.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { LogEvent } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { findAction, type ActionRow } from './actions.ts';
import { LOOK_BACK, paceOf, type Pace, type Yes } from './pace.ts';

/** The command line's own prompt, where a person sits at a terminal. */
export const TERMINAL = 'terminal';

/** Answers that are looked back at. */
const SOME = 64;
/** A card that was put on record with its answer, and not before: milliseconds between the two. */
const TOGETHER = 50;

/** The answer of the model that an action came with: the request that it answered. Null for what no model asked for. */
export function batchOf(db: DatabaseSync, { id, session, turn, by, call }: ActionRow): Id | null {
  if (call === '' && by !== 'model') return null;
  const row = db.prepare(`SELECT asked.id FROM actions AS asked JOIN actions AS mine ON mine.id = ? WHERE asked.session = ? AND asked.turn = ? AND asked.kind = 'infer' AND (asked.seq, asked.rowid) < (mine.seq, mine.rowid) ORDER BY asked.seq DESC, asked.rowid DESC LIMIT 1`).get(id, session, turn);
  return row === undefined ? null : String(row['id']);
}

/** How the person's answers go just now. @param next the action that is to be answered. */
export function readPace(log: Log, now: number, next?: ActionRow): Pace {
  return paceOf(yesesOf(log, now), now, next === undefined ? undefined : (batchOf(log.store.db, next) ?? next.id));
}

/** Put on record with a yes that had to wait for it. */
export function pacePayload({ quick, held }: Pace): PayloadInputs {
  return held === 0 ? {} : { pace: canonicalBytes({ quick, held }) };
}

function yesesOf(log: Log, now: number): readonly Yes[] {
  const { db } = log.store;
  const said = log.events({ limit: SOME, newestFirst: true, types: ['action.answered'] });
  return said.flatMap((event) => {
    const { body } = event;
    const at = Date.parse(event.time);
    if (body.type !== 'action.answered' || body.answer !== 'invoke' || now - at > LOOK_BACK || !isPersons(db, body.credential)) return [];
    const row = findAction(db, body.action);
    return row === undefined ? [] : [{ batch: batchOf(db, row) ?? row.id, at, shown: shownAt(log, body.action, event) }];
  }).toReversed();
}

function isPersons(db: DatabaseSync, credential: string): boolean {
  return credential === TERMINAL || db.prepare(`SELECT 1 FROM credentials WHERE id = ? AND kind = 'session'`).get(credential) !== undefined;
}

/** When the card first stood before the person, before they answered. */
function shownAt(log: Log, action: Id, { seq, time }: LogEvent): number | null {
  const first = log.events({ limit: 1, action, types: ['action.shown'], before: seq })[0];
  if (first === undefined) return null;
  const at = Date.parse(first.time);
  return first.seq === seq - 1 && Date.parse(time) - at < TOGETHER ? null : at;
}
