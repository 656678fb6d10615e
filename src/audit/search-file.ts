// search.db, beside the store: what can be found, made from the log and never more than that. Whoever finds it missing,
// broken, of another form or of another log removes it and builds it again; it is no part of the record.
import { closeSync, constants, fchmodSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemCode } from '../model/fault.ts';
import { checkPrivateFile } from '../storage/home.ts';
import { sqliteCode } from '../storage/storage-fault.ts';
import { SEARCH_FORM } from './search-words.ts';

/** Primary result codes of SQLite that say that the file itself is no good. */
const CORRUPT = 11;
const NOTADB = 26;

const SHAPE = `
CREATE VIRTUAL TABLE found USING fts5(words, keys, columnsize = 0, tokenize = "unicode61 remove_diacritics 2");
-- What is removed is overwritten at once, in every part of the index.
INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
-- One row: how many events are in it, and the hash of the last of them.
CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
INSERT INTO mark VALUES (1, 0, '');
-- Tools by their names.
CREATE TABLE tools (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
PRAGMA user_version = ${SEARCH_FORM};
`;

export function searchPath(state: string): string {
  return join(state, 'search.db');
}

/** @param wait milliseconds that SQLite may block this thread on a lock. Throws what SQLite says; see isBroken. */
export function openSearchFile(state: string, wait: number): DatabaseSync {
  const path = searchPath(state);
  makeFile(path);
  checkPrivateFile(path);
  const db = new DatabaseSync(path, { timeout: wait, allowExtension: false });
  try {
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    if (form(db) === SEARCH_FORM) return db;
    db.exec('BEGIN IMMEDIATE');
    // Another process may have been first.
    if (form(db) === 0) db.exec(SHAPE);
    db.exec('COMMIT');
    if (form(db) !== SEARCH_FORM) throw Object.assign(new Error('it is of another form'), { errcode: NOTADB });
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The file can't be used, and nothing but making it anew helps. */
export function isBroken(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CORRUPT || code === NOTADB || (error instanceof Error && error.message.startsWith('no such table'));
}

/** Names the file that is there now; empty: none. */
export function searchFileId(state: string): string {
  try {
    const { dev, ino } = statSync(searchPath(state), { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

export function removeSearchFile(state: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${searchPath(state)}${end}`, { force: true });
}

function makeFile(path: string): void {
  try {
    // Its -wal and -shm files get the mode of the main file.
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    fchmodSync(file, 0o600);
    closeSync(file);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function form(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}
