// The sandbox comes from the system's packages. Installed where that is allowed (root on Debian and its kin);
// else one exact command is printed and the rest goes on without it. Never asks, never for long.
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './quiet.mjs';
import { ROOT } from './root.mjs';
import { say } from './words.mjs';

const TRIED = join(ROOT, 'node_modules/.proworkbench-apt');
const AGAIN = 60 * 60_000; // milliseconds until a failed installation is tried again
const LONGEST = 120_000;
const WITHOUT = 'Without it nothing that starts a process is offered; the rest works.';

export async function ensureBubblewrap() {
  if (process.platform !== 'linux' || isInPath('bwrap')) return;
  if (!isInPath('apt-get')) return say(`The sandbox (bubblewrap) is missing: install the package \`bubblewrap\` of your system. ${WITHOUT}`);
  if (process.getuid?.() !== 0) return say(`The sandbox is missing. To install it: sudo apt-get install -y bubblewrap\n${WITHOUT}`);
  if (!(await installed())) say(`The sandbox is missing and couldn't be installed. To try it yourself: apt-get install -y bubblewrap\n${WITHOUT}`);
}

async function installed() {
  if (Date.now() - Number(triedAt()) < AGAIN) return false;
  say('Installing the sandbox (bubblewrap)…');
  const apt = (/** @type {string[]} */ ...args) => runQuietly(['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=30', '-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::Retries=1', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: LONGEST });
  const install = () => apt('install', '-y', '--no-install-recommends', 'bubblewrap');
  // A fresh image has no package lists: the first try fails at once, and is cheap when there are some.
  if ((await install()).code !== 0) {
    await apt('update');
    await install();
  }
  if (isInPath('bwrap')) return true;
  writeFileSync(TRIED, String(Date.now()));
  return false;
}

function triedAt() {
  return existsSync(TRIED) ? readFileSync(TRIED, 'utf8') : '0';
}

/** @param {string} name */
function isInPath(name) {
  return `${process.env.PATH ?? ''}:/usr/bin:/usr/sbin`.split(':').some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
