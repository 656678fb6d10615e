// Looks at everything in the store: each event, the tree over them, the signed head, each payload, each file.
// Independent of verify/, which checks an export and trusts nothing here; both pass the same vectors.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { canonicalText } from '../model/canonical.ts';
import { saltedDigest, type Digest } from '../model/digest.ts';
import type { LogEvent } from '../model/event.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { leafHash } from '../model/merkle.ts';
import type { Store } from '../storage/store.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { HeadRow } from './head.ts';
import { loadKey } from './key.ts';
import { BY_DIGEST } from './payloads.ts';
import { EMPTY_TREE, extend, rootOf, type Tree } from './tree.ts';

export interface VerifyProblem {
  readonly code: CheckCode;
  /** What is wrong and where. */
  readonly words: string;
  readonly seq?: number;
  readonly digest?: Digest;
}

export type CheckCode =
  | 'store.damaged' | 'store.stray-blob'
  | 'event.missing' | 'event.changed' | 'event.form' | 'event.index' | 'event.time'
  | 'tree.tile' | 'tree.head' | 'checkpoint.signature' | 'checkpoint.root'
  | 'payload.missing' | 'payload.changed' | 'payload.size' | 'payload.unnamed' | 'payload.erased-present' | 'payload.erased-unsaid'
  | 'against.unreadable' | 'against.rolled-back' | 'against.rewritten';

export interface VerifyReport {
  readonly ok: boolean;
  readonly origin: string;
  /** Events. */
  readonly size: number;
  /** Hexadecimal: computed from the events. */
  readonly root: string;
  /** The signed head that the events were held against; empty: there is none. */
  readonly checkpoint: string;
  readonly payloads: number;
  readonly erased: number;
  readonly problems: readonly VerifyProblem[];
  /** What is proven and what not, in words. */
  readonly notes: readonly string[];
}

const DAY = 86_400_000;
/** Rows between pauses for the rest of the process. */
const STRIDE = 2000;
/** More problems than this are counted and not listed. */
const LISTED = 1000;

/** For a log that can't be opened any more, too: its key is then taken from its first event, and a note says so. */
export async function verifyStore(store: Store, options: { readonly against?: string } = {}): Promise<VerifyReport> {
  const key = loadKey(store.home.state);
  if (key !== null) return checkStore(store, key.vkey, options.against);
  const first = store.db.prepare('SELECT leaf FROM events WHERE seq = 0').get();
  const opened = first === undefined ? null : (JSON.parse(String(first['leaf'])) as LogEvent).body;
  if (opened?.type !== 'log.opened') throw new Fault('log.key-missing', 'log.key is missing, and the log does not say what its key was', 'restore the state folder from a backup');
  const report = await checkStore(store, opened.key, options.against);
  return { ...report, notes: [...report.notes, 'log.key is missing: the key was taken from the log itself, which proves nothing about who wrote it.'] };
}

export async function checkStore(store: Store, vkey: string, against: string | undefined): Promise<VerifyReport> {
  const report = await checkSnapshot(store, vkey, against);
  await removeStrays(store);
  return report;
}

/** What is looked at: the SQLite file, the blobs beside it, and a connection that sees what happens meanwhile. */
export type Checked = Pick<Store, 'path' | 'blobs' | 'db'>;

/** Changes nothing. @param progress hears how many rows of how many were looked at. */
export async function checkSnapshot(store: Checked, vkey: string, against: string | undefined, progress: (done: number, of: number) => void = () => undefined): Promise<VerifyReport> {
  // A snapshot of its own: others may append meanwhile.
  const db = new DatabaseSync(store.path, { readOnly: true, timeout: 1000 });
  try {
    db.exec('BEGIN');
    const check = new StoreCheck(db, vkey, against, progress);
    check.pages();
    await check.events();
    check.head();
    await check.payloads(store);
    return check.report();
  } finally {
    db.close();
  }
}

/** A blob without a row is what a crash left: under the write lock nobody else can be about to name it. */
export async function removeStrays(store: Store): Promise<void> {
  const named = store.db.prepare(`SELECT 1 FROM payloads WHERE ${BY_DIGEST}`);
  const strays = [...store.blobs.list()].filter((digest) => named.get(digest) === undefined);
  if (strays.length === 0) return;
  await store.write(() => {
    for (const digest of strays) if (named.get(digest) === undefined) store.blobs.erase(digest);
  });
}

class StoreCheck {
  readonly #db: DatabaseSync;
  readonly #vkey: string;
  readonly #against: Checkpoint | null;
  readonly #progress: (done: number, of: number) => void;
  readonly #rows: number;
  readonly #problems: VerifyProblem[] = [];
  readonly #roots = new Map<number, string>();
  #unlisted = 0;
  #tree: Tree = EMPTY_TREE;
  #payloads = 0;
  #erased = 0;
  #note = '';

  constructor(db: DatabaseSync, vkey: string, against: string | undefined, progress: (done: number, of: number) => void) {
    this.#db = db;
    this.#vkey = vkey;
    this.#progress = progress;
    const { events, payloads } = db.prepare('SELECT (SELECT max(seq) FROM events) AS events, (SELECT max(id) FROM payloads) AS payloads').get() ?? {};
    this.#rows = Number(events ?? -1) + 1 + Number(payloads ?? 0);
    this.#against = against === undefined ? null : openCheckpoint(against, vkey);
    if (against !== undefined && this.#against === null) this.#found('against.unreadable', 'the earlier checkpoint is no checkpoint signed by the key of this log');
  }

  report(): VerifyReport {
    const notes = ['The events fit the signed head. That nothing was cut off at the end or rolled back is proven only against a checkpoint that was kept elsewhere.'];
    if (this.#against !== null) notes.push(`Checked against an earlier checkpoint of ${this.#against.size} events.`);
    if (this.#unlisted > 0) notes.push(`${this.#unlisted} more problems are not listed.`);
    const ok = this.#problems.length === 0;
    return { ok, origin: this.#vkey.split('+')[0] ?? '', size: this.#tree.size, root: hex(rootOf(this.#tree)), checkpoint: this.#note, payloads: this.#payloads, erased: this.#erased, problems: this.#problems, notes: ok ? notes : notes.slice(1) };
  }

  /** The file itself, as SQLite sees it. */
  pages(): void {
    for (const { quick_check: words } of this.#db.prepare('PRAGMA quick_check(20)').all()) {
      if (words !== 'ok') this.#found('store.damaged', `the database file is damaged: ${String(words)}`);
    }
  }

  async events(): Promise<void> {
    const payload = this.#db.prepare(`SELECT size FROM payloads WHERE ${BY_DIGEST}`);
    const kept = new Set(this.#db.prepare('SELECT size FROM checkpoints').all().map(({ size }) => Number(size)));
    if (this.#against !== null) kept.add(this.#against.size);
    let time = Number.NaN;
    for (const row of this.#db.prepare('SELECT seq, leaf, hash, type, session, action FROM events ORDER BY seq').iterate()) {
      const seq = Number(row['seq']);
      const leaf = String(row['leaf']);
      if (seq !== this.#tree.size) {
        this.#found('event.missing', `after event ${this.#tree.size - 1} comes ${seq}`, { seq: this.#tree.size });
        return;
      }
      const hash = leafHash(Buffer.from(leaf));
      if (hex(hash) !== hex(row['hash'])) this.#found('event.changed', `event ${seq} is not what was appended`, { seq });
      this.#extend(hash);
      if (kept.has(this.#tree.size)) this.#roots.set(this.#tree.size, hex(rootOf(this.#tree)));
      const event = this.#parse(seq, leaf);
      if (event !== null) {
        this.#columns(event, row);
        time = this.#time(event, time);
        for (const { digest, size } of Object.values(event.payloads)) {
          const found = payload.get(digest);
          if (found === undefined) this.#found('payload.missing', `event ${seq} names payload ${digest}, which is not there`, { seq, digest });
          else if (found['size'] !== size) this.#found('payload.size', `event ${seq} says that payload ${digest} has ${size} bytes`, { seq, digest });
        }
      }
      if (seq % STRIDE === 0) await this.#pause();
    }
  }

  head(): void {
    const row = new HeadRow(this.#db);
    const root = hex(rootOf(this.#tree));
    const head = row.read();
    const { tree } = row.growing();
    if (head?.size !== this.#tree.size || head.root !== root || hex(Buffer.concat(tree.frontier)) !== hex(Buffer.concat(this.#tree.frontier))) {
      this.#found('tree.head', `the events give a tree of ${this.#tree.size} with root ${root}; the head says ${head?.size ?? 'nothing'} and ${head?.root ?? 'nothing'}`);
    }
    this.#note = head?.checkpoint ?? '';
    if (head !== null) this.#checkpoint(head.checkpoint, head.size, root);
    for (const { size, note } of this.#db.prepare('SELECT size, note FROM checkpoints ORDER BY size').all()) this.#checkpoint(String(note), Number(size), this.#roots.get(Number(size)));
    if (this.#against === null) return;
    if (this.#against.size > this.#tree.size) this.#found('against.rolled-back', `the log once had ${this.#against.size} events and now has ${this.#tree.size}`);
    else if ((this.#against.size === 0 ? hex(rootOf(EMPTY_TREE)) : this.#roots.get(this.#against.size)) !== this.#against.root) this.#found('against.rewritten', `the first ${this.#against.size} events are not those of the earlier checkpoint`);
  }

  async payloads(store: Checked): Promise<void> {
    const leaf = this.#db.prepare('SELECT leaf FROM events WHERE seq = ?');
    const said = this.#db.prepare(`SELECT e.leaf AS leaf FROM erased x JOIN events e ON e.seq = x.seq WHERE x.digest = ? AND e.type = 'payload.erased'`);
    for (const row of this.#db.prepare('SELECT digest, seq, size, place, salt, data FROM payloads ORDER BY id').iterate()) {
      const digest = String(row['digest']);
      const seq = Number(row['seq']);
      this.#payloads += 1;
      if (!String(leaf.get(seq)?.['leaf']).includes(`"${digest}"`)) this.#found('payload.unnamed', `payload ${digest} is named by no event`, { seq, digest });
      const { salt, data } = row;
      if (row['place'] === 'gone') {
        this.#erased += 1;
        if (!String(said.get(digest)?.['leaf']).includes(`"${digest}"`)) this.#found('payload.erased-unsaid', `payload ${digest} is gone and no event says so`, { seq, digest });
        if (!isBlank(salt) || !isBlank(data) || store.blobs.read(digest) !== null) this.#found('payload.erased-present', `payload ${digest} was erased but bytes of it are there`, { seq, digest });
      } else if (row['place'] === 'blob') {
        const found = await hashFile(store.blobs.pathOf(digest));
        // Erased since the snapshot was taken is no fault.
        if (found === null && store.db.prepare(`SELECT place FROM payloads WHERE ${BY_DIGEST}`).get(digest)?.['place'] !== 'gone') this.#found('payload.missing', `the file of payload ${digest} is not there`, { seq, digest });
        else if (found !== null && found !== digest) this.#found('payload.changed', `the file of payload ${digest} was changed`, { seq, digest });
      } else if (!(salt instanceof Uint8Array) || !(data instanceof Uint8Array) || data.length !== row['size'] || saltedDigest(salt, data) !== digest) {
        this.#found('payload.changed', `payload ${digest} was changed`, { seq, digest });
      }
      if (this.#payloads % STRIDE === 0) await this.#pause();
    }
    for (const { seq, leaf: text } of this.#db.prepare(`SELECT seq, leaf FROM events INDEXED BY events_type WHERE type = 'payload.erased'`).iterate()) this.#erasures(Number(seq), String(text));
  }

  async #pause(): Promise<void> {
    this.#progress(this.#tree.size + this.#payloads, this.#rows);
    await breathe();
  }

  #extend(hash: Uint8Array): void {
    const tile = this.#db.prepare('SELECT hash FROM tiles WHERE level = ? AND idx = ?');
    this.#tree = extend(this.#tree, hash, (level, index, node) => {
      if (hex(tile.get(level, index)?.['hash']) !== hex(node)) this.#found('tree.tile', `the stored node ${level}/${index} does not fit the events`, { seq: (index + 1) * 256 ** level - 1 });
    });
  }

  #parse(seq: number, leaf: string): LogEvent | null {
    try {
      const value: unknown = JSON.parse(leaf);
      const event = value as LogEvent;
      if (canonicalText(value as never) === leaf && event.v === 1 && event.seq === seq && typeof event.body.type === 'string' && typeof event.payloads === 'object') return event;
    } catch {
      // Said below.
    }
    this.#found('event.form', `event ${seq} is not in canonical form, or not event ${seq}`, { seq });
    return null;
  }

  #columns({ seq, body }: LogEvent, row: { readonly [name: string]: unknown }): void {
    const action = 'action' in body ? (body.action ?? null) : null;
    const isSame = row['type'] === body.type && row['action'] === action && (!('session' in body) || row['session'] === body.session);
    if (!isSame) this.#found('event.index', `event ${seq} is filed under another type, session or action`, { seq });
  }

  #time(event: LogEvent, before: number): number {
    const time = Date.parse(event.time);
    const jump = time - before;
    const isSaid = event.body.type === 'clock.jumped' && event.body.by === jump;
    if ((jump < 0 || jump > DAY) !== (event.body.type === 'clock.jumped') || (event.body.type === 'clock.jumped' && !isSaid)) this.#found('event.time', `the time of event ${event.seq} jumps and no event says so`, { seq: event.seq });
    return time;
  }

  #erasures(seq: number, leaf: string): void {
    const place = this.#db.prepare(`SELECT place FROM payloads WHERE ${BY_DIGEST}`);
    const { body } = JSON.parse(leaf) as LogEvent;
    if (body.type !== 'payload.erased') return;
    for (const digest of body.digests) if (place.get(digest)?.['place'] !== 'gone') this.#found('payload.erased-present', `event ${seq} says that payload ${digest} was erased, but it is there`, { seq, digest });
  }

  #checkpoint(note: string, size: number, root: string | undefined): void {
    const said = openCheckpoint(note, this.#vkey);
    if (said === null) this.#found('checkpoint.signature', `the checkpoint of ${size} events is not signed by the key of this log`);
    else if (said.size !== size || said.root !== root) this.#found('checkpoint.root', `the checkpoint of ${size} events is for other events`);
  }

  #found(code: CheckCode, words: string, where: { readonly seq?: number; readonly digest?: Digest } = {}): void {
    if (this.#problems.length < LISTED) this.#problems.push({ code, words, ...where });
    else this.#unlisted += 1;
  }
}

async function hashFile(path: string): Promise<Digest | null> {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new Fault('storage.broken', `${path} can't be read: ${wordsOf(error)}`, 'check the disk');
  }
}

function isBlank(value: unknown): boolean {
  return value === null || (value instanceof Uint8Array && value.every((byte) => byte === 0));
}

function hex(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex') : '';
}
