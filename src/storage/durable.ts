// Files that must survive a crash: written beside their name, synced, renamed, and the folder synced.
// After a crash at any point there is the old file or the new one, never a part.
import { closeSync, constants, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes the parts one after another to a fresh file (0600) and syncs it. Throws the system's error; no part file stays. */
export function writeFresh(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, FRESH, 0o600);
  try {
    fchmodSync(file, 0o600);
    for (const part of parts) writeWhole(file, part);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Puts a whole file in place durably. `temporary` must be unique to the caller and in the same folder. */
export function writeDurably(path: string, temporary: string, parts: readonly Uint8Array[]): void {
  writeFresh(temporary, parts);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes renames, creations and removals in a folder durable. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return; // Folders can't be opened there; NTFS journals their entries.
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}
