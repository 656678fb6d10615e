// Builds dist/ when it isn't what src/ makes: by a hash of every source, so that deleted, renamed and older
// files count too. One builder at a time; installs what is missing first. --clean starts from nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { withLock } from './lock.mjs';
import { ROOT } from './root.mjs';
import { hashOfSources } from './sources.mjs';
import { Stop, main, say } from './words.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'stamp');
const ENTRIES = ['console/index.html', 'src/main.ts', 'src/execute/engine-process.ts', 'src/server/aside-thread.ts', 'src/verify/verify.ts'];
const OUTPUTS = ['pwb.mjs', 'engine-process.mjs', 'aside-thread.mjs', 'verify.mjs', 'console/index.html'];
const MARGIN = 100; // milliseconds: a source changed in the moment of the build must look newer than the stamp

/** @param {{ node: string, clean?: boolean }} options @returns {Promise<void>} when dist/ is what the sources make. */
export async function build({ node, clean = false }) {
  const began = Date.now() - MARGIN;
  if (!clean && isFresh(hashOfSources(), began)) return;
  await withLock(join(ROOT, '.build.lock'), 'building', async () => {
    const hash = hashOfSources();
    if (!clean && isFresh(hash, began)) return;
    const missing = ENTRIES.filter((entry) => !existsSync(join(ROOT, entry)));
    if (missing.length > 0) throw new Stop(`nothing to build: ${missing.join(', ')} ${missing.length === 1 ? "isn't" : "aren't"} there`, 'take a whole checkout (`git status` shows what is missing)');
    say('Building…');
    if (clean) rmSync(DIST, { recursive: true, force: true });
    mkdirSync(DIST, { recursive: true });
    // If we crash in here there is no stamp, so that the next call builds again.
    rmSync(STAMP, { force: true });
    const { status } = spawnSync(node, [join(ROOT, 'scripts/bundle.mjs')], { cwd: ROOT, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Stop("the build failed", 'mend what is said above; `npm run check` says more');
    writeFileSync(STAMP, hash);
    utimesSync(STAMP, began / 1000, began / 1000);
  });
}

/** True when dist/ was made from these very bytes; then the stamp is set to now, so that the quick look in ./pwb sees no change. */
function isFresh(hash, began) {
  if (!OUTPUTS.every((file) => existsSync(join(DIST, file))) || !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== hash) return false;
  try {
    utimesSync(STAMP, began / 1000, began / 1000);
  } catch {
    // Not ours to touch (root's checkout): the longer look is taken again next time.
  }
  return true;
}

if (process.argv[1] === join(ROOT, 'scripts/build.mjs')) {
  await main(async () => {
    const node = await bootstrap({ sandbox: false });
    await build({ node, clean: process.argv.includes('--clean') });
    return 0;
  });
}
