import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ContextMessage } from '../audit/context.ts';
import { PERSON } from '../model/label.ts';
import { estimateTokens, fit } from './fit.ts';

const message = (idx: number, role: ContextMessage['role'], size: number, turn: number): ContextMessage => ({ idx, turn, role, digest: '', size, label: PERSON, action: null });

/** system, then turns of: user, (assistant, tool)*, assistant */
const context = fc.array(fc.record({ user: fc.nat(2000), steps: fc.array(fc.record({ said: fc.nat(500), result: fc.nat(20_000) }), { maxLength: 6 }) }), { minLength: 1, maxLength: 6 }).map((turns) => {
  const messages: ContextMessage[] = [message(0, 'system', 900, 1)];
  turns.forEach(({ user, steps }, turn) => {
    messages.push(message(messages.length, 'user', user, turn + 1));
    for (const { said, result } of steps) messages.push(message(messages.length, 'assistant', said, turn + 1), message(messages.length + 1, 'tool', result, turn + 1));
    if (turn < turns.length - 1) messages.push(message(messages.length, 'assistant', 100, turn + 1));
  });
  return messages;
});

const sizeAfter = (messages: readonly ContextMessage[], fixed: number, blank: ReadonlySet<number>, keepFrom: number): number =>
  fixed + messages.reduce((sum, { idx, size }) => sum + (idx !== 0 && idx < keepFrom ? 0 : blank.has(idx) ? Math.min(160, size) : size), 0);

test('what is compacted fits, keeps the system text and the latest question and results, and begins with a question', () => {
  fc.assert(fc.property(context, fc.integer({ min: 500, max: 20_000 }), (messages, limit) => {
    const found = fit(messages, 2500, limit);
    const whole = estimateTokens(sizeAfter(messages, 2500, new Set(), 0));
    assert.equal(found.kind === 'fits', whole <= limit);
    if (found.kind !== 'compact') return;
    assert.ok(estimateTokens(sizeAfter(messages, 2500, found.blank, found.keepFrom)) <= limit);
    if (found.keepFrom > 0) assert.equal(messages[found.keepFrom]?.role, 'user');
    const lastUser = messages.findLastIndex(({ role }) => role === 'user');
    assert.ok(found.keepFrom <= lastUser);
    const lastSaid = messages.findLastIndex(({ role }) => role === 'assistant');
    for (const idx of found.blank) assert.ok(messages[idx]?.role === 'tool' && idx < lastSaid);
  }));
});

test('what can not fit is said in tokens and never cut', () => {
  const found = fit([message(0, 'system', 900, 1), message(1, 'user', 100_000, 1)], 2500, 3000);
  assert.equal(found.kind, 'too-large');
});
