import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes, canonicalText, parseCanonical, type Json } from './canonical.ts';
import { isFault } from '../../vectors/house/faults.ts';

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('canonical bytes come back as the same value, and the same value gives the same bytes', () => {
  fc.assert(fc.property(json, (value) => {
    const bytes = canonicalBytes(value);
    const again = parseCanonical(bytes);
    assert.deepEqual(canonicalBytes(again), bytes);
    assert.equal(canonicalText(JSON.parse(canonicalText(value)) as Json), canonicalText(value));
  }));
});

test('the order of keys, white space and escapes of other writers are not canonical', () => {
  for (const text of ['{"b":1,"a":2}', '{ "a":1}', '{"a":1,"a":2}', '"\\u0041"', '1.0', '1e2', '-0', '[1,]', '', 'nul', '{"a":1}\n', '\ufeff{}']) {
    assert.throws(() => parseCanonical(new TextEncoder().encode(text)), isFault(/^canonical\./), text);
  }
});

test('what RFC 8785 leaves to taste is refused', () => {
  const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)]);
  for (const value of [1.5, Number.NaN, 2 ** 53, '\ud800', deep(80)]) assert.throws(() => canonicalText(value), isFault('canonical.value'));
});

test('keys are sorted by UTF-16 code units, as in the example of RFC 8785 §3.2.3', () => {
  const keys = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' };
  const order = ['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh'];
  assert.deepEqual(Object.values(JSON.parse(canonicalText(keys)) as object).toSorted((a, b) => canonicalText(keys).indexOf(String(a)) - canonicalText(keys).indexOf(String(b))), order);
});

test('invalid UTF-8 is refused', () => {
  assert.throws(() => parseCanonical(Uint8Array.of(0x22, 0xff, 0x22)), isFault('canonical.bytes'));
});
