import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { jsonTrouble } from './json.ts';
import { TOOLS } from './offer.ts';
import { understand } from './understand.ts';

interface Case {
  readonly name: string;
  readonly call: { readonly name: string; readonly arguments: string };
  readonly action?: { readonly [key: string]: unknown };
  readonly error?: string;
}

const place = { workspace: 'w0000000ws', root: '/w/s' };
const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../../vectors/tools/calls.json', import.meta.url), 'utf8'));

for (const { name, call, action, error } of cases) {
  test(`call: ${name}`, () => {
    const understood = understand(call, place);
    if (error !== undefined) {
      assert.ok(!understood.ok, `expected words, got ${JSON.stringify(understood)}`);
      assert.match(understood.error, new RegExp(error));
      return;
    }
    assert.ok(understood.ok, JSON.stringify(understood));
    const { kind, ...rest } = understood.action;
    const got = { kind, ...rest, ...(kind === 'run' ? { argv: ['SHELL', ...understood.action.argv.slice(1)] } : {}) };
    assert.deepEqual(got, { ...place, ...action });
  });
}

test('no string that a model sends can make understanding throw', () => {
  const names = fc.oneof(fc.constantFrom(...TOOLS.map(({ name }) => name)), fc.string());
  const nearly = fc.json().chain((json) => fc.nat(json.length).map((at) => json.slice(0, at) + json.slice(at + 1)));
  const objects = fc.dictionary(fc.constantFrom('path', 'to', 'old', 'new', 'content', 'command', 'from', '__proto__', 'x'), fc.jsonValue()).map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(names, fc.oneof(fc.string({ unit: 'binary' }), fc.json(), nearly, objects), (name, text) => {
      const understood = understand({ name, arguments: text }, place);
      assert.ok(understood.ok || understood.error.length > 0);
    }),
    often(150),
  );
});

test('the place of broken JSON is found wherever the engine refuses', () => {
  const broken = fc.json().chain((json) => fc.tuple(fc.nat(json.length), fc.constantFrom('', ',', '"', '}', 'x', '\n', '\\')).map(([at, junk]) => json.slice(0, at) + junk + json.slice(at + 1)));
  fc.assert(
    fc.property(broken, (text) => {
      try {
        JSON.parse(text);
      } catch {
        assert.match(jsonTrouble(text), /^at position \d+/);
      }
    }),
    often(300),
  );
});

test('endless brackets and endless text are refused in words', () => {
  for (const text of ['['.repeat(4_000_000), '{"path":'.repeat(500_000), `{"path":"${'a'.repeat(9_000_000)}"}`]) {
    const understood = understand({ name: 'read', arguments: text }, place);
    assert.ok(!understood.ok);
    assert.ok(understood.error.length < 500);
  }
});

test('a tool that was not offered is not understood', () => {
  for (const name of ['run', 'search']) {
    const understood = understand({ name, arguments: '{"command":"ls","pattern":"x"}' }, place, { sandbox: false });
    assert.ok(!understood.ok);
    assert.match(understood.error, /needs a sandbox/);
  }
});
