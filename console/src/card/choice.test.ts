import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../../src/model/effects.ts';
import { ALL, chooseHunk, choosePaths, isAll, pieceWords, piecesOf, takenHunks } from './choice.ts';

const file = (path: string): Change => ({ change: 'created', path, type: 'file', mode: 0o644, size: 1, after: '0' });
const folder = (path: string): Change => ({ change: 'created', path, type: 'folder', mode: 0o755, size: 0, after: '0' });
const renamed = (path: string, to: string): Change => ({ change: 'renamed', path, to, type: 'file', before: '0' });

test('a folder is named only when all that goes into it is taken', () => {
  const changes = [folder('docs'), file('docs/a'), file('docs/b'), file('c')];
  assert.deepEqual(piecesOf(choosePaths(ALL, ['c'], false), changes).paths, ['docs', 'docs/a', 'docs/b']);
  assert.deepEqual(piecesOf(choosePaths(ALL, ['docs/a'], false), changes).paths, ['docs/b', 'c']);
});

test('what would be renamed into a folder and is left out does not come with the folder', () => {
  const changes = [folder('docs'), renamed('README.md', 'docs/README.md'), file('notes.md')];
  assert.deepEqual(piecesOf(choosePaths(ALL, ['README.md'], false), changes).paths, ['notes.md']);
});

test('a file without any of its hunks is left out whole, and comes back by any of them', () => {
  const one = chooseHunk(ALL, 'a', 2, false, 3);
  assert.deepEqual(piecesOf(one, [file('a')]), { paths: [], hunks: [{ path: 'a', take: [1, 3] }] });
  const none = chooseHunk(chooseHunk(one, 'a', 1, false, 3), 'a', 3, false, 3);
  assert.deepEqual([[...none.out], none.hunks.size], [['a'], 0]);
  const some = chooseHunk(none, 'a', 3, true, 3);
  assert.deepEqual([...takenHunks(some, 'a', 3)], [3]);
  assert.ok(isAll(chooseHunk(chooseHunk(some, 'a', 1, true, 3), 'a', 2, true, 3)));
});

test('what is taken is told in files and hunks, and folders are not counted', () => {
  const changes = [folder('docs'), file('docs/a'), file('b')];
  assert.equal(pieceWords({ paths: ['docs', 'docs/a'], hunks: [{ path: 'b', take: [1, 2] }] }, changes), '1 file and 2 hunks');
});
