// The one SQLite file and the folder of blobs beside it. Writes that are queued in one tick share one durable
// transaction; each runs in a savepoint of its own, so one that fails takes nobody with it.
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';
import { Blobs } from './blobs.ts';
import type { Home } from './home.ts';
import { openDatabase } from './open-database.ts';
import { PATIENCE, whenFree } from './patience.ts';
import { isOfStorage, storageFault } from './storage-fault.ts';

/** What the log does around every transaction. Nothing here may be asynchronous. */
export interface Around {
  /** The write lock is held, nothing is written yet. */
  begin(): void;
  /** Everything is written, nothing is durable yet. */
  end(): void;
  /** Durable. */
  landed(): void;
  /** Rolled back, or its fate is not known: forget what was remembered. */
  lost(): void;
}

export interface Store {
  readonly home: Home;
  /** The SQLite file. */
  readonly path: string;
  /** For reads, and for writes inside `write` only. */
  readonly db: DatabaseSync;
  readonly blobs: Blobs;
  /**
   * Runs `fn` once, synchronously, in a transaction; resolves when it is durable (power may fail then). Rejects with what
   * `fn` threw, its writes rolled back, or with `storage.*`.
   */
  write<T>(fn: (db: DatabaseSync) => T): Promise<T>;
  /**
   * Queued in order, without haste: with the next write, or soon. Kept and tried again when storage fails, so `fn` may run
   * again after its writes were rolled back. What else it throws undoes it, and `fn` has to tell whom it concerns.
   */
  writeLater(fn: (db: DatabaseSync) => void): void;
  /** How many `writeLater` are not durable yet. */
  waiting(): number;
  /** At most one. */
  surround(around: Around): void;
  /** Waits for what is queued. Throws what keeps it from being written. */
  close(): Promise<void>;
}

/** Opens the store of a home that was opened. Throws `storage.*` with a next step. */
export async function openStore(home: Home, options: { readonly patience?: number } = {}): Promise<Store> {
  const path = join(home.state, 'state.db');
  const db = await openDatabase(path);
  const blobs = new Blobs(home.state);
  blobs.sweep();
  return new SqliteStore(home, path, db, blobs, options.patience ?? PATIENCE);
}

interface Entry {
  readonly later: boolean;
  readonly fn: (db: DatabaseSync) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Result = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

const NOTHING: Around = { begin: () => undefined, end: () => undefined, landed: () => undefined, lost: () => undefined };
/** Entries in one transaction, so that a flood doesn't hold the lock for seconds. */
const MOST = 4096;
/** Milliseconds that a later write may wait for company, and between tries when storage fails. */
const SOON = 40;
const AGAIN = 1000;

class SqliteStore implements Store {
  readonly home: Home;
  readonly path: string;
  readonly db: DatabaseSync;
  readonly blobs: Blobs;
  readonly #patience: number;
  readonly #statements: { readonly [name in 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'undo']: StatementSync };
  #around: Around = NOTHING;
  #queue: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(home: Home, path: string, db: DatabaseSync, blobs: Blobs, patience: number) {
    this.home = home;
    this.path = path;
    this.db = db;
    this.blobs = blobs;
    this.#patience = patience;
    this.#statements = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      savepoint: db.prepare('SAVEPOINT entry'),
      release: db.prepare('RELEASE entry'),
      undo: db.prepare('ROLLBACK TO entry'),
    };
  }

  write<T>(fn: (db: DatabaseSync) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#push({ later: false, fn, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  writeLater(fn: (db: DatabaseSync) => void): void {
    this.#push({ later: true, fn, resolve: () => undefined, reject: () => undefined });
    this.#rest(SOON);
  }

  waiting(): number {
    return this.#queue.filter(({ later }) => later).length;
  }

  surround(around: Around): void {
    if (this.#around !== NOTHING) throw new Fault('storage.misuse', 'a second log was opened over one store');
    this.#around = around;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#queue.length > 0 || this.#draining !== undefined) await this.write(() => undefined);
    } finally {
      this.#closed = true;
      clearTimeout(this.#timer);
      await this.#draining;
      this.blobs.close();
      this.db.close();
    }
  }

  #push(entry: Entry): void {
    if (this.#closed) throw new Fault('storage.closed', 'the store was closed before this write');
    this.#queue.push(entry);
  }

  #schedule(): void {
    if (this.#scheduled || this.#draining !== undefined) return;
    this.#scheduled = true;
    // After the promises of this tick, so that everybody who was woken by one commit is in the next.
    setImmediate(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #rest(wait: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#start();
    }, wait);
  }

  #start(): void {
    if (this.#draining !== undefined || this.#queue.length === 0 || this.#closed) return;
    // #drain hands every error to an entry and never rejects.
    this.#draining = this.#drain().finally(() => {
      this.#draining = undefined;
      if (this.#queue.some(({ later }) => !later)) this.#schedule();
      else if (this.#queue.length > 0) this.#rest(AGAIN);
    });
  }

  async #drain(): Promise<void> {
    try {
      await whenFree(this.path, () => this.#statements.begin.run(), this.#patience);
    } catch (error) {
      this.#fail(this.#queue.splice(0), error);
      return;
    }
    const batch = this.#queue.splice(0, MOST);
    let results: readonly Result[];
    try {
      results = this.#run(batch);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#around.landed();
    results.forEach((result, at) => (result.ok ? batch[at]?.resolve(result.value) : batch[at]?.reject(result.error)));
  }

  /** From the held lock to the commit, without a pause in which another could read half of it. */
  #run(batch: readonly Entry[]): Result[] {
    try {
      this.#around.begin();
      const results = batch.map((entry) => this.#runOne(entry));
      this.#around.end();
      this.#statements.commit.run();
      return results;
    } catch (error) {
      if (this.db.isTransaction) this.#statements.rollback.run();
      throw error;
    }
  }

  #runOne({ fn, later }: Entry): Result {
    this.#statements.savepoint.run();
    try {
      const value = fn(this.db);
      if (value instanceof Promise) throw new Fault('storage.misuse', 'a transaction must be synchronous');
      this.#statements.release.run();
      return { ok: true, value };
    } catch (error) {
      const told = storageFault(error, this.path);
      // Some errors (a full disk) end the whole transaction: then nobody's writes are there any more. And what was
      // to be written later must not be passed over for want of room: then nothing that follows it lands either.
      if (!this.db.isTransaction || (later && isOfStorage(told))) throw error;
      this.#statements.undo.run();
      this.#statements.release.run();
      return { ok: false, error: told };
    }
  }

  #fail(entries: readonly Entry[], error: unknown): void {
    this.#around.lost();
    const fault = storageFault(error, this.path);
    this.#queue.unshift(...entries.filter(({ later }) => later));
    for (const { later, reject } of entries) if (!later) reject(fault);
  }
}
