// What holds a run on this machine, found out and said plainly. Where the sandbox isn't whole there is none:
// nothing that starts a process is offered then. It never falls back to a weaker sandbox in silence.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { wordsOf } from '../model/fault.ts';
import { prepareFolder, type ContainmentFolder } from './containment-folder.ts';
import { findBubblewrap, INSTALL, probeBubblewrap, type Bubblewrap, type Probed } from './containment-probe.ts';
import { countsApart } from './sandbox-inner.ts';
import { findGroupPlace, sweepGroups, type GroupPlace } from './limits-cgroup.ts';

export interface Containment {
  readonly sandbox: 'bwrap' | 'none';
  /** In words: what holds a run, or why nothing does. */
  readonly why: string;
  readonly bwrap?: Bubblewrap;
  /** Who counts processes: the kernel by a control group, or the watchdog (beside the kernel's own limit, which holds all but root). */
  readonly processes: 'cgroup-v2' | 'cgroup-v1' | 'watchdog' | 'none';
  readonly memory: 'cgroup-v2' | 'watchdog' | 'none';
  /** True when the system-call filter fits this machine. */
  readonly filter: boolean;
  readonly checks: readonly Check[];
  /** For this room only. */
  readonly folder?: ContainmentFolder;
  readonly group?: GroupPlace;
}

/** One line of `pwb doctor`. */
export interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix?: string;
}

export interface FindOptions {
  /** Where the slow part's result is kept (about 10 ms saved on the next start). Its folder gets a `sandbox` folder beside it. */
  readonly cacheFile?: string;
  /** Tries everything again. */
  readonly fresh?: boolean;
}

const VERSION = 1;
const known = new Map<string, Promise<Containment>>();

/** Asked once per process and cache file; later calls get the same answer unless `fresh`. */
export function findContainment(options: FindOptions = {}): Promise<Containment> {
  const key = options.cacheFile ?? '';
  const before = known.get(key);
  if (before !== undefined && options.fresh !== true) return before;
  const found = find(options);
  known.set(key, found);
  return found;
}

async function find(options: FindOptions): Promise<Containment> {
  if (process.platform !== 'linux') return none(`bubblewrap runs on Linux only, this is ${process.platform}`, 'Use Linux, or WSL 2 on Windows, to run commands.');
  const found = findBubblewrap();
  if (found === null) return none('bubblewrap is not installed', INSTALL);
  const probed = await probeOnce(found, options);
  if (!probed.works) return none(probed.why, probed.fix);
  let folder: ContainmentFolder;
  try {
    folder = prepareFolder(options.cacheFile === undefined ? undefined : dirname(options.cacheFile));
  } catch (error) {
    return none(`the sandbox's own files can't be made: ${wordsOf(error)}`, 'Check that the state folder is yours and has room.');
  }
  return held(probed.bwrap, folder);
}

function held(bwrap: Bubblewrap, folder: ContainmentFolder): Containment {
  const group = findGroupPlace();
  if (group !== null) sweepQuietly(group);
  const processes = group === null ? 'watchdog' : group.version === 2 ? 'cgroup-v2' : 'cgroup-v1';
  const memory = group?.memory === true ? 'cgroup-v2' : 'watchdog';
  const filter = folder.filter !== '';
  const checks: Check[] = [
    { id: 'sandbox', status: 'ok', detail: `bubblewrap ${bwrap.version} at ${bwrap.path}: no network, private home, workspace only` },
    filter
      ? { id: 'sandbox.filter', status: 'ok', detail: 'a system-call filter refuses mounts, keys, kernel modules, io_uring and sockets of unusual families' }
      : { id: 'sandbox.filter', status: 'warn', detail: `no system-call filter is written for ${process.arch}: namespaces and dropped capabilities hold a run alone` },
    processesCheck(group),
    memory === 'watchdog'
      ? { id: 'limits.memory', status: 'warn', detail: 'summed by the watchdog every 50 ms: a run can be past its limit for that long' }
      : { id: 'limits.memory', status: 'ok', detail: 'held by the kernel (cgroup-v2)' },
    { id: 'limits.disk', status: 'ok', detail: 'largest file held by the kernel, growth of the workspace watched every 50 ms, /tmp and home of fixed size' },
  ];
  const why = `bubblewrap ${bwrap.version}; processes: ${processes}; memory: ${memory}`;
  return { sandbox: 'bwrap', why, bwrap, processes, memory, filter, checks, folder, ...(group === null ? {} : { group }) };
}

function processesCheck(group: GroupPlace | null): Check {
  const id = 'limits.processes';
  if (group !== null) return { id, status: 'ok', detail: `held by the kernel in a control group (version ${group.version}, at ${group.parent}) once a run lasts 70 ms, watched from the start; what root starts is in a group with a ceiling from its first moment` };
  if (process.getuid?.() !== 0 && countsApart()) return { id, status: 'ok', detail: "held by the kernel (each run's own process limit), watched every 50 ms" };
  return { id, status: 'warn', detail: 'counted by the watchdog every 50 ms: no control group may be made here', fix: 'Start it in a delegated unit to have the kernel count: systemd-run --user --scope -p Delegate=yes pwb start' };
}

/** What a crash left behind costs a little memory and no safety: a folder that can't be listed is no reason to have no sandbox. */
function sweepQuietly(group: GroupPlace): void {
  try {
    sweepGroups(group);
  } catch {
    return;
  }
}

function none(why: string, fix: string): Containment {
  return { sandbox: 'none', why, processes: 'none', memory: 'none', filter: false, checks: [{ id: 'sandbox', status: 'fail', detail: `${why}; commands can't be run`, fix }] };
}

/** Only a success is kept: what fails may have been put right since. */
async function probeOnce(found: { readonly path: string; readonly stamp: string }, options: FindOptions): Promise<Probed> {
  const key = [VERSION, found.path, found.stamp, release(), process.getuid?.() ?? -1, ...['kernel/apparmor_restrict_unprivileged_userns', 'kernel/unprivileged_userns_clone', 'user/max_user_namespaces'].map(setting)].join('|');
  const version = options.fresh === true || options.cacheFile === undefined ? '' : readCache(options.cacheFile, key);
  if (version !== '') return { works: true, bwrap: { path: found.path, version } };
  const probed = await probeBubblewrap(found.path);
  if (probed.works && options.cacheFile !== undefined) writeCache(options.cacheFile, key, probed.bwrap.version);
  return probed;
}

function readCache(file: string, key: string): string {
  try {
    const [kept = '', version = ''] = readFileSync(file, 'utf8').split('\n');
    return kept === key ? version : '';
  } catch {
    return '';
  }
}

function writeCache(file: string, key: string, version: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${key}\n${version}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // A cache that can't be written costs 10 ms at each start; a full or read-only disk is reported where it matters.
  }
}

function setting(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return '-';
  }
}
