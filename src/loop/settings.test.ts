// The settings as a person reads and changes them, held against the file's shape and its documentation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Config } from '../storage/config.ts';
import { changeSetting, setting, settings, type Value } from './settings.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const documented = new Map([...DOCS.matchAll(/^\| `([a-z][\w.[\]]*)` \| (.+?) \| (.+) \|$/gm)].map(([, key = '', byDefault = '', words = '']) => [key, { byDefault, words }]));

/** A configuration in memory, changed as the workbench changes its file. */
function desk(): { readonly config: () => Config; readonly said: string[]; changeConfig(change: (config: Config) => Config, what: string): Promise<void> } {
  let now = Config.parse({});
  const said: string[] = [];
  return {
    said,
    config: () => now,
    changeConfig: async (change, what) => {
      now = Config.parse(change(now));
      said.push(what);
    },
  };
}

test('every setting that is documented is one that a person can read, with the same words and default', () => {
  const all = settings(desk());
  assert.deepEqual(all.map(({ key }) => key).toSorted(), [...documented.keys()].filter((key) => !key.includes('[]')).toSorted());
  for (const { key, words, default: byDefault } of all) {
    const row = documented.get(key);
    assert.ok(row?.words.startsWith(words), `${key}: ${row?.words ?? ''}`);
    assert.ok(!words.includes('\n') && words.endsWith('.'), key);
    if (byDefault !== null) assert.equal(row?.byDefault, `\`${Array.isArray(byDefault) ? '[]' : String(byDefault)}\``, key);
  }
});

test('a setting is changed and taken back to its default, on record each time', async () => {
  const tries: readonly (readonly [string, Value])[] = [['budgets.steps', 7], ['limits.seconds', 60], ['limits.memoryBytes', 1], ['undo.days', 1], ['hide', ['*.key', '!x']], ['toolchains', ['/opt/x']], ['profile', 'strict'], ['model', 'local']];
  for (const [key, value] of tries) {
    const bench = desk();
    const before = setting(bench, key);
    assert.deepEqual((await changeSetting(bench, key, value, 'cli')).value, value, key);
    assert.deepEqual(await changeSetting(bench, key, null, 'cli'), before, key);
    assert.deepEqual(bench.config(), Config.parse({}), key);
    assert.deepEqual(bench.said, [`${key}: ${JSON.stringify(value)}`, `${key}: the default`]);
  }
});

test('a value of another kind, a setting that is not one, and one that is changed elsewhere are refused', async () => {
  const tries: readonly (readonly [string, Value, string])[] = [
    ['budgets.steps', 0, 'config.value'], ['budgets.steps', 'many', 'config.value'], ['budgets.steps', 1.5, 'config.value'], ['profile', 'none', 'config.value'], ['model', ['a'], 'config.value'],
    ['hide', 'x', 'config.value'], ['hide', [''], 'config.value'], ['toolchains', ['../x'], 'config.value'], ['models', ['x'], 'config.read-only'], ['remote', ['https://x'], 'config.read-only'], ['approvals', 1, 'config.unknown-key'], ['__proto__', 1, 'config.unknown-key'],
  ];
  for (const [key, value, code] of tries) {
    const bench = desk();
    await assert.rejects(changeSetting(bench, key, value, 'cli'), { code }, `${key} ${String(value)}`);
    assert.deepEqual(bench.config(), Config.parse({}));
  }
});
