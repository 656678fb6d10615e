// Writes the log as a bundle that a stranger can check with one file and plain Node. A snapshot: what is appended
// or erased while it runs isn't in it. Refuses a folder that holds anything, so that no two bundles mix.
import { chmodSync, closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { copyFile, chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { storageFault } from '../storage/storage-fault.ts';
import { HeadRow } from './head.ts';
import type { Log } from './log.ts';

export interface Exported {
  readonly dir: string;
  readonly events: number;
  readonly payloads: number;
  readonly blobs: number;
  readonly erased: number;
}

/** Bytes gathered before they are written. */
const CHUNK = 1024 * 1024;

/** `dir` is made (0700) or must be an empty folder. Throws `export.*` or `storage.*`. */
export async function exportLog(log: Log, dir: string): Promise<Exported> {
  await log.settle();
  const target = resolve(dir);
  openTarget(target);
  const db = new DatabaseSync(log.store.path, { readOnly: true, timeout: 1000 });
  try {
    db.exec('BEGIN');
    const head = new HeadRow(db).read();
    if (head === null) throw new Fault('log.broken', 'the log has no head', 'run: pwb log verify');
    await writeEvents(db, target);
    const payloads = await writePayloads(db, target);
    const blobs = await copyBlobs(db, log, target);
    const erased = Number(db.prepare('SELECT count(*) AS n FROM erased').get()?.['n']);
    writeFile(join(target, 'README.txt'), EXPORT_README);
    // Last, so that a bundle without it is known to be unfinished.
    writeFile(join(target, 'checkpoint'), head.checkpoint);
    return { dir: target, events: head.size, payloads, blobs, erased };
  } catch (error) {
    throw storageFault(error, target);
  } finally {
    db.close();
  }
}

function openTarget(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (readdirSync(dir).length > 0) throw new Fault('export.not-empty', `${dir} is not empty`, 'name a folder that does not exist yet');
    chmodSync(dir, 0o700);
  } catch (error) {
    if (error instanceof Fault) throw error;
    if (systemCode(error) === 'EEXIST' || systemCode(error) === 'ENOTDIR') throw new Fault('export.not-a-folder', `${dir} is not a folder`, 'name a folder that does not exist yet', { cause: error });
    throw new Fault('export.unwritable', `${dir} can't be written: ${wordsOf(error)}`, 'name another folder', { cause: error });
  }
}

async function writeEvents(db: DatabaseSync, dir: string): Promise<void> {
  const events = new Sink(join(dir, 'events.jsonl'));
  const leaves = new Sink(join(dir, 'leaves'));
  try {
    for (const { leaf, hash } of db.prepare('SELECT leaf, hash FROM events ORDER BY seq').iterate()) {
      leaves.write(hash instanceof Uint8Array ? hash : new Uint8Array());
      if (events.write(`${String(leaf)}\n`)) await breathe();
    }
  } finally {
    events.close();
    leaves.close();
  }
}

async function writePayloads(db: DatabaseSync, dir: string): Promise<number> {
  const sink = new Sink(join(dir, 'payloads.jsonl'));
  let count = 0;
  try {
    for (const { digest, salt, data } of db.prepare(`SELECT digest, salt, data FROM payloads WHERE place = 'here' ORDER BY id`).iterate()) {
      count += 1;
      if (sink.write(payloadLine({ digest, salt, data }))) await breathe();
    }
  } finally {
    sink.close();
  }
  return count;
}

async function copyBlobs(db: DatabaseSync, log: Log, dir: string): Promise<number> {
  const rows = db.prepare(`SELECT digest FROM payloads WHERE place = 'blob' ORDER BY id`).all();
  mkdirSync(join(dir, 'blobs'), { mode: 0o700 });
  for (const row of rows) {
    const digest = String(row['digest']);
    const copy = join(dir, 'blobs', digest);
    try {
      await copyFile(log.store.blobs.pathOf(digest), copy);
      await chmod(copy, 0o600);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      if (log.read(digest) === null) throw new Fault('export.changed', 'a payload was erased while the log was exported', 'export again into a fresh folder', { cause: error });
      throw new Fault('log.payload-missing', `the file of payload ${digest} is gone`, 'run: pwb log verify', { cause: error });
    }
  }
  return rows.length;
}

/** A file written in large pieces. */
class Sink {
  readonly #file: number;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #filled = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx', 0o600);
    fchmodSync(this.#file, 0o600);
  }

  /** True when this wrote to the disk. */
  write(part: string | Uint8Array): boolean {
    const size = typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    const isFull = this.#filled + size > CHUNK;
    if (isFull) this.#flush();
    if (size > CHUNK) writeWhole(this.#file, typeof part === 'string' ? Buffer.from(part) : part);
    else if (typeof part === 'string') this.#filled += this.#buffer.write(part, this.#filled);
    else {
      this.#buffer.set(part, this.#filled);
      this.#filled += size;
    }
    return isFull;
  }

  close(): void {
    try {
      this.#flush();
      fsyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }

  #flush(): void {
    writeWhole(this.#file, this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}

function writeFile(path: string, text: string): void {
  const sink = new Sink(path);
  sink.write(text);
  sink.close();
}

/** A payload that stands in its row, as one line. */
export function payloadLine({ digest, salt, data }: { readonly [name: string]: unknown }): string {
  return `{"data":"${base64(data)}","digest":"${String(digest)}","salt":"${base64(salt)}"}\n`;
}

function base64(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64') : '';
}

export const EXPORT_README = `A log of ProWorkBench, exported.

To check it you need three things that must NOT come from this folder:
  1. the verifier, verify.mjs: take it from the ProWorkBench package that you trust (dist/verify.mjs);
  2. the verifier key: ask the owner of the log for what "pwb log key" prints;
  3. to find out whether something was cut off or rolled back: a checkpoint that you kept from earlier.

Then, with Node.js 20.12 or newer and without a network:
  node verify.mjs THIS_FOLDER --key KEY [--against EARLIER_CHECKPOINT]

events.jsonl     one event a line, in canonical JSON (RFC 8785); each line is a leaf of the tree (RFC 6962)
leaves           the hash of each leaf, 32 bytes each; only helps to say where a change is
payloads.jsonl   what was said, asked and answered, with the salt of its digest: SHA-256(salt || data)
blobs/           the same for large payloads: the file is salt (32 bytes) || data, its name its SHA-256
checkpoint       size and root of the tree, signed (C2SP tlog-checkpoint, signed-note, Ed25519)

A payload that is missing was erased if an event payload.erased names it; the verifier says so otherwise.
This folder holds all that was on record, private things included: treat it accordingly.
`;
