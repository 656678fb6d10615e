// The main job through the command line, from outside: real processes, a scripted model server, exit codes, JSON.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';
import { startScripted, type Scripted, type Turn } from '../../vectors/dialects/scripted.ts';

const WRITE: Turn = { text: 'I add b.txt.', calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] };
const READ: Turn = { calls: [{ name: 'read', arguments: { path: 'a.txt' } }] };
const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };

interface Asked {
  readonly session: string;
  readonly state: string;
  readonly model: string;
  readonly practice: boolean;
  readonly text: string;
  readonly actions: readonly { readonly id: string; readonly kind: string; readonly state: string; readonly outcome: string | null; readonly exit: number | null }[];
  readonly pending: readonly { readonly id: string; readonly effects: { readonly diffs: readonly unknown[] } }[];
}

async function withModel(turns: readonly Turn[], work: (desk: Desk, model: Scripted) => Promise<void>): Promise<void> {
  const model = await startScripted({ dialect: 'llamacpp', turns });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    await work(desk, model);
  } finally {
    await model.close();
  }
}

const told = (model: Scripted): string => (JSON.parse(model.requests.at(-1) ?? '') as { messages: { content: string }[] }).messages.at(-1)?.content ?? '';

test('ask answers with exit code 0: words on stdout for a person, one document for a program', () =>
  withModel([{ text: 'Hello.' }, { text: 'Hello.' }], async (desk, model) => {
    const plain = await desk.pwb(['ask', 'hi']);
    assert.deepEqual([plain.code, plain.stdout], [0, 'Hello.\n']);
    const asked = await desk.pwb(['ask', 'hi', '--json']);
    const { state, text, model: name, practice } = asked.json<Asked>();
    assert.deepEqual([asked.code, state, text, name, practice], [0, 'answered', 'Hello.', model.url, false]);
  }));

test('an answer without a word is said to be one', () =>
  withModel([{ text: '' }], async (desk) => {
    const { code, stdout, stderr } = await desk.pwb(['ask', 'hi']);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /without a word\.\nsession /);
  }));

test('what the model wants to change waits with exit code 3, is shown whole, and lands on invoke by a prefix of its id', () =>
  withModel([READ, WRITE, { text: 'Done.' }], async (desk, model) => {
    const asked = await desk.pwb(['ask', 'add b', '--json']);
    assert.equal(asked.code, 3);
    const { pending, actions, state } = asked.json<Asked>();
    assert.deepEqual([state, actions.map(({ kind, outcome }) => `${kind} ${outcome ?? 'waits'}`)], ['waiting', ['read done', 'write waits']]);
    const [{ id } = { id: '' }] = pending;
    const inbox = (await desk.call(['inbox', '--json'])).json<{ waiting: { id: string }[] }>();
    assert.deepEqual(inbox.waiting.map((card) => card.id), [id]);
    const shown = await desk.pwb(['show', id]);
    assert.match(shown.stdout, /write b\.txt.*\+two/s);
    assert.deepEqual((await desk.call(['show', id, '--json'])).json<{ arguments: { args: unknown } }>().arguments.args, { path: 'b.txt', content: 'two\n' });
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);

    const invoked = await desk.pwb(['invoke', id.slice(0, 5), '--json']);
    assert.equal(invoked.code, 0);
    assert.deepEqual([invoked.json<Asked>().state, invoked.json<Asked>().text], ['answered', 'Done.']);
    assert.equal(desk.file('b.txt'), 'two\n');
    assert.match(told(model), /b\.txt/);
    const again = await desk.call(['invoke', id]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^action\.not-waiting: .*it ended: done/);
  }));

test('without a terminal the card is printed once, to stderr, with how to answer', () =>
  withModel([WRITE], async (desk) => {
    const { code, stdout, stderr } = await desk.pwb(['ask', 'add b'], { stdin: 'closed' });
    assert.deepEqual([code, stdout], [3, 'I add b.txt.\n']);
    assert.match(stderr, /write b\.txt {2}([0-9a-z]{10}) · waits for you.*\+two.*→ pwb invoke \1 \| pwb deny \1 --why TEXT/s);
  }));

test('deny reaches the model with its reason and is no failure of the command', () =>
  withModel([WRITE, { text: 'Understood.' }], async (desk, model) => {
    const [{ id } = { id: '' }] = (await desk.call(['ask', 'add b', '--json'])).json<Asked>().pending;
    const denied = await desk.pwb(['deny', id, '--why', 'not in this folder', '--json']);
    assert.deepEqual([denied.code, denied.json<Asked>().text], [0, 'Understood.']);
    assert.match(told(model), /denied.*not in this folder/);
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  }));

test('invoke --edit FILE does what the file says instead; one that does not fit changes nothing', () =>
  withModel([WRITE, { text: 'Thanks.' }], async (desk, model) => {
    const [{ id } = { id: '' }] = (await desk.call(['ask', 'add b', '--json'])).json<Asked>().pending;
    const file = join(desk.base, 'edit.json');
    for (const [bad, words] of [['{"path":', /JSON/], ['{"path":"c.txt","content":"x","approved":true}', /approved/], ['[]', /object/], ['{"path":"a.txt/below","content":"x"}', /^edit\.refused: .*a\.txt/]] as const) {
      writeFileSync(file, bad);
      const refused = await desk.call(['invoke', id, '--edit', file]);
      assert.deepEqual([refused.code, words.test(refused.stderr)], [1, true], refused.stderr);
    }
    writeFileSync(file, '{"path":"../b.txt","content":"x"}');
    const outside = await desk.pwb(['invoke', id, '--edit', file]);
    assert.deepEqual([outside.code, outside.stdout], [4, '']);
    assert.match(outside.stderr, /^edit\.denied: refused by rule outside: [^\n]*\n {2}→ [^\n]*\n$/, 'no effects are told of what will not be');
    assert.equal((await desk.call(['invoke', id, '--edit', '/nowhere/at/all'])).code, 2);
    writeFileSync(file, '{"path":"c.txt","content":"three\\n"}');
    assert.equal((await desk.pwb(['invoke', id, '--edit', file])).code, 0);
    assert.equal(desk.file('c.txt'), 'three\n');
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
    assert.match(told(model), /edited this call/);
  }));

test('a refusal by a rule is exit code 4, and the model heard it', () =>
  withModel([{ calls: [{ name: 'read', arguments: { path: '../../etc/passwd' } }] }, { text: 'I may not.' }], async (desk, model) => {
    const { code, stdout } = await desk.pwb(['ask', 'read it']);
    assert.deepEqual([code, stdout], [4, 'I may not.\n']);
    assert.match(told(model), /Refused by rule outside/);
  }));

test('a model server that fails is exit code 1, in words, and the turn can be resumed', () =>
  withModel([{ answer: { status: 500, headers: { 'content-type': 'application/json' }, body: ['{"error":"out of memory"}'] } }, { text: 'Better.' }], async (desk) => {
    const failed = await desk.pwb(['ask', 'hi', '--json']);
    const { session, state, text } = failed.json<Asked>();
    assert.deepEqual([failed.code, state], [1, 'fault']);
    assert.match(text, /out of memory/);
    const resumed = await desk.pwb(['resume', session.slice(0, 4)]);
    assert.deepEqual([resumed.code, resumed.stdout], [0, 'Better.\n']);
  }));

test('run waits for a yes, then exits 0 whatever the child says; its code is in the JSON', sandboxed, async () => {
  await using desk = openDesk();
  const asked = await desk.pwb(['run', '--json', '--', 'sh', '-c', 'echo said; echo made > made.txt; exit 3']);
  const { id, state } = asked.json<{ id: string; state: string }>();
  assert.deepEqual([asked.code, state, existsSync(join(desk.folder, 'made.txt'))], [3, 'pending', false]);
  const invoked = await desk.pwb(['invoke', id, '--json']);
  const { outcome, exit, output } = invoked.json<{ outcome: string; exit: number; output: string }>();
  assert.deepEqual([invoked.code, outcome, exit, output], [0, 'done', 3, 'said\n']);
  assert.equal(desk.file('made.txt'), 'made\n');
});

test('run --read-only needs no yes; --pass-exit hands the code of the child on', sandboxed, async () => {
  await using desk = openDesk();
  const ran = await desk.pwb(['run', '--read-only', '--', 'sh', '-c', 'cat a.txt; exit 7']);
  assert.deepEqual([ran.code, ran.stdout], [0, 'alpha\nbeta\n']);
  assert.equal((await desk.pwb(['run', '--read-only', '--pass-exit', '--', 'sh', '-c', 'exit 7'])).code, 7);
  assert.equal((await desk.pwb(['run', '--read-only', '--pass-exit', '--', 'sh', '-c', 'kill -9 $$'])).code, 137);
  const slow = await desk.pwb(['run', '--read-only', '--timeout', '1', '--json', '--', 'sleep', '60']);
  assert.deepEqual([slow.code, slow.json<{ limits: unknown }>().limits], [1, ['time']]);
  const missing = await desk.call(['run', '--read-only', '--json', '--', 'no-such-program']);
  assert.equal(missing.json<{ exit: number }>().exit, 127);
});

test('a command works on the workspace around the current folder, and a new one is registered and said so', sandboxed, async () => {
  await using desk = openDesk({ 'sub/x.txt': 'x\n' });
  const first = await desk.pwb(['run', '--read-only', '--', 'ls']);
  assert.match(first.stderr, /Workspace added: .*\/work \(undo: pwb workspace remove [0-9a-z]{10}\)/);
  const second = await desk.pwb(['run', '--read-only', '--', 'ls'], { cwd: join(desk.folder, 'sub') });
  assert.deepEqual([second.stdout, second.stderr], ['x.txt\n', '']);
  const list = (await desk.call(['workspace', 'list', '--json'])).json<{ id: string; root: string }[]>();
  assert.deepEqual(list.map(({ root }) => root), [desk.folder]);
  assert.equal((await desk.call(['workspace', 'remove', list[0]?.id ?? ''])).code, 0);
  assert.equal((await desk.call(['workspace', 'add', join(desk.folder, 'sub')])).code, 0);
  const third = await desk.call(['run', '--read-only', '--workspace', join(desk.folder, 'sub'), '--', 'ls'], { cwd: desk.base });
  assert.equal(third.stdout, 'x.txt\n');
});

test('a home as the current folder is refused with exit code 4 and nothing is registered', async () => {
  await using desk = openDesk();
  assert.equal((await desk.call(['run', '--', 'ls'], { cwd: desk.base })).code, 4);
  assert.equal((await desk.call(['workspace', 'list', '--json'])).stdout, '[]\n');
});

test('the practice task runs without any model server and calls itself practice everywhere', sandboxed, async () => {
  await using desk = openDesk();
  const asked = await desk.pwb(['ask', '--model', 'practice', '--json']);
  const { practice, pending, text } = asked.json<Asked>();
  assert.deepEqual([asked.code, practice], [3, true]);
  assert.match(text, /Practice model \(not an AI\)/);
  let next = pending[0]?.id ?? '';
  const codes: (number | null)[] = [];
  while (next !== '') {
    const one = await desk.pwb(['invoke', next, '--json']);
    codes.push(one.code);
    next = one.json<Asked>().pending[0]?.id ?? '';
  }
  assert.deepEqual(codes, [3, 0]);
  assert.equal((await desk.call(['log', 'verify'])).code, 0);
});

test('doctor says in words and in JSON what works here', async () => {
  await using desk = openDesk();
  const { ok, checks } = (await desk.pwb(['doctor', '--json'])).json<{ ok: boolean; checks: { id: string; status: string; detail: string }[] }>();
  assert.equal(typeof ok, 'boolean');
  for (const id of ['node', 'state', 'disk', 'log', 'sandbox', 'models']) assert.ok(checks.some((check) => check.id === id), id);
});
