// Makes a backup while the workbench runs: one snapshot of the database, with exactly the blobs that it names, the key,
// the configuration, and what the hands keep. A failure on the way is thrown, so that a part never ends well.
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { Fault, systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { ABOUT, MANIFEST, manifestLine, PIECE, WORK, FORMAT, type About } from './backup-format.ts';
import { configFile } from './config.ts';
import { isAlive, ownOwner } from './owner.ts';
import { packRules, RULES } from './rule-backup.ts';
import { storageFault } from './storage-fault.ts';
import type { Store } from './store.ts';
import { padding, tarHead, TAR_END } from './tar.ts';

export interface BackupSource {
  readonly store: Store;
  readonly about: Pick<About, 'version' | 'made' | 'origin'>;
  /** An archive of what lies in the folders of the hands; null for nothing. */
  work(snapshot: DatabaseSync): AsyncIterable<Uint8Array> | null;
}

/** Pages of the database that are copied in one go. */
const PAGES = 2000;
const CHUNK = 1024 * 1024;
/** Begins the name of a folder in which a copy of the database is made, with who makes it. */
const MAKING = 'backup-';

/** The archive as it comes. Throws `storage.*`, `backup.changed` when what it holds went meanwhile, and what `work` throws. */
export async function* backupOf({ store, about, work }: BackupSource): AsyncGenerator<Uint8Array> {
  const { state } = store.home;
  sweepMaking(state);
  const folder = join(state, `${MAKING}${ownOwner().replace(':', '-')}-${newId()}`);
  const snapshot = new DatabaseSync(store.path, { readOnly: true, timeout: 1000 });
  try {
    mkdirSync(folder, { mode: 0o700 });
    snapshot.exec('BEGIN');
    const head = snapshot.prepare('SELECT size, root FROM head').get();
    const copy = join(folder, 'state.db');
    // In a read transaction of ours, so that what others write meanwhile neither shows nor makes it begin anew.
    await backup(snapshot, copy, { rate: PAGES });
    const packed = await spool(work(snapshot), join(folder, 'work.tar'));
    const blobs = snapshot.prepare(`SELECT digest FROM payloads WHERE place = 'blob' ORDER BY digest`).all().map(({ digest }) => String(digest));
    const archive = new Archive(Math.floor(Date.parse(about.made) / 1000));
    const full: About = { product: 'proworkbench', format: FORMAT, ...about, store: Number(snapshot.prepare('PRAGMA user_version').get()?.['user_version']), events: Number(head?.['size']), root: hex(head?.['root']) };
    // INVARIANT: from here on nothing is held that others wait for, however slowly it is taken.
    snapshot.close();
    yield* archive.bytes(ABOUT, Buffer.from(`${JSON.stringify(full)}\n`));
    yield* archive.file('state.db', copy);
    yield* archive.bytes('log.key', readFileSync(join(state, 'log.key')));
    const config = readIfThere(configFile(store.home));
    if (config !== null) yield* archive.bytes('config.json', config);
    const rules = packRules(store.home.config);
    if (rules !== null) yield* archive.bytes(RULES, rules);
    for (const digest of blobs) yield* archive.file(`blobs/${digest.slice(0, 2)}/${digest}`, store.blobs.pathOf(digest));
    if (packed !== null) yield* archive.pieces(packed);
    yield* archive.end();
  } catch (error) {
    throw storageFault(error, folder);
  } finally {
    if (snapshot.isOpen) snapshot.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes entries and remembers what is to stand in the manifest. */
class Archive {
  readonly #time: number;
  readonly #lines: string[] = [];

  constructor(time: number) {
    this.#time = time;
  }

  *bytes(name: string, bytes: Uint8Array): Generator<Uint8Array> {
    yield tarHead(name, bytes.length, this.#time);
    yield bytes;
    yield padding(bytes.length);
    this.#lines.push(manifestLine(name, bytes.length, createHash('sha256').update(bytes).digest('hex')));
  }

  async *file(name: string, path: string): AsyncGenerator<Uint8Array> {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw systemCode(error) === 'ENOENT' ? changed() : error;
    });
    try {
      const { size } = await file.stat();
      const sum = createHash('sha256');
      yield tarHead(name, size, this.#time);
      for (let done = 0; done < size; ) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(CHUNK, size - done)), 0, Math.min(CHUNK, size - done), done);
        if (bytesRead === 0) throw changed();
        const part = buffer.subarray(0, bytesRead);
        sum.update(part);
        done += bytesRead;
        yield part;
      }
      yield padding(size);
      this.#lines.push(manifestLine(name, size, sum.digest('hex')));
    } finally {
      await file.close();
    }
  }

  /** A file as entries of one size but the last. */
  async *pieces(path: string): AsyncGenerator<Uint8Array> {
    let held: Buffer[] = [];
    let size = 0;
    let count = 0;
    const name = (): string => `${WORK}${String(count++).padStart(8, '0')}`;
    for await (const part of createReadStream(path, { highWaterMark: CHUNK })) {
      if (!(part instanceof Uint8Array)) continue;
      held.push(Buffer.from(part));
      size += part.length;
      if (size < PIECE) continue;
      yield* this.bytes(name(), Buffer.concat(held));
      held = [];
      size = 0;
    }
    if (size > 0) yield* this.bytes(name(), Buffer.concat(held));
  }

  *end(): Generator<Uint8Array> {
    const manifest = Buffer.from(this.#lines.join(''));
    yield tarHead(MANIFEST, manifest.length, this.#time);
    yield manifest;
    yield padding(manifest.length);
    yield TAR_END;
  }
}

/** @returns where it is; null for nothing. */
async function spool(source: AsyncIterable<Uint8Array> | null, path: string): Promise<string | null> {
  if (source === null) return null;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const part of source) await file.appendFile(part);
  } finally {
    await file.close();
  }
  return path;
}

/** What processes that are gone have left of their copies. */
function sweepMaking(state: string): void {
  for (const name of readdirSync(state)) {
    const [, pid, start] = /^backup-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(`${pid}:${start ?? ''}`)) rmSync(join(state, name), { recursive: true, force: true });
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function changed(): Fault {
  return new Fault('backup.changed', 'something that the backup was to hold was erased while it was made', 'make it again');
}

function hex(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex') : '';
}
