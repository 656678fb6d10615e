// The record of what a session's model is shown: messages in order, each committed to once. A request is a head,
// the first n messages of an epoch and a tail, so a long session's record grows with its messages only.
import type { DatabaseSync } from 'node:sqlite';
import { contextChain, type Digest } from '../model/digest.ts';
import type { MessageRole } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { Infer } from '../model/action.ts';
import type { Log, PayloadInput, Tx } from './log.ts';
import { BY_DIGEST } from './payloads.ts';

export interface ContextMessage {
  readonly idx: number;
  readonly turn: number;
  readonly role: MessageRole;
  readonly digest: Digest;
  /** Bytes on the wire. */
  readonly size: number;
  readonly label: Label;
  readonly action: Id | null;
}

export interface NewMessage {
  readonly session: Id;
  readonly turn: number;
  readonly epoch: number;
  readonly index: number;
  readonly role: MessageRole;
  /** Exact wire bytes, or the ref of bytes that are on record already. */
  readonly bytes: PayloadInput;
  readonly label: Label;
  readonly action: Id | null;
  /** Of a message with files: which ones, and what of it was said. */
  readonly files?: PayloadInput;
}

/** Add a message to a session's context, in the caller's transaction. */
export function recordMessage(tx: Tx, message: NewMessage): void {
  const { session, turn, epoch, index, role, bytes, label, action, files } = message;
  const body = { type: 'message.added', session, turn, role, epoch, index, ...(action === null ? {} : { action }) } as const;
  const ref = tx.append(body, { message: bytes, ...(files === undefined ? {} : { files }) }).payloads['message'];
  tx.db
    .prepare('INSERT INTO messages (session, epoch, idx, turn, role, digest, size, label, action) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(session, epoch, index, turn, role, ref?.digest ?? '', ref?.size ?? 0, JSON.stringify(label), action);
}

export function readContext(db: DatabaseSync, session: Id, epoch: number): ContextMessage[] {
  const rows = db.prepare('SELECT idx, turn, role, digest, size, label, action FROM messages WHERE session = ? AND epoch = ? ORDER BY idx').all(session, epoch);
  return rows.map((row) => ({ ...row, label: JSON.parse(String(row['label'])) as Label }) as unknown as ContextMessage);
}

/** Of a message in an epoch. Throws `context.changed` when it isn't there. */
export function labelOf(db: DatabaseSync, session: Id, epoch: number, index: number): Label {
  const row = db.prepare('SELECT label FROM messages WHERE session = ? AND epoch = ? AND idx = ?').get(session, epoch, index);
  if (row === undefined) throw new Fault('context.changed', `message ${index} of session ${session} is on record, but not in its context`, 'run: pwb log verify');
  return JSON.parse(String(row['label'])) as Label;
}

/** The event that first said a message; what is carried over into a new epoch names the same payload again. Also when it was erased. */
export function saidFirst(db: DatabaseSync, message: Digest): number {
  return Number(db.prepare(`SELECT seq FROM payloads WHERE ${BY_DIGEST}`).get(message)?.['seq'] ?? -1);
}

export function chainOf(messages: readonly { readonly digest: Digest }[]): Digest {
  let chain: Digest | null = null;
  for (const { digest } of messages) chain = contextChain(chain, digest);
  return chain ?? '';
}

/**
 * The exact bytes of a request, in order, from what is on record. Every payload is checked against its digest
 * and the list against its chain. Throws `context.erased` or `context.changed`.
 */
export function requestBytes(log: Log, session: Id, action: Infer): Uint8Array[] {
  const messages = readContext(log.store.db, session, action.epoch).slice(0, action.messages);
  if (messages.length !== action.messages || chainOf(messages) !== action.chain) {
    throw new Fault('context.changed', `the context of session ${session} is not the one that was proposed`, 'ask again');
  }
  const known = readBefore(log);
  return [action.head, ...messages.map(({ digest }) => digest), action.tail].map((digest) => {
    const before = known.bytes.get(digest);
    const bytes = before ?? log.read(digest);
    if (bytes === null) throw new Fault('context.erased', 'part of this context was erased', 'start a new session');
    if (before === undefined) known.size += bytes.length;
    known.bytes.set(digest, bytes);
    return bytes;
  });
}

/** Bytes that this process checked against their digest already: a request grows by a few messages a step. An erasure empties it. */
interface Known {
  readonly erased: number;
  readonly bytes: Map<Digest, Uint8Array>;
  size: number;
}
/** Bytes. */
const MOST_KNOWN = 32 * 2 ** 20;
const checked = new WeakMap<Log, Known>();

function readBefore(log: Log): Known {
  const erased = Number(log.store.db.prepare('SELECT count(*) AS erased FROM erased').get()?.['erased']);
  const last = checked.get(log);
  if (last !== undefined && last.erased === erased && last.size < MOST_KNOWN) return last;
  const fresh: Known = { erased, bytes: new Map(), size: 0 };
  checked.set(log, fresh);
  return fresh;
}
