// Lists and hashes what a build is made from. Tests aren't part of it.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT } from './root.mjs';

/** Files under a folder of the checkout whose path passes, as sorted paths with `/`; none when there is no such folder. @param {string} folder @param {(path: string) => boolean} passes */
export function filesUnder(folder, passes) {
  let entries;
  try {
    entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(passes)
    .toSorted();
}

/** SHA-256 (hex) over names and contents. */
export function hashOfSources() {
  const files = [...filesUnder('src', (path) => !path.endsWith('.test.ts')), ...filesUnder('console', (path) => !path.endsWith('.test.ts')), 'package.json', 'package-lock.json', 'scripts/bundle.mjs', 'scripts/console.mjs'];
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(ROOT, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
