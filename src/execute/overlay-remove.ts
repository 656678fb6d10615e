// Removes a tree that a command has made: names in any bytes, folders that can't be read, trees deeper than any
// path. No link is followed. Folders are brought to the top one by one, so nothing here recurses or grows a path.
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../model/fault.ts';

const HEAP = '.heap';
/** Entries removed in one go before others get a turn on this thread. */
const STRETCH = 500;
const SLASH = Buffer.from('/');

/**
 * @param folder all of it goes; absent is fine. Nobody else may write in it any more.
 * @throws the system's error for what isn't ours to remove.
 */
export async function removeTree(folder: string): Promise<void> {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return;
  chmodSync(folder, 0o700);
  const heap = join(folder, HEAP);
  makeFolder(heap);
  // If we crash here, a later removal finds the heap and goes on with what lies in it.
  const run = randomBytes(6).toString('hex');
  const waiting = readdirSync(heap, 'buffer').map((name) => below(heap, name));
  let done = 0;
  const empty = (path: Buffer): number => {
    const names = readdirSync(path, 'buffer');
    for (const name of names) {
      const entry = below(path, name);
      if (!lstatSync(entry).isDirectory()) unlinkSync(entry);
      else if (path !== top || name.toString('latin1') !== HEAP) {
        const risen = below(heap, Buffer.from(`${run}-${done++}`));
        // A folder must be writable itself to be moved to another parent.
        chmodSync(entry, 0o700);
        renameSync(entry, risen);
        waiting.push(risen);
      }
    }
    return names.length;
  };
  const top = Buffer.from(folder);
  let stretch = empty(top);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    chmodSync(next, 0o700);
    stretch += empty(next);
    rmdirSync(next);
    if (stretch > STRETCH) {
      stretch = 0;
      await new Promise((resume) => setImmediate(resume));
    }
  }
  rmdirSync(heap);
  rmdirSync(folder);
}

function below(folder: string | Buffer, name: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(folder), SLASH, name]);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    chmodSync(path, 0o700);
  }
}
