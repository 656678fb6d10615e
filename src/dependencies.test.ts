// Holds what the product depends on: exact versions, each with its reason on record, none that runs a script at
// installation, and lock files that any registry can serve.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

const ROOT = dirname(import.meta.dirname);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Entry { readonly version?: string; readonly integrity?: string; readonly resolved?: string; readonly hasInstallScript?: boolean; readonly dependencies?: Names; readonly optionalDependencies?: Names; readonly devDependencies?: Names }
type Names = Readonly<Record<string, string>>;
const direct = (path: string): Names => {
  const { dependencies, devDependencies, optionalDependencies }: Entry = JSON.parse(read(path));
  return { ...dependencies, ...devDependencies, ...optionalDependencies };
};
const locked = (path: string): [string, Entry][] => Object.entries(JSON.parse(read(path)).packages);

for (const folder of ['', 'engine/']) {
  const lock = `${folder}package-lock.json`;

  test(`${folder}package.json names exact versions`, () => {
    assert.deepEqual(Object.entries(direct(`${folder}package.json`)).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)), []);
  });

  test(`every dependency of ${folder}package.json has its reason in docs/dependencies.md`, () => {
    const rows = read('docs/dependencies.md').split('\n').filter((line) => line.startsWith('|'));
    assert.deepEqual(Object.keys(direct(`${folder}package.json`)).filter((name) => !rows.some((row) => row.startsWith(`| \`${name}\` |`))), []);
  });

  test(`${lock} names no server and has a digest for every package`, () => {
    assert.deepEqual(locked(lock).filter(([path, entry]) => path !== '' && (entry.resolved !== undefined || entry.integrity === undefined)).map(([path]) => path), []);
  });

  // npm refuses a clean installation when a platform's package is named but not locked, on every other platform too.
  test(`${lock} has every package that its packages name, for all platforms`, () => {
    const packages = locked(lock);
    const there = new Set(packages.map(([path]) => path));
    const missing = packages.flatMap(([path, entry]) => Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !above(path).some((at) => there.has(`${at}node_modules/${name}`))).map((name) => `${path} → ${name}`));
    assert.deepEqual(missing, []);
  });
}

test('no dependency of the product runs a script at installation', () => {
  assert.deepEqual(locked('package-lock.json').filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => path), []);
});

/** The places in which Node looks for what the package at `path` names, inner first. */
function above(path: string): string[] {
  const parts = path.split('/node_modules/');
  return ['', ...parts.map((_, count) => `${parts.slice(0, count + 1).join('/node_modules/')}/`)].map((at) => (at === '/' ? '' : at));
}
