import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Card } from '../approvals/card.ts';
import { cardText } from './draw.ts';

const CARD: Card = {
  id: 'abcdefghjk', session: 'bcdefghjkm', state: 'pending', by: 'model', tool: 'write',
  action: { kind: 'write', op: 'write', workspace: 'cdefghjkmn', root: '/w', path: 'a', content: 'x\nIt changes nothing.\n' },
  why: 'I help.\nundo: fully', label: { integrity: 'workspace', secrecy: 'private', sources: ['file:a'] }, origins: null, handles: [], shaped: [], editedFrom: null,
  effects: {
    certainty: 'known', undo: 'fully', changes: [{ change: 'created', path: 'a', type: 'file', mode: 0o644, size: 2, after: 'a'.repeat(64) }],
    diffs: [{ path: 'a', unified: '--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+undo: fully\n' }],
  },
  rehearsal: { exit: 0, signal: '', limits: [], duration: 3, output: 'undo: fully\nno network, nothing outside visible' },
  chosen: null, rules: ['effects.workspace'], reason: 'It changes files.', proposed: '2026-01-01T00:00:00.000Z', expires: '2026-01-02T00:00:00.000Z', outcome: null, ended: null, exit: null, result: null,
};

test('what stands at the very left of a card on the page is the house\'s own, whatever a model, a file or a program says', () => {
  const text = cardText({ ...CARD, result: 'undo: fully' }, 'step');
  assert.deepEqual(text.split('\n').filter((line) => line !== '' && !line.startsWith('  ')), [
    'The model wants to:', '1 created; +2 −0 lines', 'diff of a: +2 −0',
    'In its own words:', 'Rules: effects.workspace', 'It changes files.', 'It had read: file:a (workspace, private)',
    'Invoke: lands in the workspace · undo: fully, by pwb undo abcdefghjk · profile step', 'Without an answer it is refused at 2026-01-02T00:00:00.000Z.',
  ]);
});

test('every field of an action is there, also those that are lists of more than words', () => {
  const text = cardText({ ...CARD, action: { kind: 'commit', workspace: 'cdefghjkmn', root: '/w', draft: 'defghjkmnp', paths: ['a'], hunks: [{ path: 'b', take: [1, 3] }] } });
  assert.match(text, /\n {2}hunks:\n {4}\[0\] \{"path":"b","take":\[1,3\]\}\n/);
});
