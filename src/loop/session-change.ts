// What a person changes about a session: its title at any time; its model and profile between turns. On record.
import type { Answerer } from '../approvals/answer.ts';
import { openActions } from '../approvals/actions.ts';
import type { Log, Tx } from '../audit/log.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Profile } from '../model/profile.ts';
import { isHeld, readSession, type SessionRow } from './session.ts';

/** Characters of a title. */
export const MOST_TITLE = 200;

/** Throws `session.title` for one without a word, `session.unknown`. */
export function renameSession(log: Log, id: Id, title: string): Promise<SessionRow> {
  const words = title.trim().replace(/\s+/g, ' ').slice(0, MOST_TITLE).toWellFormed();
  if (words === '') throw new Fault('session.title', 'a title needs a word', 'say what the session is about');
  return log.commit((tx) => {
    readSession(tx.db, id);
    const { payloads } = tx.append({ type: 'session.renamed', session: id }, { title: words });
    tx.db.prepare('UPDATE sessions SET title = ? WHERE id = ?').run(payloads['title']?.digest ?? null, id);
    return readSession(tx.db, id);
  });
}

/** What is absent stays as it is. A profile of null: the configured one. */
export interface Settings {
  readonly model?: string;
  readonly profile?: Profile | null;
}

/** Throws `session.busy` or `session.waits` in the middle of a turn, `session.unknown`. */
export function changeSession(log: Log, id: Id, settings: Settings, { door, credential }: Answerer): Promise<SessionRow> {
  return log.commit((tx) => {
    const row = readSession(tx.db, id);
    checkBetweenTurns(tx, row);
    const { model = row.model, profile = row.profile } = settings;
    if (model === row.model && profile === row.profile) return row;
    const detail = { ...(model === row.model ? {} : { model }), ...(profile === row.profile ? {} : { profile }) };
    tx.append({ type: 'session.changed', session: id, door, credential }, { detail: canonicalBytes(detail) });
    // Another model answers from now on because the person wants it: no word of a swap.
    tx.db.prepare('UPDATE sessions SET model = ?, profile = ?, served = CASE WHEN model = ? THEN served END WHERE id = ?').run(model, profile, model, id);
    return readSession(tx.db, id);
  });
}

function checkBetweenTurns({ db }: Tx, row: SessionRow): void {
  if (isHeld(row)) throw new Fault('session.busy', `session ${row.id} is being worked on`, 'wait for it, or cancel it');
  if (openActions(db, row.id).length > 0) throw new Fault('session.waits', `the turn of session ${row.id} is not over`, 'answer what waits in it, or resume or cancel it first');
}
