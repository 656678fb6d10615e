// Large bytes, one file each: blobs/ab/<digest> holds salt ‖ bytes, so `sha256sum` of the file is its name.
// A blob waits in a folder of its process (blobs/new-*) and gets its name in the transaction that commits to it,
// so what a crash leaves is swept by the next process and no nameless copy of erasable bytes stays behind.
import { chmodSync, closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDigest, type Digest } from '../model/digest.ts';
import { systemCode } from '../model/fault.ts';
import { syncFolder, writeFresh } from './durable.ts';
import { isAlive, ownOwner } from './owner.ts';
import { storageFault } from './storage-fault.ts';

/** Larger payloads than this many bytes are blobs. */
export const BLOB_ABOVE = 64 * 1024;
const STAGING = 'new-';
const ZEROS = new Uint8Array(1024 * 1024);

export class Blobs {
  readonly #root: string;
  #staging: string | undefined;

  constructor(state: string) {
    this.#root = join(state, 'blobs');
  }

  /** Durable, but not yet named by anything. The caller has computed the digest over salt ‖ bytes. Throws `storage.*`. */
  async stage(digest: Digest, salt: Uint8Array, bytes: Uint8Array): Promise<void> {
    const path = this.#staged(digest);
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.chmod(0o600);
        await file.writeFile(salt);
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      rmSync(path, { force: true });
      throw storageFault(error, path);
    }
  }

  /** The same at once, for bytes that first appear inside a transaction. */
  stageNow(digest: Digest, salt: Uint8Array, bytes: Uint8Array): void {
    const path = this.#staged(digest);
    try {
      writeFresh(path, [salt, bytes]);
    } catch (error) {
      throw storageFault(error, path);
    }
  }

  /**
   * Gives a staged blob its name. INVARIANT: only inside the write transaction that names it, so that whoever holds
   * the write lock and finds a blob without a row may remove it. Crash before the commit: such a blob is left.
   */
  place(digest: Digest): void {
    const path = this.#path(digest);
    try {
      if (makePrivate(dirname(path))) syncFolder(this.#root);
      renameSync(this.#staged(digest), path);
      syncFolder(dirname(path));
    } catch (error) {
      throw storageFault(error, path);
    }
  }

  /** Salt ‖ bytes, or null when there is no such file. Throws `storage.*`. */
  read(digest: Digest): Buffer | null {
    for (const path of [this.#path(digest), ...(this.#staging === undefined ? [] : [join(this.#staging, digest)])]) {
      try {
        return readFileSync(path);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw storageFault(error, path);
      }
    }
    return null;
  }

  /** Where a placed blob is, for copying. */
  pathOf(digest: Digest): string {
    return this.#path(digest);
  }

  /** Overwrites, then removes. Says nothing about what a flash disk or a snapshot keeps. */
  erase(digest: Digest): void {
    const path = this.#path(digest);
    try {
      overwrite(path);
      unlinkSync(path);
      syncFolder(dirname(path));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw storageFault(error, path);
    }
  }

  /** All named blobs, folder by folder. */
  *list(): Generator<Digest> {
    for (const folder of folderNames(this.#root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of folderNames(join(this.#root, folder))) if (isDigest(name) && name.startsWith(folder)) yield name;
    }
  }

  /** Removes what processes that are gone staged and never named. */
  sweep(): void {
    for (const name of folderNames(this.#root)) {
      if (!name.startsWith(STAGING) || isAlive(name.slice(STAGING.length).replace('-', ':'))) continue;
      const folder = join(this.#root, name);
      for (const digest of folderNames(folder)) overwrite(join(folder, digest));
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Removes our staging folder, with all that was never named. */
  close(): void {
    if (this.#staging !== undefined) rmSync(this.#staging, { recursive: true, force: true });
    this.#staging = undefined;
  }

  #path(digest: Digest): string {
    if (!isDigest(digest)) throw new TypeError('a blob is named by a digest'); // Never a path from outside.
    return join(this.#root, digest.slice(0, 2), digest);
  }

  #staged(digest: Digest): string {
    if (this.#staging === undefined) {
      const folder = join(this.#root, `${STAGING}${ownOwner().replace(':', '-')}`);
      try {
        makePrivate(this.#root);
        makePrivate(folder);
      } catch (error) {
        throw storageFault(error, folder);
      }
      this.#staging = folder;
    }
    return join(this.#staging, digest);
  }
}

/** True when it had to be made. */
function makePrivate(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  chmodSync(path, 0o700);
  return true;
}

function folderNames(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw storageFault(error, path);
  }
}

function overwrite(path: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(file);
    for (let at = 0; at < size; ) at += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, size - at), at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

