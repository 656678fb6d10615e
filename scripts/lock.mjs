// One at a time: a lock file that holds its owner's process id and start time, so that a dead owner's lock
// is taken over and a re-used process id isn't mistaken for the owner.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stop, say } from './words.mjs';

const PATIENCE = 10 * 60_000; // milliseconds: longer than the slowest honest install
const GUARD = 10_000; // milliseconds

/** Runs `body` while holding the lock file `path`. @param {string} path @param {string} what words for the wait @param {() => Promise<T>} body @template T @returns {Promise<T>} */
export async function withLock(path, what, body) {
  const mine = `${process.pid} ${startOf(process.pid)}`;
  const until = Date.now() + PATIENCE;
  for (let told = false; !take(path, mine); told = true) {
    if (!told) say(`Waiting: another process is ${what}.`);
    if (Date.now() > until) throw new Stop(`another process has been ${what} for ten minutes`, `end it, or if there is none, remove ${path}`);
    await sleep(100);
  }
  try {
    return await body();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path, mine) {
  try {
    writeFileSync(path, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM') throw new Stop(`this folder can't be written (${error.code}: ${path})`, 'use a copy of the checkout in a folder of your own, or run as its owner');
    if (error.code === 'ENOSPC') {
      rmSync(path, { force: true }); // made, but without its owner's name
      throw new Stop('the disk is full', 'free some space (about 400 MB are needed) and try again');
    }
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = read(path);
  if (owner === null || isAlive(owner)) return false;
  removeDead(path, owner);
  return false;
}

/**
 * Two waiters may both see a dead owner, and the slower one would remove the quicker one's new lock: so a folder,
 * which only one can make, guards the second look and the removal.
 */
function removeDead(path, owner) {
  const guard = `${path}.dead`;
  try {
    mkdirSync(guard);
  } catch {
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > GUARD) rmSync(guard, { recursive: true, force: true }); // its maker was killed in these few lines
    return;
  }
  if (read(path) === owner) rmSync(path, { force: true });
  rmSync(guard, { recursive: true, force: true });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function isAlive(owner) {
  const [pid, start] = owner.split(' ');
  if (pid === undefined || start === undefined) return true; // being written this moment
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startOf(Number(pid)) === start;
}

/** Start time in clock ticks since boot (proc(5), stat field 22); '-' where there is no /proc. */
function startOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}
