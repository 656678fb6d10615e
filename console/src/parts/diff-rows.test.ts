import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editsOf, linesOf } from './diff-lines.ts';
import { pieces, rowsOfSides, rowsOfUnified, type DiffRows } from './diff-rows.ts';

const side = ({ rows }: DiffRows, which: 'before' | 'after'): readonly string[] => rows.filter((row) => row[which] > 0).map(({ text }) => text);
const text = fc.array(fc.constantFrom('a', 'b', 'c', '', 'longer line'), { maxLength: 30 }).map((lines) => lines.join('\n'));

test('every line of both sides is there once, in order, whatever they are', () => {
  fc.assert(fc.property(text, text, (before, after) => {
    const diff = rowsOfSides(before, after, []);
    assert.deepEqual(side(diff, 'before'), linesOf(before));
    assert.deepEqual(side(diff, 'after'), linesOf(after));
  }));
});

test('what lies between two edits is the same on both sides', () => {
  fc.assert(fc.property(text, text, (before, after) => {
    const [a, b] = [linesOf(before), linesOf(after)];
    let [i, j] = [0, 0];
    for (const edit of [...editsOf(a, b), { a0: a.length, a1: a.length, b0: b.length, b1: b.length }]) {
      assert.deepEqual(a.slice(i, edit.a0), b.slice(j, edit.b0));
      [i, j] = [edit.a1, edit.b1];
    }
  }));
});

test('every third of ten thousand lines is found changed, and no other', () => {
  const before = Array.from({ length: 10_000 }, (_, at) => `line ${at}`);
  const after = before.map((line, at) => (at % 3 === 0 ? `new ${at}` : line));
  const { added, removed } = rowsOfSides(before.join('\n'), after.join('\n'), []);
  assert.deepEqual([added, removed], [3334, 3334]);
});

test('hunks keep the numbers that the server gave them', () => {
  const before = Array.from({ length: 40 }, (_, at) => `line ${at}`);
  const after = before.with(2, 'x').with(30, 'y');
  const hunks = [{ hunk: 1, before: { from: 3, lines: 1 }, after: { from: 3, lines: 1 } }, { hunk: 2, before: { from: 31, lines: 1 }, after: { from: 31, lines: 1 } }];
  const diff = rowsOfSides(`${before.join('\n')}\n`, `${after.join('\n')}\n`, hunks);
  assert.deepEqual(diff.hunks.map(({ hunk, line, added, removed }) => [hunk, line, added, removed]), [[1, 3, 1, 1], [2, 31, 1, 1]]);
  assert.ok(diff.folds.length > 0, 'what does not change is folded');
});

test('a missing end of the last line is said', () => {
  assert.deepEqual(rowsOfSides('a\n', 'a', []).rows.map(({ kind }) => kind), ['-', '+', '~']);
});

test('unified text has its line numbers and its hunks', () => {
  const diff = rowsOfUnified('--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n@@ -9,0 +10,1 @@\n+more\n');
  assert.deepEqual(diff.rows.map(({ kind, before, after }) => [kind, before, after]), [[' ', 1, 1], ['-', 2, 0], ['+', 0, 2], ['+', 0, 10]]);
  assert.deepEqual(diff.hunks.map(({ row, line }) => [row, line]), [[0, 2], [3, 10]]);
});

test('hidden characters are spelled, in lines of files too', () => {
  assert.equal(rowsOfSides(null, 'user\u202Etxt.exe\u001B[2J\n', []).rows[0]?.text, 'user‹U+202E›txt.exe‹ESC›[2J');
});

test('ends of lines in CR LF on both sides are said once; on one side only they are spelled', () => {
  assert.equal(rowsOfSides('a\r\nb\r\n', 'a\r\nc\r\n', []).crlf, true);
  assert.equal(rowsOfSides('a\nb\n', 'a\r\nb\r\n', []).rows.at(-1)?.text, 'b‹\\r›');
});

test('a line of a megabyte goes on in further rows, and nothing of it is lost', () => {
  const line = '\u{1F600}abc\u202E'.repeat(30_000);
  const parts = pieces(line);
  assert.ok(parts.length > 10 && parts.every((part) => part.length <= 2000 && part.isWellFormed()));
  assert.equal(parts.join(''), line);
});
