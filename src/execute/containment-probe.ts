// Tries bubblewrap out, in words that a person can act on. What it tries is exactly what a run will use, so a
// machine that lets a part fail has no sandbox, instead of a weaker one.
import { statSync } from 'node:fs';
import { systemCode, wordsOf } from '../model/fault.ts';

export interface Bubblewrap {
  readonly path: string;
  readonly version: string;
}

export type Probed = { readonly works: true; readonly bwrap: Bubblewrap } | { readonly works: false; readonly why: string; readonly fix: string };

/** Fixed places: the person's PATH may be led by a workspace. */
const PLACES = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap', '/run/current-system/sw/bin/bwrap'];
const OLDEST = [0, 8] as const;
const PROBE_TIME = 10_000;
export const INSTALL = 'sudo apt-get install bubblewrap';

/** What every run gets, whatever it may see. Namespaces can't be nested, so no capability can be had again inside. */
export const ISOLATION: readonly string[] = [
  '--unshare-all', '--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000', '--hostname', 'sandbox',
  '--die-with-parent', '--new-session', '--cap-drop', 'ALL',
];

/** @returns the path of a bubblewrap that only root (or this person) can have put there, or null. */
export function findBubblewrap(): { readonly path: string; readonly stamp: string } | null {
  for (const path of PLACES) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || (stat.mode & 0o022) !== 0) continue;
    if (stat.uid !== 0 && stat.uid !== process.getuid?.()) continue;
    return { path, stamp: `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.mode}` };
  }
  return null;
}

/** Starts bubblewrap twice (about 10 ms). Never throws for a sandbox that doesn't work. */
export async function probeBubblewrap(path: string): Promise<Probed> {
  const told = await tryOut(path, ['--version']);
  const version = /\d+(\.\d+)+/.exec(told.text)?.[0] ?? '';
  if (told.exit !== 0 || version === '') return { works: false, why: `${path} doesn't start: ${firstLine(told.text)}`, fix: INSTALL };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return { works: false, why: `bubblewrap ${version} is too old: ${OLDEST.join('.')} is the first that can forbid namespaces inside the sandbox`, fix: 'Install bubblewrap 0.8 or later (Debian 12, Ubuntu 24.04, Fedora 38 have it).' };
  }
  const run = await tryOut(path, [...ISOLATION, '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--remount-ro', '/proc', '--', '/bin/sh', '-c', 'exit 0']);
  return run.exit === 0 ? { works: true, bwrap: { path, version } } : { works: false, why: `bubblewrap can't build a sandbox here: ${firstLine(run.text)}`, fix: fixFor(run.text) };
}

/** The person's next step for what bubblewrap said. */
export function fixFor(text: string): string {
  if (/apparmor|uid map: Permission denied|Failed RTM_NEWADDR|loopback/i.test(text)) {
    return 'Let bubblewrap make user namespaces: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), or give it an AppArmor profile.';
  }
  if (/new namespace|No space left|user namespaces?/i.test(text)) {
    return 'Let ordinary users make user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000';
  }
  if (/proc/i.test(text)) return 'In a container, start it so that /proc can be mounted (docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined).';
  return `Run "bwrap --unshare-all --ro-bind / / true" to see what is missing, or: ${INSTALL}`;
}

async function tryOut(path: string, args: readonly string[]): Promise<{ readonly exit: number | null; readonly text: string }> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: '/usr/bin:/bin' }, cwd: '/', detached: true });
    const chunks: Uint8Array[] = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_TIME);
    child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ exit: null, text: systemCode(error) === 'ENOENT' ? 'it is not there' : wordsOf(error) });
    });
    child.on('close', (exit) => {
      clearTimeout(timer);
      resolve({ exit, text: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.slice(0, 300) || 'it said nothing';
}
