// What a file holds, for judging: its digest always, its bytes where a person may want to see them. No link is
// followed and nothing special is opened. There is a most, so that a file of holes can't keep us reading for ever.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { sha256, type Digest } from '../model/digest.ts';
import { systemCode } from '../model/fault.ts';

export interface Content {
  readonly digest: Digest;
  readonly size: number;
  /** Null when it is large, or enough is held already. */
  readonly bytes: Buffer | null;
}

/** One reading of effects: what may still be read and held. */
export interface Reading {
  readonly signal?: AbortSignal;
  /** Bytes. */
  read: number;
  held: number;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Larger ones aren't shown as text. */
const SHOWN = MIB;
const PIECE = 4 * MIB;

export function newReading(signal?: AbortSignal): Reading {
  return { read: 32 * GIB, held: 16 * MIB, ...(signal === undefined ? {} : { signal }) };
}

/** @param most bytes of what is held. @returns null when it isn't a file that may be read, or more than may be read. @throws the system's error when it breaks off. */
export async function readContent(path: string, reading: Reading, most: number = SHOWN): Promise<Content | null> {
  const descriptor = open(path);
  if (descriptor === null) return null;
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > reading.read) return null;
    reading.read -= stat.size;
    if (stat.size <= most) {
      const bytes = readSmall(descriptor, stat.size);
      if (bytes !== null) {
        const kept = bytes.length <= reading.held;
        if (kept) reading.held -= bytes.length;
        return { digest: sha256(bytes), size: bytes.length, bytes: kept ? bytes : null };
      }
    }
    return await readLarge(descriptor, reading);
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['EACCES', 'EPERM', 'ELOOP', 'ENOENT', 'ENXIO'].includes(systemCode(error))) return null;
    throw error;
  }
}

/** @returns null when it has grown since it was looked at. */
function readSmall(descriptor: number, size: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(size + 1);
  let at = 0;
  for (let got = -1; got !== 0 && at <= size; at += got) got = readSync(descriptor, bytes, at, size + 1 - at, at);
  return at <= size ? bytes.subarray(0, at) : null;
}

async function readLarge(descriptor: number, reading: Reading): Promise<Content> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  let size = 0;
  for (;;) {
    const got = readSync(descriptor, piece, 0, PIECE, size);
    if (got === 0) return { digest: hash.digest('hex'), size, bytes: null };
    hash.update(piece.subarray(0, got));
    size += got;
    await new Promise((resume) => setImmediate(resume));
    reading.signal?.throwIfAborted();
  }
}
