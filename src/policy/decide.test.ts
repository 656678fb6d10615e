import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../model/action.ts';
import { strictest, VERDICTS, type Decision } from '../model/decision.ts';
import { NO_EFFECTS, UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import type { Into, Stage } from '../model/event.ts';
import { PERSON } from '../model/label.ts';
import type { Proposer } from '../model/proposal.ts';
import { policyOf } from './decide.ts';
import type { World } from './policy.ts';
import { Layers } from './layers.ts';
import { GUARDS } from './rules.ts';

const world: World = {
  profile: 'step',
  sandbox: true,
  remote: ['https://models.example:8443'],
  isSecret: (path) => path.endsWith('.env'),
  isWorkspace: () => true,
  closedUrl: () => false, means: () => 'view',
  standing: () => [],
  isClosed: (path) => path === '/w/state' || path.startsWith('/w/state/'),
};
const place = { workspace: 'w0000000ws', root: '/w' };
const infer = { kind: 'infer', provider: 'm', dialect: 'generic', model: 'm', head: '', tail: '', epoch: 0, messages: 0, chain: '', bytes: 0 } as const;

interface Asked {
  readonly over?: Partial<World>;
  readonly stage?: Stage;
  readonly into?: Into;
  readonly by?: Proposer;
}

function decide(action: Action, effects: Effects = NO_EFFECTS, { over = {}, stage = 'land', into = 'workspace', by = 'model' }: Asked = {}): Decision {
  const proposal = { id: 'a000000000', session: 's000000000', turn: 1, by, tool: '', call: '', why: '', label: PERSON, editedFrom: null, action } as const;
  return policyOf().decide({ stage, proposal, effects, into, world: { ...world, ...over } });
}

const run = { kind: 'run', ...place, argv: ['true'], cwd: '.', access: 'write', timeout: 1 } as const;
const mkdir = { kind: 'write', ...place, op: 'mkdir', path: 'd' } as const;
const NOTHING: Effects = { ...NO_EFFECTS, certainty: 'known' };
/** What was made, in a rehearsal. */
const made = (...paths: readonly string[]): Effects => ({ ...NOTHING, changes: paths.map((path) => ({ change: 'created', path, type: 'file', mode: 0o644, size: 0, after: '' })) });
const renamed = (path: string, to: string): Effects => ({ ...NOTHING, changes: [{ change: 'renamed', path, to, type: 'file', before: '' }] });

const cases: readonly [name: string, action: Action, effects: Effects, verdict: string, rule: string][] = [
  ['reading inside the workspace runs without a question', { kind: 'read', ...place, op: 'read', path: 'a.txt', from: 1, to: 0 }, NO_EFFECTS, 'allow', 'read.workspace'],
  ['reading a path outside is denied', { kind: 'read', ...place, op: 'read', path: '/etc/shadow', from: 1, to: 0 }, NO_EFFECTS, 'deny', 'outside'],
  ['reading through .. is denied', { kind: 'read', ...place, op: 'list', path: '../x', depth: 1 }, NO_EFFECTS, 'deny', 'outside'],
  ["reading the workbench's state is denied", { kind: 'read', ...place, op: 'read', path: 'state/log.key', from: 1, to: 0 }, NO_EFFECTS, 'deny', 'closed'],
  ['reading a secret file asks', { kind: 'read', ...place, op: 'read', path: 'sub/.env', from: 1, to: 0 }, NO_EFFECTS, 'ask', 'secret-file'],
  ['writing asks', { kind: 'write', ...place, op: 'mkdir', path: 'd' }, UNKNOWN_EFFECTS, 'ask', 'write.workspace'],
  ['a write that changes nothing runs', { kind: 'write', ...place, op: 'mkdir', path: 'd' }, { ...NO_EFFECTS, certainty: 'known' }, 'allow', 'no-change'],
  ['moving a file out is denied', { kind: 'write', ...place, op: 'move', path: 'a', to: '/tmp/a' }, UNKNOWN_EFFECTS, 'deny', 'outside'],
  ['writing a git hook is denied', { kind: 'write', ...place, op: 'write', path: 'sub/.git/hooks/pre-commit', content: '' }, UNKNOWN_EFFECTS, 'deny', 'git-internals'],
  ['deleting the workspace is denied', { kind: 'write', ...place, op: 'delete', path: '.' }, UNKNOWN_EFFECTS, 'deny', 'root'],
  ['a run of which it is not known what it will do asks', run, UNKNOWN_EFFECTS, 'ask', 'run.unrehearsed'],
  ['a run that would change the workspace asks', run, made('b.txt'), 'ask', 'run.workspace'],
  ['a run that changed nothing needs no question', run, NOTHING, 'allow', 'no-change'],
  ["a model's run that changed a repository is denied", run, made('sub/.GIT/hooks/x'), 'deny', 'git-effects'],
  ["a model's run that renamed something into a repository is denied", run, renamed('hooks', '.git/hooks'), 'deny', 'git-effects'],
  ['a read-only run goes', { kind: 'run', ...place, argv: ['true'], cwd: '.', access: 'read', timeout: 1 }, NO_EFFECTS, 'allow', 'run.read-only'],
  ['a run in a folder outside is denied', { kind: 'run', ...place, argv: ['true'], cwd: '/', access: 'read', timeout: 1 }, NO_EFFECTS, 'deny', 'outside'],
  ['a local model is asked', { ...infer, url: 'http://127.0.0.1:1', locality: 'local' }, NO_EFFECTS, 'allow', 'infer.local'],
  ['a remote model is refused', { ...infer, url: 'https://other.example', locality: 'remote' }, NO_EFFECTS, 'deny', 'infer.remote'],
  ['a remote model on another port than the allowed one is refused', { ...infer, url: 'https://models.example', locality: 'remote' }, NO_EFFECTS, 'deny', 'infer.remote'],
  ['a remote model that a rule allows is asked', { ...infer, url: 'https://models.example:8443/x', locality: 'remote' }, NO_EFFECTS, 'allow', 'infer.remote-allowed'],
  ['a local server that passes through to a cloud is remote', { ...infer, url: 'http://127.0.0.1:11434', locality: 'remote' }, NO_EFFECTS, 'deny', 'infer.remote'],
];

for (const [name, action, effects, verdict, rule] of cases) {
  test(name, () => {
    const decision = decide(action, effects);
    assert.equal(decision.verdict, verdict);
    assert.deepEqual(decision.rules, [rule]);
  });
}

const asked: readonly [name: string, action: Action, effects: Effects, how: Asked, verdict: string, rules: string][] = [
  ['anything may be tried in a copy', run, UNKNOWN_EFFECTS, { stage: 'rehearse' }, 'allow', 'rehearse.contained'],
  ['also a file tool', mkdir, UNKNOWN_EFFECTS, { stage: 'rehearse' }, 'allow', 'rehearse.contained'],
  ['under strict, trying asks too', run, UNKNOWN_EFFECTS, { stage: 'rehearse', over: { profile: 'strict' } }, 'ask', 'rehearse.strict'],
  ['also for a file tool', mkdir, UNKNOWN_EFFECTS, { stage: 'rehearse', over: { profile: 'strict' } }, 'ask', 'rehearse.strict'],
  ['what reaches hosts is not tried unasked', { ...run, hosts: ['api.example:443'] }, UNKNOWN_EFFECTS, { stage: 'rehearse' }, 'ask', 'rehearse.hosts'],
  ['not even in the profile draft', { ...run, hosts: ['api.example:443'] }, UNKNOWN_EFFECTS, { stage: 'rehearse', over: { profile: 'draft' } }, 'ask', 'rehearse.hosts'],
  ['what lies outside is not even tried', { ...mkdir, path: '../d' }, UNKNOWN_EFFECTS, { stage: 'rehearse' }, 'deny', 'outside'],
  ['nor what is in a repository', { ...mkdir, path: '.git/hooks' }, UNKNOWN_EFFECTS, { stage: 'rehearse' }, 'deny', 'git-internals'],
  ['a draft takes what a rehearsal did', run, made('b.txt'), { into: 'draft', over: { profile: 'draft' } }, 'allow', 'draft.keeps'],
  ['a draft takes nothing that is not known', run, UNKNOWN_EFFECTS, { into: 'draft', over: { profile: 'draft' } }, 'ask', 'run.unrehearsed'],
  ["a draft takes no model's change of a repository", run, made('.git/config'), { into: 'draft', over: { profile: 'draft' } }, 'deny', 'git-effects'],
  ["a person's own run may change a repository, with a yes", run, made('.git/refs/heads/x'), { by: 'person' }, 'ask', 'run.workspace'],
  ['a run that would change a secret file asks by that name too', run, made('sub/.env'), {}, 'ask', 'run.workspace secret-file'],
  ['a secret file is not moved to a plain name in a draft', { kind: 'write', ...place, op: 'move', path: 'sub/.env', to: 'plain.txt' }, renamed('sub/.env', 'plain.txt'), { into: 'draft', over: { profile: 'draft' } }, 'deny', 'secret-moved'],
  ['nor is a folder with one', { kind: 'write', ...place, op: 'move', path: 'sub', to: 'plain' }, renamed('sub/.env', 'plain/env'), { into: 'draft', over: { profile: 'draft' } }, 'deny', 'secret-moved'],
  ['in the workspace, moving a secret file asks', { kind: 'write', ...place, op: 'move', path: 'sub/.env', to: 'plain.txt' }, renamed('sub/.env', 'plain.txt'), {}, 'ask', 'secret-file write.workspace'],
  ['landing a draft asks', { kind: 'commit', ...place, draft: 's000000000', paths: [], hunks: [] }, made('b.txt'), { by: 'person' }, 'ask', 'commit.workspace'],
  ["a person's undo goes when nothing is in its way", { kind: 'undo', ...place, landing: 'l000000000', over: [] }, made('b.txt'), { by: 'person' }, 'allow', 'undo.person'],
  ['an undo that would replace later changes asks', { kind: 'undo', ...place, landing: 'l000000000', over: [] }, { ...made('b.txt'), conflicts: [] }, { by: 'person' }, 'ask', 'undo.conflict'],
  ["a model's undo asks", { kind: 'undo', ...place, landing: 'l000000000', over: [] }, made('b.txt'), {}, 'ask', 'undo.conflict'],
];

for (const [name, action, effects, how, verdict, rules] of asked) {
  test(name, () => {
    const decision = decide(action, effects, how);
    assert.deepEqual([decision.verdict, decision.rules.toSorted().join(' ')], [verdict, rules]);
  });
}

test('with no sandbox nothing that starts a process is allowed', () => {
  for (const access of ['read', 'write'] as const) {
    assert.equal(decide({ ...run, access }, NO_EFFECTS, { over: { sandbox: false } }).verdict, 'deny');
  }
});

test('a rule that breaks denies, whatever the others say', () => {
  const broken = { id: 'broken', verdict: 'ask', reason: '', when: '', matches: () => { throw new Error('no'); } } as const;
  const proposal = { id: 'a000000000', session: 's000000000', turn: 1, by: 'model', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action: { kind: 'read', ...place, op: 'list', path: '.', depth: 1 } } as const;
  const decision = policyOf(new Layers(), [...GUARDS, broken]).decide({ stage: 'land', proposal, effects: NO_EFFECTS, into: 'workspace', world });
  assert.equal(decision.verdict, 'deny');
  assert.deepEqual(decision.rules, ['broken']);
});

test('the strictest wins in any order, and silence asks', () => {
  assert.equal(strictest([]).verdict, 'ask');
  for (const a of VERDICTS) for (const b of VERDICTS) for (const c of VERDICTS) {
    const verdicts = [a, b, c];
    const decision = strictest(verdicts.map((verdict, i) => ({ verdict, rules: [`r${i}`], reason: 'x' })));
    assert.equal(decision.verdict, VERDICTS[Math.max(...verdicts.map((v) => VERDICTS.indexOf(v)))]);
  }
});
