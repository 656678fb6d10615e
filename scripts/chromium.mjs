// A real browser for the tests, figures and screenshots of the console: the system's Chromium, installed where that is
// allowed. The product itself needs none.
import { ensurePackage, isInPath } from './debian.mjs';
import { say } from './words.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Also takes one that the environment names: `CHROMIUM=/path`. */
export async function ensureChromium() {
  if (process.env.CHROMIUM !== undefined || NAMES.some(isInPath)) return;
  await ensurePackage('chromium', ['chromium', 'fonts-dejavu-core'], 'A browser for the console\'s tests (Chromium)', 'Without it the tests of the console in a browser are left out, and say so.', 300_000);
  if (process.env.CI === 'true' && !NAMES.some(isInPath)) say('No Chromium on this machine: the tests of the console can\'t run.');
}
