// The same bundle that exportLog writes, as one tar that is made while it is sent: nothing is stored beside the log for
// it. A snapshot; the checkpoint comes last, so that what was cut on the way is known to be unfinished.
import { createReadStream } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import { Fault, systemCode } from '../model/fault.ts';
import { SALT_BYTES } from '../model/digest.ts';
import { storageFault } from '../storage/storage-fault.ts';
import { padding, tarHead, TAR_END } from '../storage/tar.ts';
import { EXPORT_README, payloadLine } from './export.ts';
import { HeadRow } from './head.ts';
import type { Log } from './log.ts';

/** Bytes gathered before they are passed on; rows that are measured at once. */
const CHUNK = 256 * 1024;
const STRIDE = 20_000;

/** The archive's bytes. Throws `export.changed` when a payload is erased meanwhile, `log.*`, `storage.*`. */
export async function* tarOfLog(log: Log): AsyncGenerator<Uint8Array> {
  await log.settle();
  const db = new DatabaseSync(log.store.path, { readOnly: true, timeout: 1000 });
  try {
    db.exec('BEGIN');
    const head = new HeadRow(db).read();
    if (head === null) throw new Fault('log.broken', 'the log has no head', 'run: pwb log verify');
    const time = Math.floor(Date.now() / 1000);
    const file = (name: string, size: number, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> => entry(name, size, time, parts);
    yield* file('events.jsonl', await measure(db, 'SELECT count(*) + sum(octet_length(leaf)) AS size FROM events WHERE seq >= ? AND seq < ?', head.size), gather(linesOf(db)));
    yield* file('leaves', head.size * 32, gather(leavesOf(db)));
    yield* file('payloads.jsonl', await measurePayloads(db), gather(payloadsOf(db)));
    for (const { digest, size } of db.prepare(`SELECT digest, size FROM payloads WHERE place = 'blob' ORDER BY id`).iterate()) {
      yield* file(`blobs/${String(digest)}`, Number(size) + SALT_BYTES, blobOf(log, String(digest)));
    }
    for (const [name, text] of [['README.txt', EXPORT_README], ['checkpoint', head.checkpoint]] as const) yield* file(name, Buffer.byteLength(text), [Buffer.from(text)]);
    yield TAR_END;
  } catch (error) {
    throw storageFault(error, log.store.path);
  } finally {
    db.close();
  }
}

async function* entry(name: string, size: number, time: number, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield tarHead(name, size, time);
  let sent = 0;
  for await (const part of parts) {
    sent += part.length;
    yield part;
    await breathe();
  }
  // A part of another size would shift all that follows.
  if (sent !== size) throw new Fault('export.changed', `${name} is not as long as it should be`, 'run: pwb log verify');
  yield padding(size);
}

/** Bytes, asked for in strides, so that nobody waits long for it. */
async function measure(db: DatabaseSync, sql: string, rows: number): Promise<number> {
  const stride = db.prepare(sql);
  let size = 0;
  for (let from = 0; from < rows; from += STRIDE) {
    size += Number(stride.get(from, from + STRIDE)?.['size'] ?? 0);
    await breathe();
  }
  return size;
}

function measurePayloads(db: DatabaseSync): Promise<number> {
  const most = Number(db.prepare('SELECT max(id) AS id FROM payloads').get()?.['id'] ?? 0);
  const bare = payloadLine({ digest: '0'.repeat(64), salt: new Uint8Array(SALT_BYTES), data: new Uint8Array() }).length;
  return measure(db, `SELECT sum(${bare} + (length(data) + 2) / 3 * 4) AS size FROM payloads WHERE id >= ? AND id < ? AND place = 'here'`, most + 1);
}

function* linesOf(db: DatabaseSync): Generator<Uint8Array> {
  for (const { leaf } of db.prepare('SELECT leaf FROM events ORDER BY seq').iterate()) yield Buffer.from(`${String(leaf)}\n`);
}

function* leavesOf(db: DatabaseSync): Generator<Uint8Array> {
  for (const { hash } of db.prepare('SELECT hash FROM events ORDER BY seq').iterate()) yield hash instanceof Uint8Array ? hash : new Uint8Array();
}

function* payloadsOf(db: DatabaseSync): Generator<Uint8Array> {
  for (const row of db.prepare(`SELECT digest, salt, data FROM payloads WHERE place = 'here' ORDER BY id`).iterate()) yield Buffer.from(payloadLine(row));
}

function* gather(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    held.push(part);
    size += part.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}

async function* blobOf(log: Log, digest: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of createReadStream(log.store.blobs.pathOf(digest), { highWaterMark: CHUNK })) yield part as Buffer;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    if (log.read(digest) === null) throw new Fault('export.changed', 'a payload was erased while the log was exported', 'export again', { cause: error });
    throw new Fault('log.payload-missing', `the file of payload ${digest} is gone`, 'run: pwb log verify', { cause: error });
  }
}
