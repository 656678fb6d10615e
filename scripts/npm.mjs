// npm, as the set-up uses it: a clean installation by a lock file, no install script ever, its noise kept for
// when it fails, and then words for why. And the look that saves calling it.
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { libc } from './node24.mjs';
import { runQuietly } from './quiet.mjs';
import { Stop, say } from './words.mjs';

// A registry that doesn't answer isn't waited for for minutes; NODE_ENV=production doesn't leave out the bundler.
const FLAGS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--no-progress', '--loglevel=error', '--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=3000'];

/** Installs the folder's lock file, or stops with words. @param {string} folder @param {readonly string[]} more flags */
export async function installLocked(folder, more) {
  const own = process.env.npm_execpath;
  const npm = own?.endsWith('npm-cli.js') && existsSync(own) ? [process.execPath, own] : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  const cache = ownCache();
  try {
    const { code, output } = await runQuietly([...npm, ...FLAGS, ...more, ...(cache === null ? [] : ['--cache', cache])], { cwd: folder });
    if (code !== 0) throw whyNot(output);
  } finally {
    if (cache !== null) rmSync(cache, { recursive: true, force: true });
  }
}

/** True when node_modules is just what the lock file says, whoever made it. @param {string} folder @param {{ optional: boolean }} want whether optional packages are */
export function isInstalled(folder, { optional }) {
  const made = packagesOf(join(folder, 'node_modules/.package-lock.json'));
  const locked = packagesOf(join(folder, 'package-lock.json'));
  if (made === null || locked === null) return false;
  return Object.entries(locked).every(([name, entry]) => {
    if (name === '') return true;
    const there = made[name];
    if (there === undefined) return entry.optional === true && !(optional && suits(entry));
    return there.version === entry.version && there.integrity === entry.integrity && existsSync(join(folder, name, 'package.json'));
  });
}

/** By the fields `os`, `cpu` and `libc` of a lock file's entry. */
const suits = (entry) => [[entry.os, process.platform], [entry.cpu, process.arch], [entry.libc, libc()]].every(([list, mine]) => list === undefined || list.includes(mine));

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** npm fails where its cache can't be written (a service's user, HOME=/nonexistent): then one for the while; null when the usual one will do. */
function ownCache() {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm');
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return mkdtempSync(join(tmpdir(), 'pwb-npm-'));
  }
}

const REASONS = [
  [/^ENOENT: npm/m, 'npm is missing', 'install npm (it comes with Node) and try again'],
  [/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR/, "the package registry can't be reached", 'connect to the network (or check the proxy and registry settings of npm) and try again'],
  [/ENOSPC/, 'the disk is full', 'free about 400 MB and try again'],
  [/EINTEGRITY/, "a downloaded package isn't the one that the lock file names; nothing of it was used", 'run `npm cache verify` and try again; if it stays so, the registry or a proxy alters packages'],
  [/EACCES|EPERM|EROFS/, "a file can't be written", 'make this folder and the cache of npm writable for you, and try again'],
  [/E404|ETARGET|ENOVERSIONS/, 'the registry lacks a package', 'check the registry settings of npm and try again'],
  [/EUSAGE|EJSONPARSE/, "package.json and package-lock.json don't fit each other", 'take both from the same commit (`git status`) and try again'],
];

function whyNot(output) {
  const reason = REASONS.find(([pattern]) => pattern.test(output));
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^npm error\s*$|^npm error (\s+at |\s+[\w']+: |\}|$)/.test(line));
  say(lines.slice(0, reason === undefined ? 40 : 5).join('\n'));
  const [, words, next] = reason ?? [null, '`npm ci` failed', 'read what npm said above, mend it and try again'];
  return new Stop(`not installed: ${words}`, next);
}
