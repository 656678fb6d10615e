// Installs the optional inference engine into engine/, by its own lock file and without any install script,
// when it isn't there just so. The tests use it; a person who wants to run GGUF files may. From Node ≥ 20.17.
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { runQuietly } from './quiet.mjs';
import { ROOT } from './root.mjs';
import { Stop, main, say } from './words.mjs';

const ENGINE = join(ROOT, 'engine');
/** The platform that the lock file has a prebuilt engine for. */
const LOCKED = 'linux-x64';

/** @returns {Promise<boolean>} false where the lock file has no engine for this platform; throws Stop when it can't be installed. */
export async function ensureEngine() {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== LOCKED) {
    say(`The inference engine of the tests is locked for ${LOCKED} only, not for ${platform}: its tests are left out.`);
    return false;
  }
  if (!agrees()) {
    await withLock(join(ENGINE, '.setup.lock'), 'installing the engine', async () => {
      if (!agrees()) await install();
    });
  }
  return true;
}

/** True when engine/node_modules holds just what the lock file names. */
function agrees() {
  const locked = packagesOf(join(ENGINE, 'package-lock.json'));
  const made = packagesOf(join(ENGINE, 'node_modules/.package-lock.json'));
  if (locked === null || made === null) return false;
  return Object.entries(locked).every(([name, { version, integrity, optional }]) => {
    if (name === '' || optional === true) return true;
    return made[name]?.version === version && made[name].integrity === integrity && existsSync(join(ENGINE, name, 'package.json'));
  });
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

async function install() {
  say('Installing the inference engine (about ten seconds, 85 MB)…');
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const cache = cacheOfOurs();
  const flags = ['ci', '--omit=optional', '--include=prod', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error', '--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=3000'];
  try {
    const { code, output } = await runQuietly([...npm, ...flags, ...(cache === null ? [] : ['--cache', cache])], { cwd: ENGINE });
    if (code === 0) return;
    say(output.trim());
    throw new Stop("the inference engine wasn't installed", 'read what npm says above, mend it, and run `npm run engine` again; all but GGUF files works without it');
  } finally {
    if (cache !== null) rmSync(cache, { recursive: true, force: true });
  }
}

/** npm fails where its cache can't be written; null when the usual one can. */
function cacheOfOurs() {
  const usual = process.env.npm_config_cache ?? join(homedir(), '.npm');
  try {
    mkdirSync(usual, { recursive: true });
    accessSync(usual, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return mkdtempSync(join(tmpdir(), 'pwb-npm-'));
  }
}

if (process.argv[1] === join(ROOT, 'scripts/engine.mjs')) {
  await main(async () => {
    if (await ensureEngine()) say('The inference engine is installed.');
    return 0;
  });
}
