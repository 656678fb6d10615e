// Modes and times of what is there, set on what a name is pinned to: a name that becomes a link meanwhile leads nowhere.
import { chmodSync, closeSync, constants, fchmodSync, fstatSync, futimesSync, openSync, utimesSync } from 'node:fs';
import { systemCode } from '../model/fault.ts';
import { O_PATH, type Folder } from './beneath-folder.ts';
import { isWas, seconds } from './commit-content.ts';
import type { Move, Was } from './journal.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Mode and time for a file that is still the judged one; any other is left alone. May be begun again. */
export function setLooks(folder: Folder, name: string, { was, fresh }: Move, looks: Was | null): void {
  if (was === null || fresh === null || looks === null) return;
  const pinned = folder.keeper.means === 'descriptors';
  let fd: number;
  try {
    fd = openSync(folder.at(name), pinned ? O_PATH | O_NOFOLLOW : O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(systemCode(error))) return;
    throw error;
  }
  try {
    const now = fstatSync(fd, { bigint: true });
    if (!isWas(now, was) && !isWas(now, fresh)) return;
    const self = `/proc/self/fd/${fd}`;
    if ((Number(now.mode) & 0o7777) !== looks.mode) {
      if (pinned) chmodSync(self, looks.mode);
      else fchmodSync(fd, looks.mode);
    }
    if (`${now.mtimeNs}` === looks.mtime) return;
    // INVARIANT: the time comes last, since until then the file is known by the one that it had.
    const [atime, mtime] = [seconds(now.atimeNs), seconds(BigInt(looks.mtime))];
    if (pinned) utimesSync(self, atime, mtime);
    else futimesSync(fd, atime, mtime);
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
  if (mtime !== null && mtime !== now.mtimeNs) utimesSync(folder.self(), seconds(mtime), seconds(mtime));
}
