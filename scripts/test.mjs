// `npm test`: installs what is missing, builds, then runs every test with Node's own runner, whose lines are the
// last ones. `npm test -- WORD` runs the files whose path has WORD, else the tests whose name has it.
// Refuses to pass when a file can't be loaded, has no test, or nothing ran.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { runInPlace } from './child.mjs';
import { ROOT } from './root.mjs';
import { filesUnder } from './sources.mjs';
import { Stop, main, say } from './words.mjs';

const LONGEST = 15 * 60_000; // milliseconds: a guard against hanging, far above the three minutes that all tests may take

/** @param {{ node: string, files: readonly string[], name?: string }} what @returns {Promise<number>} the exit code of the run */
export async function runTests({ node, files, name = '' }) {
  const home = mkdtempSync(join(tmpdir(), 'pwb-test-'));
  const tally = join(home, '.tally');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', `--test-reporter=${join(ROOT, 'scripts/tally.mjs')}`, `--test-reporter-destination=${tally}`];
  // One more than there are cores: many a test waits for a process or a clock.
  const flags = ['--test', `--test-concurrency=${Math.min(3, Math.max(2, availableParallelism()))}`, '--test-timeout=120000', ...reporters, ...(name === '' ? [] : [`--test-name-pattern=${name}`])];
  try {
    const code = await runInPlace([node, ...flags, ...files], { cwd: ROOT, env: environment(home), stdio: ['ignore', 'inherit', 'inherit'] }, { milliseconds: LONGEST, reached: tellHanging });
    if (code !== 0) return code;
    const { tests, empty } = JSON.parse(readFileSync(tally, 'utf8'));
    if (tests === 0) throw new Stop('no test ran', 'give a word that is in a file or test name, or none');
    if (name === '' && empty.length > 0) throw new Stop(`no test in ${empty.join(', ')}`, 'give these files a test, or another name than *.test.ts');
    return 0;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** A file that leaves something open never ends, and the runner waits for it without a word: say which. */
function tellHanging(pid) {
  say(`The tests took longer than ${LONGEST / 60_000} minutes and are ended. Still running:`);
  for (const child of readText(`/proc/${pid}/task/${pid}/children`).trim().split(' ')) {
    say(`  ${readText(`/proc/${child}/cmdline`).split('\0').filter((part) => part.endsWith('.test.ts')).join(' ')}`);
  }
}

const readText = (/** @type {string} */ path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** A home of its own and none of the person's settings: no test can touch, or depend on, what the person has. */
function environment(home) {
  const env = { ...process.env, HOME: home };
  for (const name of Object.keys(env)) if (/^(PWB_|XDG_|NODE_OPTIONS$|NODE_COMPILE_CACHE$|NODE_TEST_CONTEXT$)/.test(name)) delete env[name];
  // Two hundred files load much the same: what one of them compiled, the others need not.
  env.NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/tests');
  // And what one of them found out about the sandbox.
  env.TESTS_FOUND = join(home, 'found');
  return env;
}

export const testFiles = () => ['console', 'scripts', 'src', 'vectors'].flatMap((folder) => filesUnder(folder, (path) => path.endsWith('.test.ts')));

if (process.argv[1] === join(ROOT, 'scripts/test.mjs')) {
  await main(async () => {
    const [word = ''] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
    const node = await bootstrap();
    if (!process.argv.includes('--without-engine')) {
      const code = await runInPlace([node, join(ROOT, 'scripts/engine.mjs')], { stdio: ['ignore', 2, 2] });
      if (code !== 0) throw new Stop("the inference engine for the tests couldn't be installed", 'mend what is said above, or leave its tests out: npm test -- --without-engine');
    }
    await ensureChromium();
    await build({ node });
    const all = testFiles();
    const some = all.filter((path) => path.includes(word));
    if (all.length === 0) throw new Stop('there are no tests', 'take a whole checkout (`git status` shows what is missing)');
    return some.length > 0 ? runTests({ node, files: some }) : runTests({ node, files: all, name: word });
  });
}
