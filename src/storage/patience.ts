// Waiting for another process's lock without blocking this one: short tries with a jittered pause between them,
// and an end. A synchronous wait inside SQLite starved a whole process for a second.
import { setTimeout as pause } from 'node:timers/promises';
import { isBusy, storageFault } from './storage-fault.ts';

/** Milliseconds until we give up. */
export const PATIENCE = 30_000;
/** Holders are quick (one synced commit), so asking often is fairer to us than asking politely. */
const LONGEST_PAUSE = 6;

/** Runs `attempt` until it isn't told that the database is busy. Throws its other errors, or `storage.busy` after `patience` ms. */
export async function whenFree<T>(path: string, attempt: () => T, patience = PATIENCE): Promise<T> {
  const until = performance.now() + patience;
  for (let tries = 0; ; tries += 1) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() >= until) throw storageFault(error, path);
    }
    await pause(1 + Math.random() * Math.min(LONGEST_PAUSE, 2 ** tries));
  }
}
