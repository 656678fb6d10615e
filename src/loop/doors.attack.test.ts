// One function decides and executes, whatever the door: told from outside, by the log and by what was really done,
// and from inside, by who calls what. No request can say that it was approved.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, PROGRAM, ROOT, type Ran } from '../../vectors/cli/pwb.ts';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import type { LogEvent } from '../model/event.ts';
import { serve } from '../server/serve.ts';

const hasSandbox = existsSync('/usr/bin/bwrap');

/** A model that writes the file that it is told to, reads what is outside when told to, and fails once when told to. */
function obeying(): (request: unknown, count: number) => { text?: string; calls?: { name: string; arguments: object }[]; answer?: { status: number; body: string[] } } {
  let failed = false;
  return (request) => {
    const last = (request as { messages: { role: string; content: string }[] }).messages.at(-1);
    const [verb, name] = (last?.content ?? '').split(' ');
    if (last?.role !== 'user') return { text: 'ok' };
    if (verb === 'outside') return { calls: [{ name: 'read', arguments: { path: '/etc/hostname' } }] };
    if (verb === 'fail' && !failed) return (failed = true), { answer: { status: 500, body: ['no'] } };
    return { calls: [{ name: 'write', arguments: { path: name, content: 'by the model' } }] };
  };
}

interface Seen {
  readonly seen: string;
}

interface Line extends Seen {
  readonly id: string;
}

async function rested(house: TestHouse, session: string): Promise<void> {
  for (;;) {
    const row = house.bench.log.store.db.prepare('SELECT state, owner FROM sessions WHERE id = ?').get(session);
    const waits = house.bench.log.store.db.prepare(`SELECT 1 FROM actions WHERE session = ? AND state = 'pending'`).get(session) !== undefined;
    if (row?.['owner'] === null && (row['state'] === 'idle' || waits)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function throughEveryDoor(house: TestHouse, client: Client): Promise<void> {
  const pwb = (...args: string[]): Promise<Ran> => launch([...PROGRAM, ...args], { env: { ...house.env, NODE_COMPILE_CACHE: join(ROOT, 'dist/.cache') }, cwd: house.folder }).ended;
  const pendingId = (ran: Ran): string => ran.json<{ pending: { id: string }[] }>().pending[0]?.id ?? '';
  // The command line: ask and invoke, ask and deny, run, resume.
  const asked = await pwb('ask', 'write cli.txt', '--json');
  assert.equal(asked.code, 3);
  assert.equal((await pwb('invoke', pendingId(asked))).code, 0);
  const cut = await pwb('ask', 'fail resumed.txt', '--json');
  assert.equal(cut.code, 1);
  const again = await pwb('resume', cut.json<{ session: string }>().session, '--json');
  assert.equal((await pwb('deny', pendingId(again), '--why', 'no')).code, 0);
  if (hasSandbox) assert.equal((await pwb('run', '--read-only', '--', 'true')).code, 0);
  // The server: say and invoke, edit, run, a rule's refusal.
  const talk = async (text: string): Promise<{ session: string; shown: Line | undefined }> => {
    const { id: session } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url });
    await client.post(`/api/sessions/${session}/messages`, { text });
    await rested(house, session);
    return { session, shown: (await client.get<{ waiting: Line[] }>('/api/inbox')).waiting[0] };
  };
  const said = await talk('write http.txt');
  await client.post(`/api/actions/${said.shown?.id ?? ''}/invoke`, { seen: said.shown?.seen });
  await rested(house, said.session);
  const changed = await talk('write unedited.txt');
  const edit = { arguments: JSON.stringify({ path: 'edited.txt', content: 'by the person' }) };
  const { seen } = await client.post<Seen>(`/api/actions/${changed.shown?.id ?? ''}/foresee`, edit);
  await client.post(`/api/actions/${changed.shown?.id ?? ''}/edit`, { ...edit, seen });
  await rested(house, changed.session);
  await talk('outside');
  if (!hasSandbox) return;
  const run = await client.post<{ session: string; action: string }>('/api/run', { workspace: house.workspace.id, argv: ['sh', '-c', 'echo x > run.txt'] });
  await rested(house, run.session);
  const card = await client.get<Seen>(`/api/actions/${run.action}`);
  await client.post(`/api/actions/${run.action}/invoke`, { seen: card.seen });
  await rested(house, run.session);
}

/** Tried in a copy, after the rules have allowed that, or a person. */
const REHEARSED = '( decided:rehearse:(allow|ask( shown)* answered:invoke decided:rehearse:ask) started:rehearse rehearsed)';
const SEQUENCE = new RegExp(`^proposed( answered:invoke)?(${REHEARSED}|)( decided:land:(allow|deny)| decided:land:ask( shown)*( answered:(invoke|deny|edit))?)*( answered:invoke decided:land:ask)?( granted( started:land)?)? ended( shown)*$`);

function wordOf({ body }: LogEvent): string {
  const name = body.type.slice('action.'.length);
  switch (body.type) {
    case 'action.decided':
      return `${name}:${body.stage ?? 'land'}:${body.verdict}`;
    case 'action.started':
      return `${name}:${body.stage ?? 'land'}`;
    case 'action.answered':
      return `${name}:${body.answer}`;
    default:
      return name;
  }
}

test('through every door each effect was proposed, decided, granted and ended once, with the same ids and digests, and nothing else happened', async () => {
  await using house = await openTestHouse({ turns: obeying() });
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    await throughEveryDoor(house, client);
    await house.bench.log.settle();
    const byAction = Map.groupBy(house.events().filter(({ body }) => 'action' in body && body.type.startsWith('action.')), ({ body }) => ('action' in body ? body.action : ''));
    const kinds = new Map<string, number>();
    for (const [id, events] of byAction) {
      assert.match(events.map(wordOf).join(' '), SEQUENCE, id);
      const kind = checkGrant(events);
      if (kind !== null) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // What was granted is what was done, and nothing was done that wasn't granted.
    assert.equal(kinds.get('infer'), house.scripted.requests.length);
    assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'cli.txt', 'edited.txt', 'http.txt', ...(hasSandbox ? ['run.txt'] : [])]);
    assert.equal(kinds.get('write'), 3);
    assert.equal(kinds.get('run') ?? 0, hasSandbox ? 2 : 0);
    assert.equal(kinds.get('read') ?? 0, 0, 'what a rule denied was not granted');
    // What was judged read-only began once, for real; six others (one of them denied, one edited) in a copy first.
    const started = house.events().filter(({ body }) => body.type === 'action.started').map(wordOf);
    assert.deepEqual(started.toSorted(), hasSandbox ? ['started:land', ...Array.from({ length: 6 }, () => 'started:rehearse')] : []);
    assert.equal((await house.bench.log.verify()).ok, true);
  } finally {
    await served.close();
  }
});

/** @returns the kind of a granted action; null for one that was not. */
function checkGrant(events: readonly LogEvent[]): string | null {
  const at = events.findIndex(({ body }) => body.type === 'action.granted');
  const proposed = events[0];
  if (at === -1 || proposed?.body.type !== 'action.proposed') return null;
  const grant = events[at]?.body;
  const decided = events[at - 1];
  assert.ok(grant?.type === 'action.granted' && decided?.body.type === 'action.decided');
  assert.equal(grant.proposal, proposed.payloads['proposal']?.digest, 'granted is what was proposed');
  assert.equal(grant.effects, decided.payloads['effects']?.digest, 'granted is what was judged');
  assert.equal(grant.by, decided.body.verdict === 'ask' ? 'person' : 'rule');
  // Between the yes (which an edit comes with) and the grant, it was at most tried.
  const answer = events.slice(0, at - 1).map(wordOf).filter((word) => /^(answered|decided:\w+:ask|decided:\w+:deny)/.test(word)).at(-1);
  if (grant.by === 'person') assert.equal(answer, 'answered:invoke');
  return proposed.body.kind;
}

test('no request can say that it was approved, by whom, or with which rights', async () => {
  await using house = await openTestHouse({ turns: [] });
  const served = await serve(house.bench, { port: 0 });
  try {
    const { client } = await signIn(await served.link());
    const before = house.bench.log.size();
    const run = { workspace: house.workspace.id, argv: ['touch', 'made.txt'] };
    const session = { workspace: house.workspace.id, model: 'practice' };
    for (const extra of [{ approved: true }, { by: 'person' }, { role: 'admin' }, { scope: ['approve'] }, { grant: '0000000000' }, { verdict: 'allow' }, { state: 'answered' }, { sandbox: false }, { root: '/' }, { env: { LD_PRELOAD: 'x' } }, { label: { integrity: 'person' } }, { __proto__x: 1 }, { constructor: {} }]) {
      assert.equal(codeOf(await client.ask('POST', '/api/run', { ...run, ...extra })), 'request.shape', JSON.stringify(extra));
      assert.equal(codeOf(await client.ask('POST', '/api/sessions', { ...session, ...extra })), 'request.shape', JSON.stringify(extra));
    }
    assert.equal(codeOf(await client.ask('POST', '/api/run', { ...run, access: 'full' })), 'request.shape');
    assert.equal(codeOf(await client.ask('POST', '/api/run', { ...run, cwd: '../..' })), 'path.outside');
    assert.equal(house.bench.log.size(), before, 'nothing came on record');
    assert.equal(existsSync(join(house.folder, 'made.txt')), false);
  } finally {
    await served.close();
  }
});

test('only the path settles and carries out, only settling mints a grant, and only the hands spend one', () => {
  const src = join(ROOT, 'src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !/\.(test|slow)\.ts$/.test(path)).toSorted();
  const callers = (pattern: RegExp): string[] => files.filter((path) => pattern.test(readFileSync(join(src, path), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')));
  assert.deepEqual(callers(/import \{[^}]*\bsettle\b[^}]*\} from '[^']*approvals\/settle\.ts'/), ['loop/act.ts']);
  assert.deepEqual(callers(/import \{[^}]*\bsettleRehearsal\b[^}]*\} from/), ['loop/rehearse.ts']);
  assert.deepEqual(callers(/\bhandsOf\(/), ['execute/hands.ts', 'main.ts']);
  assert.deepEqual(callers(/\.carryOut\(/).filter((path) => !path.startsWith('execute/')), ['loop/act.ts']);
  assert.deepEqual(callers(/\brehearsals\.(prepare|landing|accept)\(|\.(accept|keep)\(\)/).filter((path) => !path.startsWith('execute/')), ['loop/pieces.ts', 'loop/rehearse.ts']);
  assert.deepEqual(callers(/'rehearsing', owner = /), ['approvals/settle.ts']);
  assert.deepEqual(callers(/\.mint\b/), ['approvals/settle.ts']);
  assert.deepEqual(callers(/\bnew Grant\(/), ['approvals/grant.ts']);
  assert.deepEqual(callers(/\.redeem\b/), ['execute/hands.ts']);
  assert.deepEqual(callers(/\brunSandboxed\(/).filter((path) => !path.startsWith('execute/')), []);
  assert.deepEqual(callers(/\bapplyWrite\(/), ['execute/files-rehearse.ts', 'execute/files.ts', 'execute/hands.ts']);
  assert.deepEqual(callers(/state = 'granted'[^`]*WHERE id/), ['approvals/settle.ts']);
  assert.deepEqual(callers(/state = 'answered'[^`]*WHERE id/), ['approvals/answer.ts']);
});
