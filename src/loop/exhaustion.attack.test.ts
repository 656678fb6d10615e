// A model that sends too much: too long, too deep, too many, and patterns made to run for ever. Each gets words, and
// the turn goes on or ends in words.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { lastMessages, openTestHouse } from '../../vectors/house/house.ts';
import { pendingActions } from '../approvals/actions.ts';
import { errorWords } from '../providers/errors.ts';

const hasSandbox = existsSync('/usr/bin/bwrap');

test('arguments that are too deep, too long or made to run for ever come back as short words, and the turn goes on', async () => {
  const bomb = `${'a'.repeat(40)}!`;
  const calls = [
    { name: 'read', arguments: '['.repeat(200_000) },
    { name: 'read', arguments: `${'{"path":'.repeat(50_000)}` },
    { name: 'read', arguments: { path: 'n'.repeat(300) } },
    { name: 'read', arguments: { path: 'd/'.repeat(5000) } },
    { name: 'write', arguments: { path: `x/${'é'.repeat(200)}`, content: '' } },
    { name: 'read', arguments: { path: 'a.txt', from: 1e308 } },
    { name: 'read', arguments: '{"path":"a.txt","from":99999999999999999999}' },
    { name: 'list', arguments: { path: '.', depth: 2 ** 53 } },
    { name: 'edit', arguments: { path: 'bomb.txt', old: 'a'.repeat(20_000), new: 'b' } },
    { name: 'n'.repeat(10_000), arguments: {} },
    ...(hasSandbox
      ? [
          { name: 'search', arguments: { pattern: '(a+)+$' } },
          { name: 'search', arguments: { pattern: '(a|a)*(a|a)*(a|a)*b', glob: `${'*a'.repeat(30)}b` } },
          { name: 'search', arguments: { pattern: '(((a{1,100}){1,100}){1,100}){1,100}' } },
          { name: 'search', arguments: { pattern: 'x'.repeat(1001) } },
          { name: 'run', arguments: { command: `: ${'x'.repeat(200_000)}` } },
          { name: 'run', arguments: { command: 'true', timeout: 1e9 } },
        ]
      : []),
  ];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }], window: 1_000_000 }, { 'bomb.txt': `${bomb}\n`.repeat(2000) });
  assert.equal((await house.ask('go')).rest.state, 'answered');
  const results = lastMessages(house.scripted).filter(({ role }) => role === 'tool');
  assert.equal(results.length, calls.length);
  for (const [at, { content }] of results.entries()) assert.ok(content.length < 20_000, `${calls[at]?.name.slice(0, 20) ?? ''}: ${content.length} characters`);
  assert.equal(pendingActions(house.bench.log.store.db).length, 0);
});

test('ten megabytes of arguments are refused, and a context that they fill ends the turn in words', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'x'.repeat(10 * 2 ** 20) } }] }, { text: 'ok' }] });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'context');
  assert.equal(pendingActions(house.bench.log.store.db).length, 0);
  assert.equal(house.scripted.requests.length, 1);
});

test('more calls than anybody needs in one answer are not all taken, and none of them runs by itself', async () => {
  const calls = Array.from({ length: 2000 }, (_, n) => ({ name: 'write', arguments: { path: `f${n}.txt`, content: 'x' } }));
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }] });
  const { rest } = await house.ask('go');
  assert.ok(rest.state === 'waiting' && rest.pending.length <= 64, rest.state);
});

test('an error page made of half-open tags is read in no time, whatever its length', () => {
  for (const tag of ['<title', '<h1', '<title>', 'model ', 'maximum context', 'unknown model not ']) {
    const { words } = errorWords(500, 'text/html', Buffer.from(`<${tag.repeat(2 ** 20 / tag.length)}`));
    assert.ok(words.length < 2000);
  }
});
