import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BOTTOM, INTEGRITY, join, joinAll, SECRECY, type Label } from './label.ts';

const label: fc.Arbitrary<Label> = fc.record({
  integrity: fc.constantFrom(...INTEGRITY),
  secrecy: fc.constantFrom(...SECRECY),
  sources: fc.uniqueArray(fc.constantFrom(...Array.from({ length: 60 }, (_, i) => `file:${i}`)), { maxLength: 40 }).map((sources) => (sources.length > 32 ? ['many'] : sources.toSorted())),
});

test('joining labels is a semilattice: associative, commutative, idempotent, with a unit', () => {
  fc.assert(fc.property(label, label, label, (a, b, c) => {
    assert.deepEqual(join(join(a, b), c), join(a, join(b, c)));
    assert.deepEqual(join(a, b), join(b, a));
    assert.deepEqual(join(a, a), join(a, BOTTOM));
    assert.deepEqual(join(a, BOTTOM), { ...a });
  }));
});

test('no sequence of joins raises integrity or lowers secrecy', () => {
  fc.assert(fc.property(label, fc.array(label), (first, more) => {
    const all = joinAll([first, ...more]);
    assert.ok(INTEGRITY.indexOf(all.integrity) >= INTEGRITY.indexOf(first.integrity));
    assert.ok(SECRECY.indexOf(all.secrecy) >= SECRECY.indexOf(first.secrecy));
  }));
});
