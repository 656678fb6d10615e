// Folders of packages and of what builds made are full of other people's files, and a secret among them is one all the same.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { findHidden, findMarks } from './hidden-walk.ts';
import { HIDDEN_GLOBS } from './hidden.ts';
import { makeWorld, noSandbox, type World } from '../../vectors/sandbox/world.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/sandbox/hidden-places.json'), 'utf8')) as { hidden: string[]; shown: string[] };
const skip = await noSandbox();
let world: World;
before(async () => {
  world = await makeWorld();
});
beforeEach(() => {
  rmSync(world.root, { recursive: true });
  mkdirSync(world.root);
});
after(() => world.end());

const each = (paths: readonly string[]): string => paths.map((path) => `'${path}'`).join(' ');
const relative = (paths: readonly string[]): string[] => paths.map((path) => path.slice(world.root.length + 1)).toSorted();

test('a command reads no secret in a folder of packages or builds, also one that was made right before it', { skip }, async () => {
  for (const path of vectors.hidden) world.put(path, `${world.marker} early`);
  const line = `cat ${each(vectors.hidden)}; grep -ra ${world.marker.slice(0, 12)} . | cut -c1-200; find . -name '.env*' -exec cp {} copied \\; ; cat copied`;
  assert.doesNotMatch((await world.sh(line)).text, / early/);
  for (const path of vectors.hidden) rmSync(join(world.root, path));
  await world.sh('true');
  for (const path of vectors.hidden) world.put(path, `${world.marker} late`);
  const told = await world.sh(line);
  assert.doesNotMatch(told.text, / late/);
  assert.equal(told.plan.unsearched, 0);
});

test('what packages need to work, and names of branches, are shown', { skip }, async () => {
  for (const path of vectors.shown) world.put(path, `shown:${path}\n`);
  const { text } = await world.sh(`cat ${each(vectors.shown)}`);
  assert.deepEqual(text.trim().split('\n'), vectors.shown.map((path) => `shown:${path}`));
});

test("a key's name that the person added counts in packages too", async () => {
  const path = world.put('node_modules/pkg/test.pem', '');
  assert.deepEqual((await findHidden(world.root, HIDDEN_GLOBS)).files, []);
  assert.deepEqual((await findHidden(world.root, [...HIDDEN_GLOBS, '*.pem'])).files, [path]);
});

test('a socket and a repository among packages are found', async () => {
  mkdirSync(join(world.root, 'node_modules/pkg/.git'), { recursive: true });
  const server = createServer().listen(join(world.root, 'node_modules/pkg/door'));
  await new Promise((resume) => server.once('listening', resume));
  try {
    const { doors, repositories } = await findHidden(world.root, HIDDEN_GLOBS);
    assert.deepEqual([relative(doors), relative(repositories)], [['node_modules/pkg/door'], ['node_modules/pkg/.git']]);
  } finally {
    await new Promise((resume) => server.close(resume));
  }
});

const CAPS = { most: { entries: 1_000, folders: 80 }, reserve: { entries: 200, folders: 10 } };
const marks = async (): Promise<{ readonly paths: readonly string[]; readonly unsearched: number }> => {
  const { met, unsearched } = await findMarks(world.root, HIDDEN_GLOBS, [], 16, CAPS);
  return { paths: relative(met.map(({ path }) => path)), unsearched };
};

test('very many packages take nothing from the search of what is the person’s own, and what is beyond is counted', async () => {
  for (let one = 0; one < 90; one++) mkdirSync(join(world.root, `node_modules/${one}`), { recursive: true });
  world.put('node_modules/.env', '');
  world.put('zoo/a/b/c/d/e/.env', '');
  const { paths, unsearched } = await marks();
  assert.deepEqual(paths, ['node_modules/.env', 'zoo/a/b/c/d/e/.env']);
  assert.ok(unsearched >= 10 && unsearched < 90, `${unsearched}`);
});

test('very many own folders, and files, leave something for the search of packages, and what is beyond is counted', async () => {
  for (let one = 0; one < 90; one++) mkdirSync(join(world.root, `own/${one}`), { recursive: true });
  for (let one = 0; one < 20; one++) mkdirSync(join(world.root, `target/${one}`), { recursive: true });
  world.put('target/.env', '');
  world.put('.next/standalone/.env', '');
  const folders = await marks();
  assert.deepEqual(folders.paths, ['.next/standalone/.env', 'target/.env']);
  assert.ok(folders.unsearched > 20 && folders.unsearched < 40, `${folders.unsearched}`);
  rmSync(join(world.root, 'own'), { recursive: true });
  for (let one = 0; one < 1_100; one++) world.put(`own/${one}`, '');
  assert.deepEqual((await marks()).paths, ['.next/standalone/.env', 'target/.env']);
});
