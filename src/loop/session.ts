// Sessions: a conversation in one workspace with one model. A session's turn is carried on by one process at a
// time, which holds its lease; a lease of a dead process is free.
import type { DatabaseSync } from 'node:sqlite';
import type { Log } from '../audit/log.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { Door, TurnEnd } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { isProfile, type Profile } from '../model/profile.ts';
import { isAlive, ownOwner } from '../storage/owner.ts';

export interface SessionRow {
  readonly id: Id;
  readonly workspace: Id;
  readonly root: string;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly used: number;
  readonly title: string | null;
  readonly turn: number;
  readonly epoch: number;
  readonly state: 'idle' | 'open';
  readonly ended: TurnEnd | null;
  readonly served: string | null;
  readonly owner: string | null;
  /** Its own profile; null: the configured one. */
  readonly profile: Profile | null;
}

export interface NewSession {
  readonly workspace: Id;
  readonly root: string;
  /** Name of a model as the person chose it; empty for a session that asks none. */
  readonly model: string;
  readonly title: string;
  readonly profile?: Profile;
}

/** Of sessions that this process has begun and that may not be on disk yet. */
const begun = new Map<Id, { readonly profile: Profile | null; readonly workspace: Id }>();

/** A session's own profile; null when it has none. */
export function profileOf(db: DatabaseSync, session: Id | undefined): Profile | null {
  if (session === undefined) return null;
  const row = db.prepare('SELECT profile FROM sessions WHERE id = ?').get(session);
  // What is on disk may have been changed since by another process.
  if (row === undefined) return begun.get(session)?.profile ?? null;
  begun.delete(session);
  // A word that is none of ours asks the most.
  return row['profile'] === null ? null : isProfile(row['profile']) ? row['profile'] : 'strict';
}

/** Where a session works; '' when that isn't known. */
export function workspaceOf(db: DatabaseSync, session: Id | undefined): Id {
  if (session === undefined) return '';
  const row = db.prepare('SELECT workspace FROM sessions WHERE id = ?').get(session);
  return row === undefined ? (begun.get(session)?.workspace ?? '') : String(row['workspace']);
}

/** Begin a session, and hold its lease when `held`. Not durable by itself: what follows in it is. */
export function startSession(log: Log, { workspace, root, model, title, profile }: NewSession, door: Door, held: boolean): Id {
  const id = newId();
  begun.set(id, { profile: profile ?? null, workspace });
  log.note((tx) => {
    const detail = canonicalBytes({ workspace, root, model, ...(profile === undefined ? {} : { profile }) });
    const { payloads } = tx.append({ type: 'session.started', session: id, door }, { detail, title: title.slice(0, 200) });
    tx.db
      .prepare(`INSERT INTO sessions (id, workspace, root, model, made, used, title, state, owner, profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(id, workspace, root, model, tx.now, tx.now, payloads['title']?.digest ?? null, held ? 'open' : 'idle', held ? ownOwner() : null, profile ?? null);
  });
  return id;
}

export function readSession(db: DatabaseSync, id: Id): SessionRow {
  const row = db.prepare('SELECT * FROM sessions WHERE id = ?').get(id) as unknown as SessionRow | undefined;
  if (row === undefined) throw new Fault('session.unknown', `there is no session ${id}`, 'see `pwb sessions`');
  return row;
}

export function listSessions(db: DatabaseSync, limit: number): SessionRow[] {
  return db.prepare('SELECT * FROM sessions ORDER BY used DESC, id LIMIT ?').all(limit) as unknown as SessionRow[];
}

/** Does some living process carry this session's turn on right now? */
export function isHeld(row: Pick<SessionRow, 'owner'>): boolean {
  return row.owner !== null && isAlive(row.owner);
}

/** Take the lease. Returns the session as it was before. Throws `session.busy` when a living process, this one included, has it. */
export function claim(log: Log, id: Id): Promise<SessionRow> {
  return log.commit((tx) => {
    const row = readSession(tx.db, id);
    if (isHeld(row)) throw new Fault('session.busy', `session ${id} is being worked on by process ${row.owner ?? ''}`, 'wait for it, or stop it with `pwb cancel`');
    tx.db.prepare(`UPDATE sessions SET owner = ?, state = 'open', used = ? WHERE id = ?`).run(ownOwner(), tx.now, id);
    return row;
  });
}

/** Give the lease back as if it had not been taken: nothing was begun. */
export async function letGo(log: Log, { id, state }: Pick<SessionRow, 'id' | 'state'>): Promise<void> {
  await log.commit((tx) => {
    tx.db.prepare('UPDATE sessions SET owner = NULL, state = ? WHERE id = ? AND owner = ?').run(state, id, ownOwner());
  });
}

/** Give the lease back. `ended` null: the turn is unfinished and waits for a person. */
export async function release(log: Log, id: Id, ended: TurnEnd | null): Promise<void> {
  await log.commit((tx) => {
    tx.db
      .prepare('UPDATE sessions SET owner = NULL, state = ?, ended = ? WHERE id = ? AND owner = ?')
      .run(ended === null ? 'open' : 'idle', ended, id, ownOwner());
  });
}
