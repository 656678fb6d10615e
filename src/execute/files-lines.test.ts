import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LINE_BYTES, LinePicker } from './files-lines.ts';

const texts = fc.array(fc.constantFrom('a', 'é', '🙂', '\n', '\r\n', 'x'.repeat(LINE_BYTES - 1)), { maxLength: 12 }).map((parts) => parts.join(''));

test('however the bytes arrive, the same lines are picked as from the whole text', () => {
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 4 }), (text, sizes, from, more) => {
      const bytes = Buffer.from(text);
      const picker = new LinePicker('f', from, from + more, Infinity);
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const size = (sizes[i % sizes.length] ?? 1) * (bytes.length > 1000 ? 500 : 1);
        picker.push(bytes.subarray(at, at + size));
        at += size;
      }
      const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
      assert.equal(picker.end(), lines.length);
      const wanted = lines.slice(from - 1, from + more);
      assert.equal(picker.picked.length, wanted.length);
      for (const [i, { text: shown, leftOut }] of picker.picked.entries()) {
        const whole = wanted[i] ?? '';
        assert.ok(whole.startsWith(shown));
        assert.equal(Buffer.byteLength(shown) + leftOut, Buffer.byteLength(whole));
        assert.equal(leftOut === 0, Buffer.byteLength(whole) <= LINE_BYTES);
      }
    }),
    { numRuns: 300 },
  );
});

test('a budget ends the range at a line, but never before the first', () => {
  const picker = new LinePicker('f', 1, 100, 5);
  picker.push(Buffer.from('0123456789\nab\n'));
  assert.deepEqual([picker.picked.map(({ text }) => text), picker.full, picker.done], [['0123456789'], true, true]);
});
