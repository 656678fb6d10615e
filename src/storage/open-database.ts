// Opens state.db, or refuses it untouched: a file that is not ours, from a newer version, damaged or open to
// others is never written. Several processes may open at once; whoever finds it locked asks again a little later.
import { closeSync, constants, existsSync, fchmodSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault, systemCode } from '../model/fault.ts';
import { syncFolder } from './durable.ts';
import { checkPrivateFile } from './home.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { whenFree } from './patience.ts';
import { PLACING } from './state-parts.ts';
import { storageFault } from './storage-fault.ts';
import { dirname, join } from 'node:path';

/** "PWB1" in ASCII, at offset 68 of the file (https://sqlite.org/fileformat2.html). */
const APPLICATION_ID = 0x50574231;
const MAGIC = 'SQLite format 3\0';
/** Milliseconds that SQLite may block this process on a lock. A longer wait is ours to make, asynchronously. */
const BLOCK = 2;

/** Opens and migrates. Throws `storage.*` with a next step; the file is unchanged then. */
export async function openDatabase(path: string): Promise<DatabaseSync> {
  let db: DatabaseSync | undefined;
  try {
    checkNotReplaced(path);
    checkNotLost(path);
    makeFile(path);
    checkPrivateFile(path);
    checkMagic(path);
    const { ino } = statSync(path);
    const opened = new DatabaseSync(path, { timeout: BLOCK, enableForeignKeyConstraints: true, allowExtension: false });
    db = opened;
    // Nothing below may write before this check has passed.
    await whenFree(path, () => checkIdentity(opened, path));
    // Whoever waited for a restore holds the former file. INVARIANT: from the first read on, one can't begin.
    checkNotReplaced(path);
    if (statSync(path).ino !== ino) throw replaced(path);
    opened.exec('PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000');
    // Changing to WAL needs the file alone; with several first openers all but one are told that it is busy.
    await whenFree(path, () => opened.exec('PRAGMA journal_mode = WAL'));
    await whenFree(path, () => migrate(opened, path));
    return opened;
  } catch (error) {
    db?.close();
    throw storageFault(error, path);
  }
}

/** A restore is being put in place, or was cut off while it was. */
function checkNotReplaced(path: string): void {
  if (existsSync(join(dirname(path), PLACING))) throw replaced(path);
}

function replaced(path: string): Fault {
  return new Fault('restore.unfinished', `a restore is being put in place of ${path}`, 'try again in a moment; if it was cut off, `pwb start` or `pwb restore` finishes it');
}

/** The key of a log is made once its database is there. Alone, it says that the database was lost, and with it a record that nobody may silently begin anew. */
function checkNotLost(path: string): void {
  const key = join(dirname(path), 'log.key');
  if (existsSync(path) || !existsSync(key)) return;
  throw new Fault('storage.lost', `${path} is gone, though ${key}, the key of its log, is there`, 'restore state.db from a backup; or, to begin a new log knowingly, move log.key away first');
}

function makeFile(path: string): void {
  try {
    // SQLite gives its -wal and -shm files the mode of the main file, so this sets all three.
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
    fchmodSync(file, 0o600);
    closeSync(file);
    syncFolder(dirname(path));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

function checkMagic(path: string): void {
  const bytes = Buffer.alloc(MAGIC.length);
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    if (length !== 0 && bytes.toString('latin1') !== MAGIC) throw foreign(path, 'it is not an SQLite database');
  } finally {
    closeSync(file);
  }
}

function checkIdentity(db: DatabaseSync, path: string): void {
  const application = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (application === 0 && version === 0 && db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0) return;
  if (application !== APPLICATION_ID) throw foreign(path, 'it is a database of another program');
  if (version > newest) throw new Fault('storage.newer', `${path} was written by a newer ProWorkBench (format ${version}; this one knows ${newest})`, 'update ProWorkBench, or set PWB_HOME to another folder');
}

function migrate(db: DatabaseSync, path: string): void {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (pragma(db, 'user_version') === newest) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    checkIdentity(db, path); // Another process may have been first.
    const version = pragma(db, 'user_version');
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    for (const step of MIGRATIONS) if (step.version > version) db.exec(`${step.sql}; PRAGMA user_version = ${step.version}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function foreign(path: string, words: string): Fault {
  return new Fault('storage.foreign', `${path}: ${words}; it was left untouched`, 'move it away, or set PWB_HOME to another folder');
}
