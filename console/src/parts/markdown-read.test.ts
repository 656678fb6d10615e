import assert from 'node:assert/strict';
import test from 'node:test';
import { piecesOf, placeOf, tokensOf } from './markdown-read.ts';
import { prose, unspell } from './prose.ts';

test('a text that grows changes its last piece only', () => {
  const text = '# One\n\nTwo *three*.\n\n```js\nlet four;\n\nlet five;\n```\n\n- six\n\n- seven\n\n  eight\n\nnine\n';
  const whole = piecesOf(text);
  assert.deepEqual(whole.map(({ kind }) => kind), ['text', 'text', 'code', 'text', 'text']);
  for (let length = 1; length <= text.length; length++) {
    const some = piecesOf(text.slice(0, length));
    const settled = some.slice(0, -2);
    assert.deepEqual(settled, whole.slice(0, settled.length), `after ${length} characters`);
  }
});

test('no piece loses a word', () => {
  const texts = ['a\n\nb', '~~~\nx\n~~~\ny', '```\nopen to the end\nstill', '> q\n\n> r', '1. a\n\n2. b\n\nc', '\n\n\na', '    indented\n\n    more\n\nend', '```js inline ``` x\n\ny'];
  const wordsOf = (text: string): string[] => text.match(/[a-z]+/g) ?? [];
  for (const text of texts) {
    const said = piecesOf(text).map((piece) => (piece.kind === 'code' ? `${piece.lang}\n${piece.source}` : piece.source)).join('\n');
    assert.deepEqual(wordsOf(said), wordsOf(text), text);
  }
});

test('what is nested too deep, or too long, is plain text', () => {
  assert.equal(tokensOf('> '.repeat(5000)), null);
  assert.equal(tokensOf('- '.repeat(5000)), null);
  assert.equal(tokensOf('1. '.repeat(200)), null);
  assert.equal(tokensOf(Array.from({ length: 60 }, (_, at) => `${' '.repeat(at * 2)}- a`).join('\n')), null);
  assert.equal(tokensOf('x'.repeat(20_000)), null);
  assert.notEqual(tokensOf('> > - 1. deep, but no deeper than people write'), null);
  assert.notEqual(tokensOf('- - -\n\n* * *'), null);
});

test('hostile text is read without an error', () => {
  for (const one of ['[', '![', '*a_b', '`', '<a ', '|', '\\', '&', '[a](', 'a*b_c~', '<!--', 'www.', '~', '\u202e', '\ud800', '[a]: b\n', '***', '<![CDATA[']) {
    const text = one.repeat(Math.ceil(16_000 / one.length)).slice(0, 16_000);
    for (const piece of piecesOf(text)) if (piece.kind === 'text') tokensOf(piece.source);
  }
});

test('only addresses of the web and of mail are opened, and their host is the real one', () => {
  assert.equal(placeOf('https://google.com@evil.example/x')?.host, 'evil.example');
  assert.equal(placeOf('https://раураl.example/')?.host, 'xn--l-7sba6dbr.example');
  assert.equal(placeOf('mailto:a@b.example')?.host, 'a@b.example');
  for (const address of ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', '/api/stop', '//evil.example', 'blob:https://x.example/1', 'about:blank', '']) assert.equal(placeOf(address), null, address);
});

test('words keep emoji and spell what hides', () => {
  assert.equal(prose('fine \u{1f469}\u200d\u{1f4bb} \u2764\ufe0f'), 'fine \u{1f469}\u200d\u{1f4bb} \u2764\ufe0f');
  assert.equal(prose('a\u200db \u202etxt\u202c \ufe0f'), 'a‹U+200D›b ‹U+202E›txt‹U+202C› ‹U+FE0F›');
  assert.equal(prose('10\u202f000\u00a0km'), '10 000 km');
  assert.equal(prose(unspell('&#x202E;a &lt;b&gt; &amp;amp; &nope;')), '‹U+202E›a <b> &amp; &nope;');
});
