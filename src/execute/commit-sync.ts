// Makes many files durable. A few are synced one by one as they are written; beyond that the whole disk that they
// lie on is synced once (syncfs(2), by way of sync(1)), since each sync of a file waits for a commit of its own.
import { spawn } from 'node:child_process';
import { closeSync, constants, fsync, openSync } from 'node:fs';
import { systemCode } from '../model/fault.ts';

/** Up to here, one by one. */
const FEW = 64;
const AT_ONCE = 64;

export class Syncs {
  #many: boolean;
  #added = 0;
  readonly #waiting: Promise<void>[] = [];
  readonly #paths: string[] = [];

  /** @param count about how many will come, as far as that is known. */
  constructor(count = 0) {
    this.#many = count > FEW && process.platform === 'linux';
  }

  /** Takes over an open descriptor, and closes it once it is synced or needn't be. @param path by which it can be opened again until `done`. */
  add(fd: number, path: string): void {
    this.#added += 1;
    if (this.#added > FEW && process.platform === 'linux') this.#many = true;
    if (!this.#many) {
      const synced = syncAndClose(fd);
      // It is heard in `done`; until then nobody listens.
      synced.catch(() => undefined);
      this.#waiting.push(synced);
      return;
    }
    closeSync(fd);
    this.#paths.push(path);
  }

  /** The same by path, for a folder or a file that is there. What we may write but not read has no descriptor to be synced by, and is passed over. */
  addReadable(at: string, path: string): void {
    if (this.#many) {
      this.#paths.push(path);
      return;
    }
    const fd = openToSync(at);
    if (fd !== null) this.add(fd, path);
  }

  /** Resolves when all that was added is durable. @param on a folder on the disk concerned. Throws the system's error. */
  async done(on: string): Promise<void> {
    for (const one of await Promise.allSettled(this.#waiting.splice(0))) if (one.status === 'rejected') throw one.reason;
    const paths = this.#paths.splice(0);
    if (paths.length > 0 && !(await syncDisk(on))) await syncEach(paths);
  }
}

/** False when the system has no sync(1) that can do it, or it says that it failed. */
async function syncDisk(on: string): Promise<boolean> {
  const fd = openSync(on, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await new Promise((resolve) => {
      // The folder is handed down as standard input: the child's /proc/self is another one.
      const child = spawn('sync', ['-f', '/proc/self/fd/0'], { stdio: [fd, 'ignore', 'ignore'], env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' } });
      child.once('error', () => resolve(false));
      child.once('close', (code) => resolve(code === 0));
    });
  } finally {
    closeSync(fd);
  }
}

async function syncEach(paths: readonly string[]): Promise<void> {
  const rest = paths.values();
  const worker = async (): Promise<void> => {
    for (const path of rest) {
      const fd = openToSync(path);
      if (fd !== null) await syncAndClose(fd);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function openToSync(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (!['EACCES', 'ELOOP'].includes(systemCode(error))) throw error;
    return null;
  }
}

function syncAndClose(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => {
      closeSync(fd);
      if (error === null) resolve();
      else reject(error);
    });
  });
}
