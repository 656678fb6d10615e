// Opens a file that the walk found. The name is pinned and its type looked at before anything is opened, so
// that a FIFO can't block us and a device isn't touched.
import { closeSync, constants, fstatSync, openSync, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../model/fault.ts';
import { changing, O_PATH } from './beneath-folder.ts';
import { linkWords, type Found } from './beneath-walk.ts';
import { inWords, Refused, shown } from './files-refused.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY } = constants;

/**
 * Opens a found regular file for reading. Never blocks and never opens a special file: the name is pinned first
 * and its type looked at, then what was pinned is opened.
 */
export async function openFile(found: Found): Promise<{ readonly handle: FileHandle; readonly stat: BigIntStats }> {
  const { folder, name, path } = found;
  if (found.entry?.type !== 'file') throw typeWords(found);
  folder.check();
  let pinned = -1;
  try {
    let handle: FileHandle;
    if (folder.keeper.means === 'descriptors') {
      pinned = openSync(folder.at(name), O_PATH | O_NOFOLLOW);
      if (!fstatSync(pinned).isFile()) throw changing(path);
      handle = await open(`/proc/self/fd/${pinned}`, O_RDONLY | O_NONBLOCK);
    } else handle = await open(folder.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) return { handle, stat };
    await handle.close();
    throw changing(path);
  } catch (error) {
    throw systemCode(error) === 'ELOOP' ? changing(path) : inWords(error, path);
  } finally {
    if (pinned !== -1) closeSync(pinned);
  }
}

/** Why this can't be read or written as a file. */
export function typeWords({ path, entry }: Pick<Found, 'path' | 'entry'>): Refused {
  switch (entry?.type) {
    case undefined:
    case 'file':
      return new Refused('not-found', `${shown(path)} is not there.`);
    case 'folder':
      return new Refused('is-folder', `${shown(path)} is a folder. Use list to see what is in it.`);
    case 'link':
      return linkWords(path);
    case 'special':
      return new Refused('special', `${shown(path)} is a ${specialName(entry.stat)}, not a file, and isn't opened.`);
  }
}

function specialName(stat: BigIntStats): string {
  if (stat.isFIFO()) return 'named pipe';
  if (stat.isSocket()) return 'socket';
  return 'device';
}
