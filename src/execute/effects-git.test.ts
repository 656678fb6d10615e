import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sameIndex } from './effects-git.ts';
import { fastFolder } from '../../vectors/fast.ts';

const skip = existsSync('/usr/bin/git') ? false : 'no git';
let root: string;
before(() => {
  root = mkdtempSync(join(fastFolder(), 'pwb-index-'));
});
after(() => rmSync(root, { recursive: true, force: true }));

const NOBODY = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_AUTHOR_NAME: 'n', GIT_AUTHOR_EMAIL: 'n@n', GIT_COMMITTER_NAME: 'n', GIT_COMMITTER_EMAIL: 'n@n', PATH: '/usr/bin:/bin' };

for (const [name, init, settings] of [
  ['version 2', [], ['index.version=2']],
  ['version 4', [], ['index.version=4']],
  ['SHA-256', ['--object-format=sha256'], []],
  ['untracked cache', [], ['core.untrackedCache=true']],
] as const) {
  test(`an index that says the same about every file is the same, whatever the times: ${name}`, { skip }, () => {
    const folder = join(root, name.replace(' ', '-'));
    const git = (...words: string[]): void => void execFileSync('git', [...settings.flatMap((one) => ['-c', one]), '-C', folder, ...words], { env: NOBODY, stdio: 'ignore' });
    execFileSync('git', ['init', '-q', ...init, folder], { env: NOBODY });
    const index = (): Buffer => readFileSync(join(folder, '.git/index'));
    for (const file of ['a', 'dir-with-a-long-name', 'dir-with-a-longer-name', 'ü']) writeFileSync(join(folder, file), file);
    git('add', '.');
    git('update-index', '--chmod=+x', 'a');
    const first = index();
    for (const file of ['a', 'ü']) utimesSync(join(folder, file), 1, 1);
    git('status');
    const touched = index();
    assert.notDeepEqual(touched, first);
    assert.ok(sameIndex(first, touched));
    git('update-index', '--chmod=-x', 'a');
    assert.equal(sameIndex(touched, index()), false, 'a mode');
    const was = index();
    writeFileSync(join(folder, 'a'), 'b');
    git('add', 'a');
    assert.equal(sameIndex(was, index()), false, 'content');
    git('add', '-N', 'a');
    git('update-index', '--assume-unchanged', 'ü');
    assert.equal(sameIndex(was, index()), false, 'a flag');
  });
}

test('folder ids that are new in an index are an effect: a commit would believe them', { skip }, () => {
  const folder = join(root, 'trees');
  const git = (...words: string[]): void => void execFileSync('git', ['-C', folder, ...words], { env: NOBODY, stdio: 'ignore' });
  execFileSync('git', ['init', '-q', folder], { env: NOBODY });
  writeFileSync(join(folder, 'a'), 'a');
  git('add', '.');
  const without = readFileSync(join(folder, '.git/index'));
  git('write-tree');
  const withTrees = readFileSync(join(folder, '.git/index'));
  if (!withTrees.includes('TREE')) git('commit', '-q', '-m', 'x');
  const trees = readFileSync(join(folder, '.git/index'));
  assert.ok(trees.includes('TREE'));
  assert.equal(sameIndex(without, trees), false);
  assert.ok(sameIndex(trees, without), 'forgotten ones are worked out again');
});

test('what is no index to its last byte is never the same', { skip }, () => {
  const bytes = readFileSync(join(root, 'trees/.git/index'));
  assert.ok(sameIndex(bytes, bytes));
  const touched = Buffer.from(bytes);
  touched.writeUInt32BE(1, 12);
  assert.ok(sameIndex(bytes, touched), 'a time');
  for (const broken of [Buffer.alloc(0), Buffer.from('DIRC'), bytes.subarray(0, -7), bytes.subarray(0, 60), Buffer.concat([bytes, Buffer.from('x')]), Buffer.concat([bytes.subarray(0, 8), Buffer.from([255, 255, 255, 255]), bytes.subarray(12)])]) {
    assert.equal(sameIndex(bytes, broken), false);
    assert.equal(sameIndex(broken, bytes), false);
  }
});
