// The house's own questions as facts, and what of them is on record.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { PERSON } from '../model/label.ts';
import { overlayFacts, recordedFacts } from './cedar-facts.ts';
import { factsOfQuestion } from './cedar-question.ts';
import type { Question, World } from './policy.ts';

const place = { workspace: 'w000000000', root: '/work' };
const run: Action = { kind: 'run', ...place, argv: ['make'], cwd: '.', access: 'write', timeout: 1000 };
const known = (path: string): Effects => ({ certainty: 'known', changes: [{ change: 'created', path, type: 'file', mode: 0o644, size: 1, after: 'a'.repeat(64) }], diffs: [], undo: 'fully' });

test('facts that are put on record come back as they were, whatever is derived later', () => {
  const world: World = { profile: 'draft', sandbox: true, closedUrl: () => false, means: () => 'copy', isWorkspace: () => true, isClosed: () => false, remote: [], isSecret: () => true, standing: () => [] };
  const question: Question = { stage: 'land', into: 'workspace', effects: known('a.txt'), world, proposal: { id: 'p000000000', session: 's000000000', turn: 1, by: 'model', tool: 'run', call: 'c', why: '', label: PERSON, editedFrom: null, action: run }, flow: { destination: 'composed', newLinks: 2, addresses: ['a@example.org'] } };
  const then = factsOfQuestion(question);
  const later = factsOfQuestion({ ...question, flow: {}, world: { ...world, profile: 'step', means: () => 'view', isSecret: () => false } });
  assert.notDeepEqual(later, then);
  assert.deepEqual(overlayFacts(later, recordedFacts(then)), then);
  assert.deepEqual(overlayFacts(then, { destination: 7, addresses: 'x', effect: 'read', nothing: 1 }), overlayFacts(then, {}), 'of another version: ignored');
});
