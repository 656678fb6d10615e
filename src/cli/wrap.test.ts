import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Wrapper, wrapLine } from './wrap.ts';

function wrapped(text: string, columns: number, pieces: readonly number[] = []): string {
  const wrapper = new Wrapper(columns);
  let out = '';
  let rest = text;
  for (const size of pieces) {
    out += wrapper.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return out + wrapper.push(rest) + wrapper.flush();
}

test('a word that does not fit goes to the next line whole', () => {
  assert.equal(wrapped('the quick brown fox', 10), 'the quick\nbrown fox');
  assert.equal(wrapped('the quick brown fox\njumps', 10), 'the quick\nbrown fox\njumps');
});

test('what has no spaces is printed as it comes and left to the terminal', () => {
  const wrapper = new Wrapper(10);
  assert.equal(wrapper.push('abcdefghijkl'), 'abcdefghij');
  assert.equal(wrapper.push('\u4f60\u597d'), 'kl\n\u4f60\u597d');
});

test('an indented line goes on below its text, and colours take no room', () => {
  assert.equal(wrapLine('  \u001b[2mwhy:\u001b[0m because it is so', 14), '  \u001b[2mwhy:\u001b[0m because\n    it is so');
});

test('nothing is lost or added but breaks in the place of spaces, however the text is cut into pieces', () => {
  const text = fc.stringMatching(/^[a-z \n]{0,80}$/);
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 30 }), fc.array(fc.integer({ min: 1, max: 9 })), (words, columns, pieces) => {
      const out = wrapped(words, columns, pieces);
      assert.equal(out.replaceAll(/\s+/g, ' ').trim(), words.replaceAll(/\s+/g, ' ').trim());
      assert.equal(out, wrapped(words, columns));
      for (const line of out.split('\n')) assert.ok(line.trimEnd().length <= columns || !line.trim().includes(' '), JSON.stringify(line));
    }),
  );
});
