// Reads a backup into a fresh, private folder and holds every byte against its manifest. Whatever is wrong, nothing of
// it is of use: the folder is then the caller's to remove. Nothing outside that folder is touched.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { ABOUT, altered, cutOff, foreign, MANIFEST, manifestLine, MOST_TEXT, Order, readAbout, WORK, type About } from './backup-format.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { checkRules, RULES } from './rule-backup.ts';
import { BLOCK, padding, Pieces, readHead, type TarHead } from './tar.ts';
import { storageFault } from './storage-fault.ts';

/** Bytes of what is small by its nature. */
const MOST_SMALL = 4 * 1024 * 1024;

/**
 * @param into an empty folder (0700). @param unpack takes the archive of the hands' folders; it must take all of it.
 * Throws `backup.*` or `storage.*`.
 */
export async function unpackBackup(source: AsyncIterable<Uint8Array>, into: string, unpack: (work: AsyncIterable<Uint8Array>) => Promise<void>): Promise<About> {
  const reading = new Reading(source);
  try {
    const about = readAbout(await reading.small(ABOUT), MIGRATIONS.at(-1)?.version ?? 0);
    for (let head = await reading.next(); head.name !== MANIFEST; head = await reading.next()) {
      if (head.name.startsWith(WORK)) await unpack(reading.work(head));
      else await write(join(into, head.name), reading.content(head));
      if (head.name === RULES) checkRules(join(into, head.name));
    }
    await reading.judge();
    return about;
  } catch (error) {
    if (error instanceof Fault && error.code === 'tar.cut') throw reading.begun ? cutOff(error) : foreign('it is too short to be one', error);
    if (error instanceof Fault && error.code === 'tar.head') throw reading.begun ? altered(error.message) : foreign(error.message, error);
    throw storageFault(error, into);
  } finally {
    await reading.close();
  }
}

class Reading {
  readonly #pieces: Pieces;
  readonly #order = new Order();
  readonly #lines: string[] = [];
  #ahead: TarHead | null = null;
  #manifest: TarHead | null = null;
  begun = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = new Pieces(source);
  }

  /** The head of the next entry, whose content is then to be taken whole. */
  async next(): Promise<TarHead> {
    const ahead = this.#ahead;
    if (ahead !== null) {
      this.#ahead = null;
      return ahead;
    }
    const block = await this.#pieces.take(BLOCK);
    const head = block === null ? null : readHead(block);
    if (head === null) throw this.begun ? cutOff() : foreign('it is empty');
    if (head.type !== '0') throw foreign(`${JSON.stringify(head.name.slice(0, 100))} is not a plain file`);
    this.#order.see(head.name);
    this.begun = true;
    if (head.name === MANIFEST) this.#manifest = head;
    return head;
  }

  async *content({ name, size }: TarHead): AsyncGenerator<Buffer> {
    const sum = createHash('sha256');
    for await (const part of this.#pieces.pass(size)) {
      sum.update(part);
      yield part;
    }
    await this.#pieces.take(padding(size).length);
    this.#lines.push(manifestLine(name, size, sum.digest('hex')));
  }

  /** The first entry, which must have this name. */
  async small(name: string): Promise<Buffer> {
    const head = await this.next();
    if (head.name !== name || head.size > MOST_SMALL) throw foreign('it does not begin as one');
    const parts: Buffer[] = [];
    for await (const part of this.content(head)) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  }

  /** The pieces as one stream; what follows them stays to be read. */
  async *work(first: TarHead): AsyncGenerator<Buffer> {
    let head = first;
    for (let count = 0; head.name.startsWith(WORK); head = await this.next(), count += 1) {
      if (Number(head.name.slice(WORK.length)) !== count) throw altered(`${head.name} is not the piece that comes next`);
      yield* this.content(head);
    }
    this.#ahead = head;
  }

  /** Holds all that was read against the manifest, which must be the last that there is. */
  async judge(): Promise<void> {
    const size = this.#manifest?.size ?? 0;
    if (size > MOST_TEXT) throw foreign('its manifest is too large');
    const manifest = (await this.#pieces.take(size)) ?? Buffer.alloc(0);
    await this.#pieces.take(padding(size).length);
    const said = manifest.toString('latin1').split('\n').slice(0, -1);
    if (said.length !== this.#lines.length) throw altered('it does not hold what its manifest lists');
    for (const [at, line] of this.#lines.entries()) {
      if (`${said[at] ?? ''}\n` !== line) throw altered(`${line.trim().split(' ')[2] ?? ''} is not what the manifest says`);
    }
    for (let block = await this.#pieces.take(BLOCK); block !== null; block = await this.#pieces.take(BLOCK)) if (readHead(block) !== null) throw altered('something follows the manifest');
  }

  close(): Promise<void> {
    return this.#pieces.close();
  }
}

async function write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    for await (const part of content) await file.appendFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}
