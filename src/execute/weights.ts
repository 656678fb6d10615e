// The digest of a weights file, and the memory of it: a file of gigabytes is hashed once and then known by
// device, inode, size and times. It refuses a file whose digest isn't the pinned one (THREATS 35).
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { isDigest, type Digest } from '../model/digest.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';

/** Absent when a file's identity isn't known; a broken memory only costs a hash. */
const Memory = z.record(z.string(), z.string().check(z.refine(isDigest)));
const MOST_REMEMBERED = 64;
const BLOCK = 4 * 1024 * 1024;

export interface DigestOptions {
  /** A file in the state folder that remembers digests. */
  readonly memory: string;
  readonly signal: AbortSignal;
  /** @param part of the file that is hashed, 0 to 1. */
  readonly onProgress?: (part: number) => void;
}

/** SHA-256 of a weights file. Throws `weights.unreadable`. */
export async function weightsDigest(path: string, options: DigestOptions): Promise<Digest> {
  const file = await openWeights(path);
  try {
    return await digestOf(file, options);
  } finally {
    await file.close();
  }
}

/**
 * Opens the file and holds its bytes to the pinned digest. The path may be swapped after this: whoever opens it
 * again must find the same `identity`. Throws `weights.unreadable` or `weights.changed`.
 */
export async function openPinned(path: string, pinned: Digest, options: DigestOptions): Promise<FileHandle> {
  const file = await openWeights(path);
  try {
    const digest = await digestOf(file, options);
    if (digest === pinned) return file;
    throw new Fault(
      'weights.changed',
      `${path} is not the file that was added: its SHA-256 is ${digest}, and ${pinned} is pinned. It was replaced or damaged, so it is not loaded`,
      'If you replaced it yourself, add it again with `pwb models add`; otherwise find out who did.',
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openWeights(path: string): Promise<FileHandle> {
  try {
    // Not blocked by a FIFO in the file's place.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw new Fault('weights.unreadable', `${path} can't be opened: ${wordsOf(error)}`, 'Check the path and its permissions.', { cause: error });
  }
  throw new Fault('weights.unreadable', `${path} is not a file`);
}

async function digestOf(file: FileHandle, { memory, signal, onProgress }: DigestOptions): Promise<Digest> {
  const before = await identity(file);
  const known = await remembered(memory);
  const found = known[before];
  if (found !== undefined) return found;
  const digest = await hashAll(file, signal, onProgress);
  const after = await identity(file);
  if (after !== before) throw new Fault('weights.changed', 'the weights file changed while it was read', 'Wait until it is complete, then try again.');
  await remember(memory, { ...Object.fromEntries(Object.entries(known).slice(1 - MOST_REMEMBERED)), [after]: digest });
  return digest;
}

/** Tells one state of one file from any other. The change time is in it because, unlike the modification time, its owner can't set it back. */
export async function identity(file: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

async function hashAll(file: FileHandle, signal: AbortSignal, onProgress: DigestOptions['onProgress']): Promise<Digest> {
  const { size } = await file.stat();
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(Math.min(BLOCK, Math.max(size, 1)));
  for (let at = 0; at < size; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) break;
    hash.update(block.subarray(0, bytesRead));
    at += bytesRead;
    onProgress?.(at / size);
  }
  return hash.digest('hex');
}

async function remembered(memory: string): Promise<z.infer<typeof Memory>> {
  try {
    const parsed = Memory.safeParse(JSON.parse(await readFile(memory, 'utf8')));
    return parsed.success ? parsed.data : {};
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return {};
    throw new Fault('weights.memory', `${memory} can't be read: ${wordsOf(error)}`, 'Check the permissions of the state folder.', { cause: error });
  }
}

/** Two writers at once: the later one wins and a file is hashed once more, no more than that. */
async function remember(memory: string, all: z.infer<typeof Memory>): Promise<void> {
  await mkdir(dirname(memory), { recursive: true, mode: 0o700 });
  const fresh = `${memory}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(all), { mode: 0o600 });
  await rename(fresh, memory);
}
