import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Live } from '../model/live.ts';
import { News } from './news.ts';

function collect(pieces: readonly Live[]): readonly Live[] {
  const told: Live[] = [];
  const news = new News((some) => told.push(...some));
  for (const piece of pieces) news.hear(piece);
  news.flush();
  return told;
}
const text = (words: string, session = 'a'): Live => ({ type: 'text', session, text: words });

test('small pieces of one text are joined, in order, and never across what came between', () => {
  const rest: Live = { type: 'rest', session: 'a', state: 'answered' };
  assert.deepEqual(collect([text('one '), text('two'), rest, text('three')]), [text('one two'), rest, text('three')]);
  assert.deepEqual(collect([text('a'), text('b', 'b'), text('c')]), [text('a'), text('b', 'b'), text('c')]);
});

test('what is too fast to show is left out and said so, and states are never left out', () => {
  const state: Live = { type: 'action', session: 'a', action: 'x', kind: 'run', state: 'granted' };
  const told = collect([...Array.from({ length: 300 }, () => text('x'.repeat(10_000))), state]);
  assert.ok(told.reduce((sum, one) => sum + ('text' in one ? one.text.length : 0), 0) <= 256 * 1024);
  assert.deepEqual(told.slice(-2).map(({ type }) => type), ['action', 'notice']);
});

test('nothing new is not told', () => {
  const told: unknown[] = [];
  const news = new News((pieces) => told.push(pieces));
  news.flush();
  assert.deepEqual(told, []);
});
