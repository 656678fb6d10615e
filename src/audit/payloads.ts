// Payloads: what a person, a model or a file said, committed to by salted digest. Small ones are rows, large ones
// blobs; a payload exists once an event in a commit names it. Every read checks the digest again.
import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { newSalt, SALT_BYTES, saltedDigest, type Digest } from '../model/digest.ts';
import type { PayloadRef } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { BLOB_ABOVE, type Blobs } from '../storage/blobs.ts';

/** A string is UTF-8; a PayloadRef was put before. */
export type PayloadInput = Uint8Array | string | PayloadRef;

/** A payload's row by its index: one parameter, the digest. */
export const BY_DIGEST = 'substr(digest, 1, 12) = substr(?1, 1, 12) AND digest = ?1';

/** Put, but not yet named by a durable event. */
interface Pending {
  readonly size: number;
  /** Null: staged or placed as a blob. */
  readonly row: { readonly salt: Uint8Array; readonly data: Uint8Array } | null;
  placed: boolean;
}

const encoder = new TextEncoder();

export class Payloads {
  readonly #blobs: Blobs;
  readonly #find: StatementSync;
  readonly #fetch: StatementSync;
  readonly #insert: StatementSync;
  readonly #pending = new Map<Digest, Pending>();
  /** Of the transaction that runs now. */
  #named: Digest[] = [];

  constructor(db: DatabaseSync, blobs: Blobs) {
    this.#blobs = blobs;
    this.#find = db.prepare(`SELECT size, place FROM payloads WHERE ${BY_DIGEST}`);
    this.#fetch = db.prepare(`SELECT place, salt, data FROM payloads WHERE ${BY_DIGEST}`);
    this.#insert = db.prepare('INSERT INTO payloads (digest, seq, size, place, salt, data) VALUES (?, ?, ?, ?, ?, ?)');
  }

  /** Draws the salt. Large bytes are on disk when this resolves. */
  async put(bytes: Uint8Array): Promise<PayloadRef> {
    const salt = newSalt();
    const digest = commitTo(salt, bytes);
    if (bytes.length > BLOB_ABOVE) await this.#blobs.stage(digest, salt, bytes);
    this.#pending.set(digest, { size: bytes.length, row: bytes.length > BLOB_ABOVE ? null : { salt, data: Uint8Array.from(bytes) }, placed: false });
    return { digest, size: bytes.length };
  }

  /** Inside a transaction: the reference that the event `seq` will hold. Throws `log.payload-*`. */
  name(input: PayloadInput, seq: number): PayloadRef {
    if (typeof input === 'string') return this.#nameBytes(encoder.encode(input), seq);
    if (input instanceof Uint8Array) return this.#nameBytes(input, seq);
    const { digest, size } = input;
    const row = this.#find.get(digest);
    if (row !== undefined) {
      if (row['place'] === 'gone') throw new Fault('log.payload-erased', `payload ${digest} was erased and can't be named again`);
      if (row['size'] !== size) throw new Fault('log.payload-size', `payload ${digest} has ${String(row['size'])} bytes, not ${size}`);
      return { digest, size };
    }
    const pending = this.#pending.get(digest);
    if (pending === undefined || pending.size !== size) throw unknown(digest);
    this.#nameNew(digest, pending, seq);
    return { digest, size };
  }

  /** Null: erased. Throws `log.payload-unknown`, `-missing` or `-changed`. */
  read(digest: Digest): Uint8Array | null {
    const row = this.#fetch.get(digest);
    if (row === undefined) return this.#readPending(digest);
    switch (row['place']) {
      case 'gone':
        return null;
      case 'blob':
        return this.#readBlob(digest);
      default: {
        const { salt, data } = row;
        if (!(salt instanceof Uint8Array) || !(data instanceof Uint8Array) || saltedDigest(salt, data) !== digest) throw changed(digest);
        return data;
      }
    }
  }

  /** Where the current transaction stands, for `undo`. */
  mark(): number {
    return this.#named.length;
  }

  /** The savepoint since the mark was rolled back. */
  undo(mark: number): void {
    this.#named.length = mark;
  }

  landed(): void {
    for (const digest of this.#named) this.#pending.delete(digest);
    this.#named = [];
  }

  lost(): void {
    this.#named = [];
  }

  #nameBytes(bytes: Uint8Array, seq: number): PayloadRef {
    const salt = newSalt();
    const digest = commitTo(salt, bytes);
    const large = bytes.length > BLOB_ABOVE;
    if (large) {
      this.#blobs.stageNow(digest, salt, bytes);
      this.#blobs.place(digest);
    }
    this.#insert.run(digest, seq, bytes.length, large ? 'blob' : 'here', large ? null : salt, large ? null : bytes);
    return { digest, size: bytes.length };
  }

  #nameNew(digest: Digest, pending: Pending, seq: number): void {
    const { row, size } = pending;
    if (row === null && !pending.placed) {
      this.#blobs.place(digest);
      pending.placed = true;
    }
    this.#insert.run(digest, seq, size, row === null ? 'blob' : 'here', row?.salt ?? null, row?.data ?? null);
    this.#named.push(digest);
  }

  #readPending(digest: Digest): Uint8Array {
    const pending = this.#pending.get(digest);
    if (pending === undefined) throw unknown(digest);
    return pending.row?.data ?? this.#readBlob(digest);
  }

  #readBlob(digest: Digest): Uint8Array {
    const bytes = this.#blobs.read(digest);
    if (bytes === null) throw new Fault('log.payload-missing', `the file of payload ${digest} is gone, though it was not erased`, 'run: pwb log verify');
    if (commitTo(bytes.subarray(0, SALT_BYTES), bytes.subarray(SALT_BYTES)) !== digest) throw changed(digest);
    return bytes.subarray(SALT_BYTES);
  }
}

/** As saltedDigest, without a copy of large bytes. */
function commitTo(salt: Uint8Array, bytes: Uint8Array): Digest {
  return bytes.length > BLOB_ABOVE ? createHash('sha256').update(salt).update(bytes).digest('hex') : saltedDigest(salt, bytes);
}

function unknown(digest: Digest): Fault {
  return new Fault('log.payload-unknown', `there is no payload ${digest}`, 'see the log for what there is: pwb log --json');
}

function changed(digest: Digest): Fault {
  return new Fault('log.payload-changed', `payload ${digest} is not what was recorded`, 'run: pwb log verify');
}
