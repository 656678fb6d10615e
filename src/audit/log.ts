// The log: append-only events, a tree over them, signed checkpoints. Appending, changing what the house works
// from, and naming payloads happen in one durable transaction or not at all. Nothing here prunes or clears.
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../model/clock.ts';
import type { Digest } from '../model/digest.ts';
import type { EventBody, LogEvent, PayloadRef } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { whenFree } from '../storage/patience.ts';
import type { Store } from '../storage/store.ts';
import { Appender, type PayloadInputs, type Recorded } from './append.ts';
import { checkStore, type VerifyReport } from './check.ts';
import { erasePayloads, finishErasures, type Erasure, type Eraser } from './erase.ts';
import { Bell } from './follow.ts';
import { checkHead, HeadRow, type Head } from './head.ts';
import { loadKey, makeKey, type LogKey } from './key.ts';
import { nodeReader } from './nodes.ts';
import { Payloads } from './payloads.ts';
import { EventReader, type EventQuery } from './query.ts';
import { consistencyProof, inclusionProof } from './tree.ts';

export type { PayloadInputs, Recorded } from './append.ts';
export type { EventQuery } from './query.ts';
export type { Head } from './head.ts';
export type { PayloadInput } from './payloads.ts';
export type { Erasure, Eraser } from './erase.ts';
export type { VerifyProblem, VerifyReport } from './check.ts';

export interface Tx {
  /** For projections; what the function throws rolls back. */
  readonly db: DatabaseSync;
  /** Wall clock, milliseconds since 1970, the same for the whole transaction. */
  readonly now: number;
  append(body: EventBody, payloads?: PayloadInputs): Recorded;
}

export interface Log {
  readonly store: Store;
  /** Draws the salt. Kept until an event in a commit names it; gone when the process ends before. */
  put(bytes: Uint8Array): Promise<PayloadRef>;
  /** Durable when it resolves. `fn` runs once, synchronously. Rejects with what it threw, or `storage.*`; then nothing of it is there. */
  commit<T>(fn: (tx: Tx) => T): Promise<T>;
  /** In order with commits, durable with the next one or soon. A failure makes the next commit, settle or close reject. */
  note(fn: (tx: Tx) => void): void;
  /** Everything noted so far is durable. */
  settle(): Promise<void>;
  /** Null: erased. Throws `log.payload-*`. */
  read(digest: Digest): Uint8Array | null;
  events(query: EventQuery): LogEvent[];
  size(): number;
  head(): Head;
  /** Events after seq `after` (-1: all) as they come, of other processes too, until the signal aborts. */
  follow(after: number, signal: AbortSignal): AsyncGenerator<LogEvent>;
  /** The C2SP verifier key to pass on: `<origin>+<id>+<key>`. */
  vkey(): string;
  inclusionProof(index: number, size: number): Uint8Array[];
  consistencyProof(first: number, second: number): Uint8Array[];
  /** Salt and bytes are gone when this resolves with `finished`; the event that says so is durable either way. `also` runs in the same transaction. */
  erase(digests: readonly Digest[], by: Eraser, also?: (tx: Tx) => void): Promise<Erasure>;
  /** Walks the whole store. `against`: an earlier checkpoint, as text. */
  verify(options?: { readonly against?: string }): Promise<VerifyReport>;
  close(): Promise<void>;
}

/** Opens the log of a store, or begins it. Throws `log.*` with a next step when it can't be trusted. */
export async function openLog(store: Store, clock: Clock): Promise<Log> {
  let key = loadKey(store.home.state);
  if (new HeadRow(store.db).size() === 0) key = await begin(store, clock);
  if (key === null) throw new Fault('log.key-missing', 'log.key, the key of this log, is missing', 'restore log.key from a backup into the state folder; without it nothing can be appended, and no new key is made for an old log');
  const owned = key;
  await whenFree(store.path, () => checkHead(store.db, owned));
  const log = new StoredLog(store, clock, owned);
  await finishErasures(store);
  return log;
}

/** The first event. Several processes may try at once: the first one to hold the lock makes key and log. */
function begin(store: Store, clock: Clock): Promise<LogKey | null> {
  return store.write((db) => {
    const row = new HeadRow(db);
    if (row.size() > 0) return loadKey(store.home.state);
    if (db.prepare('SELECT 1 FROM events LIMIT 1').get() !== undefined) throw new Fault('log.broken', 'the log has events but no head', 'run: pwb log verify');
    const key = loadKey(store.home.state) ?? makeKey(store.home.state);
    const appender = new Appender(db, new Payloads(db, store.blobs), row.growing());
    appender.append(clock.now(), { type: 'log.opened', format: 1, origin: key.origin, key: key.vkey }, {});
    row.save(appender.growing, key, 0);
    return key;
  });
}

class StoredLog implements Log {
  readonly store: Store;
  readonly #clock: Clock;
  readonly #key: LogKey;
  readonly #payloads: Payloads;
  readonly #appender: Appender;
  readonly #head: HeadRow;
  readonly #reader: EventReader;
  readonly #bell: Bell;
  /** What is known to be in the store; -1: read it again. */
  #known = -1;
  /** What a durable transaction left out, until somebody was told; and what the one that runs now leaves out. */
  #noteFailure: unknown;
  #noteFailing: unknown;

  constructor(store: Store, clock: Clock, key: LogKey) {
    this.store = store;
    this.#clock = clock;
    this.#key = key;
    this.#payloads = new Payloads(store.db, store.blobs);
    this.#head = new HeadRow(store.db);
    this.#appender = new Appender(store.db, this.#payloads, this.#head.growing());
    this.#reader = new EventReader(store.db);
    this.#bell = new Bell(store.db);
    store.surround({ begin: () => this.#begin(), end: () => this.#end(), landed: () => this.#landed(), lost: () => this.#lost() });
  }

  put(bytes: Uint8Array): Promise<PayloadRef> {
    return this.#payloads.put(bytes);
  }

  commit<T>(fn: (tx: Tx) => T): Promise<T> {
    return this.store.write((db) => {
      this.#throwNoteFailure();
      return this.#within(db, fn);
    });
  }

  note(fn: (tx: Tx) => void): void {
    this.store.writeLater((db) => {
      try {
        this.#within(db, fn);
      } catch (error) {
        // Seen at once by what follows in the same transaction; forgotten if that is rolled back, as the note is then tried again.
        this.#noteFailing ??= error;
        throw error;
      }
    });
  }

  settle(): Promise<void> {
    if (this.store.waiting() === 0 && this.#noteFailure === undefined) return Promise.resolve();
    return this.commit(() => undefined);
  }

  read(digest: Digest): Uint8Array | null {
    return this.#payloads.read(digest);
  }

  events(query: EventQuery): LogEvent[] {
    return this.#reader.events(query);
  }

  size(): number {
    return this.#head.size();
  }

  head(): Head {
    const head = this.#head.read();
    if (head === null) throw new Fault('log.broken', 'the head of the log is gone', 'run: pwb log verify');
    return head;
  }

  follow(after: number, signal: AbortSignal): AsyncGenerator<LogEvent> {
    return this.#bell.follow(this.#reader, after, signal);
  }

  vkey(): string {
    return this.#key.vkey;
  }

  inclusionProof(index: number, size: number): Uint8Array[] {
    return inclusionProof(nodeReader(this.store.db), index, size);
  }

  consistencyProof(first: number, second: number): Uint8Array[] {
    return consistencyProof(nodeReader(this.store.db), first, second);
  }

  erase(digests: readonly Digest[], by: Eraser, also?: (tx: Tx) => void): Promise<Erasure> {
    return erasePayloads(this, digests, by, also);
  }

  verify(options: { readonly against?: string } = {}): Promise<VerifyReport> {
    return checkStore(this.store, this.#key.vkey, options.against);
  }

  async close(): Promise<void> {
    this.#bell.close();
    try {
      await this.settle();
    } finally {
      await this.store.close();
    }
  }

  #within<T>(db: DatabaseSync, fn: (tx: Tx) => T): T {
    const { growing } = this.#appender;
    const mark = this.#payloads.mark();
    const now = this.#clock.now();
    let open = true;
    const append = (body: EventBody, payloads: PayloadInputs = {}): Recorded => {
      if (!open) throw new Fault('log.misuse', 'an event was appended after its transaction had ended');
      return this.#appender.append(now, body, payloads);
    };
    try {
      return fn({ db, now, append });
    } catch (error) {
      // The store rolls the savepoint back; what we remember goes back with it.
      this.#appender.growing = growing;
      this.#payloads.undo(mark);
      throw error;
    } finally {
      open = false;
    }
  }

  #begin(): void {
    const size = this.#head.size();
    if (size !== this.#known) this.#appender.growing = this.#head.growing();
    this.#known = size;
  }

  #end(): void {
    if (this.#appender.growing.tree.size !== this.#known) this.#head.save(this.#appender.growing, this.#key, this.#known);
  }

  #landed(): void {
    const grew = this.#appender.growing.tree.size !== this.#known;
    this.#known = this.#appender.growing.tree.size;
    this.#noteFailure ??= this.#noteFailing;
    this.#noteFailing = undefined;
    this.#payloads.landed();
    if (grew) this.#bell.ring();
  }

  #lost(): void {
    this.#known = -1;
    this.#noteFailing = undefined;
    this.#payloads.lost();
  }

  #throwNoteFailure(): void {
    const failure = this.#noteFailure ?? this.#noteFailing;
    if (failure === undefined) return;
    this.#noteFailure = this.#noteFailing = undefined; // Told once.
    throw new Fault('log.note-failed', `something that was noted earlier could not be written: ${wordsOf(failure)}`, 'see the log for what is on record: pwb log', { cause: failure });
  }
}
