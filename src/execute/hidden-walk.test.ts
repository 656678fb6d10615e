import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { findHidden } from './hidden-walk.ts';
import { HIDDEN_GLOBS } from './hidden.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-walk-')));
after(() => rmSync(root, { recursive: true, force: true }));

function put(path: string): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, 'x');
  return full;
}

test('secrets, pipes and repositories of a workspace are found, and those of other packages too', async () => {
  const secret = put('app/.env');
  const folder = dirname(put('.aws/credentials'));
  const target = put('config/plain.txt');
  const packaged = put('node_modules/x/.env');
  put('sub/.git/HEAD');
  symlinkSync(target, join(root, '.env.local'));
  symlinkSync('/etc/passwd', join(root, '.netrc'));
  symlinkSync(join(root, 'nowhere'), join(root, '.npmrc'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const found = await findHidden(root, HIDDEN_GLOBS);
  assert.deepEqual(found.files.toSorted(), [secret, target, packaged].toSorted(), 'a link hides what it leads to');
  assert.deepEqual(found.folders, [folder]);
  assert.deepEqual(found.doors, [join(root, 'pipe')]);
  assert.deepEqual(found.repositories, [join(root, 'sub/.git')]);
  assert.equal(found.unsearched, 0);
});

test('a loop of links is not followed', async () => {
  symlinkSync(root, join(root, 'loop'));
  assert.equal((await findHidden(root, HIDDEN_GLOBS)).unsearched, 0);
});

test('what is too deep to be searched is counted', async () => {
  put(`${'d/'.repeat(20)}.env`);
  assert.ok((await findHidden(root, HIDDEN_GLOBS)).unsearched > 0);
});

test('a workspace that vanished is a fault, not an empty one', async () => {
  await assert.rejects(findHidden(join(root, 'gone'), HIDDEN_GLOBS), { code: 'ENOENT' });
});
