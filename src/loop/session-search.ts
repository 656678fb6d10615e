// Finds sessions by words: in the title, or in what the person and the model said in it (files left out). Reads payloads as they are on
// record, newest session first, so nothing has to be kept in step with erasing; bounded, and says where it stopped.
import type { DatabaseSync } from 'node:sqlite';
import { textOf } from '../approvals/actions.ts';
import type { Log } from '../audit/log.ts';
import type { Id } from '../model/id.ts';
import { FILE_MARK } from './attach.ts';
import { listSessions, type SessionRow } from './session.ts';
import { readSpoken } from './spoken.ts';

export interface FoundSession {
  readonly row: SessionRow;
  /** Where the first word is in what was said; null where the title has all words, or nothing was looked for. */
  readonly found: string | null;
}

/** Sessions and bytes that are looked through. */
const MOST_SESSIONS = 5_000;
const MOST_BYTES = 64 * 2 ** 20;
/** Between two pauses for what else the process has to do. Bytes. */
const PIECE = 2 * 2 ** 20;
/** Characters around a find. */
const AROUND = 60;

/** @param question words; all of them must occur, in any order and case. Empty: all sessions. */
export async function findSessions(log: Log, question: string, limit: number): Promise<{ readonly sessions: readonly FoundSession[]; readonly whole: boolean }> {
  const { db } = log.store;
  const words = question.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return { sessions: listSessions(db, limit).map((row) => ({ row, found: null })), whole: true };
  const sessions: FoundSession[] = [];
  let left = MOST_BYTES;
  let paused = left;
  const rows = listSessions(db, MOST_SESSIONS);
  for (const row of rows) {
    if (sessions.length >= limit || left <= 0) return { sessions, whole: false };
    const { found, read } = lookThrough(log, row, words, left);
    left -= read;
    if (found !== undefined) sessions.push({ row, found });
    if (paused - left < PIECE) continue;
    paused = left;
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  return { sessions, whole: rows.length < MOST_SESSIONS };
}

/** `found` undefined: not all words are in it. */
function lookThrough(log: Log, row: SessionRow, words: readonly string[], most: number): { readonly found: string | null | undefined; readonly read: number } {
  const title = textOf(log, row.title).toLowerCase();
  // A row costs something too.
  let read = title.length + 64;
  const missing = new Set(words.filter((word) => !title.includes(word)));
  if (missing.size === 0) return { found: null, read };
  let found: string | null = null;
  for (const digest of saidIn(log.store.db, row.id)) {
    const [text = ''] = (readSpoken(log, digest)?.text ?? '').split(FILE_MARK, 1);
    const lower = text.toLowerCase();
    read += text.length + 64;
    for (const word of missing) {
      const at = lower.indexOf(word);
      if (at < 0) continue;
      missing.delete(word);
      found ??= excerpt(text, at, word.length);
    }
    if (missing.size === 0) return { found, read };
    if (read > most) break;
  }
  return { found: undefined, read };
}

/** What was carried over into a later context is the same payload. */
function saidIn(db: DatabaseSync, session: Id): readonly string[] {
  const rows = db.prepare(`SELECT DISTINCT digest FROM messages WHERE session = ? AND role IN ('user', 'assistant')`).all(session);
  return rows.map((row) => String(row['digest']));
}

/** One line. Lower case may have another length than the text, so the place is near enough. */
function excerpt(text: string, at: number, length: number): string {
  const from = Math.max(0, at - AROUND);
  const to = Math.min(text.length, at + length + AROUND);
  return `${from > 0 ? '…' : ''}${text.slice(from, to).replace(/\s+/g, ' ').trim().toWellFormed()}${to < text.length ? '…' : ''}`;
}
