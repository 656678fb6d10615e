import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { replaceText } from './files-edit.ts';
import { Refused } from './files-refused.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly old: string;
  readonly new: string;
  readonly all?: boolean;
  readonly result?: string;
  readonly lines?: readonly number[];
  readonly note?: string;
  readonly refused?: string;
  readonly words?: string;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../../vectors/tools/edits.json', import.meta.url), 'utf8'));

for (const { name, text, result, lines, note, refused, words, ...edit } of cases) {
  test(`edit: ${name}`, () => {
    const run = (): ReturnType<typeof replaceText> => replaceText(text, { path: 'f.txt', all: false, ...edit });
    if (refused === undefined) {
      const edited = run();
      assert.deepEqual({ text: edited.text, lines: edited.lines }, { text: result, lines });
      return assert.match(edited.note, note === undefined ? /^$/ : new RegExp(`\\(${note}\\)`));
    }
    assert.throws(run, (error) => {
      assert.ok(error instanceof Refused);
      assert.equal(error.code, refused);
      assert.match(error.message, new RegExp(words ?? ''));
      return true;
    });
  });
}

/** Short texts over a small alphabet, so that matches and line ends of both kinds are common. */
const piece = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', '\t', ' ', 'é', '🙂', '\ufeff'), { maxLength: 8 }).map((parts) => parts.join(''));

test('an edit changes nothing outside its match, and the inverse edit brings the file back', () => {
  let undone = 0;
  fc.assert(
    fc.property(piece, piece, piece, piece, (front, old, back, fresh) => {
      fc.pre(old !== '' && old !== fresh);
      const text = front + old + back;
      let edited: string;
      try {
        edited = replaceText(text, { path: 'f', old, new: fresh, all: false }).text;
      } catch (error) {
        assert.ok(error instanceof Refused);
        return;
      }
      assert.ok(edited.startsWith(front) || text.indexOf(old) !== front.length);
      if (text.indexOf(old) === front.length) assert.ok(edited.endsWith(back));
      const put = edited.slice(front.length, edited.length - back.length);
      if (put === '' || put !== fresh) return;
      try {
        assert.equal(replaceText(edited, { path: 'f', old: put, new: old, all: false }).text, text);
        undone += 1;
      } catch (error) {
        // The new text may occur elsewhere too, or the edit may have changed which line ends are the file's own.
        if (!(error instanceof Refused) && !mixes(text, edited)) throw error;
      }
    }),
    often(500),
  );
  assert.ok(undone > 100, String(undone));
});

/** Did either text have both kinds of line ends, or did the edit change the kind? */
function mixes(text: string, edited: string): boolean {
  const kinds = (all: string): string => `${all.includes('\r\n')}${/(?<!\r)\n/.test(all)}`;
  return kinds(text) !== kinds(edited) || kinds(text) === 'truetrue';
}

test('replacing all leaves everything between the places as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', ' ', '\n'), { maxLength: 30 }).map((parts) => parts.join('')), (text) => {
      fc.pre(text.includes('ab'));
      assert.equal(replaceText(text, { path: 'f', old: 'ab', new: '<$&>', all: true }).text, text.split('ab').join('<$&>'));
    }),
  );
});

test('the hint for a big file comes at once and stays short', () => {
  const text = Array.from({ length: 200_000 }, (_, i) => `line number ${i} of this file`).join('\n');
  assert.throws(() => replaceText(text, { path: 'f', old: 'line number x of\nthat file', new: '', all: false }), (error) => error instanceof Refused && error.message.length < 1000);
});
