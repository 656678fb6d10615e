// Standing rules, held against what they must never do: whatever rule, whatever action, whatever effects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import type { Action } from '../model/action.ts';
import { VERDICTS } from '../model/decision.ts';
import { EMPTY_SHA256, type Change, type Effects } from '../model/effects.ts';
import { PERSON, label } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import * as cedarWasm from '@cedar-policy/cedar-wasm/nodejs';
import { isInside } from '../model/path.ts';
import { loadEngineNow, shapeOf } from './cedar-engine.ts';
import type { RuleFile } from './cedar-file.ts';
import { factsOfQuestion } from './cedar-question.ts';
import { policyOf } from './decide.ts';
import { Layers, type OwnRules } from './layers.ts';
import type { Question, World } from './policy.ts';
import { callDigest, CHANGE_KINDS, gainsExecution, isTyped, namesOf, whyNever, type Standing, type StandingBody } from './standing.ts';
import { cedarOf, cedarText, standingFile } from './standing-cedar.ts';
import { offersFor } from './standing-offers.ts';
import { standingLines } from './standing-words.ts';

const place = { workspace: 'w0000000ws', root: '/w' };
const world: World = {
  profile: 'step', sandbox: true, remote: [], closedUrl: (url) => url.includes('localhost'), means: () => 'view', standing: () => [],
  isSecret: (path) => /(^|\/)\.env$/.test(path), isWorkspace: (id) => id === place.workspace, isClosed: (path) => path.startsWith('/w/state'),
};
const base: Proposal = { id: 'a000000000', session: 's000000000', turn: 1, by: 'model', tool: 'run', call: 'c', why: '', label: PERSON, editedFrom: null, action: { kind: 'run', ...place, argv: ['make', 'all'], cwd: '.', access: 'write', timeout: 1 } };
const file = { type: 'file', mode: 0o644, size: 1, after: EMPTY_SHA256 } as const;
const effectsOf = (...changes: readonly Change[]): Effects => ({ certainty: 'known', changes, diffs: [], undo: 'fully' });
const created = (path: string): Change => ({ change: 'created', path, ...file });
const question = (more: Partial<Question> & { proposal?: Proposal } = {}): Question => ({ stage: 'land', into: 'workspace', proposal: base, effects: effectsOf(created('dist/a.js')), world, ...more });
const rule: StandingBody = { ...place, kind: 'run', by: 'anyone', same: { as: 'argv', argv: ['make', 'all'], cwd: '.' }, paths: [], folders: ['dist'], changes: ['created', 'changed'], executable: false };
const named = (body: StandingBody, at = 0): Standing => ({ ...body, cedar: cedarOf(body), id: `r00000000${at}`, from: 'a000000000', made: 0 });

/** Does the text of a rule let it go, by itself? */
function permits(body: StandingBody, one: Question): boolean {
  const { made = [] } = standingFile([named(body)]);
  const { allowed, broken } = loadEngineNow().prepare('one', Object.fromEntries(made.map(({ id, text }) => [id, text])), new Map(made.map(({ id, shape }) => [id, shape])))(factsOfQuestion(one));
  assert.deepEqual(broken, []);
  return allowed;
}

/** What the clauses of a rule say, without Cedar: the two are held together. */
function covers(given: StandingBody, { stage, into, proposal, effects: did, world: at, flow }: Question): boolean {
  const { action: done, by, call, label: from } = proposal;
  if (stage !== 'land' || at.profile === 'strict' || done.kind !== given.kind) return false;
  if (done.kind === 'fetch') return (given.by !== 'person' || isTyped({ by, call })) && !at.closedUrl(done.url) && (given.same.as === 'url' ? done.url === given.same.url : given.same.as === 'site' && done.url.startsWith(given.same.prefix) && from.integrity !== 'outside') && from.secrecy !== 'secret';
  if (into !== 'workspace' || (done.kind !== 'run' && done.kind !== 'write' && done.kind !== 'commit')) return false;
  if (done.workspace !== given.workspace || (given.by === 'person' && !isTyped({ by, call })) || from.integrity === 'outside' || flow?.payload === 'outside' || whyNever(done, did, at) !== null) return false;
  const { same } = given;
  if (same.as === 'argv' && !(done.kind === 'run' && done.cwd === same.cwd && JSON.stringify(done.argv) === JSON.stringify(same.argv))) return false;
  if (same.as === 'program' && !(done.kind === 'run' && done.argv[0] === same.program && done.cwd === same.cwd)) return false;
  if (same.as === 'op' && !(done.kind === 'write' && done.op === same.op)) return false;
  if (same.as === 'call' && !(done.kind === 'write' && callDigest(done) === same.digest)) return false;
  return did.changes.every((made) => given.changes.includes(made.change) && (given.executable || !gainsExecution(made)) &&
    namesOf(made).every((name) => given.paths.includes(name) || given.folders.some((folder) => name !== '.' && isInside(name) && (folder === '.' || name.startsWith(`${folder}/`)))));
}
const within = (...rules: readonly StandingBody[]): World => ({ ...world, standing: () => rules.map((body, at) => named(body, at)) });

/** Mostly what fits, so that the rest is tried one slip at a time. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });
const path = mostly<string>(fc.constantFrom('dist/a.js', 'dist/b/c.js'), fc.constantFrom('a.txt', 'dist', 'dist/a.js', 'dist/b/c.js', 'distant/a.js', 'DIST/a.js', 'src/.env', 'dist/.env', '.git/config', 'dist/.GIT/x', 'state/x', '.', '/etc/passwd', 'dist/../a.txt', '../x', '~/x', 'dist//a', ''));
const mode = mostly(fc.constant(0o644), fc.constantFrom(0o755, 0o4755, 0o2755));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ change: fc.constant('created' as const), path, type: mostly<'file' | 'folder' | 'link'>(fc.constant('file'), fc.constantFrom('folder', 'link')), mode, size: fc.constant(1), after: fc.constant(EMPTY_SHA256) }),
  fc.record({ change: fc.constant('changed' as const), path, type: fc.constant('file' as const), mode, modeBefore: fc.constantFrom(0o644, 0o755), size: fc.constant(1), before: fc.constant(EMPTY_SHA256), after: fc.constant(EMPTY_SHA256) }),
  fc.record({ change: fc.constant('deleted' as const), path, type: fc.constant('file' as const), before: fc.constant(EMPTY_SHA256) }),
  fc.record({ change: fc.constant('renamed' as const), path, to: path, type: fc.constant('file' as const), before: fc.constant(EMPTY_SHA256) }),
);
const effects: fc.Arbitrary<Effects> = fc.record({
  certainty: mostly<Effects['certainty']>(fc.constant('known'), fc.constantFrom('none', 'unknown')),
  changes: fc.array(change, { maxLength: 3 }), diffs: fc.constant([]), undo: mostly<Effects['undo']>(fc.constant('fully'), fc.constantFrom('partly', 'not')),
  limits: mostly<string[]>(fc.constant([]), fc.constant(['folder rename: x'])), unlandable: mostly<{ path: string; why: string }[]>(fc.constant([]), fc.constant([{ path: 'x', why: 'y' }])),
  conflicts: mostly<{ path: string; why: 'changed'; base: null; now: null; wanted: null }[]>(fc.constant([]), fc.constant([{ path: 'a.txt', why: 'changed', base: null, now: null, wanted: null }])),
});
const address = fc.constantFrom('https://example.org/docs/a', 'https://example.org/docs/b?q=1', 'https://example.org/', 'https://example.org.evil.example/docs/a', 'http://example.org/docs/a', 'https://localhost/docs/a', 'https://xn--80ak6aa92e.com/docs/');
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), workspace: mostly(fc.constant('w0000000ws'), fc.constant('other00000')), root: mostly(fc.constant('/w'), fc.constant('/w2')), argv: fc.constantFrom(['make', 'all'], ['make'], ['sh', '-c', 'make all']), cwd: mostly(fc.constant('.'), fc.constantFrom('dist', '/')), access: mostly<'write' | 'read'>(fc.constant('write'), fc.constant('read')), timeout: fc.constant(1), hosts: mostly<string[]>(fc.constant([]), fc.constant(['h:443'])) }),
  path.map((at): Action => ({ kind: 'write', ...place, op: 'write', path: at, content: 'x' })),
  fc.tuple(path, path).map(([at, to]): Action => ({ kind: 'write', ...place, op: 'move', path: at, to })),
  fc.constant<Action>({ kind: 'commit', ...place, draft: 's000000000', paths: [], hunks: [] }),
  path.map((at): Action => ({ kind: 'read', ...place, op: 'read', path: at, from: 1, to: 0 })),
  address.map((url): Action => ({ kind: 'fetch', ...place, url })),
  fc.constant<Action>({ kind: 'undo', ...place, landing: 'l000000000', over: [] }),
);
const site: fc.Arbitrary<StandingBody> = fc.record({
  workspace: fc.constant(place.workspace), root: fc.constant('/w'), kind: fc.constant('fetch' as const), by: fc.constantFrom('person' as const, 'anyone' as const), executable: fc.constant(false),
  same: fc.oneof(address.map((url): StandingBody['same'] => ({ as: 'url', url })), fc.constantFrom('https://example.org/', 'https://example.org/docs/', 'https://localhost/').map((prefix): StandingBody['same'] => ({ as: 'site', prefix }))),
  paths: fc.constant([]), folders: fc.constant([]), changes: fc.constant([]),
});
const body: fc.Arbitrary<StandingBody> = fc.record({
  workspace: fc.constant(place.workspace), root: mostly(fc.constant('/w'), fc.constant('/w2')), kind: fc.constantFrom('run' as const, 'write' as const, 'commit' as const), by: fc.constantFrom('person' as const, 'anyone' as const),
  same: fc.constantFrom<StandingBody['same']>({ as: 'any' }, { as: 'program', program: 'make', cwd: '.' }, { as: 'argv', argv: ['make', 'all'], cwd: '.' }, { as: 'op', op: 'write' }, { as: 'op', op: 'move' }),
  paths: fc.array(path, { maxLength: 3 }), folders: fc.array(fc.constantFrom('.', 'dist', 'src', '.git', ''), { maxLength: 2 }), changes: mostly<StandingBody['changes']>(fc.constant(CHANGE_KINDS), fc.subarray([...CHANGE_KINDS])), executable: fc.boolean(),
});
const wide = fc.constantFrom<StandingBody>(...(['run', 'write', 'commit'] as const).map((kind) => ({ ...rule, kind, same: { as: 'any' } as const, changes: CHANGE_KINDS })));
const asked = fc.record({
  stage: mostly<Question['stage']>(fc.constant('land'), fc.constant('rehearse')), into: mostly<Question['into']>(fc.constant('workspace'), fc.constantFrom('draft', 'nothing')), effects,
  action, by: fc.constantFrom('model' as const, 'person' as const), profile: mostly<World['profile']>(fc.constantFrom('step', 'draft'), fc.constant('strict')), from: mostly(fc.constant(PERSON), fc.constant(label('outside', 'open', 'page:x'))),
  passed: mostly(fc.constant('none' as const), fc.constantFrom('outside' as const, 'composed' as const)),
}).map(({ stage, into, effects: would, action: done, by, profile, from, passed }): Question => ({ stage, into, effects: would, proposal: { ...base, by, call: by === 'person' ? '' : 'c', label: from, action: done }, world: { ...world, profile }, ...(done.kind === 'fetch' ? { flow: { destination: 'composed' } } : passed === 'none' ? {} : { flow: { payload: passed } }) }));

test('a standing rule makes no denial an allowance, answers no question but the plain ones, and makes nothing stricter', () => {
  const policy = policyOf();
  const plain = ['write.workspace', 'run.workspace', 'commit.workspace', 'fetch.address'];
  let loosened = 0;
  fc.assert(fc.property(fc.array(asked, { minLength: 40, maxLength: 60 }), fc.array(fc.oneof(wide, body, site), { minLength: 1, maxLength: 3 }), (questions, bodies) => {
    const rules = bodies.map((one, at) => named(one, at));
    for (const one of questions) {
      const before = policy.decide(one);
      const after = policy.decide({ ...one, world: { ...one.world, standing: () => rules } });
      assert.ok(VERDICTS.indexOf(after.verdict) <= VERDICTS.indexOf(before.verdict));
      if (before.verdict === after.verdict) {
        assert.deepEqual(after, before);
        continue;
      }
      loosened += 1;
      assert.deepEqual([before.verdict, after.verdict], ['ask', 'allow']);
      assert.ok(after.rules.every((id) => id.startsWith('always.')) && before.rules.every((id) => plain.includes(id)), before.rules.join());
      assert.ok(bodies.some((given) => given.root === ('root' in one.proposal.action ? one.proposal.action.root : '') && covers(given, one)));
    }
  }), often(60));
  assert.ok(loosened > 10, String(loosened));
});

test('what a standing rule covers is known, can be undone, and lies in its paths, by every name', () => {
  let covered = 0;
  fc.assert(fc.property(asked, fc.oneof(wide, body, site), (one, given) => {
    // A command that can't write has changed nothing, whatever is said of it.
    const readOnly = one.proposal.action.kind === 'run' && one.proposal.action.access === 'read';
    assert.equal(permits(given, one), covers(given, one) && !readOnly);
    if (!permits(given, one)) return;
    covered += 1;
    const { effects: did, proposal } = one;
    if (proposal.action.kind === 'fetch') return;
    assert.deepEqual([did.certainty, did.undo, did.limits, did.unlandable, did.conflicts], ['known', 'fully', [], [], []]);
    assert.ok(did.changes.length > 0 && one.world.profile !== 'strict' && proposal.label.integrity !== 'outside');
    for (const made of did.changes) {
      assert.ok(given.changes.includes(made.change) && made.type !== 'link');
      for (const name of namesOf(made)) {
        assert.ok(given.paths.includes(name) || given.folders.some((folder) => folder === '.' || name.startsWith(`${folder}/`)), name);
        assert.ok(!/\.git(\/|$)/i.test(name) && !name.endsWith('.env'), name);
      }
    }
  }), often(1500));
  assert.ok(covered > 10, String(covered));
});

test('paths and folders in any order and depth are what they say, also where one lies in the other', () => {
  const at = fc.array(mostly(fc.constantFrom('a', 'b'), fc.constantFrom('__proto__', 'x y', '"', '*', '\\u{41}', 'ä')), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  let covered = 0;
  fc.assert(fc.property(fc.array(at, { maxLength: 4 }), fc.array(at, { minLength: 1, maxLength: 3 }), fc.array(at, { minLength: 1, maxLength: 3 }), (paths, folders, changed) => {
    const given: StandingBody = { ...rule, paths, folders };
    const one = question({ effects: effectsOf(...changed.map(created)) });
    assert.equal(permits(given, one), covers(given, one));
    if (covers(given, one)) covered += 1;
  }), often(1000));
  assert.ok(covered > 50, String(covered));
});

test('the text of a rule is Cedar that the schema takes, in one line a clause, whatever things are called', () => {
  const word = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), fc.constantFrom('"; permit (principal, action, resource); //', 'a"\n) };\n', '\\"', '\u202e', '\u0000', '*', 'getTag("src")', 'Tag(\\"x\\")', 'action == Action::"read"', 'context.kind', 'раypal', 'e\u0301')).filter((one) => one.isWellFormed() && one !== '.' && isInside(one));
  fc.assert(fc.property(word, word, word, fc.constantFrom('argv', 'program', 'url', 'site'), (one, two, three, as) => {
    const at = `https://example.org/${encodeURIComponent(two)}/`;
    const same: StandingBody['same'] = as === 'argv' ? { as, argv: [one, two], cwd: three } : as === 'program' ? { as, program: one, cwd: three } : as === 'url' ? { as, url: at } : { as, prefix: `${at}*/` };
    const text = cedarOf({ ...rule, kind: as === 'argv' || as === 'program' ? 'run' : 'fetch', same, paths: [two], folders: [one, `${three}/x`] });
    // It says so of some names, which are what they are.
    assert.deepEqual(loadEngineNow().check({ a: text }).filter(({ words }) => !/mixed scripts|bidi/i.test(words)), []);
    assert.ok(!/[^\n -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(text), text);
    const { made = [] } = standingFile([{ id: 'r', cedar: text }]);
    const known = shapeOf(cedarWasm, 'always.r', made[0]?.text ?? '');
    const shape = made[0]?.shape;
    assert.deepEqual(shape?.actions, known.actions);
    assert.deepEqual([...new Set(shape?.tags)].toSorted(), [...new Set(known.tags ?? [])].toSorted());
    assert.ok(known.uses !== 'all' && known.uses.every((key) => shape?.uses.includes(key)));
  }), often(150));
  assert.equal(cedarText('a"\\\n\u202e'), '"a\\"\\\\\\u{a}\\u{202e}"');
});

const no: readonly [name: string, more: Partial<Question>, over?: Partial<StandingBody>][] = [
  ['another command', { proposal: { ...base, action: { ...base.action, argv: ['make', 'all', 'x'] } as Action } }],
  ['the same command, begun elsewhere', { proposal: { ...base, action: { ...base.action, cwd: 'dist' } as Action } }],
  ['a command that reaches hosts', { proposal: { ...base, action: { ...base.action, hosts: ['h:443'] } as Action } }],
  ['another workspace at the same folder', { proposal: { ...base, action: { ...base.action, workspace: 'other00000' } as Action } }],
  ['a path that only begins alike', { effects: effectsOf(created('distant/a.js')) }],
  ['a folder itself, where only what is in it is meant', { effects: effectsOf({ change: 'deleted', path: 'dist', type: 'folder', before: EMPTY_SHA256 }) }, { changes: ['deleted'] }],
  ['a path in another case', { effects: effectsOf(created('Dist/a.js')) }],
  ['one change of many that lies elsewhere', { effects: effectsOf(created('dist/a.js'), created('b.js')) }],
  ['a rename that leads elsewhere', { effects: effectsOf({ change: 'renamed', path: 'dist/a.js', to: 'a.js', type: 'file', before: EMPTY_SHA256 }) }, { changes: ['renamed'] }],
  ['a kind of change that was not seen', { effects: effectsOf({ change: 'deleted', path: 'dist/a.js', type: 'file', before: EMPTY_SHA256 }) }],
  ['a file that is made executable', { effects: effectsOf({ change: 'created', path: 'dist/a.js', ...file, mode: 0o755 }) }],
  ['a link', { effects: effectsOf({ change: 'created', path: 'dist/a.js', ...file, type: 'link', target: '/etc/passwd' }) }],
  ['a model, where only the person was meant', {}, { by: 'person' }],
  ['a call of a model that the person changed, where only the person was meant', { proposal: { ...base, by: 'person' } }, { by: 'person' }],
  ['what was passed on unread from outside', { flow: { payload: 'outside' } }],
  ['the question before it is tried', { stage: 'rehearse' }],
  ['the profile strict', { world: { ...world, profile: 'strict' } }],
];

test('a standing rule covers just what it says', () => {
  assert.equal(permits(rule, question()), true);
  for (const [name, more, over = {}] of no) assert.equal(permits({ ...rule, ...over }, question(more)), false, name);
});

test('secrets, repositories and a denial stay what they are under the widest rule', () => {
  const all: StandingBody = { ...rule, same: { as: 'any' }, folders: ['.'], changes: [...CHANGE_KINDS], executable: true };
  const decide = (one: Partial<Question>): string => {
    const { verdict, rules } = policyOf().decide(question({ world: within(all, { ...all, kind: 'write' }), ...one }));
    return `${verdict} ${rules.join(' ')}`;
  };
  assert.equal(decide({}), 'allow always.r000000000');
  assert.equal(decide({ effects: effectsOf(created('dist/.env')) }), 'ask run.workspace secret-file');
  assert.equal(decide({ effects: effectsOf(created('dist/.git/hooks/x')) }), 'deny git-effects');
  assert.equal(decide({ proposal: { ...base, by: 'person', call: '' }, effects: effectsOf(created('.git/refs/x')) }), 'ask run.workspace');
  assert.equal(decide({ effects: { ...effectsOf(), certainty: 'unknown', undo: 'not' } }), 'ask run.unrehearsed');
  assert.equal(decide({ proposal: { ...base, action: { kind: 'write', ...place, op: 'write', path: '/etc/x', content: '' } } }), 'deny outside');
});

test('a standing rule that breaks answers nothing', () => {
  const broken = { ...world, standing: () => { throw new Error('no'); } };
  assert.equal(policyOf().decide(question({ world: broken })).verdict, 'ask');
  for (const cedar of ['no Cedar', 'permit (principal, action == Action::"write", resource) when { context.nothing };', 'permit (principal, action == Action::"write", resource) when { context.newLinks + 9223372036854775807 > 9223372036854775807 };']) {
    const odd = [{ ...named(rule), cedar }];
    assert.deepEqual(policyOf().decide(question({ world: { ...world, standing: () => odd } })), policyOf().decide(question()), cedar);
  }
});

test('what a file of rules forbids or asks about, of the workspace too, binds standing rules; a broken one denies', () => {
  const ruled = (verdict: string): RuleFile => ({ name: 'team.cedar', layer: 'workspace', text: `@id("team.dist") @reason("Nobody writes there.") ${verdict} @matches("write kind=run folders=dist") @differs("write kind=run")\nforbid (principal, action == Action::"write", resource) when { context.folders.contains("dist") };` });
  const decide = (own: () => OwnRules, one: Partial<Question> = {}): string => {
    const { verdict, rules } = policyOf(new Layers(own)).decide(question({ world: within({ ...rule, folders: ['.'] }), ...one }));
    return `${verdict} ${rules.join(' ')}`;
  };
  assert.equal(decide(() => ({ key: '1', files: [ruled('')] })), 'deny team.dist');
  assert.equal(decide(() => ({ key: '2', files: [ruled('@verdict("ask")')] })), 'ask run.workspace team.dist');
  assert.equal(decide(() => ({ key: '2', files: [ruled('@verdict("ask")')] }), { effects: effectsOf(created('src/a.js')) }), 'allow always.r000000000');
  assert.equal(decide(() => ({ key: '3', files: [{ name: 'mine.cedar', layer: 'person', text: 'permit (' }] })), 'deny rules.broken');
  assert.equal(decide(() => { throw new Error('no'); }), 'deny rules.broken');
});

test('offers go from narrow to wide, each covers what was seen, and the wide ones say so', () => {
  const { offers } = offersFor(base, effectsOf(created('dist/a.js'), created('b.js')), world, policyOf());
  assert.deepEqual(offers.map(({ scope }) => scope), ['exactly this command, only these 2 paths', 'exactly this command, below dist/ and b.js', 'make with any arguments, below dist/ and b.js', 'any command, below dist/ and b.js']);
  assert.deepEqual(offers.map(({ broad }) => broad === null), [true, true, false, false]);
  assert.equal(new Set(offers.map(({ digest }) => digest)).size, 4);
  const write: Proposal = { ...base, tool: 'write', action: { kind: 'write', ...place, op: 'write', path: 'a.txt', content: 'x' } };
  const own = offersFor(write, effectsOf(created('a.txt')), world, policyOf());
  assert.deepEqual(own.offers.map(({ scope }) => scope), ['exactly this write, only a.txt', 'write, whatever it writes, only a.txt', 'any file tool, anywhere in the workspace']);
  assert.notEqual(callDigest({ kind: 'write', ...place, op: 'write', path: 'a.txt', content: 'x' }), callDigest({ kind: 'write', ...place, op: 'write', path: 'a.txt', content: 'y' }));
});

test('of an address the offers are itself, what lies below it, and its host over https; after outside text only itself', () => {
  const fetched = (url: string, from = PERSON): Proposal => ({ ...base, tool: 'fetch', label: from, action: { kind: 'fetch', ...place, url } });
  const flow = { destination: 'composed' } as const;
  const scopes = (one: Proposal): readonly string[] => offersFor(one, null, world, policyOf(), flow).offers.map(({ scope }) => scope);
  assert.deepEqual(scopes(fetched('https://example.org/docs/a?q=1')), ['exactly this address', 'any address below https://example.org/docs/', 'any address of example.org']);
  assert.deepEqual(scopes(fetched('https://example.org/a')), ['exactly this address', 'any address of example.org']);
  assert.deepEqual(scopes(fetched('http://example.org/docs/a')), ['exactly this address']);
  assert.deepEqual(scopes(fetched('https://example.org/docs/a', label('outside', 'open', 'page:x'))), ['exactly this address']);
  assert.deepEqual(scopes(fetched('https://localhost/docs/a')), [], 'what is on this machine asks each time');
  assert.match(offersFor(fetched('https://example.org/docs/a'), null, world, policyOf(), { destination: 'person' }).words ?? '', /needs no yes/);
  assert.match(scopes(fetched('https://xn--80ak6aa92e.com/docs/')).join(), /xn--80ak6aa92e/, 'a name that looks like another is shown as it is sent');
  const { offers } = offersFor(fetched('https://example.org/docs/a'), null, world, policyOf(), flow);
  const [exact, , host] = offers.map((offer) => ({ world: { ...world, standing: () => [{ ...named(offer.body), cedar: offer.cedar }] } }));
  const decide = (url: string, rules: object | undefined, from = PERSON): string => policyOf().decide({ ...question({ proposal: fetched(url, from), effects: { ...effectsOf(), certainty: 'none', undo: 'not' }, flow: { ...flow, integrity: from.integrity } }), ...rules }).verdict;
  const outside = label('outside', 'open', 'page:x');
  assert.deepEqual([decide('https://example.org/docs/a', exact), decide('https://example.org/docs/a', exact, outside), decide('https://example.org/docs/b', exact), decide('https://example.org/docs/a?key', exact)], ['allow', 'allow', 'ask', 'ask']);
  assert.deepEqual([decide('https://example.org/x?y', host), decide('https://example.org/x?y', host, outside), decide('https://example.org.evil.example/', host), decide('http://example.org/x', host), decide('https://example.org:8443/', host)], ['allow', 'ask', 'ask', 'ask', 'ask']);
});

test('of a shell no offer takes the program alone', () => {
  for (const shell of ['sh', '/bin/bash', '/usr/bin/zsh']) {
    const { offers } = offersFor({ ...base, action: { kind: 'run', ...place, argv: [shell, '-c', 'make'], cwd: '.', access: 'write', timeout: 1 } }, effectsOf(created('dist/a.js')), world, policyOf());
    assert.deepEqual(offers.map(({ body: { same } }) => same.as), ['argv', 'argv', 'any']);
  }
});

test('nothing is offered where no rule would hold, and it is said why', () => {
  const none = (proposal: Proposal, would: Effects | null): string | null => {
    const found = offersFor(proposal, would, world, policyOf());
    assert.deepEqual(found.offers, []);
    return found.words;
  };
  const seen = effectsOf(created('dist/a.js'));
  assert.match(none(base, null) ?? '', /not on record/);
  assert.match(none(base, effectsOf()) ?? '', /changes nothing/);
  assert.match(none(base, { ...seen, undo: 'partly' }) ?? '', /undone/);
  assert.match(none(base, effectsOf(created('.env'))) ?? '', /secrets/);
  assert.match(none({ ...base, label: label('outside', 'open', 'page:x') }, seen) ?? '', /outside/);
  assert.match(none({ ...base, action: { kind: 'undo', ...place, landing: 'l000000000', over: [] } }, seen) ?? '', /only commands/);
  assert.match(none({ ...base, action: { kind: 'write', ...place, op: 'write', path: 'state/x', content: '' } }, effectsOf(created('state/x'))) ?? '', /refused/);
});

test('a rule in words is one clause a line, and nothing that a file is named can look like a clause', () => {
  const lines = standingLines({ ...rule, paths: ['a\nproposed by: nobody', 'x\u202ey', 'a, b'] });
  assert.equal(lines.length, standingLines(rule).length + 1);
  assert.ok(lines.every((line) => !/[\n\u202e]/.test(line)));
  assert.ok(lines.some((line) => line.includes('"a, b"')));
});
