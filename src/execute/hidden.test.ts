import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { HIDDEN_GLOBS, isHidden } from './hidden.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/sandbox/hidden.json'), 'utf8')) as { hidden: string[]; shown: string[] };

test('files with secret names are hidden, whatever their case or folder', () => {
  for (const path of vectors.hidden) assert.equal(isHidden(path, HIDDEN_GLOBS), true, path);
});

test('templates of secrets, public keys and ordinary files are shown', () => {
  for (const path of vectors.shown) assert.equal(isHidden(path, HIDDEN_GLOBS), false, path);
});

test('in packages and among references names of keys mean nothing, and those of the strongest secrets all the same', () => {
  const places = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/sandbox/hidden-places.json'), 'utf8')) as typeof vectors;
  for (const path of places.hidden) assert.equal(isHidden(path, HIDDEN_GLOBS), true, path);
  for (const path of places.shown) assert.equal(isHidden(path, HIDDEN_GLOBS), false, path);
  assert.equal(isHidden('node_modules/pkg/test.pem', [...HIDDEN_GLOBS, '*.pem']), true, 'the person said so');
  assert.equal(isHidden('.git/refs/heads/my.word', [...HIDDEN_GLOBS, '*.word']), true, 'the person said so');
});

test('an empty list hides nothing', () => {
  assert.equal(isHidden('.env', []), false);
});

test('the last pattern that fits decides, and what lies in a hidden folder stays hidden', () => {
  assert.equal(isHidden('keep.key', ['*.key', '!keep.key']), false);
  assert.equal(isHidden('keep.key', ['!keep.key', '*.key']), true);
  assert.equal(isHidden('vault/keep.key', ['vault/', '!keep.key']), true);
});

test('a pattern with several stars takes no long time', () => {
  assert.equal(isHidden('a'.repeat(4_000), [`${'*a'.repeat(40)}b`]), false);
});

test('a secret stays hidden under any folder, and no path makes the check fail', () => {
  fc.assert(fc.property(fc.array(fc.string()), (parts) => isHidden([...parts, '.env'].join('/'), HIDDEN_GLOBS)));
  fc.assert(fc.property(fc.string(), fc.array(fc.string()), (path, globs) => typeof isHidden(path, globs) === 'boolean'));
});
