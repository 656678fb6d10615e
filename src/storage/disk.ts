// What the state takes on the disk, by what it is for. Counts blocks, a file with several names once, follows no link,
// and passes over what goes or can't be read while it looks.
import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { namesOf } from './state-parts.ts';
import type { Home } from './home.ts';

export interface Place {
  readonly name: string;
  readonly words: string;
  /** On the disk. */
  readonly bytes: number;
  readonly files: number;
  readonly path: string;
}

export interface Disk {
  readonly places: readonly Place[];
  /** Bytes of the disk that the state lies on: free for us, and all. */
  readonly free: number;
  readonly total: number;
}

interface Sum {
  bytes: number;
  files: number;
}

/** Never throws for what can't be read: that isn't counted. */
export async function diskUse({ state, config }: Home): Promise<Disk> {
  const parts = await namesOf(state);
  const places: Place[] = [];
  for (const { name, words, paths } of parts) {
    const sum: Sum = { bytes: 0, files: 0 };
    const seen = new Set<string>();
    for (const path of paths) await add(join(state, path), sum, seen);
    places.push({ name, words, ...sum, path: paths.length === 1 ? join(state, paths[0] ?? '') : state });
  }
  if (config !== state) {
    const sum: Sum = { bytes: 0, files: 0 };
    await add(config, sum, new Set());
    places.push({ name: 'configuration', words: 'The configuration.', ...sum, path: config });
  }
  const { bavail, blocks, bsize } = await statfs(state);
  return { places, free: bavail * bsize, total: blocks * bsize };
}

async function add(path: string, sum: Sum, seen: Set<string>): Promise<void> {
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const stats = await lstat(next).catch(() => null);
    if (stats === null) continue;
    if (stats.nlink > 1 && !stats.isDirectory()) {
      const one = `${stats.dev} ${stats.ino}`;
      if (seen.has(one)) continue;
      seen.add(one);
    }
    sum.bytes += stats.blocks * 512;
    if (!stats.isDirectory()) sum.files += 1;
    else for await (const name of entries(next)) waiting.push(join(next, name));
  }
}

async function* entries(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch {
    // Unreadable, or gone meanwhile: what a command made may be anything.
  }
}
