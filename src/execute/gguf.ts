// The header of a GGUF file (versions 2 and 3), read with bounds: what the file says it is, before anything
// parses it in earnest. It refuses formats that carry code (pickle, zip), and lengths that can't be true.
import { open, type FileHandle } from 'node:fs/promises';
import { sha256, type Digest } from '../model/digest.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';

export interface GgufFacts {
  readonly version: number;
  /** Bytes of the file. */
  readonly size: number;
  readonly architecture: string;
  readonly name: string;
  /** Tokens that it was trained on; 0 when the file doesn't say. */
  readonly window: number;
  readonly tensors: number;
  /** The chat template, which shapes all that the model sees; empty when there is none. */
  readonly template: string;
  readonly templateDigest: Digest;
}

const MOST_FACTS = 65_536;
const MOST_TENSORS = 1_000_000;
const MOST_KEY = 1_024;
const MOST_TEXT = 4 * 1024 * 1024;
const MOST_ITEMS = 16_777_216;
const MOST_HEADER = 512 * 1024 * 1024;
const BLOCK = 1024 * 1024;

/** Throws `gguf.unreadable`, `gguf.not-gguf`, `gguf.carries-code`, `gguf.unsupported`, `gguf.split` or `gguf.broken`. */
export async function inspectGguf(path: string): Promise<GgufFacts> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw new Fault('gguf.unreadable', `${path} can't be opened: ${wordsOf(error)}`, systemCode(error) === 'ENOENT' ? 'Check the path.' : undefined, { cause: error });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Fault('gguf.not-gguf', `${path} is not a file`);
    return await readFacts(new Cursor(file, stat.size, path));
  } finally {
    await file.close();
  }
}

async function readFacts(cursor: Cursor): Promise<GgufFacts> {
  const start = await cursor.take(Math.min(16, cursor.size));
  if (start.toString('latin1', 0, 4) !== 'GGUF') throw strangerFault(start, cursor.path);
  cursor.position = 4;
  const version = await cursor.u32();
  if (version >= 2 ** 24) throw new Fault('gguf.unsupported', `${cursor.path} is GGUF for big-endian machines`, 'Use a little-endian file of the model.');
  if (version !== 2 && version !== 3) throw new Fault('gguf.unsupported', `${cursor.path} is GGUF of version ${version}; versions 2 and 3 are read`, 'Convert it again with a current llama.cpp.');
  const tensors = await cursor.count('tensors', MOST_TENSORS);
  const facts = await cursor.count('facts', MOST_FACTS);
  const wanted = new Map<string, string | number>();
  for (let at = 0; at < facts; at++) {
    const key = await cursor.text('a key', MOST_KEY);
    const value = await readValue(cursor, await cursor.u32());
    if (value === undefined) continue;
    if (wanted.has(key)) throw cursor.broken(`the fact ${JSON.stringify(key)} stands there twice`);
    wanted.set(key, value);
  }
  const textOf = (key: string): string => String(wanted.get(key) ?? '');
  const split = Number(wanted.get('split.count') ?? 1);
  if (split > 1) throw new Fault('gguf.split', `${cursor.path} is one of ${split} parts of a model`, 'Join the parts with llama.cpp\'s gguf-split --merge.');
  const architecture = textOf('general.architecture');
  const template = textOf('tokenizer.chat_template');
  const window = Number(wanted.get(`${architecture}.context_length`) ?? 0);
  return { version, size: cursor.size, architecture, name: textOf('general.name'), window, tensors, template, templateDigest: sha256(template) };
}

/** Bytes of the fixed-size types; 8 is a string and 9 an array. */
const SIZES: ReadonlyMap<number, number> = new Map([[0, 1], [1, 1], [2, 2], [3, 2], [4, 4], [5, 4], [6, 4], [7, 1], [10, 8], [11, 8], [12, 8]]);

/** A string or an unsigned number; anything else is stepped over and undefined. */
async function readValue(cursor: Cursor, type: number): Promise<string | number | undefined> {
  if (type === 8) return cursor.text('a text', MOST_TEXT);
  if (type === 4) return cursor.u32();
  if (type === 10) return Number(await cursor.u64());
  if (type === 9) {
    await skipArray(cursor);
    return undefined;
  }
  cursor.skip(sizeOf(cursor, type));
  return undefined;
}

async function skipArray(cursor: Cursor): Promise<void> {
  const type = await cursor.u32();
  const items = await cursor.count('items', MOST_ITEMS);
  // Arrays of arrays are allowed by the format and used by nobody; refusing them leaves no depth to attack.
  if (type === 9) throw cursor.broken('a list holds lists');
  if (type !== 8) return cursor.skip(items * sizeOf(cursor, type));
  for (let at = 0; at < items; at++) await cursor.skipText();
}

function sizeOf(cursor: Cursor, type: number): number {
  const size = SIZES.get(type);
  if (size === undefined) throw cursor.broken(`a value has the unknown type ${type}`);
  return size;
}

/** Reads forward in blocks; no length from the file makes it hold more than a block and one text. */
class Cursor {
  position = 0;
  readonly size: number;
  readonly path: string;
  readonly #file: FileHandle;
  #block: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle, size: number, path: string) {
    this.#file = file;
    this.size = size;
    this.path = path;
  }

  async take(bytes: number): Promise<Buffer> {
    if (!this.#has(bytes)) await this.#fill(bytes);
    const from = this.position - this.#start;
    this.position += bytes;
    return this.#block.subarray(from, from + bytes);
  }

  async u32(): Promise<number> {
    return (await this.take(4)).readUInt32LE();
  }

  async u64(): Promise<bigint> {
    return (await this.take(8)).readBigUInt64LE();
  }

  /** A 64-bit count or length that must be at most `most`. */
  async count(what: string, most: number): Promise<number> {
    const count = await this.u64();
    if (count > BigInt(most)) throw this.broken(`it says that it has ${count} ${what}; ${most} are the most that is read`);
    return Number(count);
  }

  async text(what: string, most: number): Promise<string> {
    return (await this.take(await this.count(`bytes in ${what}`, most))).toString('utf8');
  }

  async skipText(): Promise<void> {
    // The hot loop over a vocabulary: no promise as long as the block lasts.
    if (!this.#has(8)) await this.#fill(8);
    const length = this.#block.readBigUInt64LE(this.position - this.#start);
    if (length > BigInt(MOST_TEXT)) throw this.broken(`a text in a list is ${length} bytes long`);
    this.skip(8 + Number(length));
  }

  skip(bytes: number): void {
    this.position += bytes;
    if (this.position > this.size) throw this.broken('it ends in the middle of its header');
  }

  broken(words: string): Fault {
    return new Fault('gguf.broken', `${this.path} is broken at byte ${this.position}: ${words}`, 'Fetch the file again and compare its SHA-256 with the publisher\'s.');
  }

  #has(bytes: number): boolean {
    const from = this.position - this.#start;
    return from >= 0 && from + bytes <= this.#block.length;
  }

  async #fill(bytes: number): Promise<void> {
    if (this.position + bytes > this.size) throw this.broken('it ends in the middle of its header');
    if (this.position + bytes > MOST_HEADER) throw this.broken(`its header is over ${MOST_HEADER} bytes`);
    const block = Buffer.alloc(Math.min(Math.max(bytes, BLOCK), this.size - this.position));
    const { bytesRead } = await this.#file.read(block, 0, block.length, this.position);
    this.#block = block.subarray(0, bytesRead);
    this.#start = this.position;
    if (bytesRead < bytes) throw this.broken('it became shorter while it was read');
  }
}

/** Names what the file is instead, by its first bytes. */
function strangerFault(start: Buffer, path: string): Fault {
  const text = start.toString('latin1');
  const convert = 'Use a GGUF file of the model.';
  if (text.startsWith('PK')) return new Fault('gguf.carries-code', `${path} is a zip archive, as PyTorch checkpoints are; they can run code when they are loaded, so they are refused`, convert);
  if (start[0] === 0x80 && (start[1] ?? 0) <= 5) return new Fault('gguf.carries-code', `${path} is a Python pickle, which can run code when it is loaded, so it is refused`, convert);
  if (/^(lmgg|fmgg|tjgg|algg)/.test(text)) return new Fault('gguf.unsupported', `${path} is in the GGML format from before GGUF`, convert);
  if (text.startsWith('version https:')) return new Fault('gguf.not-gguf', `${path} is a Git LFS pointer, not the model itself`, 'Run git lfs pull.');
  if (/^\s*</.test(text)) return new Fault('gguf.not-gguf', `${path} is a web page, not a model`, 'Download the file itself.');
  if (start.length > 8 && start[8] === 0x7b) return new Fault('gguf.not-gguf', `${path} looks like safetensors`, convert);
  return new Fault('gguf.not-gguf', `${path} is not a GGUF file`, convert);
}
