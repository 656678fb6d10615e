import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Action } from '../model/action.ts';
import { excerptOf, lineIn } from './source-words.ts';

const PLACE = { workspace: 'cdefghjkmn', root: '/w' };
const RUN: Action = { kind: 'run', ...PLACE, argv: ['ls'], cwd: '.', access: 'read', timeout: 1000 };
const READ: Extract<Action, { kind: 'read' }> & { op: 'read' } = { kind: 'read', op: 'read', ...PLACE, path: 'bill.txt', from: 11, to: 0 };
const bytesOf = (text: string, part: string): [number, number] => {
  const from = Buffer.from(text.slice(0, text.indexOf(part))).length;
  return [from, from + Buffer.byteLength(part)];
};

test('exactly the bytes that were found are marked, with the lines around them and their numbers in the file', () => {
  const text = ['bill.txt (lines 11–19 of 19)', ...Array.from({ length: 9 }, (_, at) => `ä line ${at + 11}`)].join('\n');
  const found = excerptOf(text, bytesOf(text, 'line 14'), READ);
  assert.deepEqual(found?.lines.find(({ marked }) => marked !== ''), { number: 14, before: 'ä ', marked: 'line 14', after: '' });
  assert.deepEqual([found?.above, found?.lines.map(({ number }) => number), found?.below], [0, [null, 11, 12, 13, 14, 15, 16, 17, 18], 1]);
  assert.deepEqual([lineIn(RUN, 3), lineIn({ ...READ, keep: true }, 3)], [3, 13]);
});

test('what hides in the lines is drawn, and a line of 100 kB is cut with its size', () => {
  const text = `${'x'.repeat(100_000)}\u202epay\u001b[2J${'y'.repeat(100_000)}`;
  const [line] = excerptOf(text, bytesOf(text, 'pay'), RUN)?.lines ?? [];
  assert.equal(line?.marked, 'pay');
  assert.match(line?.before ?? '', /^\(99,841 more characters\) …x{159}‹U\+202E›$/);
  assert.match(line?.after ?? '', /^‹ESC›\[2Jy{156}… \(99,844 more characters\)$/);
});

test('a mark over several lines is one, and a very long one ends with how much there is', () => {
  const text = 'a\nb1\nb2\nc';
  assert.deepEqual(excerptOf(text, [3, 6], RUN)?.lines.map(({ marked }) => marked), ['', '1', 'b', '']);
  assert.ok((excerptOf('x\n'.repeat(5000), [0, 10_000], RUN)?.lines.length ?? 0) <= 45);
});

test('nothing is marked where the bytes do not fit the text', () => {
  assert.equal(excerptOf('ä', [0, 1], RUN), null, 'half a character');
  for (const bytes of [[0, 3], [-1, 1], [2, 1], [5, 9]] as const) assert.equal(excerptOf('ab', bytes, RUN), null);
});

test('what is marked is what stands at these bytes', () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-zä€😀 ]{0,12}$/u), { maxLength: 12 }), fc.nat(40), fc.nat(40), (lines, skip, take) => {
    const text = lines.join('\n');
    const chars = Array.from(text);
    const part = chars.slice(skip, skip + take).join('');
    const from = Buffer.byteLength(chars.slice(0, skip).join(''));
    const found = excerptOf(text, [from, from + Buffer.byteLength(part)], RUN);
    assert.equal(found?.lines.map(({ marked }) => marked).join('').replaceAll(/‹\d+ blanks›/g, ''), part.replaceAll('\n', ''));
  }));
});

test('lines that are left out above are those of the file, without the line about it', () => {
  const text = ['bill.txt (lines 11–30 of 30)', ...Array.from({ length: 20 }, (_, at) => `line ${at + 11}`)].join('\n');
  assert.equal(excerptOf(text, bytesOf(text, 'line 25'), READ)?.above, 10);
  assert.equal(excerptOf(text, bytesOf(text, 'line 25'), RUN)?.above, 11);
});
