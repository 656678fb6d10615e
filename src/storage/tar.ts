// Tar archives (POSIX ustar, sizes beyond 8 GiB in base 256 as GNU writes them), as streams: heads to write and to read.
// It refuses every other kind of head, so that no two readers take one for different things. Names are judged elsewhere.
import { Fault } from '../model/fault.ts';

export const BLOCK = 512;
const MAGIC = 'ustar\u000000';
const OCTAL_MOST = 0o77777777777;

export interface TarHead {
  /** Bytes, as Latin-1. */
  readonly name: string;
  /** `0` a file, `5` a folder, `2` a link, `1` another name, `3` a device, `x` what follows is about the next entry. */
  readonly type: string;
  /** Bytes of the content that follows. */
  readonly size: number;
  readonly link: string;
  /** Of a device: major and minor number. */
  readonly device: readonly [number, number];
}

/** The head of a file of our own (0600). @param name at most 100 bytes of ASCII. @param time seconds since 1970. */
export function tarHead(name: string, size: number, time: number): Buffer {
  const head = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > 100) throw new Fault('tar.name', `${name} is too long a name for an archive`);
  head.write(name, 0, 'latin1');
  head.write(`${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, 'latin1');
  if (size <= OCTAL_MOST) head.write(`${octal(size, 11)}\0`, 124, 'latin1');
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(size), 128);
  }
  head.write(`${octal(Math.floor(time), 11)}\0`, 136, 'latin1');
  head.write('0', 156, 'latin1');
  head.write(MAGIC, 257, 'latin1');
  head.write(`${octal(sumOf(head), 6)}\0 `, 148, 'latin1');
  return head;
}

/** What fills the last block of a content of this size. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** Null for a block of zeros, which ends an archive. Throws `tar.head` for what is no head. */
export function readHead(block: Buffer): TarHead | null {
  if (block.every((byte) => byte === 0)) return null;
  if (number(block, 148, 8) !== sumOf(block) || block.toString('latin1', 257, 265) !== MAGIC) throw new Fault('tar.head', 'there is no entry of an archive where one is expected');
  const prefix = text(block, 345, 155);
  const name = text(block, 0, 100);
  return { name: prefix === '' ? name : `${prefix}/${name}`, type: block.toString('latin1', 156, 157), size: number(block, 124, 12), link: text(block, 157, 100), device: [number(block, 329, 8), number(block, 337, 8)] };
}

/** Bytes that come in pieces of any size, taken in pieces of the size that is wanted. Throws `tar.cut` where they end too soon. */
export class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly so many, held in memory; null at the end of all. */
  async take(size: number): Promise<Buffer | null> {
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      const part = await this.#upTo(missing);
      if (part === null && missing === size) return null;
      if (part === null) throw cut();
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Exactly so many, as they come. */
  async *pass(size: number): AsyncGenerator<Buffer> {
    for (let missing = size; missing > 0; ) {
      const part = await this.#upTo(missing);
      if (part === null) throw cut();
      missing -= part.length;
      yield part;
    }
  }

  /** Whatever is left is not wanted: the source may end what it began. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #upTo(most: number): Promise<Buffer | null> {
    while (this.#held.length === 0) {
      const next = await this.#source.next();
      if (next.done === true) return null;
      this.#held = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length);
    }
    const part = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(part.length);
    return part;
  }
}

function cut(): Fault {
  return new Fault('tar.cut', 'the archive ends in the middle');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}

function number(block: Buffer, at: number, length: number): number {
  if (block[at] === 0x80 && length === 12 && block.readUIntBE(at + 1, 3) === 0) return Number(block.readBigUInt64BE(at + 4));
  const digits = block.toString('latin1', at, at + length).replace(/[\0 ]+$/, '').trim();
  if (!/^[0-7]*$/.test(digits)) throw new Fault('tar.head', 'a number in the archive is none');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** With spaces in the place of the sum itself. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}
