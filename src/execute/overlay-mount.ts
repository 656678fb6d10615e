// A mount of layers over a workspace, or of a copy in its place, in name spaces of its own that nobody else sees. A small
// shell holds them open until its input ends, so they can't outlive this process. It refuses what the kernel would cut in silence.
import { spawn, type ChildProcess } from 'node:child_process';
import { statSync, symlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';

export interface Layers {
  /** A private folder: gets the links by which the layers are named. Its name doesn't matter to the kernel. */
  readonly folder: string;
  /** Lower layers, topmost first; the last is the workspace. Absolute, links resolved. */
  readonly lower: readonly string[];
  /** Takes what is written, with its work folder. Without them the mount can only be read. */
  readonly upper?: { readonly path: string; readonly work: string };
  /** Where it is mounted. */
  readonly at: string;
  /** Where the lower layers from this one on are to be seen besides, read-only. At least two. */
  readonly base?: { readonly at: string; readonly from: number };
}

export interface Mounted {
  /** What starts a program in there. */
  readonly enter: readonly string[];
  /** A path of there, as this process can look at it. Links on the way lead back out, so they must not be followed. */
  seen(path: string): string;
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** The kernel takes one page of options and drops what is beyond. */
const MOST_LAYERS = 200;
const PLACES = ['/usr/bin', '/bin', '/usr/local/bin', '/run/current-system/sw/bin'];
const MOST_WORDS = 4096;
const READY = 'mounted';
/** Fixed words; what varies comes as arguments. `read` waits for the end of the input, which is our end. */
const HOLD = `[ -z "$4" ] || "$1" -i -c -n -t overlay overlay -o "$4" "$5" || exit 1; "$1" -i -c -n -t overlay overlay -o "$2" "$3" || exit 1; echo ${READY}; read -r _`;
const HOLD_BIND = `"$1" -i -c -n --bind "$2" "$3" || exit 1; echo ${READY}; read -r _`;

/** @throws `overlay.layers` when there are too many, `overlay.mount` when it can't be mounted, with the system's words. */
export async function mountLayers(layers: Layers): Promise<Mounted> {
  const { folder, lower, upper, at, base } = layers;
  if (lower.length > MOST_LAYERS) throw new Fault('overlay.layers', `${lower.length} layers are too many for one mount: ${MOST_LAYERS} is the most`, 'Commit or drop some of the draft.');
  // Short names of our own: `:`, `,` and `\` in a path would need escapes, and long paths would fill the page.
  lower.forEach((path, index) => symlinkSync(path, join(folder, String(index))));
  const from = (first: number): string => `lowerdir=${lower.map((_, index) => String(index)).slice(first).join(':')},userxattr`;
  const writes = upper === undefined ? '' : `,upperdir=${shortName(folder, upper.path)},workdir=${shortName(folder, upper.work)},volatile`;
  const besides = base === undefined ? ['', ''] : [from(base.from), base.at];
  return hold(folder, [HOLD, 'sh', findProgram('mount'), `${from(0)}${writes}`, at, ...besides]);
}

/** Shows a folder at another place too; what is mounted in it isn't shown. @throws `overlay.mount`. */
export async function mountInPlace(folder: string, at: string): Promise<Mounted> {
  return hold('/', [HOLD_BIND, 'sh', findProgram('mount'), folder, at]);
}

async function hold(cwd: string, script: readonly string[]): Promise<Mounted> {
  const words = ['-U', '-r', '-m', '--', '/bin/sh', '-c', ...script];
  const child = spawn(findProgram('unshare'), words, { stdio: ['pipe', 'pipe', 'pipe'], env: { LC_ALL: 'C' }, cwd, detached: true });
  await ready(child);
  // A view that waits for its run is no reason for this process to stay; with us its input ends, and so does it.
  for (const held of [child, ...child.stdio]) if (held instanceof Socket || held === child) held.unref();
  const pid = child.pid ?? 0;
  return {
    enter: [findProgram('nsenter'), '--target', String(pid), '--user', '--mount', '--preserve-credentials', '--wd=/', '--'],
    seen: (path) => `/proc/${pid}/root${path}`,
    close: () => close(child),
  };
}

function shortName(folder: string, path: string): string {
  if (!path.startsWith(`${folder}/`)) throw new Fault('overlay.layers', `${path} does not lie in ${folder}`);
  return path.slice(folder.length + 1);
}

/** @throws `overlay.mount` when it isn't installed where only root can have put it. */
export function findProgram(name: string): string {
  for (const place of PLACES) {
    const path = join(place, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && stat.isFile() && stat.uid === 0 && (stat.mode & 0o022) === 0) return path;
  }
  throw new Fault('overlay.mount', `${name} is not installed`, 'sudo apt-get install util-linux');
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    const fail = (why: string): void => reject(new Fault('overlay.mount', `the view of the workspace can't be mounted: ${why}`, 'Run "pwb doctor" to see what is missing.'));
    child.once('error', (error) => fail(wordsOf(error)));
    child.once('close', () => fail(words.trim().slice(0, 500) || 'mount said nothing'));
    const hear = (chunk: Uint8Array): void => {
      if (words.length < MOST_WORDS) words += Buffer.from(chunk).toString('utf8');
      if (words.includes(`${READY}\n`)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
  });
}

async function close(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
}
