// What a search remembers must never let a new secret through, however it came to be there.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { isReliable, Memory } from './hidden-memory.ts';
import { findHidden } from './hidden-walk.ts';
import { HIDDEN_GLOBS } from './hidden.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-memory-')));
after(() => rmSync(top, { recursive: true, force: true }));
/** Elsewhere every folder is read each time, and the attacks must fail all the same. */
const reliable = isReliable(top);
let root: string;
let round = 0;
beforeEach(() => {
  root = join(top, `w${++round}`);
  mkdirSync(join(root, 'a/b/c'), { recursive: true });
  mkdirSync(join(root, 'other'));
  writeFileSync(join(root, 'a/b/main.ts'), '');
  writeFileSync(join(root, 'other/plain'), '');
});

const at = (path: string): string => join(root, path);
const found = async (): Promise<string[]> => {
  const { files, folders, doors, repositories } = await findHidden(root, HIDDEN_GLOBS);
  return [...files, ...folders, ...doors, ...repositories].map((path) => path.slice(root.length + 1)).toSorted();
};

/** All is searched and remembered, as if it had been at rest for long. */
async function remember(t: TestContext): Promise<void> {
  await pause(20); // Into the next step of the kernel's clock.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  await found();
  t.mock.timers.reset();
  const memory = new Memory(root, ['', ...HIDDEN_GLOBS].join('\0'), () => assert.fail('nothing is remembered here, so nothing is attacked'));
  if (reliable) memory.look(memory.top);
}

test('a folder at rest is read once, and one that has just changed each time', { skip: !reliable }, (t) => {
  let reads = 0;
  const look = (): boolean => {
    const memory = new Memory(root, 'count', (_, entries) => ({ entries: (reads++, entries.length), marks: [], below: [], last: [] }));
    return memory.look(memory.top);
  };
  assert.deepEqual([look(), look(), reads], [true, true, 2]);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  assert.deepEqual([look(), look(), look(), reads], [true, false, false, 3]);
});

test('a secret that was made in an old folder just now is hidden', async (t) => {
  await remember(t);
  writeFileSync(at('a/b/.env'), 'x');
  assert.deepEqual(await found(), ['a/b/.env']);
  unlinkSync(at('a/b/.env'));
  assert.deepEqual(await found(), []);
});

test('a secret that was made just now in an old folder of packages or builds is hidden', async (t) => {
  const folders = ['target', 'venv/lib', 'node_modules/pkg', '.next', 'a/b/node_modules/x/node_modules/y/deep'];
  for (const folder of folders) mkdirSync(at(folder), { recursive: true });
  await remember(t);
  for (const folder of folders) {
    writeFileSync(at(`${folder}/.env`), 'x');
    assert.deepEqual(await found(), [`${folder}/.env`]);
    unlinkSync(at(`${folder}/.env`));
  }
});

test('a secret in a folder whose times were set back is hidden', async (t) => {
  utimesSync(at('a/b'), 1_000, 1_000); // Whole seconds can be set again to the last digit.
  await remember(t);
  writeFileSync(at('a/b/.env'), 'x');
  utimesSync(at('a/b'), 1_000, 1_000);
  assert.deepEqual(await found(), ['a/b/.env']);
});

test('a file that was renamed to a secret name, or moved in under one, is hidden', async (t) => {
  writeFileSync(join(top, 'elsewhere'), 'x');
  await remember(t);
  renameSync(at('other/plain'), at('other/id_rsa'));
  renameSync(join(top, 'elsewhere'), at('a/server.pem'));
  assert.deepEqual(await found(), ['a/server.pem', 'other/id_rsa']);
});

test('a secret in a folder that took the place of another, with its name and times, is hidden', async (t) => {
  cpSync(at('a/b'), join(top, `swap${round}`), { recursive: true, preserveTimestamps: true });
  writeFileSync(join(top, `swap${round}`, '.env'), 'x');
  for (const path of [at('a'), at('a/b'), join(top, `swap${round}`)]) utimesSync(path, 1_000, 1_000);
  await remember(t);
  renameSync(at('a/b'), join(top, `away${round}`));
  renameSync(join(top, `swap${round}`), at('a/b'));
  utimesSync(at('a'), 1_000, 1_000);
  assert.deepEqual(await found(), ['a/b/.env']);
});

test('a secret below a folder that took the place of another is hidden, and the first one is known again when it is back', async (t) => {
  cpSync(at('a'), at('z'), { recursive: true });
  writeFileSync(at('z/b/c/.env'), 'x');
  await remember(t);
  for (const [from, to] of [['a', 'y'], ['z', 'a']] as const) renameSync(at(from), at(to));
  assert.deepEqual(await found(), ['a/b/c/.env']);
  for (const [from, to] of [['a', 'z'], ['y', 'a']] as const) renameSync(at(from), at(to));
  assert.deepEqual(await found(), ['z/b/c/.env']);
});

test('a folder that became a link, and one that became a file, lead nowhere', async (t) => {
  writeFileSync(join(top, '.netrc'), 'x');
  await remember(t);
  for (const path of ['a/b', 'other']) renameSync(at(path), join(top, `was-${round}-${path.length}`));
  symlinkSync(top, at('a/b'));
  writeFileSync(at('other'), '');
  assert.deepEqual(await found(), []);
});

test('what a link with a secret name leads to is looked up each time', async (t) => {
  for (const name of ['1', '2']) writeFileSync(at(`a/b/c/${name}`), name);
  symlinkSync('a/b/now', at('.env'));
  symlinkSync('c/1', at('a/b/now'));
  await remember(t);
  assert.deepEqual(await found(), ['a/b/c/1']);
  unlinkSync(at('a/b/now'));
  symlinkSync('c/2', at('a/b/now'));
  assert.deepEqual(await found(), ['a/b/c/2']);
});

test('another list of patterns finds what it names in folders that are remembered', async (t) => {
  await remember(t);
  const { files } = await findHidden(root, ['plain']);
  assert.deepEqual(files, [at('other/plain')]);
});

test('secrets that come and go as fast as they can are each seen', async () => {
  for (let turn = 0; turn < 200; turn++) {
    writeFileSync(at('a/b/.env'), '');
    assert.deepEqual(await found(), ['a/b/.env'], `turn ${turn}`);
    unlinkSync(at('a/b/.env'));
    assert.deepEqual(await found(), [], `turn ${turn}`);
  }
});

test('whatever happens to a tree, a search that remembers finds what one that does not finds', async (t) => {
  for (const one of ['1', '2', '3']) for (const two of ['x', 'y']) mkdirSync(at(`${one}/${two}`), { recursive: true });
  mkdirSync(at('node_modules/p/target'), { recursive: true });
  await remember(t);
  const places = ['', 'node_modules', 'node_modules/p', 'node_modules/p/target', '1', '2', '3', '1/x', '1/y', '2/x', '2/y', '3/x', '3/y', 'a/b'];
  const names = ['.env', 'plain', 'k.pem', '.ssh', 'x'];
  const change = fc.record({ what: fc.constantFrom('file', 'folder', 'remove', 'move', 'times', 'link'), from: fc.constantFrom(...places), to: fc.constantFrom(...places), name: fc.constantFrom(...names) });
  let search = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 3 }), async (changes) => {
      for (const { what, from, to, name } of changes) {
        try {
          if (what === 'file') writeFileSync(at(join(from, name)), '');
          else if (what === 'folder') mkdirSync(at(join(from, name)));
          else if (what === 'remove') rmSync(at(join(from, name)), { recursive: true });
          else if (what === 'times') utimesSync(at(from), 1, 1);
          else if (what === 'link') symlinkSync('plain', at(join(from, name)));
          else renameSync(at(from), at(join(to, name)));
        } catch {
          // It was not to be done there.
        }
      }
      // The root is never moved; all else may be gone by now.
      assert.ok(readdirSync(root).length >= 0);
      const sort = (all: readonly string[]): string[] => all.toSorted();
      const [known, fresh] = [await findHidden(root, HIDDEN_GLOBS), await findHidden(root, [...HIDDEN_GLOBS, `nothing-${++search}`])];
      for (const part of ['files', 'folders', 'doors', 'repositories'] as const) assert.deepEqual(sort(known[part]), sort(fresh[part]), part);
      assert.equal(known.unsearched, fresh.unsearched);
    }),
    often(60),
  );
});
