// Modes and times of what is there, set on what a name is pinned to: a name that becomes a link meanwhile leads nowhere.
import { chmodSync, closeSync, constants, fchmodSync, fstatSync, openSync, utimesSync } from 'node:fs';
import { systemCode } from '../model/fault.ts';
import { O_PATH, type Folder } from './beneath-folder.ts';
import { isWas, seconds } from './commit-content.ts';
import type { Side } from './commit-steps.ts';
import type { Move } from './journal.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** The wanted mode, or with null the old one, for a file that is still the judged one; any other is left alone. */
export function chmodFile(folder: Folder, name: string, { was }: Move, wanted: Side | null): void {
  if (was === null) return;
  const mode = wanted?.type === 'file' && wanted.mode !== null ? wanted.mode : was.mode;
  const pinned = folder.keeper.means === 'descriptors';
  let fd: number;
  try {
    fd = openSync(folder.at(name), pinned ? O_PATH | O_NOFOLLOW : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(systemCode(error))) return;
    throw error;
  }
  try {
    if (!isWas(fstatSync(fd, { bigint: true }), was)) return;
    if (pinned) chmodSync(`/proc/self/fd/${fd}`, mode);
    else fchmodSync(fd, mode);
  } finally {
    closeSync(fd);
  }
}

/** A folder that hands its group on keeps doing so. @param mtime in nanoseconds; null leaves it. */
export function chmodFolder(folder: Folder, mode: number, mtime: bigint | null): void {
  folder.check();
  const now = fstatSync(folder.fd, { bigint: true });
  const full = (mode & 0o3777) | (Number(now.mode) & 0o2000);
  if ((Number(now.mode) & 0o7777) !== full) chmodSync(folder.self(), full);
  if (mtime !== null) utimesSync(folder.self(), seconds(mtime), seconds(mtime));
}
