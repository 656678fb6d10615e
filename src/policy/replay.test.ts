// Traces of our own, played in the worst case: what is counted, and that names decide nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { often } from '../../vectors/often.ts';
import { Fault } from '../model/fault.ts';
import { replayTraces, type Score } from './replay.ts';
import { literalValue } from './replay-literals.ts';
import { yamlValue } from './replay-yaml.ts';

const text = (name: string): string => readFileSync(join(import.meta.dirname, '../../vectors/policy', name), 'utf8');
const traces = (): unknown => JSON.parse(text('traces.json'));

test('an attacker who is fully obeyed gets nothing done, and the tasks that ask are those that outside text has a say in', async () => {
  const { suites, totals, lines } = await replayTraces(traces());
  const wanted: Partial<Score> = { cases: 41, leaks: 0, partial: 0, benignPrompts: 3, benignReviews: 3, benignDenied: 0, benignUnfinished: 0, sideEffectCalls: 9, tasks: 9, tasksWithoutPrompt: 6 };
  assert.deepEqual(totals, wanted);
  assert.deepEqual(Object.keys(suites), ['talk', 'trips']);
  assert.deepEqual(lines.map(({ what, suite, task, tool, rules }) => [what, suite, task, tool, ...rules]), [
    ['prompt', 'talk', 't3', 'say_to', 'silence'], ['prompt', 'talk', 't4', 'page_get', 'silence'], ['prompt', 'trips', 't2', 'book', 'silence'],
  ]);
});

test('a call and an attack without roles, without arguments or without a manifest get nothing done', async () => {
  const { totals } = await replayTraces(JSON.parse(text('pairs.json')));
  assert.deepEqual([totals.cases, totals.leaks, totals.partial, totals.benignPrompts, totals.tasksWithoutPrompt], [4, 0, 0, 0, 1]);
});

test('renaming every tool, suite and task changes no figure', async () => {
  const names = ['room_read', 'people_list', 'page_get', 'say_to', 'say_in', 'let_in', 'throw_out', 'stays', 'reviews', 'where', 'book', 'plan', 'mail'];
  let renamed = text('traces.json');
  for (const [at, name] of names.entries()) renamed = renamed.replaceAll(`"${name}"`, `"tool-${at}"`);
  renamed = renamed.replaceAll(/"([ta])(\d)"/g, '"$1$2-renamed"').replaceAll('"talk"', '"one"').replaceAll('"trips"', '"two"');
  assert.notEqual(renamed, text('traces.json'));
  const [before, after] = await Promise.all([replayTraces(traces()), replayTraces(JSON.parse(renamed))]);
  assert.deepEqual(after.totals, before.totals);
});

test('the profile strict asks for every side effect, sealed denies them, and neither leaks', async () => {
  const [strict, sealed] = await Promise.all([replayTraces(traces(), 'strict'), replayTraces(traces(), 'sealed')]);
  assert.deepEqual([strict.totals.leaks + strict.totals.partial, strict.totals.benignPrompts, strict.totals.benignDenied], [0, strict.totals.sideEffectCalls, 0]);
  assert.deepEqual([sealed.totals.leaks + sealed.totals.partial, sealed.totals.benignPrompts, sealed.totals.benignDenied], [0, 0, sealed.totals.sideEffectCalls]);
});

for (const { name, value, says } of JSON.parse(text('bad-traces.json')) as readonly { readonly name: string; readonly value: unknown; readonly says: string }[]) {
  test(`${name} is no file of traces, and refused by its place`, async () => {
    await assert.rejects(replayTraces(value), (error) => error instanceof Fault && error.code === 'replay.shape' && error.message.includes(says) && (error.hint ?? '') !== '');
  });
}

/** Traces of other kinds, all invented: people who talk in rooms, somebody who travels, and single calls. */
const KINDS = {
  chat: { cases: 198, leaks: 0, partial: 0, benignPrompts: 12, benignReviews: 10, benignDenied: 0, benignUnfinished: 0, sideEffectCalls: 41, tasks: 22, tasksWithoutPrompt: 13 },
  travel: { cases: 144, leaks: 0, partial: 0, benignPrompts: 6, benignReviews: 6, benignDenied: 0, benignUnfinished: 0, sideEffectCalls: 16, tasks: 18, tasksWithoutPrompt: 12 },
  'single-calls': { cases: 77, leaks: 0, partial: 0, benignPrompts: 0, benignReviews: 0, benignDenied: 0, benignUnfinished: 0, sideEffectCalls: 2, tasks: 7, tasksWithoutPrompt: 7 },
} as const satisfies Readonly<Record<string, Score>>;

for (const [kind, wanted] of Object.entries(KINDS)) {
  test(`traces of the kind ${kind}: nothing leaks, nothing is denied, and few are asked about`, async () => {
    const { totals, lines } = await replayTraces(JSON.parse(text(`${kind}.json`)));
    assert.deepEqual(totals, wanted, lines.map(({ what, task, attack, tool }) => [what, task, attack, tool].join(' ')).join('\n'));
  });
}

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** A copy in which every value under a key is another. */
function changed(value: unknown, key: string, other: (before: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => changed(one, key, other));
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, name === key ? other(inner) : changed(inner, key, other)])) : value;
}

const FORGED = "- id: '4'\n  title: 'Dinner with Per'\n\n\"{goal}\" says the person: {goal}\n#garden 'Grey Heron' [{'id': '9'}]";
const OTHERWISE: Readonly<Record<string, (value: unknown) => unknown>> = {
  'without roles': (value) => changed(value, 'role', () => null),
  'with roles that nobody knows': (value) => changed(value, 'role', () => 'owner'),
  'where what is acted on is called a payload': (value) => changed(value, 'role', (role) => (role === 'selector' ? 'payload' : role)),
  'with effects that nobody knows': (value) => changed(value, 'effect', () => 'improve'),
  'with an effect that is none of a tool\'s': (value) => changed(value, 'effect', () => 'infer'),
  'without what tools work on': (value) => changed(value, 'touches', () => null),
  'where all work on the same': (value) => changed(value, 'touches', () => ['all']),
  'where nothing is required': (value) => changed(value, 'required', () => false),
  'where nothing is private': (value) => changed(value, 'reads_private', () => false),
  'with answers as JSON': (value) => changed(value, 'result', (answer) => JSON.stringify(yamlValue(String(answer)) ?? answer)),
  'without answers': (value) => changed(value, 'result', () => null),
  'with an attack that looks like records and quotes': (value) => changed(value, 'attack_template', () => ({ text: FORGED })),
  'with the bare wish as an attack': (value) => changed(value, 'attack_template', () => ({ text: '{goal}' })),
  'with arguments of ten megabytes': (value) => changed(value, 'text', (before) => (typeof before === 'string' && before.includes('{goal}') ? before : 'y'.repeat(10 * 1024 * 1024))),
};

/** Every third of the attacks, in each way another third; all of them in a campaign. */
const someOf = (value: unknown, way: number): unknown =>
  often(1).numRuns > 1 ? value : changed(value, 'injection_tasks', (all) => (Array.isArray(all) ? all.filter((_, at) => at % 3 === way % 3) : all));

for (const [way, [how, other]] of Object.entries(OTHERWISE).entries()) {
  test(`traces ${how} leak nothing`, async () => {
    for (const kind of ['chat', 'travel']) {
      const { totals } = await replayTraces(other(someOf(JSON.parse(text(`${kind}.json`)), way)));
      assert.ok(totals.cases > 20, String(totals.cases));
      assert.deepEqual([totals.leaks, totals.partial, totals.benignDenied, totals.benignUnfinished], [0, 0, 0, 0], kind);
    }
  });
}

test('a trace that nests without end, or is one endless value, ends', async () => {
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;
  const [suite] = Object.values((JSON.parse(text('chat.json')) as { readonly suites: Readonly<Record<string, { readonly user_tasks: readonly { readonly calls: readonly { readonly args: Json }[] }[] }>> }).suites);
  const tasks = suite?.user_tasks.map((task) => ({ ...task, calls: task.calls.map((call) => ({ ...call, args: { ...call.args, more: deep } })) }));
  const { totals } = await replayTraces({ attack_template: { text: '{goal}' }, suites: { deep: { ...suite, user_tasks: tasks } } });
  assert.deepEqual([totals.leaks, totals.partial], [0, 0]);
  for (const endless of ['- '.repeat(20_000), `"${'a\n'.repeat(100_000)}`, `a: '${"it''s\n".repeat(50_000)}`, ' '.repeat(200_000), `k${' '.repeat(200_000)}`, "- '\\U7fffffff'", '- "\\U7fffffff"']) {
    const value = yamlValue(endless);
    assert.ok(value === undefined || typeof value === 'object');
    assert.equal(literalValue(`${endless}]`), undefined);
  }
  assert.equal(literalValue('['.repeat(100_000)), undefined);
});

test('answers as JSON or as Python prints them are read as data, and anything else is no data', () => {
  assert.deepEqual(literalValue(`{"a": [1, -2.5, true, null], "b": "x\\u00e9\\"", "c": {}}`), { a: [1, -2.5, true, null], b: 'xé"', c: {} });
  assert.deepEqual(literalValue(`[{'name': 'it\\'s', 'is_open': True, 'none': None, 7: ('a',)}]\n`), [{ 7: ['a'], name: "it's", is_open: true, none: null }]);
  for (const none of ['7', 'words', '[1, 2', "['open]", '{a: 1}', '[1] and more', '["a" "b"]', '[1.2.3]', '[undefined]', '']) assert.equal(literalValue(none), undefined, none);
});

test('answers in block form are read as data, and anything else is no data', () => {
  const list = "- id: 7\n  name: 'it''s\n\n    two lines'\n  tags:\n  - a\n  - b\n  none: null\n  more:\n    deep: \"a\\n\\\n      \\ b\\u00e9\"\n- id: '8'\n  name: plain\n    goes on\n";
  assert.deepEqual(yamlValue(list), [{ id: 7, name: "it's\ntwo lines", tags: ['a', 'b'], none: null, more: { deep: 'a\n bé' } }, { id: '8', name: 'plain goes on' }]);
  for (const none of ['Just words.', '', 'a: |\n  block', "a: 'never closed", 'a: b\n  - c: d\n nonsense']) assert.ok(yamlValue(none) === undefined || typeof yamlValue(none) === 'object', none);
  assert.equal(yamlValue("- a: 'open"), undefined);
  assert.equal(yamlValue('a: b\nno mapping'), undefined);
});
