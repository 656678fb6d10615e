// One's own rules end to end, in a real workbench: they hold at once and are on record; what is broken denies all that
// acts until it is mended; a workspace's hold only with the words that were trusted, and only tighten.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { openWorkbench } from '../main.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { NO_EFFECTS } from '../model/effects.ts';
import { PERSON } from '../model/label.ts';
import { openSession } from './desk.ts';
import { OwnRuleFiles } from './own-rules.ts';
import { filesOf } from './rule-record.ts';
import { problemsNow, trustRules, untrustRules, workspaceRules, type WorkspaceRules } from './trusted-rules.ts';

const WRITE = { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] };
const READ = { calls: [{ name: 'read', arguments: { path: 'a.txt' } }] };
const BY = { door: 'cli', credential: 'command' } as const;
const rule = (id: string, head: string, when: string, examples: string): string => `@id("${id}") @reason("because I said so") ${head.startsWith('ask ') ? '@verdict("ask") ' : ''}${examples}\n${head.replace(/^ask /, '')} ${when === '' ? '' : `when { ${when} }`};\n`;
const NO_READS = rule('mine.no-reads', 'forbid (principal, action == Action::"read", resource)', 'context.kind == "read"', '@matches("read kind=read") @differs("read kind=run; write")');
const LET = rule('mine.let', 'permit (principal, action == Action::"write", resource)', 'context.kind == "write" && context.paths == ["b.txt"]', '@matches("write kind=write paths=b.txt") @differs("write kind=write paths=c.txt")');
const ASKS = rule('theirs.asks', 'ask forbid (principal, action == Action::"write", resource)', 'context.stage == "land"', '@matches("write kind=write") @differs("write stage=rehearse; read")');

function lay(house: TestHouse, files: { readonly [name: string]: string }, folder = join(house.env['PWB_HOME'] ?? '', 'rules')): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const ended = (house: TestHouse): string => house.events().flatMap(({ body }) => (body.type === 'action.decided' ? [`${body.stage} ${body.verdict} ${body.rules.join(' ')}`] : [])).at(-1) ?? '';
const loaded = (house: TestHouse): readonly (readonly string[])[] => house.events().filter(({ body }) => body.type === 'policy.loaded').map((event) => (filesOf(house.bench.log, event) ?? []).map(({ name, layer }) => `${layer} ${name.split('/').at(-1)}`));
const SILENT = { turns: Array.from({ length: 40 }, (_, at) => [READ, { text: 'ok' }, WRITE, { text: 'ok' }][at % 4] ?? { text: '' }) };

test("a person's rule holds from the next decision on, in the words that are on record before it, and not any more when its file is gone", async () => {
  await using house = await openTestHouse({ turns: [READ, { text: 'ok' }, WRITE, { text: 'ok' }, READ, { text: 'ok' }] });
  lay(house, { 'a.cedar': NO_READS, 'b.cedar': LET });
  await house.ask('read it');
  assert.ok(house.events().some(({ body }) => body.type === 'action.decided' && body.verdict === 'deny' && body.rules.join() === 'mine.no-reads'));
  assert.deepEqual(loaded(house), [['person a.cedar', 'person b.cedar']]);
  const types = house.types();
  assert.ok(types.indexOf('policy.loaded') < types.indexOf('action.decided'), 'on record before anything is decided by it');
  await house.ask('write it');
  assert.equal(house.file('b.txt'), 'two\n', 'what is permitted goes without asking');
  lay(house, {});
  await house.ask('read it');
  assert.match(house.scripted.requests.at(-1) ?? '', /alpha/);
  assert.deepEqual(loaded(house), [['person a.cedar', 'person b.cedar'], []]);
});

test('a broken file denies all that acts, with all its lines; the workbench opens, and mending it heals', async () => {
  await using house = await openTestHouse(SILENT);
  lay(house, { 'a.cedar': `${LET.replace('because I said so', ' ')}\n${NO_READS.replace('"read", resource', '"reed", resource')}`, 'b.cedar': 'forbid this;' });
  const { rest } = await house.ask('read it');
  assert.equal(ended(house), 'land deny rules.broken');
  const text = rest.state === 'refused' ? rest.text : '';
  assert.match(text, /rules\/a\.cedar:1: mine\.let has no @reason.*rules\/a\.cedar:\d: .*rules\/b\.cedar:1: /s);
  const again = await house.reopen();
  assert.throws(() => again.own.of(house.workspace.id), { code: 'policy.reason' });
  const checks = await again.checks();
  assert.match(checks.find(({ id }) => id === 'rules')?.detail ?? '', /a\.cedar:1: /);
  assert.equal(loaded(house).length, 0, 'what can not hold is not said to hold');
  lay(house, { 'a.cedar': LET });
  assert.notEqual((await house.ask('read it')).rest.state, 'refused');
  assert.deepEqual(loaded(house), [['person a.cedar']]);
});

test('two files with one id, an id of the house and what is no file of rules deny as well', async () => {
  await using house = await openTestHouse({ turns: [] });
  const code = (): string => {
    try {
      house.bench.own.of(house.workspace.id);
      house.bench.policy.warm('step', house.workspace.id);
      return 'holds';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : assert.fail(String(error));
    }
  };
  lay(house, { 'a.cedar': LET, 'b.cedar': LET });
  assert.equal(code(), 'policy.double');
  for (const id of ['sealed.network', 'outside', 'write.workspace', 'rules.broken']) {
    lay(house, { 'a.cedar': LET.replace('mine.let', id) });
    assert.equal(code(), 'policy.double', id);
  }
  lay(house, { 'a.cedar': LET.replace('mine.let', 'always.k3xk3xk3xk') });
  assert.equal(code(), 'policy.id');
  lay(house, { 'a.cedar/inner': '' });
  assert.equal(code(), 'policy.file');
  lay(house, { 'a.cedar': `${LET}${' '.repeat(1024 * 1024)}` });
  assert.equal(code(), 'policy.long');
  lay(house, { 'a.cedar': LET });
  assert.equal(code(), 'holds');
});

test('what was checked before is not checked again by the next process, and one letter more is', async () => {
  await using house = await openTestHouse({ turns: [READ, { text: 'ok' }] });
  lay(house, { 'a.cedar': LET });
  await house.ask('read it');
  const again = await house.reopen();
  const size = again.log.size();
  assert.equal(again.own.of(house.workspace.id).files.length, 1);
  await again.log.settle();
  assert.equal(again.log.size(), size, 'the same words are not put on record twice');
  lay(house, { 'a.cedar': `${LET} ` });
  again.own.of(house.workspace.id);
  await again.log.settle();
  assert.equal(again.log.size(), size + 1);
});

test("the machine's rules hold over the person's, and count only where nobody else can change them", async () => {
  await using house = await openTestHouse({ turns: [READ, { text: 'ok' }] });
  const folder = join(dirname(house.folder), 'machine/rules');
  lay(house, { 'm.cedar': NO_READS.replace('mine', 'machine') }, folder);
  lay(house, { 'a.cedar': rule('mine.reads', 'permit (principal, action == Action::"read", resource)', '', '@matches("read") @differs("write")') });
  const uid = process.getuid?.() ?? 0;
  for (const [owner, code] of [[uid, null], [uid + 1, 'policy.owner']] as const) {
    const bench = await openWorkbench(house.env, undefined, { path: folder, uid: owner });
    try {
      if (code !== null) assert.throws(() => bench.own.of(''), { code });
      else assert.deepEqual(bench.own.of('').files.map(({ layer }) => layer), ['machine', 'person']);
    } finally {
      await bench.close();
    }
  }
});

test("a workspace's rules hold only with the words that were trusted, whatever lies there later, and never after the trust is taken back", async () => {
  await using house = await openTestHouse({ turns: [WRITE, { text: 'ok' }, WRITE, { text: 'ok' }, WRITE, { text: 'ok' }] });
  const { log, own } = house.bench;
  const folder = join(house.folder, '.proworkbench/rules');
  const look = (): WorkspaceRules => workspaceRules(log, 'test', house.workspace);
  lay(house, { 'a.cedar': LET });
  lay(house, { 'w.cedar': ASKS }, folder);
  assert.equal(look().state, 'untrusted');
  await house.ask('write it');
  assert.equal(house.file('b.txt'), 'two\n', 'not trusted: it does not hold');
  rmSync(join(house.folder, 'b.txt'));
  await assert.rejects(trustRules(log, 'test', house.workspace, own.found().files, 'a'.repeat(64), BY), { code: 'policy.trust-changed' });
  assert.equal((await trustRules(log, 'test', house.workspace, own.found().files, look().digest, BY)).state, 'trusted');
  assert.equal((await house.ask('write it')).rest.state, 'waiting', 'it asks, over what the person permits');
  rmSync(folder, { recursive: true });
  assert.equal(look().state, 'changed');
  assert.equal(house.bench.own.of(house.workspace.id).files.length, 2, 'what was trusted holds');
  lay(house, { 'w.cedar': LET.replace('mine', 'theirs') }, folder);
  await assert.rejects(trustRules(log, 'test', house.workspace, own.found().files, look().digest, BY), { code: 'policy.loosens' });
  lay(house, { 'w.cedar': ASKS.replace('theirs.asks', 'mine.let') }, folder);
  assert.deepEqual(problemsNow(look(), own.found().files).map(({ code }) => code), ['policy.double']);
  await untrustRules(log, house.workspace.id, BY);
  await assert.rejects(untrustRules(log, house.workspace.id, BY), { code: 'policy.not-trusted' });
  assert.equal(own.of(house.workspace.id).files.length, 1);
  assert.deepEqual(house.types().filter((type) => type.startsWith('policy.')), ['policy.loaded', 'policy.trusted', 'policy.untrusted']);
});

test("a workspace's rules speak of the models that its sessions ask, too, from the first request on", async () => {
  await using house = await openTestHouse({ turns: [] });
  const { log, policy } = house.bench;
  lay(house, { 'w.cedar': rule('theirs.no-cloud', 'forbid (principal, action == Action::"infer", resource)', 'context.remote', '@matches("infer remote=true") @differs("infer")') }, join(house.folder, '.proworkbench/rules'));
  await trustRules(log, 'test', house.workspace, [], workspaceRules(log, 'test', house.workspace).digest, BY);
  const decide = (session: string | undefined): string => {
    const action = { kind: 'infer', provider: 'm', dialect: 'generic', model: 'm', url: 'https://models.example', locality: 'remote', head: '', tail: '', epoch: 0, messages: 0, chain: '', bytes: 0 } as const;
    const proposal = { id: 'a000000000', session: session ?? 's000000000', turn: 1, by: 'house', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action } as const;
    const { verdict, rules } = policy.decide({ stage: 'land', proposal, effects: NO_EFFECTS, into: 'workspace', world: { ...house.bench.world(session), remote: ['https://models.example'] } });
    return `${verdict} ${rules.join()}`;
  };
  assert.equal(decide(undefined), 'allow infer.remote-allowed');
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'x', 'cli');
  assert.equal(decide(session), 'deny theirs.no-cloud', 'before the session is on disk');
  await log.settle();
  assert.equal(decide(session), 'deny theirs.no-cloud');
});

test('trusted words that were erased, or a row that the log does not back, deny there until the person decides', async () => {
  await using house = await openTestHouse({ turns: [] });
  const { log, own } = house.bench;
  lay(house, { 'w.cedar': ASKS }, join(house.folder, '.proworkbench/rules'));
  await trustRules(log, 'test', house.workspace, [], workspaceRules(log, 'test', house.workspace).digest, BY);
  const [event] = log.events({ types: ['policy.trusted'], limit: 1 });
  await log.erase([event?.payloads['rules']?.digest ?? ''], { ...BY, reason: 'person', why: 'not to be kept' });
  assert.throws(() => own.of(house.workspace.id), { code: 'policy.trust-lost' });
  assert.equal(own.of('').files.length, 0, 'elsewhere nothing is denied');
  await untrustRules(log, house.workspace.id, BY);
  log.store.db.prepare('INSERT INTO trusted_rules (workspace, seq, rules) VALUES (?, 1, ?)').run(house.workspace.id, 'a'.repeat(64));
  assert.throws(() => own.of(house.workspace.id), { code: 'policy.trust-lost' });
});

test('trusted words of which a part is no file of rules deny there, and are not read without it', async () => {
  await using house = await openTestHouse({ turns: [] });
  const { log, own } = house.bench;
  await log.commit((tx) => {
    const { seq, payloads } = tx.append({ type: 'policy.trusted', workspace: house.workspace.id, ...BY }, { rules: canonicalBytes([{ name: 'a.cedar', layer: 'workspace', text: ASKS }, { name: 'b.cedar', layer: 'nobody', text: ASKS }]) });
    tx.db.prepare('INSERT INTO trusted_rules (workspace, seq, rules) VALUES (?, ?, ?)').run(house.workspace.id, seq, payloads['rules']?.digest ?? '');
  });
  assert.throws(() => own.of(house.workspace.id), { code: 'policy.trust-lost' });
});

test('rules that could not be put on record decide nothing, at the next decision neither', async () => {
  await using house = await openTestHouse({ turns: [] });
  lay(house, { 'b.cedar': LET });
  const { log } = house.bench;
  let isBroken = true;
  const failing = new Proxy(log, {
    get(target, name) {
      if (name === 'events' && isBroken) throw new Error('the disk is gone');
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const own = new OwnRuleFiles(failing, { config: house.env['PWB_HOME'] ?? '', machine: { path: join(house.folder, 'none'), uid: 0 }, version: 'test' });
  assert.throws(() => own.of(''), /the disk is gone/);
  assert.throws(() => own.of(''), /the disk is gone/);
  isBroken = false;
  assert.equal(own.of('').files.length, 1);
  await log.settle();
  assert.deepEqual(loaded(house), [['person b.cedar']]);
});

test('no tool and no command of a model changes the rules that a workspace brings', async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: '.proworkbench/rules/x.cedar', content: 'x' } }] }, { text: 'ok' }, { calls: [{ name: 'run', arguments: { command: 'mkdir -p .proworkbench/rules && echo x > .proworkbench/rules/x.cedar' } }] }, { text: 'ok' }] });
  await house.ask('change the rules');
  assert.match(ended(house), /deny rules-files|allow infer/);
  assert.ok(house.events().some(({ body }) => body.type === 'action.decided' && body.rules.join() === 'rules-files'));
  await house.ask('change them by a command');
  assert.throws(() => readFileSync(join(house.folder, '.proworkbench/rules/x.cedar')));
  if (house.bench.world().sandbox) assert.ok(house.events().some(({ body }) => body.type === 'action.decided' && body.rules.join() === 'rules-effects'));
});

test('of a workspace that brings more rules than anybody would read, none is read', async () => {
  await using house = await openTestHouse(SILENT);
  const theirs = join(house.folder, '.proworkbench/rules');
  lay(house, Object.fromEntries(Array.from({ length: 4 }, (_, at) => [`${at}.cedar`, `// ${'x'.repeat(10_000)}\n${ASKS.replace('theirs.asks', `theirs.asks${at}`)}`])), theirs);
  const found = workspaceRules(house.bench.log, '1', house.workspace);
  assert.deepEqual([found.state, found.now.files, found.now.problems.map(({ code }) => code)], ['untrusted', [], ['policy.long']]);
  await assert.rejects(trustRules(house.bench.log, '1', house.workspace, [], found.digest, BY), { code: 'policy.long' });
});
