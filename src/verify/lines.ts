// Reads a file line by line without holding it: a line is a place in a buffer, valid until the next one.
// The byte before each line is ours to change, which lets a leaf be hashed where it lies.
import { isAscii, isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { plain } from './plain.ts';

export interface Line {
  readonly buffer: Buffer;
  /** First byte; there is always one before it in the buffer. */
  readonly start: number;
  /** One past the last byte, the new line excluded. */
  readonly end: number;
  /** From 1. */
  readonly number: number;
  /** `no`: not UTF-8. */
  readonly text: 'ascii' | 'utf8' | 'no';
  /** False: the file ends without a new line. */
  readonly ended: boolean;
}

const CHUNK = 1024 * 1024;
/** A longer line is no line of ours. */
const LONGEST = 256 * 1024 * 1024;
const NEW_LINE = 10;

/** Calls `see` for every line; returns how many. Throws the system's error, or a RangeError for an endless line. */
export async function eachLine(path: string, see: (line: Line) => void): Promise<number> {
  const file = openSync(plain(path), 'r');
  try {
    // INVARIANT: buffer[0] is spare; what is kept of an unfinished line starts at 1.
    let buffer: Buffer = Buffer.alloc(CHUNK * 2 + 1);
    let kept = 0;
    let number = 0;
    for (;;) {
      if (1 + kept + CHUNK > buffer.length) buffer = grown(buffer);
      const read = readSync(file, buffer, 1 + kept, CHUNK, null);
      const end = 1 + kept + read;
      // A final line that isn't ended is handed out as such.
      const whole = read === 0 ? end : buffer.lastIndexOf(NEW_LINE, end - 1) + 1;
      if (whole > 1) number = splitLines(buffer, whole, number, see);
      if (read === 0) return number;
      kept = end - Math.max(whole, 1);
      if (whole > 1) buffer.copy(buffer, 1, whole, end);
      await breathe();
    }
  } finally {
    closeSync(file);
  }
}

function splitLines(buffer: Buffer, whole: number, before: number, see: (line: Line) => void): number {
  const region = buffer.subarray(1, whole);
  // One object for all lines: a million short-lived ones cost more than what they carry.
  const line = { buffer, start: 1, end: 1, number: before, text: 'no' as Line['text'], ended: true };
  const all = isAscii(region) ? 'ascii' : isUtf8(region) ? 'utf8' : null;
  while (line.start < whole) {
    const found = buffer.indexOf(NEW_LINE, line.start);
    line.ended = found !== -1 && found < whole;
    line.end = line.ended ? found : whole;
    line.number += 1;
    line.text = all ?? (isUtf8(buffer.subarray(line.start, line.end)) ? 'utf8' : 'no');
    see(line);
    line.start = line.end + 1;
  }
  return line.number;
}

function grown(buffer: Buffer): Buffer {
  if (buffer.length > LONGEST) throw new RangeError('a line is longer than 256 MiB');
  const larger = Buffer.alloc(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}

/** The text of a line that is UTF-8. */
export function lineText({ buffer, start, end, text }: Line): string {
  return buffer.toString(text === 'ascii' ? 'latin1' : 'utf8', start, end);
}
