import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts } from './attempts.ts';

test('so many wrong ones a minute are counted, then they are too many, and time makes room again', () => {
  const attempts = new Attempts(3, 0);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => attempts.wrong(0)), [false, false, false, true, true]);
  assert.deepEqual([20_000, 20_000].map((now) => attempts.wrong(now)), [false, true]);
  assert.deepEqual([1, 2, 3, 4].map(() => attempts.wrong(10_000_000)), [false, false, false, true], 'and never more than that');
});
