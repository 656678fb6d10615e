import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Card } from '../approvals/card.ts';
import { titleOf } from '../approvals/title.ts';
import type { Action } from '../model/action.ts';
import { drawCard } from './card.ts';

const CARD: Card = {
  id: 'abcdefghjk', session: 'bcdefghjkm', state: 'pending', by: 'model', tool: 'run',
  action: { kind: 'run', workspace: 'cdefghjkmn', root: '/w', argv: ['/bin/sh', '-c', 'make'], cwd: '.', access: 'write', timeout: 60_000 },
  why: 'I build it.', label: { integrity: 'person', secrecy: 'private', sources: [] }, origins: null, handles: [], shaped: [], editedFrom: null,
  effects: {
    certainty: 'known', undo: 'fully', changes: [{ change: 'changed', path: 'a', type: 'file', mode: 0o644, size: 2, before: 'b'.repeat(64), after: 'a'.repeat(64) }],
    diffs: [{ path: 'a', unified: '--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-x\n+y\n+  long line of a file that is as it is\n' }],
  },
  rehearsal: { exit: 0, signal: '', limits: [], duration: 1200, output: 'built\n' },
  chosen: null, rules: ['effects.workspace'], reason: 'It changes files.', proposed: '2026-01-01T00:00:00.000Z', expires: '2026-01-02T00:00:00.000Z', outcome: null, ended: null, exit: null, result: null,
};
const plain = { style: (_: string, text: string): string => text };

test('a card says what is asked, what it did, what it said, where a yes puts it and by which profile', () => {
  assert.equal(drawCard(CARD, 'step', plain), [
    'run make  abcdefghjk · waits for you', '  in: .   limit: 60 s', '  1 changed; +2 −1 lines', '    changed a (file, 2 bytes, 0644)',
    '  diff of a: +2 −1', '    @@ -1 +1,2 @@', '    -x', '    +y', '    +  long line of a file that is as it is',
    '  rehearsed: exit 0, 1.2 s, output', '    | built', '  no network, nothing outside visible',
    "  why, in the model's words: I build it.", '  words from: person', '  rule effects.workspace, profile step: It changes files.',
    '  invoke: lands in the workspace · undo: fully, by pwb undo abcdefghjk · profile step', '  no answer means no, from 2026-01-02 00:00 UTC',
  ].join('\n'));
});

test('what ended has no yes to explain, and its output is its result', () => {
  const text = drawCard({ ...CARD, state: 'ended', outcome: 'done' }, 'step', plain);
  assert.doesNotMatch(text, /invoke:|no answer|built/);
});

test('prose is broken anew, text of files is not', () => {
  const broken: string[] = [];
  drawCard(CARD, 'step', { ...plain, prose: (text) => (broken.push(text), text) });
  assert.ok(broken.some((line) => line.includes('changed a')) && !broken.some((line) => line.includes('long line') || line.includes('| built')));
});

test('commits and undos are titled by what they take', () => {
  const place = { workspace: 'cdefghjkmn', root: '/w' };
  const titles: readonly (readonly [Action, string])[] = [
    [{ kind: 'commit', ...place, draft: 'd', paths: [], hunks: [] }, 'commit the whole draft'],
    [{ kind: 'commit', ...place, draft: 'd', paths: ['a b'], hunks: [{ path: 'c', take: [2] }, { path: 'd', take: [1, 3] }] }, 'commit "a b", c (hunk 2), d (hunks 1, 3)'],
    [{ kind: 'undo', ...place, landing: 'abcdefghjk', over: [] }, 'undo abcdefghjk'],
    [{ kind: 'undo', ...place, landing: 'abcdefghjk', over: ['a\nb'] }, 'undo abcdefghjk, going over later edits of "a‹\\n›b"'],
  ];
  for (const [action, title] of titles) assert.equal(titleOf(action), title);
});
