// A reporter for Node's test runner that writes one JSON line: how many tests ran, and which files had none
// (Node counts such a file as a test that passed, under the file's own name).
import { isAbsolute, relative } from 'node:path';
import { ROOT } from './root.mjs';

export default async function* tally(events) {
  let tests = 0;
  const empty = [];
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.nesting === 0 && data.name.endsWith('.test.ts') && (isAbsolute(data.name) ? relative(ROOT, data.name) : data.name).includes('/')) empty.push(data.name);
    else if (data.details.type !== 'suite') tests += 1;
  }
  yield JSON.stringify({ tests, empty });
}
