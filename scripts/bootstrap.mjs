// Installs what is missing, from plain Node ≥ 20.17 with nothing there: the dependencies by the lock file
// (no install script is ever run), a Node 24 among them, and bubblewrap where that is allowed. Never asks.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBubblewrap } from './bubblewrap.mjs';
import { withLock } from './lock.mjs';
import { bringsNode, findNode } from './node24.mjs';
import { installLocked, isInstalled } from './npm.mjs';
import { ROOT } from './root.mjs';
import { Stop, main, say } from './words.mjs';

const STAMP = join(ROOT, 'node_modules/.proworkbench');
const LOCK = join(ROOT, '.setup.lock');

/** @param {{ sandbox?: boolean }} [want] @returns {Promise<string>} the path of a Node 24 that runs here. */
export async function bootstrap({ sandbox = true } = {}) {
  checkOwnNode();
  const wanted = wantedStamp();
  if (read(STAMP) !== wanted) {
    const isThere = () => isInstalled(ROOT, { optional: true });
    if (!isThere()) {
      await withLock(LOCK, 'installing dependencies', async () => {
        if (isThere()) return;
        say('Installing dependencies (about ten seconds, 450 MB)…');
        await installLocked(ROOT, ['--include=optional']);
      });
    }
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
