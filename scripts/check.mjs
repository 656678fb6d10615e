// `npm run check`: types, lint, rooms and the fast tests at once, in seconds. Says only what is wrong.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { runQuietly } from './quiet.mjs';
import { ROOT } from './root.mjs';
import { testFiles } from './test.mjs';
import { main, say } from './words.mjs';

// Rooms whose tests are pure or nearly so, less their long campaigns of made-up input; the others start processes,
// sandboxes or an engine.
const FAST = /^src\/(model|policy|providers|tools)\/(?!understand|reader)|^src\/[^/]*\.test\.ts$/;

await main(async () => {
  const node = await bootstrap({ sandbox: false });
  const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules/.bin', name);
  const checks = {
    types: [bin('tsc'), '-p', 'tsconfig.json'],
    console: [bin('tsc'), '-p', 'console/tsconfig.json'],
    lint: [bin('oxlint'), '--type-aware', '--deny-warnings', '--no-error-on-unmatched-pattern', 'src', 'console', 'bench', 'slow', 'vectors', 'scripts'],
    tests: [node, '--test', `--test-concurrency=${Math.max(2, availableParallelism())}`, '--test-reporter=dot', ...testFiles().filter((path) => FAST.test(path))],
  };
  const results = await Promise.all(Object.entries(checks).map(async ([name, argv]) => {
    const began = Date.now();
    const { code, output } = await runQuietly(argv, { cwd: ROOT });
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${((Date.now() - began) / 1000).toFixed(1)} s`);
    if (code !== 0) say(output.trim());
    return code;
  }));
  return results.every((code) => code === 0) ? 0 : 1;
});
