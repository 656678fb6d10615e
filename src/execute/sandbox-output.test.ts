import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keepOutput } from './sandbox-output.ts';

test('output within the limit is kept to the byte, however it arrives', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const keeper = keepOutput(100_000);
      for (const chunk of chunks) keeper.add(chunk);
      assert.deepEqual(Buffer.from(keeper.bytes()), Buffer.concat(chunks));
    }),
  );
});

test('of more output the beginning and the end are kept, the rest is counted and said', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { minLength: 1 }), fc.integer({ min: 0, max: 200 }), (chunks, limit) => {
      const keeper = keepOutput(limit);
      for (const chunk of chunks) keeper.add(chunk);
      const all = Buffer.concat(chunks);
      assert.equal(keeper.total(), all.length);
      if (all.length <= limit) return;
      const head = Math.floor(limit / 4);
      const words = Buffer.from(`\n[${all.length - limit} bytes of output left out here]\n`);
      assert.deepEqual(Buffer.from(keeper.bytes()), Buffer.concat([all.subarray(0, head), words, all.subarray(all.length - (limit - head))]));
    }),
  );
});

test('output is read on from where a reader was, and what it missed is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { minLength: 1 }), fc.integer({ min: 0, max: 200 }), fc.nat(500), (chunks, limit, first) => {
      const keeper = keepOutput(limit);
      const all = Buffer.concat(chunks);
      let at = Math.min(first, all.length);
      const read = (): void => {
        const { bytes, missed, next } = keeper.since(at);
        assert.equal(next, Math.min(at, keeper.total()) + missed + bytes.length);
        assert.deepEqual(Buffer.from(bytes), all.subarray(next - bytes.length, next));
        at = Math.max(at, next);
      };
      for (const [index, chunk] of chunks.entries()) {
        keeper.add(chunk);
        if (index % 3 === 0) read();
      }
      while (at < all.length) read();
      assert.equal(keeper.since(at).bytes.length, 0);
    }),
  );
});
