// One process at a time changes a draft. The lock is a folder with one entry, named by who holds it: a rename puts it
// there and the kernel refuses that while there is an entry. It is held for what changes a draft, never while one looks.
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault, systemCode } from '../model/fault.ts';
import { isAlive, ownOwner } from '../storage/owner.ts';
import { namesIn } from './names-in.ts';

/** Milliseconds until who waits gives up. */
export const DRAFT_PATIENCE = 30_000;
const LONGEST_PAUSE = 8;
const LOCK = 'lock';
const TAKING = 'taking-';
const NAME = /^(\d+)-(\d+)-[0-9a-f]{16}$/;

/**
 * Runs `work` while no other process is in the same draft. Not for one within another.
 * @param folder of the draft, private to this user. @param patience in milliseconds.
 * @throws `draft.busy` when another living process doesn't let go, `draft.folder`, what `work` throws.
 */
export async function withDraftLock<T>(folder: string, work: () => Promise<T>, patience = DRAFT_PATIENCE): Promise<T> {
  const release = await take(folder, patience);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Removes what processes that died while they were waiting have left. Only for who holds the lock. */
export function sweepTaking(folder: string): void {
  for (const name of namesIn(folder)) if (name.startsWith(TAKING) && !isHeldBy(name.slice(TAKING.length))) removeTaking(join(folder, name), name.slice(TAKING.length));
}

async function take(folder: string, patience: number): Promise<() => void> {
  const name = `${ownOwner().replace(':', '-')}-${randomBytes(8).toString('hex')}`;
  const lock = join(folder, LOCK);
  const taking = join(folder, `${TAKING}${name}`);
  try {
    mkdirSync(taking, { mode: 0o700 });
    writeFileSync(join(taking, name), '', { mode: 0o600 });
    await placeAt(taking, lock, folder, patience);
  } catch (error) {
    removeTaking(taking, name);
    if (error instanceof Fault) throw error;
    throw new Fault('draft.folder', `the draft in ${folder} can't be taken for a change (${systemCode(error)})`, 'Check that the state folder is yours and that its disk has room.', { cause: error });
  }
  return () => {
    removeFile(join(lock, name));
    removeEmpty(lock);
  };
}

async function placeAt(taking: string, lock: string, folder: string, patience: number): Promise<void> {
  for (const give = performance.now() + patience; ; await pause(1 + Math.random() * LONGEST_PAUSE)) {
    try {
      // INVARIANT: only over no lock, or an empty one, which is one that was let go (rename(2), ENOTEMPTY).
      return renameSync(taking, lock);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) throw error;
    }
    const holder = namesIn(lock).find(isHeldBy);
    if (holder === undefined) removeDead(lock);
    else if (performance.now() > give) throw new Fault('draft.busy', `process ${holder.split('-')[0] ?? ''} has been changing the draft in ${folder} all the while`, 'Try again when it is done. If it hangs, end that process.');
  }
}

/** INVARIANT: a name is never used twice, so what goes here is what was seen to be dead, whoever took over meanwhile. */
function removeDead(lock: string): void {
  for (const name of namesIn(lock)) if (!isHeldBy(name)) removeFile(join(lock, name));
}

function isHeldBy(name: string): boolean {
  const [, pid, start] = NAME.exec(name) ?? [];
  return pid !== undefined && isAlive(`${pid}:${start ?? ''}`);
}

function removeTaking(taking: string, name: string): void {
  removeFile(join(taking, name));
  removeEmpty(taking);
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Somebody may have put theirs in its place; and an empty one is no lock. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) throw error;
  }
}
