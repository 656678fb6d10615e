// What a run wrote, within bounds: the beginning and the end are kept, the rest is counted, and words between
// say so. A test's verdict stands at the end, its cause often at the beginning.

export interface OutputKeeper {
  add(chunk: Uint8Array): void;
  /** All bytes so far, kept or not. */
  total(): number;
  bytes(): Uint8Array;
  /** One piece of what is kept, from this byte of all on. */
  since(from: number): OutputPart;
}

export interface OutputPart {
  readonly bytes: Uint8Array;
  /** Bytes before these that are no longer kept. */
  readonly missed: number;
  /** Where to go on. */
  readonly next: number;
}

/** @param limit bytes kept. */
export function keepOutput(limit: number): OutputKeeper {
  const headLimit = Math.floor(limit / 4);
  const tailLimit = limit - headLimit;
  const head: Uint8Array[] = [];
  const tail: Uint8Array[] = [];
  let headSize = 0;
  let tailSize = 0;
  let total = 0;
  return {
    total: () => total,
    add(chunk) {
      total += chunk.length;
      const room = headLimit - headSize;
      if (room > 0) {
        head.push(chunk.subarray(0, room));
        headSize += Math.min(room, chunk.length);
      }
      const rest = room > 0 ? chunk.subarray(room) : chunk;
      if (rest.length === 0) return;
      tail.push(rest);
      tailSize += rest.length;
      // Whole chunks fall off the front; the last cut is made when the bytes are asked for.
      while (tail[0] !== undefined && tailSize - tail[0].length >= tailLimit) tailSize -= tail.shift()?.length ?? 0;
    },
    bytes() {
      const end = Buffer.concat(tail);
      const kept = end.length > tailLimit ? end.subarray(end.length - tailLimit) : end;
      const left = total - headSize - kept.length;
      const words = left === 0 ? '' : `\n[${left} bytes of output left out here]\n`;
      return Buffer.concat([...head, Buffer.from(words), kept]);
    },
    since(from) {
      const at = Math.min(Math.max(0, from), total);
      const tailStart = total - tailSize;
      // What was left out in the middle ends a piece: the next one begins after it.
      if (at < headSize && tailStart > headSize) return { bytes: Buffer.concat(head).subarray(at), missed: 0, next: headSize };
      if (at < headSize) return { bytes: Buffer.concat([...head, ...tail]).subarray(at), missed: 0, next: total };
      const begin = Math.max(at, tailStart);
      return { bytes: Buffer.concat(tail).subarray(begin - tailStart), missed: begin - at, next: total };
    },
  };
}
