import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { removeTree } from './overlay-remove.ts';

let top: string;
before(() => {
  top = mkdtempSync(join(tmpdir(), 'pwb-remove-'));
});
after(() => rmSync(top, { recursive: true, force: true }));

const made = (name: string, line: string): string => {
  const folder = join(top, name);
  mkdirSync(folder);
  execFileSync('/bin/sh', ['-c', line], { cwd: folder });
  return folder;
};

test('a tree goes whatever it holds: shut and read-only folders, names in any bytes, pipes, links', async () => {
  writeFileSync(join(top, 'kept'), 'kept');
  const folder = made('any', 'mkdir -p a/b/c d; echo x > a/b/f; chmod 000 a/b/c; chmod 555 a/b; chmod 000 a; mkfifo p; printf x > "$(printf \'\\377\')"; mkdir "$(printf \'d\\377\')"; ln -s ../kept d/l; ln -s .. d/up; mkdir -p .heap/x; chmod 000 d');
  await removeTree(folder);
  assert.equal(existsSync(folder), false);
  assert.equal(readFileSync(join(top, 'kept'), 'utf8'), 'kept');
});

test('a tree deeper than any path goes', { skip: existsSync('/usr/bin/perl') ? false : 'no perl to make one with' }, async () => {
  const folder = made('deep', `perl -e '$n = "d" x 200; for (1..60) { mkdir $n; chdir $n or die } open(F, ">f") or die'`);
  await removeTree(folder);
  assert.equal(existsSync(folder), false);
});

test('what leads elsewhere is unlinked, not followed', async () => {
  const folder = join(top, 'links');
  const other = join(top, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'f'), 'f');
  mkdirSync(folder);
  symlinkSync(other, join(folder, 'l'));
  await removeTree(folder);
  await removeTree(join(top, 'absent'));
  assert.equal(readFileSync(join(other, 'f'), 'utf8'), 'f');
});
