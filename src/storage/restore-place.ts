// Puts a restore in place: the former state is moved aside, then the new one in, by renames within one folder. Only while
// no other process has the state open, and nothing is deleted. Cut off at any point, it is finished by doing it again;
// until then nobody can open the state.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';
import { configFile } from './config.ts';
import { syncFolder, writeDurably } from './durable.ts';
import type { Home } from './home.ts';
import { endPlacing, forgetPlacing, isPlacing, readPlacing, readStaged, restoreFolder, stagedState, writePlacing } from './restore-folder.ts';
import { layRules, putRulesAside, RULES } from './rule-backup.ts';
import { ASIDE } from './state-parts.ts';
import { isBusy, storageFault } from './storage-fault.ts';
import { newId } from '../model/id.ts';

/** What belongs to one state and goes with it. Engine, practice folder and what is known of this machine stay. The key is not here: see below. */
const GOES = ['state.db', 'state.db-wal', 'state.db-shm', 'blobs', 'kept', 'drafts', 'undo', 'journal', 'rehearsals', 'search.db', 'search.db-wal', 'search.db-shm', 'credential', 'server.json'];
/** In this order, the database last: with a key and without it nobody begins a new log. */
const COMES = ['blobs', 'kept', 'drafts', 'undo'];
const KEY = 'log.key';
const DATABASE = 'state.db';
const CONFIG = 'config.json';

/** @returns where the former state lies now. Throws `restore.none`, `restore.busy`, `storage.*`. */
export function placeStaged(home: Home, now: Date): string {
  const { state } = home;
  try {
    const begun = readPlacing(state);
    if (begun === null && readStaged(state) === null) throw new Fault('restore.none', 'no restore is ready', 'get one ready: pwb restore FILE');
    const aside = begun?.aside ?? asideName(state, now);
    if (begun?.phase !== 'in') {
      writePlacing(state, { aside, phase: 'out' });
      // Who opens the state from here on is refused; who has it open keeps us from going on.
      const alone = takeAlone(state);
      try {
        moveOut(home, join(state, aside));
      } finally {
        alone?.close();
      }
      writePlacing(state, { aside, phase: 'in' });
    }
    moveIn(home);
    syncFolder(state);
    endPlacing(state);
    return join(state, aside);
  } catch (error) {
    throw storageFault(error, restoreFolder(state));
  }
}

/** Holds the former database so that nobody else can open it; null where there is none that can be opened. Throws `restore.busy`: then it is there, and so nothing has been moved. */
function takeAlone(state: string): DatabaseSync | null {
  const path = join(state, DATABASE);
  if (!existsSync(path)) return null;
  const db = new DatabaseSync(path, { timeout: 200 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Out of the write-ahead file, which is found by the name: the next database must not meet that of this one.
    db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if (!isBusy(error)) return null; // Damaged: that may be why a backup is restored.
    forgetPlacing(state);
    throw new Fault('restore.busy', 'another process of the workbench has the state open', 'end it (`pwb start`, or a `pwb run` that is not over), then try again', { cause: error });
  }
}

/** May be done again: what is aside already is not moved again. */
function moveOut({ state, config }: Home, aside: string): void {
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const name of GOES) if (existsSync(join(state, name)) && !existsSync(join(aside, name))) renameSync(join(state, name), join(aside, name));
  for (const [from, name] of [[join(state, KEY), KEY], [configFile({ state, config }), CONFIG]] as const) {
    if (!existsSync(from) || existsSync(join(aside, name))) continue;
    copyFileSync(from, join(aside, `${name}.new`));
    chmodSync(join(aside, `${name}.new`), 0o600);
    renameSync(join(aside, `${name}.new`), join(aside, name));
  }
  putRulesAside(config, aside);
  syncFolder(aside);
  syncFolder(state);
}

/** May be done again: what is in place is no longer in the folder that it comes from. */
function moveIn(home: Home): void {
  const { state } = home;
  const from = stagedState(state);
  for (const name of COMES) if (existsSync(join(from, name))) renameSync(join(from, name), join(state, name));
  const config = join(from, CONFIG);
  if (existsSync(config)) {
    writeDurably(configFile(home), `${configFile(home)}.new-${newId()}`, [readFileSync(config)]);
    rmSync(config);
  }
  layRules(join(from, RULES), home.config);
  for (const name of [KEY, DATABASE]) if (existsSync(join(from, name))) renameSync(join(from, name), join(state, name));
}

function asideName(state: string, now: Date): string {
  const name = `${ASIDE}${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
  return readdirSync(state).includes(name) ? `${name}-${now.getTime()}` : name;
}

/** Would it be put in place now? Throws `restore.busy`. */
export function checkAlone({ state }: Pick<Home, 'state'>): void {
  takeAlone(state)?.close();
}

/** Is one ready, or cut off on its way? */
export function isWaiting(state: string): boolean {
  return isPlacing(state) || readStaged(state) !== null;
}
