// Rules that are nested until Cedar's machine breaks off: they are refused before it sees them; and where one gets there
// all the same, everything else is decided as before, in the same process.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadEngineNow } from './cedar-engine.ts';
import { QUIET } from './cedar-facts.ts';
import { EngineBroken } from './cedar-instance.ts';
import { cedarPolicyNow } from './cedar-policy.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';
import { RulesFault } from '../model/problem.ts';
import type { StandingBody } from './standing.ts';
import { cedarOf, standingFile } from './standing-cedar.ts';

const rule = (condition: string): string => `@id("mine")\n@reason("because it is so")\n@matches("read")\n@differs("write")\nforbid (principal, action == Action::"read", resource) when { ${condition} };`;
const times = (text: string, count: number): string => text.repeat(count);
const nested = (count: number): string => Array.from({ length: count }).reduce<string>((inner) => `if context.remote then ${inner} else true`, 'true');
const DEEP: Readonly<Record<string, string>> = {
  'brackets in brackets': rule(`${times('(', 200)}true${times(')', 200)}`),
  'sets in sets': rule(`${times('[', 3000)}1${times(']', 3000)} == [1]`),
  'records in records': rule(`${times('{a:', 400)}1${times('}', 400)} == {a: 1}`),
  'many conditions': rule(`${times('context.remote || ', 400)}true`),
  'a long sum': rule(`${times('1+', 1500)}1 == 2`),
  'choices in choices': rule(nested(800)),
  'parts of parts': rule(`context${times('.a', 1500)}`),
  'brackets behind a string with a quote in it': rule(`"\\"(" == "" || ${times('(', 200)}true${times(')', 200)}`),
};
const facts = { ...QUIET, kind: 'read' };

for (const [name, text] of Object.entries(DEEP)) {
  test(`a rule with ${name} is refused in words, and others are judged as before`, () => {
    const before = cedarPolicyNow(PROFILE_FILES.step);
    assert.throws(() => cedarPolicyNow([...PROFILE_FILES.step, { name: 'mine.cedar', layer: 'workspace', text: `\n${text}` }]), (error) => {
      assert.ok(error instanceof RulesFault);
      assert.deepEqual(error.problems.map(({ file, line, code }) => [file, line, code]), [['mine.cedar', 2, 'policy.long']]);
      return true;
    });
    assert.equal(before.judge(facts).verdict, 'allow');
    assert.equal(cedarPolicyNow(PROFILE_FILES.step).judge(facts).verdict, 'allow');
  });
}

test('what breaks the machine off takes nothing with it', () => {
  const before = cedarPolicyNow(PROFILE_FILES.step);
  assert.equal(before.judge(facts).verdict, 'allow');
  for (const text of Object.values(DEEP)) {
    assert.throws(() => { loadEngineNow().look(text); throw new EngineBroken('it was read after all'); }, EngineBroken);
    assert.equal(before.judge(facts).verdict, 'allow');
    assert.equal(before.judge({ ...facts, effect: 'egress', kind: 'fetch', destination: 'composed' }).verdict, 'ask');
  }
});

test('a standing rule over very many folders is judged, and still holds for these alone', () => {
  const folders = Array.from({ length: 90 }, (_, at) => `d${at}/a/b/c/d/e/f/g/h`);
  const body: StandingBody = { workspace: 'w', root: '/w', kind: 'run', by: 'anyone', same: { as: 'argv', argv: ['make'], cwd: '.' }, paths: [], folders, changes: ['created'], executable: false };
  const policy = cedarPolicyNow([...PROFILE_FILES.step, standingFile([{ id: 'many', cedar: cedarOf(body) }])]);
  const change = (paths: readonly string[]): string => policy.judge({ ...QUIET, effect: 'write', workspace: 'w', kind: 'run', into: 'workspace', command: '["make"]', cwd: '.', ordinary: true, changes: ['created'], changed: paths }).verdict;
  assert.equal(change(folders.map((folder) => `${folder}/x`)), 'allow');
  assert.equal(change([...folders.map((folder) => `${folder}/x`), 'd3/a/b/y']), 'ask');
  assert.equal(change(['d3/a/b/c/d/e/f/g/h-evil/x']), 'ask');
});
