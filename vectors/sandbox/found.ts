// For tests: what finding out about the sandbox takes a third of a second for (that it works, and its own /etc of some
// hundred files), found once per run of the tests instead of in every new state folder.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findContainment, type Containment } from '../../src/execute/containment.ts';

/** The run's own, or one for this process alone. */
const FOLDER = process.env['TESTS_FOUND'] ?? folderOfThisProcess();
const ANSWER = 'containment.json';
process.env['TESTS_FOUND'] = FOLDER; // Processes that a test starts need not find it out again either.

function folderOfThisProcess(): string {
  const path = mkdtempSync(join(tmpdir(), 'pwb-found-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The sandbox of this machine, for tests that need no workbench. */
export const foundContainment = (): Promise<Containment> => findContainment({ cacheFile: join(FOLDER, ANSWER) });

await foundContainment();

/** As if a workbench with this state folder, which need not be there yet, had been started before. */
export function layFound(state: string): void {
  const [answer, parts] = [join(FOLDER, ANSWER), join(FOLDER, 'sandbox')];
  if (!existsSync(answer)) return; // No sandbox on this machine.
  mkdirSync(join(state, 'sandbox'), { recursive: true, mode: 0o700 });
  copyFileSync(answer, join(state, ANSWER));
  for (const name of readdirSync(parts).filter((one) => /^etc-[0-9a-f]+$/.test(one))) symlinkSync(join(parts, name), join(state, 'sandbox', name));
}
