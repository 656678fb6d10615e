import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hidesSomething, visible } from './visible.ts';

const HIDING: readonly (readonly [what: string, text: string, drawn: string])[] = [
  ['a right-to-left override', 'a\u202Etxt.exe', 'a‹U+202E›txt.exe'],
  ['an isolate', 'x\u2066y\u2069', 'x‹U+2066›y‹U+2069›'],
  ['a zero-width space', 'rm\u200b -rf', 'rm‹U+200B› -rf'],
  ['a no-break space', 'a\u00a0b', 'a‹U+00A0›b'],
  ['an escape sequence', '\u001b[2Kok', '‹ESC›[2Kok'],
  ['a carriage return', 'safe\rdanger', 'safe‹\\r›danger'],
  ['a backspace', 'a\u0008', 'a‹U+0008›'],
  ['a C1 control', '\u009b1m', '‹U+009B›1m'],
  ['a tag character', 'a\u{e0041}', 'a‹U+E0041›'],
  ['a variation selector', 'a\ufe0f', 'a‹U+FE0F›'],
  ['a Hangul filler', '\u3164', '‹U+3164›'],
  ['a line separator', 'a\u2028b', 'a‹U+2028›b'],
  ['half a surrogate pair', 'a\ud800', 'a‹U+D800›'],
  ['an accent that is a character of its own', 'e\u0301a', 'e\u0301‹U+0301›a'],
  ['a Hangul syllable in parts', '\u1112\u1161\u11ab', '\u1112\u1161\u11ab‹U+1161›‹U+11AB›'],
  ['a sign that stands for a letter', '\u212b', '\u212b‹U+212B›'],
  ['a Cyrillic letter with an accent in a Latin word', 'x\u0438\u0306', 'x\u0438\u0306‹U+0306›‹U+0438›'],
  ['a Cyrillic letter in a Latin word', 'p\u0430ypal', 'pа‹U+0430›ypal'],
];

for (const [what, text, drawn] of HIDING) {
  test(`${what} is drawn visibly`, () => {
    assert.equal(visible(text), drawn);
    assert.equal(hidesSomething(text), true);
  });
}

test('a word that is wholly of another script stays readable', () => {
  assert.equal(visible('Привет мир, καλημέρα'), 'Привет мир, καλημέρα');
});

test('two names that look the same are drawn differently, and a composed one stays as it is', () => {
  for (const name of ['caf\u00e9.txt', '\ud55c\uae00', 'n\u0303o\u0323'.normalize('NFC'), '\u0e01\u0e34', '\u0915\u093f']) {
    assert.equal(visible(name), name);
    if (name.normalize('NFD') !== name) assert.notEqual(visible(name.normalize('NFD')).normalize('NFC'), visible(name));
  }
});

test('nothing is ever dropped: what is shown is at least as long', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    assert.ok(visible(text).length >= text.length);
    assert.equal(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b-\u200f]/.test(visible(text)), false);
  }));
});
