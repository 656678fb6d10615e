import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { depthOf } from './body.ts';

test('the depth of any JSON is what its nesting is, whatever its strings hold', () => {
  const deep = (value: unknown): number => (typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(deep)) : 0);
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(depthOf(JSON.stringify(value)), deep(value))));
  assert.equal(depthOf(String.raw`{"a":"[[[{\"[[","b\\":[1]}`), 2);
});
