import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './rule-text.ts';

test('a rule is told from the examples that stand before it, however they are laid out', () => {
  assert.deepEqual(partsOf('// mine\n@id("a.b") @reason("No \\"x\\" here; never.")\n@matches("read; write paths=a") // two\n@differs("exec")\nforbid (principal, action, resource)\n  when { context.oversize };'), {
    rule: 'forbid (principal, action, resource)\n  when { context.oversize };', matches: ['read', 'write paths=a'], differs: ['exec'],
  });
});

test('of a text that is laid out in another way nothing is left out', () => {
  for (const text of ['', '@other("a") permit (principal, action, resource);', 'permitted', '@id("a" permit (principal, action, resource);']) assert.deepEqual(partsOf(text), { rule: text, matches: [], differs: [] });
});
