// For tests: makes the system fail at a call of one's choice, while the product's own code runs unchanged.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * `once`: that call fails and does nothing. `after`: it fails though it was done. `dead`: it and all that follow
 * fail, as when the disk is gone or the process died there.
 */
export type Failing = 'once' | 'after' | 'dead';

const NAMES = [
  'openSync', 'readSync', 'writeSync', 'fsyncSync', 'fchmodSync', 'fchownSync', 'futimesSync', 'ftruncateSync', 'lutimesSync', 'utimesSync', 'chmodSync', 'mkdirSync', 'rmdirSync', 'renameSync',
  'linkSync', 'symlinkSync', 'unlinkSync', 'writeFileSync', 'readFileSync', 'readlinkSync', 'readdirSync', 'lstatSync', 'fstatSync', 'statSync', 'accessSync', 'rmSync', 'copyFileSync',
] as const;

type Call = (...args: unknown[]) => unknown;

/** Runs work while the system fails at the given call (counted from 0; none with Infinity). Gives the number of calls that were made, and what it came to. */
export async function failing<T>(how: Failing, at: number, work: () => Promise<T>): Promise<{ readonly calls: number; readonly value?: T; readonly error?: unknown }> {
  let calls = 0;
  const table = fs as unknown as { [name: string]: Call };
  const real = new Map<string, Call>();
  for (const name of NAMES) {
    const call = table[name];
    if (call === undefined) continue;
    real.set(name, call);
    table[name] = (...args) => {
      const mine = calls;
      calls += 1;
      if (mine < at || (how !== 'dead' && mine > at)) return call(...args);
      if (how === 'after') {
        const value = call(...args);
        // What was opened isn't known to anybody then.
        if (name === 'openSync' && typeof value === 'number') fs.closeSync(value);
      }
      throw Object.assign(new Error(`EIO: ${name} failed by design`), { code: 'EIO' });
    };
  }
  syncBuiltinESMExports();
  try {
    return { value: await work(), calls };
  } catch (error) {
    return { error, calls };
  } finally {
    for (const [name, call] of real) table[name] = call;
    syncBuiltinESMExports();
  }
}
