// Installs the optional inference engine into engine/, by its own lock file and without any install script,
// when it isn't there just so. The tests use it; a person who wants to run GGUF files may. From Node ≥ 20.17.
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { installLocked, isInstalled } from './npm.mjs';
import { ROOT } from './root.mjs';
import { main, say } from './words.mjs';

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
  if (agrees()) return true;
  await withLock(join(ENGINE, '.setup.lock'), 'installing the engine', async () => {
    if (agrees()) return;
    say('Installing the inference engine (about ten seconds, 85 MB)…');
    await installLocked(ENGINE, ['--omit=optional']);
  });
  return true;
}

/** True when engine/node_modules holds just what the lock file names, its optional packages left out. */
function agrees() {
  return isInstalled(ENGINE, { optional: false });
}

if (process.argv[1] === join(ROOT, 'scripts/engine.mjs')) {
  await main(async () => {
    if (await ensureEngine()) say('The inference engine is installed.');
    return 0;
  });
}
