// For tests: makes the disk fold case below a folder, as some do, while the product's own code runs unchanged. Names
// are looked up as they stand there first, and then whatever their case.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

const NAMES = ['openSync', 'chmodSync', 'mkdirSync', 'rmdirSync', 'renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'readlinkSync', 'lstatSync', 'lutimesSync', 'utimesSync'] as const;
/** Of these the second is the new name; it is in the way when it is another's. */
const TWO: ReadonlySet<string> = new Set(['renameSync', 'linkSync', 'symlinkSync']);

type Call = (...args: unknown[]) => unknown;

export async function folding<T>(below: string, work: () => Promise<T>): Promise<T> {
  const table = fs as unknown as { [name: string]: Call };
  const { readdirSync, realpathSync } = fs;
  const folded = (path: unknown): unknown => {
    if (typeof path !== 'string' || !path.startsWith('/')) return path;
    try {
      const folder = realpathSync(dirname(path));
      const name = basename(path);
      if (folder !== below && !folder.startsWith(`${below}/`)) return path;
      const there = readdirSync(folder);
      return there.includes(name) ? path : join(dirname(path), there.find((other) => other.toLowerCase() === name.toLowerCase()) ?? name);
    } catch {
      return path;
    }
  };
  const real = new Map<string, Call>();
  for (const name of NAMES) {
    const call = table[name];
    if (call === undefined) continue;
    real.set(name, call);
    table[name] = (first, second, ...rest) => (TWO.has(name) ? call(name === 'symlinkSync' ? first : folded(first), folded(second), ...rest) : call(folded(first), second, ...rest));
  }
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const [name, call] of real) table[name] = call;
    syncBuiltinESMExports();
  }
}
