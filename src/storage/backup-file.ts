// A backup as a file that a person names: written beside its name (0600), synced, and only then called so. It replaces
// nothing.
import { createReadStream, linkSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { syncFolder } from './durable.ts';
import { storageFault } from './storage-fault.ts';

/** @returns its size. Throws `backup.file` for a name that can't be had, `storage.*`, and what the chunks throw; no part stays. */
export async function writeBackupFile(named: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const path = resolve(named);
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) throw taken(path);
  const part = `${path}.${newId()}.part`;
  let size = 0;
  try {
    const file = await open(part, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      for await (const chunk of chunks) {
        await file.appendFile(chunk);
        size += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename this refuses a name that was taken meanwhile.
    linkSync(part, path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw taken(path);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new Fault('backup.file', `${path} can't be written: ${wordsOf(error)}`, 'name a file in a folder that is there', { cause: error });
    throw storageFault(error, path);
  } finally {
    rmSync(part, { force: true });
  }
  syncFolder(dirname(path));
  return size;
}

/** Throws `backup.file` while it is read. */
export async function* readBackupFile(named: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(named, { highWaterMark: 1024 * 1024 })) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw new Fault('backup.file', `${named} can't be read: ${wordsOf(error)}`, 'name a file that `pwb backup` made', { cause: error });
  }
}

function taken(path: string): Fault {
  return new Fault('backup.file', `${path} is there already`, 'name a file that is not there yet');
}
