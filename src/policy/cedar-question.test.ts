// The house's own questions under Cedar: nothing that the rules on the path ask or deny goes, and nothing that they let go is asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../model/action.ts';
import { strictest } from '../model/decision.ts';
import { NO_EFFECTS, UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import { PERSON } from '../model/label.ts';
import { PROFILES } from '../model/profile.ts';
import { overlayFacts, recordedFacts } from './cedar-facts.ts';
import { cedarPolicyOf } from './cedar-policy.ts';
import { factsOfQuestion } from './cedar-question.ts';
import { policyOf } from './decide.ts';
import type { Question, World } from './policy.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';

const place = { workspace: 'w000000000', root: '/work' };
const run: Action = { kind: 'run', ...place, argv: ['make'], cwd: '.', access: 'write', timeout: 1000 };
const ACTIONS: readonly Action[] = [
  { kind: 'read', ...place, op: 'read', path: 'a.txt', from: 1, to: 0 },
  { kind: 'read', ...place, op: 'read', path: '.env', from: 1, to: 0 },
  { kind: 'read', ...place, op: 'list', path: '.', depth: 1 },
  { kind: 'write', ...place, op: 'write', path: 'a.txt', content: 'x' },
  { kind: 'write', ...place, op: 'write', path: '.env', content: 'x' },
  run, { ...run, access: 'read' }, { ...run, hosts: ['example.org:443'] },
  { kind: 'service', ...place, op: 'stop', service: 's000000000', from: 0 },
  { kind: 'commit', ...place, draft: 'd000000000', paths: [], hunks: [] },
  { kind: 'undo', ...place, landing: 'l000000000', over: [] },
];
const known = (path: string): Effects => ({ certainty: 'known', changes: [{ change: 'created', path, type: 'file', mode: 0o644, size: 1, after: 'a'.repeat(64) }], diffs: [], undo: 'fully' });
const EFFECTS: readonly Effects[] = [NO_EFFECTS, UNKNOWN_EFFECTS, known('a.txt'), known('.env'), { ...known('a.txt'), changes: [] }, { ...known('a.txt'), undo: 'partly' }, { ...known('a.txt'), conflicts: [] }];

test('put together with the rules on the path, they let nothing more go and ask nothing more', async () => {
  const today = policyOf();
  let seen = 0;
  for (const profile of PROFILES) {
    const cedar = await cedarPolicyOf(PROFILE_FILES[profile]);
    const world: World = { profile, sandbox: true, closedUrl: () => false, means: () => 'view', isWorkspace: () => true, isClosed: () => false, remote: [], isSecret: (path) => path === '.env', standing: () => [] };
    for (const action of ACTIONS) {
      for (const effects of EFFECTS) {
        for (const by of ['person', 'model'] as const) {
          for (const [stage, into] of [['rehearse', 'workspace'], ['land', 'workspace'], ['land', profile === 'draft' ? 'draft' : 'workspace']] as const) {
            if (stage === 'rehearse' && effects !== NO_EFFECTS) continue;
            // What only rehearses, or never does, has one stage.
            if (stage === 'rehearse' && action.kind !== 'run' && action.kind !== 'write') continue;
            const harmless = action.kind === 'read' || action.kind === 'service' || (action.kind === 'run' && action.access === 'read');
            if (stage === 'land' && harmless !== (effects === NO_EFFECTS)) continue;
            const question: Question = { stage, into, effects, world, proposal: { id: 'a000000000', session: 's000000000', turn: 1, by, tool: '', call: '', why: '', label: PERSON, editedFrom: null, action } };
            const now = today.decide(question);
            const both = strictest([now, cedar.judge(factsOfQuestion(question))]);
            const told = JSON.stringify({ profile, action: action.kind, stage, into, by, effects, rules: [now.rules, both.rules], both: both.verdict });
            // What Cedar may ask beyond: a change that can't be undone fully, which today's draft takes.
            if (now.verdict === 'allow' && both.verdict === 'ask') assert.ok(effects.undo === 'partly' || effects.conflicts !== undefined, told);
            else assert.equal(both.verdict, now.verdict, told);
            seen += 1;
          }
        }
      }
    }
  }
  assert.ok(seen > 200);
});

test('facts that are put on record come back as they were, whatever is derived later', () => {
  const world: World = { profile: 'draft', sandbox: true, closedUrl: () => false, means: () => 'copy', isWorkspace: () => true, isClosed: () => false, remote: [], isSecret: () => true, standing: () => [] };
  const question: Question = { stage: 'land', into: 'workspace', effects: known('a.txt'), world, proposal: { id: 'p000000000', session: 's000000000', turn: 1, by: 'model', tool: 'run', call: 'c', why: '', label: PERSON, editedFrom: null, action: run }, flow: { destination: 'composed', newLinks: 2, addresses: ['a@example.org'] } };
  const then = factsOfQuestion(question);
  const later = factsOfQuestion({ ...question, flow: {}, world: { ...world, profile: 'step', means: () => 'view', isSecret: () => false } });
  assert.notDeepEqual(later, then);
  assert.deepEqual(overlayFacts(later, recordedFacts(then)), then);
  assert.deepEqual(overlayFacts(then, { destination: 7, addresses: 'x', effect: 'read', nothing: 1 }), overlayFacts(then, {}), 'of another version: ignored');
});
