// Picks a range of lines out of bytes that come in pieces. It keeps no more than it will show, so that a line
// of a gigabyte, or a billion lines before the range, cost no memory.
import type { WorkPath } from '../model/action.ts';
import { decode, notUtf8 } from './files-text.ts';

/** A line is shown up to here, in bytes. */
export const LINE_BYTES = 4000;

export interface Line {
  readonly text: string;
  /** Bytes of it that aren't shown. */
  readonly leftOut: number;
}

export class LinePicker {
  readonly picked: Line[] = [];
  /** The byte budget ended the range early. */
  full = false;
  /** The last byte was a new line, or there was none. */
  closed = true;
  /** The line that comes next or goes on, from 1. */
  line = 1;
  readonly #path: WorkPath;
  readonly #from: number;
  readonly #last: number;
  #budget: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #lineBytes = 0;

  /** Lines `from` to `last`, both counted from 1 and inclusive; at most `budget` bytes, but always one line. */
  constructor(path: WorkPath, from: number, last: number, budget: number) {
    this.#path = path;
    this.#from = from;
    this.#last = last;
    this.#budget = budget;
  }

  /** True when nothing more will be picked. */
  get done(): boolean {
    return this.full || this.line > this.#last;
  }

  push(bytes: Buffer): void {
    this.closed = bytes.at(-1) === 10;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(10, start);
      const stop = end === -1 ? bytes.length : end;
      this.#keep(bytes.subarray(start, stop));
      if (end !== -1) this.#endLine();
      start = stop + 1;
    }
  }

  /** The bytes are over. Returns how many lines there were. */
  end(): number {
    if (!this.closed) this.#endLine();
    return this.line - 1;
  }

  #wanted(): boolean {
    return this.line >= this.#from && !this.done;
  }

  #keep(part: Buffer): void {
    this.#lineBytes += part.length;
    if (!this.#wanted() || this.#keptBytes > LINE_BYTES) return;
    // One byte more than is shown tells a line that is cut from one that just fits.
    const copy = Buffer.from(part.subarray(0, LINE_BYTES + 1 - this.#keptBytes));
    this.#kept.push(copy);
    this.#keptBytes += copy.length;
  }

  #endLine(): void {
    if (this.#wanted()) {
      if (this.picked.length > 0 && this.#budget < this.#keptBytes) this.full = true;
      else {
        this.picked.push(lineOf(this.#path, Buffer.concat(this.#kept), this.#lineBytes));
        this.#budget -= this.#keptBytes + 1;
      }
    }
    this.#kept = [];
    this.#keptBytes = 0;
    this.#lineBytes = 0;
    this.line += 1;
  }
}

function lineOf(path: WorkPath, bytes: Buffer, length: number): Line {
  let end = bytes.length;
  if (end > LINE_BYTES) {
    end = LINE_BYTES;
    // Cut between two characters: a continuation byte is 10xxxxxx.
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  }
  const text = decode(bytes.subarray(0, end));
  if (text === null) throw notUtf8(path, bytes);
  return { text, leftOut: length - end };
}
