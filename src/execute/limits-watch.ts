// The watchdog over a run: looks at the whole tree every few dozen milliseconds and says which limit it broke.
// It only looks; the caller kills. Where a control group may be made it puts a run that lasts into one, so that
// the kernel holds it from then on; it goes on counting all the same.
import { readFileSync, readdirSync, statfsSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { LimitHit } from '../model/outcome.ts';
import { NEW_FILES, type Limits } from './limits.ts';
import { dissolveGroup, gatherIntoGroup, groupHits, makeGroup, OWN_PROCESSES, type Group, type GroupPlace } from './limits-cgroup.ts';

export interface Watched {
  /** Process id, outside, of the namespace's init. */
  readonly init: number;
  readonly place: GroupPlace | null;
  readonly limits: Limits;
  /** A folder on the file system that the run may write, or empty when it may write none. */
  readonly disk: string;
}

export interface Watch {
  /** To be called when the tree is gone. @returns limits that the kernel held without ending the run. */
  stop(): Promise<readonly LimitHit[]>;
}

/** Milliseconds. The first look comes soon, since a bomb grows fastest when it starts. */
const FIRST_LOOK = 20;
const PAUSE = 50;
/** Looks before a run counts as lasting: then it makes way for the person's programs and gets a control group, whose use is slow. */
const LOOKS_BEFORE_LASTING = 1;
const NICE = 5;
/** Looking may take one part in this many of a processor. */
const SHARE = 20;
/** Bytes that a run must leave to everyone else. */
const MEMORY_RESERVE = 256 * 1024 * 1024;
const DISK_RESERVE = 256 * 1024 * 1024;
/** More tasks than any limit allows are not walked: the count is past the limit anyway. */
const MOST_WALKED = 20_000;
let pageSize: number | undefined;

/**
 * @param broken called once, with the first limit that is found broken.
 * @param failed called when the control group can't be used: a run doesn't go on without a limit it was promised.
 */
export function watchLimits(watched: Watched, broken: (limit: LimitHit) => void, failed: (error: unknown) => void): Watch {
  const before: Before = { memory: availableMemory(), space: watched.disk === '' ? null : spaceOf(watched.disk) };
  let group: Group | null = null;
  let entering: Promise<void> | undefined;
  let timer = setTimeout(look, FIRST_LOOK);
  let stopped = false;
  let looks = 0;

  function look(): void {
    const start = performance.now();
    const limit = brokenLimit(watched, group, before);
    if (limit !== null) return end(limit);
    if (looks++ === LOOKS_BEFORE_LASTING) {
      makeWay(processTree(watched.init));
      entering = watched.place === null ? undefined : enter(watched.place).catch((error: unknown) => {
        if (!stopped) failed(error);
      });
    }
    timer = setTimeout(look, Math.max(PAUSE, (performance.now() - start) * SHARE));
  }
  function end(limit: LimitHit): void {
    if (stopped) return;
    stopped = true;
    clearTimeout(timer);
    broken(limit);
  }
  async function enter(place: GroupPlace): Promise<void> {
    const { init, limits } = watched;
    group = makeGroup(place, limits);
    const live = (): readonly number[] => (stopped ? [] : processTree(init).filter((pid) => isLive(pid)));
    if (!(await gatherIntoGroup(group, live, limits.processes + OWN_PROCESSES))) end('processes');
  }
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await entering;
      if (group === null) return [];
      const hits = groupHits(group);
      await dissolveGroup(group);
      return hits;
    },
  };
}

/** What was there when the run began. */
interface Before {
  readonly memory: number;
  readonly space: Space | null;
}

interface Space {
  readonly bytes: number;
  readonly files: number;
}

function brokenLimit(watched: Watched, group: Group | null, before: Before): LimitHit | null {
  const { limits, init } = watched;
  const hit = group === null ? undefined : groupHits(group)[0];
  if (hit !== undefined) return hit;
  const pids = processTree(init);
  const uses = pids.map(useOf);
  const tasks = uses.reduce((sum, use) => sum + use.tasks, 0);
  // bubblewrap's init isn't the command's. At the limit the kernel refuses more, so it is hardly ever passed: standing at it counts.
  if (tasks - OWN_PROCESSES >= limits.processes) return 'processes';
  if (group?.memory !== true && memoryBroken(pids, uses, limits.memory, before.memory)) return 'memory';
  if (before.space !== null && diskBroken(pids, watched, before.space)) return 'disk';
  return null;
}

/** What they start from now on inherits it. */
function makeWay(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      setPriority(pid, NICE);
    } catch {
      // It ended, or may not be slowed: a kindness, not a limit.
    }
  }
}

/** Every process below `init`. Orphans belong to init, so none is missed. */
export function processTree(init: number): readonly number[] {
  const found = [init];
  for (let at = 0; at < found.length && found.length < MOST_WALKED; at++) {
    // Of every thread: a child belongs to the thread that made it.
    for (const thread of threadsOf(found[at] ?? 0)) {
      for (const child of readOr(`/proc/${found[at]}/task/${thread}/children`).split(' ')) if (child !== '') found.push(Number(child));
    }
  }
  return found;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Ended processes that nobody has asked after yet can't be moved nor stopped. */
function isLive(pid: number): boolean {
  return birthOf(pid) !== '';
}

/** Tells a living process from a later one with the same id. Empty when it has ended. */
export function birthOf(pid: number): string {
  const fields = statusOf(pid);
  const [state = ''] = fields;
  return ['', 'Z', 'X'].includes(state) ? '' : (fields[19] ?? '');
}

export function parentOf(pid: number): number {
  return Number(statusOf(pid)[1] ?? 0);
}

/** The fields of /proc/PID/stat from the third on. The second, the name, may hold anything, also ") ". */
function statusOf(pid: number): readonly string[] {
  const text = readOr(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

interface Use {
  readonly tasks: number;
  /** Resident bytes, shared pages counted in full. */
  readonly resident: number;
}

function useOf(pid: number): Use {
  const fields = statusOf(pid);
  return { tasks: Number(fields[17] ?? 0), resident: Number(fields[21] ?? 0) * (pageSize ??= findPageSize()) };
}

function memoryBroken(pids: readonly number[], uses: readonly Use[], limit: number, before: number): boolean {
  const resident = uses.reduce((sum, use) => sum + use.resident, 0);
  // Shared pages were counted once for each process: ask for the fair share before ending anything.
  if (resident > limit && pids.reduce((sum, pid) => sum + fairShare(pid), 0) > limit) return true;
  // Memory that no process maps (files in /tmp, memfd) shows only in what is left to everyone.
  return availableMemory() < Math.min(MEMORY_RESERVE, before / 2);
}

/** From the kernel's note to every process (AT_PAGESZ, 6): pairs of 64-bit numbers. */
function findPageSize(): number {
  const notes = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= notes.length; at += 16) if (notes.readBigUInt64LE(at) === 6n) return Number(notes.readBigUInt64LE(at + 8));
  return 4096;
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
  const text = readOr(`/proc/${pid}/io`);
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  // write_bytes knows mapped files but not every file system, wchar the other way round.
  return Math.max(count('write_bytes'), count('wchar'));
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
