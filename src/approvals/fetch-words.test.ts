import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainLines } from './drawing.ts';
import { landingWords, effectParts } from './effect-words.ts';
import { fetchPart } from './fetch-words.ts';
import { NO_EFFECTS } from '../model/effects.ts';
import type { Action } from '../model/action.ts';

const REACH = { most: 5, rest: 'pwb show abcdefghjk --all' };
const draw = (url: string): string[] => plainLines([fetchPart(url, REACH)]);
const FETCH: Action = { kind: 'fetch', workspace: 'cdefghjkmn', root: '/w', url: 'https://example.com/a' };

test('a card of a URL says whom it asks, and lists each value that goes there, decoded', () => {
  assert.deepEqual(draw('https://example.com/docs/'), ["it asks example.com, which learns the URL; that can't be taken back", '  path /docs/']);
  assert.deepEqual(draw('https://evil.example:8443/c%20d?k=s%20e&k=2&empty=&%3Cb%3E=%E2%80%AEx'), [
    "! it asks evil.example, which learns the URL with 4 values in it; that can't be taken back",
    '  port 8443', '  path /c%20d (which reads as "/c d")', '  data k = "s e"', '  data k = 2', '  data empty = ""', '  data "<b>" = "‹U+202E›x"',
  ]);
});

test('a look-alike host, and what nobody encrypts, are warned of', () => {
  assert.match(draw('https://xn--pple-43d.com/')[0] ?? '', /^! it asks xn--pple-43d\.com \(which reads as а‹U\+0430›pple\.com\)/);
  assert.ok(draw('http://example.com/').some((line) => line.includes('nothing of it is encrypted')));
});

test('a value of 100 kB is cut with its size, many values are counted, and no value can end its line', () => {
  const lines = draw(`https://e.example/?a=${'x'.repeat(100_000)}&b=%0Ait%20asks%20nobody&${Array.from({ length: 9 }, (_, at) => `n${at}=1`).join('&')}`);
  assert.ok(lines.some((line) => line.startsWith('  data a = "xxx') && line.endsWith('… (100,000 characters)') && line.length < 300));
  assert.ok(lines.includes('  data b = "‹\\n›it asks nobody"'));
  assert.equal(lines.at(-1), '  6 more values, not drawn here: pwb show abcdefghjk --all');
});

test('reading a URL has no effect here, and what it tells is said beside the yes', () => {
  assert.match(plainLines(effectParts({ action: FETCH, effects: NO_EFFECTS, rehearsal: null, rules: [] }, { id: 'abcdefghjk', many: 'folders' }))[0] ?? '', /^it asks example\.com/);
  assert.equal(landingWords({ action: FETCH, effects: NO_EFFECTS, rules: [] }, 'abcdefghjk', 'step'), 'asks example.com once, without credentials; what it learns by that stays learned · profile step');
});
