// Holds the documents and the code together: every test that the threat model names is there, every class has a row,
// every setting, command and environment variable is documented, and the version is one.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parseAst } from 'rolldown/parseAst';
import * as z from 'zod/mini';
import { COMMANDS } from './cli/commands.ts';
import { LIMITS } from './execute/limits.ts';
import { ASKING, GUARDS } from './policy/rules.ts';
import { Config } from './storage/config.ts';
import { VERSION } from './version.ts';

const ROOT = dirname(import.meta.dirname);
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const STATES = ['held', 'partly', 'not yet', 'no such surface'];
const CLASSES = 36;

interface Row { readonly number: number; readonly state: string; readonly words: string }
const rows: readonly Row[] = read('docs/threat-model.md')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, number = '']) => /^\d+$/.test(number))
  .map(([, number, , state = '', words = '']) => ({ number: Number(number), state, words }));

/** The tests that a row names: each “name” belongs to the next file that is linked. */
function namedIn(words: string): readonly { readonly name: string; readonly file: string }[] {
  let names: string[] = [];
  const named: { name: string; file: string }[] = [];
  for (const [, name, file] of words.matchAll(/“([^”]+)”|\]\(\.\.\/([^)]+)\)/g)) {
    if (name !== undefined) names.push(name);
    if (file === undefined) continue;
    named.push(...names.map((one) => ({ name: one, file })));
    names = [];
  }
  assert.deepEqual(names, [], 'a test without its file');
  return named;
}

const known = new Map<string, ReadonlySet<string>>();
/** Every string in a file of tests or of test data. */
function stringsOf(file: string): ReadonlySet<string> {
  const before = known.get(file);
  if (before !== undefined) return before;
  const found = new Set<string>();
  known.set(file, found);
  const look = (value: unknown): void => {
    if (typeof value === 'string') found.add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  look(file.endsWith('.json') ? JSON.parse(read(file)) : parseAst(read(file), { lang: 'ts' }, file));
  return found;
}

test('every class of attack has one row in the threat model, with a state', () => {
  assert.deepEqual(rows.map(({ number }) => number), Array.from({ length: CLASSES }, (_, at) => at + 1));
  for (const { number, state } of rows) assert.ok(STATES.includes(state), `${number}: ${state}`);
});

test('every test that the threat model names is there, by its name and in its file', () => {
  for (const { number, words } of rows) {
    for (const { name, file } of namedIn(words)) {
      assert.ok(existsSync(join(ROOT, file)), `${number}: there is no ${file}`);
      assert.ok(/\.test\.ts$|^vectors\/.*\.json$/.test(file), `${number}: ${file} is no file of tests`);
      assert.ok(stringsOf(file).has(name), `${number}: ${file} has no test “${name}”`);
    }
  }
});

test('what is called held names a test, and what is not whole says what is missing', () => {
  for (const { number, state, words } of rows) {
    if (state === 'held') assert.ok(namedIn(words).length > 0, `${number} names no test`);
    else if (state !== 'no such surface') assert.match(words, /\*\*Not yet:\*\*/, `${number} doesn't say what is missing`);
    if (state === 'held') assert.doesNotMatch(words, /Not yet/, `${number} isn't held as a whole`);
  }
});

test('every file of attack tests is named in the threat model', () => {
  const model = read('docs/threat-model.md');
  const attacks = ['src', 'console/journeys'].flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.attack.test.ts')).map((path) => `${folder}/${path}`));
  assert.ok(attacks.length > 5);
  for (const path of attacks.filter((one) => !one.includes('beneath'))) assert.ok(model.includes(`(../${path})`), path);
});

/** Keys of a JSON schema as a person writes them: `limits.seconds`, `models[].name`. */
function keysOf(schema: unknown, before = ''): readonly string[] {
  const { properties = {}, items } = schema as { properties?: { [key: string]: unknown }; items?: unknown };
  const inner = items === undefined ? [] : keysOf(items, `${before}[]`);
  return [...inner, ...Object.entries(properties).flatMap(([key, value]) => {
    const path = before === '' ? key : `${before}.${key}`;
    const below = keysOf(value, path);
    return (value as { type?: string }).type === 'object' ? below : [path, ...below];
  })];
}

test('every setting is documented, with its default, and no other is', () => {
  const documented = [...read('docs/configuration.md').matchAll(/^\| `([a-z][\w.[\]]*)` \| (.+?) \|/gm)];
  const keys = keysOf(z.toJSONSchema(Config));
  assert.ok(keys.length > 15);
  assert.deepEqual(documented.map(([, key]) => key).toSorted(), keys.toSorted());
  const { budgets, undo, profile } = Config.parse({});
  const defaults = [...Object.entries(budgets).map(([name, value]) => [`budgets.${name}`, value] as const), ['undo.days', undo.days], ['undo.megabytes', undo.megabytes], ['profile', profile]] as const;
  const { output, processes, memory, disk } = LIMITS;
  for (const [key, value] of [...defaults, ['limits.outputBytes', output], ['limits.processes', processes], ['limits.memoryBytes', memory], ['limits.diskBytes', disk]] as const) {
    assert.equal(documented.find(([, one]) => one === key)?.[2], `\`${value}\``, key);
  }
});

test('every environment variable of ours is documented, and every command with all its flags', async () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  const variables = new Set(sources.flatMap((path) => [...readFileSync(join(import.meta.dirname, path), 'utf8').matchAll(/env\['(PWB_[A-Z_]+)'\]/g)].map(([, name]) => name ?? '')));
  assert.ok(variables.has('PWB_HOME'));
  for (const name of variables) assert.ok(read('docs/configuration.md').includes(`\`${name}\``), name);
  const lines = read('docs/cli.md').split('\n');
  for (const load of Object.values(COMMANDS)) {
    const { usage } = await load();
    for (const one of usage.split(' | ')) assert.ok(lines.includes(`pwb ${one}`), `docs/cli.md has no line “pwb ${one}”`);
  }
});

test('the version is the same in the program and in the package', () => {
  assert.equal(VERSION, (JSON.parse(read('package.json')) as { version: string }).version);
});

test('links between documents lead somewhere', () => {
  for (const file of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`)]) {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)) assert.ok(existsSync(join(ROOT, dirname(file), target)), `${file}: ${target}`);
  }
});

test('every rule of the policy has an id of its own', () => {
  const named = [...GUARDS, ...ASKING];
  assert.equal(new Set(named.map(({ id }) => id)).size, named.length);
});
