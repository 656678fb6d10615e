// Programs that come from the system's packages: installed where that is allowed (root on Debian and its kin), else
// one exact command is printed and the rest goes on without them. Never asks, never for long.
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './quiet.mjs';
import { ROOT } from './root.mjs';
import { say } from './words.mjs';

const AGAIN = 60 * 60_000; // milliseconds until a failed installation is tried again

/**
 * @param {string} program that must be there afterwards
 * @param {readonly string[]} packages
 * @param {string} what it is, for people
 * @param {string} without what is left out when it isn't there
 * @param {number} [longest] milliseconds
 */
export async function ensurePackage(program, packages, what, without, longest = 120_000) {
  if (process.platform !== 'linux' || isInPath(program)) return;
  const names = packages.join(' ');
  if (!isInPath('apt-get')) return say(`${what} is missing: install the package \`${packages[0]}\` of your system. ${without}`);
  if (process.getuid?.() !== 0) return say(`${what} is missing. To install it: sudo apt-get install -y ${names}\n${without}`);
  if (!(await installed(program, packages, what, longest))) say(`${what} is missing and couldn't be installed. To try it yourself: apt-get install -y ${names}\n${without}`);
}

async function installed(program, packages, what, longest) {
  const tried = join(ROOT, `node_modules/.proworkbench-apt-${program}`);
  if (Date.now() - Number(existsSync(tried) ? readFileSync(tried, 'utf8') : '0') < AGAIN) return false;
  say(`Installing: ${what}…`);
  const apt = (/** @type {string[]} */ ...args) => runQuietly(['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=30', '-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::Retries=1', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: longest });
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  // A fresh image has no package lists: the first try fails at once, and is cheap when there are some.
  if ((await install()).code !== 0) {
    await apt('update');
    await install();
  }
  if (isInPath(program)) return true;
  writeFileSync(tried, String(Date.now()));
  return false;
}

/** @param {string} name */
export function isInPath(name) {
  return `${process.env.PATH ?? ''}:/usr/bin:/usr/sbin`.split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
