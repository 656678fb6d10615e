// The watchdog over a run: looks at the whole tree every few dozen milliseconds and says which limit it broke.
// It only looks; the caller kills. Where a control group counts, it asks the group; else it counts by itself.
import { readFileSync, statfsSync } from 'node:fs';
import type { LimitHit } from '../model/outcome.ts';
import { NEW_FILES, type Limits } from './limits.ts';
import { groupHits, groupMembers, type Group } from './limits-cgroup.ts';

export interface Watched {
  /** Process id, outside, of the namespace's init. */
  readonly init: number;
  readonly group: Group | null;
  readonly limits: Limits;
  /** A folder on the file system that the run may write, or empty when it may write none. */
  readonly disk: string;
}

/** Milliseconds. The first look comes soon, since a bomb grows fastest when it starts. */
const FIRST_LOOK = 20;
const PAUSE = 50;
/** Looking may take one part in this many of a processor. */
const SHARE = 20;
/** Bytes that a run must leave to everyone else. */
const MEMORY_RESERVE = 256 * 1024 * 1024;
const DISK_RESERVE = 256 * 1024 * 1024;
const PAGE = 4096;
/** More tasks than any limit allows are not walked: the count is past the limit anyway. */
const MOST_WALKED = 20_000;

/** Calls `broken` once, with the first limit that is found broken. @returns a function that stops the watch. */
export function watchLimits(watched: Watched, broken: (limit: LimitHit) => void): () => void {
  const before = watched.disk === '' ? null : spaceOf(watched.disk);
  let timer = setTimeout(look, FIRST_LOOK);
  let stopped = false;
  function look(): void {
    if (stopped) return;
    const start = performance.now();
    const limit = brokenLimit(watched, before);
    if (limit !== null) {
      stopped = true;
      broken(limit);
      return;
    }
    timer = setTimeout(look, Math.max(PAUSE, (performance.now() - start) * SHARE));
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

interface Space {
  readonly bytes: number;
  readonly files: number;
}

function brokenLimit(watched: Watched, before: Space | null): LimitHit | null {
  const { group, limits, init } = watched;
  if (group !== null) {
    const hits = groupHits(group);
    if (hits.processes) return 'processes';
    if (hits.memory) return 'memory';
  }
  const pids = group === null ? processTree(init) : groupMembers(group);
  const uses = pids.map(useOf);
  const tasks = uses.reduce((sum, use) => sum + use.tasks, 0);
  if (group === null && tasks > limits.processes) return 'processes';
  if (group?.memory !== true && memoryBroken(pids, uses, limits.memory)) return 'memory';
  if (before !== null && diskBroken(pids, watched, before)) return 'disk';
  return null;
}

/** Every process below `init`. Orphans belong to init, so none is missed. */
export function processTree(init: number): readonly number[] {
  const found = [init];
  for (let at = 0; at < found.length && found.length < MOST_WALKED; at++) {
    const pid = found[at];
    for (const child of readOr(`/proc/${pid}/task/${pid}/children`).split(' ')) if (child !== '') found.push(Number(child));
  }
  return found;
}

interface Use {
  readonly tasks: number;
  /** Resident bytes, shared pages counted in full. */
  readonly resident: number;
}

function useOf(pid: number): Use {
  // The name in the second field may hold anything, also ") ": fields are counted from its last bracket.
  const text = readOr(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { tasks: Number(fields[17] ?? 0), resident: Number(fields[21] ?? 0) * PAGE };
}

function memoryBroken(pids: readonly number[], uses: readonly Use[], limit: number): boolean {
  const resident = uses.reduce((sum, use) => sum + use.resident, 0);
  // Shared pages were counted once for each process: ask for the fair share before ending anything.
  if (resident > limit && pids.reduce((sum, pid) => sum + fairShare(pid), 0) > limit) return true;
  // Memory that no process maps (memfd, shared memory) shows only in what is left to everyone. A run that holds little isn't to blame.
  return resident > MEMORY_RESERVE / 4 && availableMemory() < MEMORY_RESERVE;
}

function fairShare(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readOr(`/proc/${pid}/smaps_rollup`));
  return match === null ? 0 : Number(match[1]) * 1024;
}

function availableMemory(): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readOr('/proc/meminfo'));
  return match === null ? Infinity : Number(match[1]) * 1024;
}

function diskBroken(pids: readonly number[], watched: Watched, before: Space): boolean {
  const now = spaceOf(watched.disk);
  const lost = before.bytes - now.bytes;
  if (before.files - now.files > NEW_FILES) return true;
  const full = now.bytes < Math.min(DISK_RESERVE, before.bytes / 2);
  if (lost <= watched.limits.disk && !full) return false;
  // Others use the same disk: only a run that wrote as much itself is to blame. Children that ended count in their parents.
  const written = pids.reduce((sum, pid) => sum + writtenBy(pid), 0);
  return written > (full ? Math.min(watched.limits.disk, lost / 2) : watched.limits.disk);
}

function writtenBy(pid: number): number {
  const match = /^write_bytes: (\d+)/m.exec(readOr(`/proc/${pid}/io`));
  return match === null ? 0 : Number(match[1]);
}

function spaceOf(path: string): Space {
  try {
    const { bavail, bsize, ffree } = statfsSync(path);
    return { bytes: bavail * bsize, files: ffree };
  } catch {
    // The workspace vanished: nothing can be written there any more.
    return { bytes: Infinity, files: Infinity };
  }
}

/** A process that ended between two looks reads as nothing. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
