// A control group per run: the kernel counts its processes (and with version 2 its memory) and refuses more.
// Found where this process may make one; never made above the place where limits are already set for us.
//
// Moving a process into a group makes the kernel wait for all processors (10 ms here), so a run is moved when
// it has lasted for a moment: most never pay. Until then the watchdog and the kernel's own limit hold it. Root has
// no such limit, and a fork bomb of root's outruns every watchdog: there this process itself goes into a group
// first, once, so that all it starts is counted from its first moment.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemCode } from '../model/fault.ts';
import type { LimitHit } from '../model/outcome.ts';
import type { Limits } from './limits.ts';

export interface GroupPlace {
  readonly version: 1 | 2;
  /** Folder in which a group for a run is made. */
  readonly parent: string;
  readonly memory: boolean;
}

export interface Group {
  readonly path: string;
  readonly version: 1 | 2;
  readonly memory: boolean;
}

const PREFIX = 'pwb-run-';
const HOUSE = 'pwb-house-';
/** Of our own threads, and of what else we start. */
const OWN_TASKS = 256;
/** bubblewrap's own init in the namespace. */
export const OWN_PROCESSES = 1;
const MOVES_PER_LISTING = 8;
const MOVES_PER_PROCESS = 4;
const REMOVE_PAUSE = 5;
const REMOVE_TRIES = 40;
let count = 0;

/**
 * Where groups can be made, best first, from the texts of /proc/self/cgroup and /proc/self/mountinfo. Pure.
 * Version 2: a group with processes can't have children with limits, so the place is beside our own group.
 * Version 1: the pids hierarchy only. Its memory groups outlive a run by their cached pages, so the watchdog does that.
 */
export function groupCandidates(ownGroups: string, mounts: string): readonly GroupPlace[] {
  const points = mounts.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const [, , , root = '', point = ''] = (left ?? '').split(' ');
    const [type = '', , options = ''] = (right ?? '').split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [{ type, root, point, options: options.split(',') }] : [];
  });
  const own = ownGroups.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    return match === null ? [] : [{ controllers: (match[1] ?? '').split(','), path: match[2] ?? '/' }];
  });
  const found: GroupPlace[] = [];
  for (const { controllers, path } of own) {
    if (path.split('/').includes('..')) continue;
    if (controllers[0] === '') {
      const mount = points.find((point) => point.type === 'cgroup2');
      if (mount === undefined) continue;
      const folder = resolve(mount.point, relativeTo(mount.root, path));
      if (folder !== mount.point) found.push({ version: 2, parent: join(folder, '..'), memory: true });
      found.push({ version: 2, parent: folder, memory: true });
    } else if (controllers.includes('pids')) {
      const mount = points.find((point) => point.type === 'cgroup' && point.options.includes('pids'));
      if (mount !== undefined) found.push({ version: 1, parent: resolve(mount.point, relativeTo(mount.root, path)), memory: false });
    }
  }
  return found;
}

/** The first candidate that this process may really use, or null. Reads a few small files. */
export function findGroupPlace(): GroupPlace | null {
  const candidates = groupCandidates(readOr('/proc/self/cgroup'), readOr('/proc/self/mountinfo'));
  for (const place of candidates) {
    if (!mayWrite(place.parent) || !mayWrite(join(place.parent, 'cgroup.procs'))) continue;
    if (place.version === 1) return place;
    const passed = readOr(join(place.parent, 'cgroup.subtree_control')).split(/\s/);
    if (passed.includes('pids')) return { ...place, memory: passed.includes('memory') };
  }
  return null;
}

let housed: Promise<void> | undefined;

/**
 * Puts this process into a group with a ceiling for all that it starts, once. Where the kernel's limit on a user's
 * processes holds (everybody but root) nothing is done.
 * @throws the system's error when it can't be: a run of root's without a ceiling doesn't start.
 */
export function houseOurselves(place: GroupPlace, limits: Limits): Promise<void> {
  if (process.getuid?.() !== 0) return Promise.resolve();
  housed ??= enterHouse(join(place.parent, `${HOUSE}${process.pid}`), 2 * limits.processes + OWN_TASKS);
  return housed;
}

async function enterHouse(path: string, tasks: number): Promise<void> {
  if (!existsSync(path)) mkdirSync(path);
  await writeFile(join(path, 'pids.max'), String(tasks));
  await writeFile(join(path, 'cgroup.procs'), String(process.pid));
}

/** @throws the system's error when the group can't be made: a run without its limit doesn't start. */
export function makeGroup(place: GroupPlace, limits: Limits): Group {
  const path = join(place.parent, `${PREFIX}${process.pid}-${++count}`);
  mkdirSync(path);
  const group: Group = { path, version: place.version, memory: place.memory };
  try {
    writeFileSync(join(path, 'pids.max'), String(limits.processes + OWN_PROCESSES));
    if (place.memory) {
      writeFileSync(join(path, 'memory.max'), String(limits.memory));
      writeIfThere(join(path, 'memory.swap.max'), '0');
      writeIfThere(join(path, 'memory.oom.group'), '1');
    }
  } catch (error) {
    removeGroup(group);
    throw error;
  }
  return group;
}

/**
 * Moves a tree that may be growing. A process that is in passes the group on to its children, so this ends unless
 * the tree forks faster than it can be moved. A move can take 10 ms, so the tree is listed anew every few of them.
 * @param tree lists it, or nothing when it is over. @param most a tree that is larger isn't worth moving.
 * @returns false when it is too large or too fast: that is a bomb.
 */
export async function gatherIntoGroup(group: Group, tree: () => readonly number[], most: number): Promise<boolean> {
  for (let moved = 0; moved <= MOVES_PER_PROCESS * most; ) {
    const live = tree();
    if (live.length > most) return false;
    const inside = new Set(groupMembers(group));
    const outside = live.filter((pid) => !inside.has(pid)).slice(0, MOVES_PER_LISTING);
    if (outside.length === 0) return true;
    for (const pid of outside) {
      moved++;
      await writeFile(join(group.path, 'cgroup.procs'), String(pid)).catch((error: unknown) => {
        if (systemCode(error) !== 'ESRCH') throw error;
      });
    }
  }
  return false;
}

function groupMembers(group: Group): readonly number[] {
  return readOr(join(group.path, 'cgroup.procs')).split('\n').filter((line) => line !== '').map(Number);
}

/** Limits of which the kernel says that it refused something. */
export function groupHits(group: Group): readonly LimitHit[] {
  const hits: LimitHit[] = [];
  if (eventCount(join(group.path, 'pids.events'), 'max') > 0) hits.push('processes');
  if (group.memory && eventCount(join(group.path, 'memory.events'), 'oom_kill') > 0) hits.push('memory');
  return hits;
}

/** A group is empty a moment after its last process ended. If we crash before, the sweep of a later start removes it. */
export async function dissolveGroup(group: Group): Promise<void> {
  for (let attempt = 0; attempt < REMOVE_TRIES && !removeGroup(group); attempt++) {
    await new Promise((resume) => setTimeout(resume, REMOVE_PAUSE));
  }
}

/** @returns false when something still lives in it. */
function removeGroup(group: Pick<Group, 'path'>): boolean {
  try {
    rmdirSync(group.path);
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}

/** Removes groups that crashed processes of ours left behind. One that isn't empty refuses by itself. */
export function sweepGroups(place: GroupPlace): void {
  for (const name of readdirSync(place.parent)) {
    const prefix = [PREFIX, HOUSE].find((one) => name.startsWith(one));
    const pid = prefix === undefined ? 0 : Number(name.slice(prefix.length).split('-')[0]);
    if (pid > 0 && !isAlive(pid)) removeGroup({ path: join(place.parent, name) });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function eventCount(path: string, key: string): number {
  const line = readOr(path).split('\n').find((one) => one.startsWith(`${key} `));
  return line === undefined ? 0 : Number(line.slice(key.length + 1));
}

/** A container sees its groups below a root of its own: the mount's root is cut off the path. */
function relativeTo(root: string, path: string): string {
  if (root === '/' || root === path) return root === path && root !== '/' ? '.' : `.${path}`;
  return path.startsWith(`${root}/`) ? `.${path.slice(root.length)}` : `.${path}`;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function writeIfThere(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EOPNOTSUPP'].includes(systemCode(error))) throw error;
  }
}
