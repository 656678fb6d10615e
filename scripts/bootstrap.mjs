// Installs what is missing, from plain Node ≥ 20.17 with nothing there: the dependencies by the lock file
// (no install script is ever run), a Node 24 among them, and bubblewrap where that is allowed. Never asks.
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBubblewrap } from './bubblewrap.mjs';
import { withLock } from './lock.mjs';
import { bringsNode, findNode, libc } from './node24.mjs';
import { runQuietly } from './quiet.mjs';
import { ROOT } from './root.mjs';
import { Stop, main, say } from './words.mjs';

const STAMP = join(ROOT, 'node_modules/.proworkbench');
const LOCK = join(ROOT, '.setup.lock');

/** @param {{ sandbox?: boolean }} [want] @returns {Promise<string>} the path of a Node 24 that runs here. */
export async function bootstrap({ sandbox = true } = {}) {
  checkOwnNode();
  const wanted = wantedStamp();
  if (read(STAMP) !== wanted) {
    if (!agrees()) await withLock(LOCK, 'installing dependencies', async () => { if (!agrees()) await install(); });
    stamp(wanted);
  }
  const node = findNode();
  if (sandbox) await ensureBubblewrap();
  return node;
}

function checkOwnNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 17)) throw new Stop(`the set-up needs Node 20.17 or newer; this is ${process.version}`, 'install a newer Node (24 is best) and try again');
  if (!bringsNode() && major < 24) findNode();
}

/** The stamp is what node_modules was made from and for. */
function wantedStamp() {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** Only saves the longer look: where it can't be written (root's checkout, a user's start) that look is taken again. */
function stamp(text) {
  try {
    writeFileSync(STAMP, text);
  } catch {
    // As said: the longer look is taken again.
  }
}

/** True when node_modules is just what the lock file says, whoever made it. */
function agrees() {
  const made = packagesOf(join(ROOT, 'node_modules/.package-lock.json'));
  const locked = packagesOf(join(ROOT, 'package-lock.json'));
  if (made === null || locked === null) return false;
  const names = Object.keys(locked).filter((name) => name !== '');
  return names.every((name) => {
    const there = made[name];
    if (there === undefined) return locked[name].optional === true && !suits(locked[name]);
    return there.version === locked[name].version && there.integrity === locked[name].integrity && existsSync(join(ROOT, name, 'package.json'));
  });
}

const suits = (/** @type {{ os?: string[], cpu?: string[], libc?: string[] }} */ entry) => [[entry.os, process.platform], [entry.cpu, process.arch], [entry.libc, libc()]].every(([list, mine]) => list === undefined || list.includes(mine));

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

async function install() {
  say('Installing dependencies (about ten seconds, 250 MB)…');
  rmSync(STAMP, { force: true });
  const cache = usableCache();
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') && existsSync(process.env.npm_execpath) ? [process.execPath, process.env.npm_execpath] : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  // NODE_ENV=production would leave out the bundler; a proxy's silence would be waited for for minutes.
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev', '--include=optional', '--no-progress', '--loglevel=error', '--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=3000', ...(cache === null ? [] : ['--cache', cache])];
  try {
    const { code, output } = await runQuietly([...npm, ...flags], { cwd: ROOT });
    if (code !== 0) throw whyNot(output);
  } finally {
    if (cache !== null) rmSync(cache, { recursive: true, force: true });
  }
}

/** npm fails where its cache can't be written (a service's user, HOME=/nonexistent): give it one for the while. */
function usableCache() {
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
  say(output.trim());
  const [, words = '`npm ci` failed', next = 'read what npm said above, mend it and try again'] = REASONS.find(([pattern]) => pattern.test(output)) ?? [];
  return new Stop(`the dependencies weren't installed: ${words}`, next);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

if (process.argv[1] === join(ROOT, 'scripts/bootstrap.mjs')) {
  await main(async () => {
    await bootstrap({ sandbox: !process.argv.includes('--no-sandbox') });
    return 0;
  });
}
