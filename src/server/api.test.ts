// The main job over HTTP, as a person at a browser does it, with a real workbench behind it. The client holds every
// answer against the shape that the API's description gives it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTestHouse, lastMessages, type TestHouse } from '../../vectors/house/house.ts';
import { openStream, signIn, type Client, type Stream } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import { expire } from '../approvals/answer.ts';
import { invoke } from '../loop/desk.ts';
import type { Card } from '../approvals/card.ts';
import type { EventBody, LogEvent } from '../model/event.ts';
import { serve, type Served } from './serve.ts';

interface Shown {
  readonly card: Card;
  readonly text: string;
  readonly seen: string;
  readonly arguments: string;
}

/** Of the inbox. */
interface Line {
  readonly id: string;
  readonly seen: string;
}

type Turns = Parameters<typeof openTestHouse>[0]['turns'] & readonly unknown[];

interface Opened extends TestHouse {
  readonly client: Client;
  readonly stream: Stream;
  /** Begins a session, says something and waits for what then waits for the person. */
  askFor(text: string): Promise<{ readonly session: string; readonly shown: Shown }>;
  /** Waits for an event of this test in the stream. */
  event(type: EventBody['type'], more?: object): Promise<LogEvent>;
  /** Types of the events of this test. */
  told(): string[];
  /** How often the model was asked in this test. */
  asked(): number;
}

let house_: TestHouse;
let served: Served;
let script: unknown[] = [];

before(async () => {
  house_ = await openTestHouse({ turns: () => script.shift() ?? { text: 'The script is over.' } });
  served = await serve(house_.bench, { port: 0 });
});
after(async () => {
  await served.close();
  await house_[Symbol.asyncDispose]();
});

/** The one workbench, as if it were fresh: nothing waits, no file but a.txt, and a script of its own. */
async function opened(turns: Turns): Promise<Opened> {
  script = [...turns];
  for (const path of ['b.txt', 'c.txt']) rmSync(join(house_.folder, path), { force: true });
  const size = house_.bench.log.size();
  const requests = house_.scripted.requests.length;
  const { client } = await signIn(await served.link());
  const stream = await openStream(served.port, `/api/events?after=${size - 1}`, client.headers);
  const event: Opened['event'] = async (type, more = {}) => {
    const fits = ({ body }: LogEvent): boolean => body.type === type && Object.entries(more).every(([key, value]) => Object.entries(body).some(([name, one]) => name === key && one === value));
    return (await stream.until((one) => one.event === 'record' && fits(one.data as LogEvent))).data as LogEvent;
  };
  return {
    ...house_, client, stream, event, told: () => house_.types(size), asked: () => house_.scripted.requests.length - requests,
    async askFor(text) {
      const { id: session } = await client.post<{ id: string }>('/api/sessions', { workspace: house_.workspace.id, model: house_.scripted.url });
      await client.post(`/api/sessions/${session}/messages`, { text });
      await event('action.decided', { verdict: 'ask' });
      const { waiting } = await client.get<{ waiting: Line[] }>('/api/inbox');
      assert.equal(waiting.length, 1);
      const shown = await client.get<Shown>(`/api/actions/${waiting[0]?.id ?? ''}`);
      assert.equal(waiting[0]?.seen, shown.seen);
      return { session, shown };
    },
    async [Symbol.asyncDispose]() {
      await client.post('/api/stop');
      stream.close();
    },
  };
}

const SILENT = { answer: { headers: { 'content-type': 'text/event-stream' }, body: [{ hang: true } as const] } };
const WRITE = { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\u202e\n' } }], text: 'I add b.txt.' };

test('a person asks, sees the exact card, invokes it, and the server carries the turn to its end', async () => {
  await using house = await opened([{ calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }, WRITE, { text: 'Done.' }]);
  const { client } = house;
  const { session, shown } = await house.askFor('add b');
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
  assert.match(shown.text, /write \(write\)\n {2}path: b\.txt\n/);
  assert.match(shown.text, /two‹U\+202E›/, 'what could hide is drawn');
  assert.match(shown.text, /created b\.txt \(file, 7 bytes, 0644\)/);

  const answer = await client.post<{ state: string }>(`/api/actions/${shown.card.id}/invoke`, { seen: shown.seen });
  assert.equal(answer.state, 'answered');
  await house.event('turn.ended', { why: 'answered' });
  assert.equal(house.file('b.txt'), 'two\u202e\n');
  assert.equal((await client.get<Shown>(`/api/actions/${shown.card.id}`)).card.outcome, 'done');
  assert.equal(codeOf(await client.ask('POST', `/api/actions/${shown.card.id}/invoke`, { seen: shown.seen })), 'action.changed', 'a replayed yes');
  const told = house.told();
  assert.equal(told.indexOf('action.shown') + 1, told.indexOf('action.answered'), 'what was shown is on record before the answer');

  const { messages, session: line } = await client.get<{ messages: { role: string; text: string }[]; session: { state: string } }>(`/api/sessions/${session}`);
  assert.deepEqual(messages.map(({ role }) => role), ['system', 'user', 'assistant', 'tool', 'assistant', 'tool', 'assistant']);
  assert.equal(messages.at(-1)?.text, 'Done.');
  assert.equal(line.state, 'idle');
});

test('saying yes without having looked, or to something else, is refused', async () => {
  await using house = await opened([WRITE, { text: 'Understood.' }]);
  const { client } = house;
  const { shown: { card, seen } } = await house.askFor('add b');
  const path = `/api/actions/${card.id}/invoke`;
  assert.equal(codeOf(await client.ask('POST', path)), 'request.shape');
  assert.equal(codeOf(await client.ask('POST', path, { seen: 'a'.repeat(64) })), 'action.changed');
  assert.equal(codeOf(await client.ask('POST', path, { seen, approved: true })), 'request.shape');
  assert.equal(codeOf(await client.ask('POST', '/api/actions/0000000000/invoke', { seen })), 'action.unknown');
  assert.equal(house.told().includes('action.answered'), false);
  await client.post(`/api/actions/${card.id}/deny`, { why: 'not here' });
  await house.event('turn.ended', { why: 'answered' });
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /not here/);
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('a person changes the arguments, sees what that would do, and exactly that lands', async () => {
  await using house = await opened([WRITE, { text: 'Thanks.' }]);
  const { client } = house;
  const { shown } = await house.askFor('add b');
  assert.deepEqual(JSON.parse(shown.arguments), { path: 'b.txt', content: 'two\u202e\n' });
  const changed = JSON.stringify({ path: 'c.txt', content: 'three\n' });
  const path = `/api/actions/${shown.card.id}`;
  const foreseen = await client.post<{ text: string; seen: string }>(`${path}/foresee`, { arguments: changed });
  assert.match(foreseen.text, /created c\.txt/);
  assert.equal(codeOf(await client.ask('POST', `${path}/edit`, { arguments: changed, seen: shown.seen })), 'action.changed');
  assert.equal(codeOf(await client.ask('POST', `${path}/foresee`, { arguments: '{"path":5}' })), 'edit.arguments');
  await client.post(`${path}/edit`, { arguments: changed, seen: foreseen.seen });
  assert.equal(house.told().filter((type) => type === 'action.shown').length, 1, 'what was seen is on record');
  await house.event('turn.ended', { why: 'answered' });
  assert.equal(house.file('c.txt'), 'three\n');
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('an edit can reach no further than a proposal: outside is denied by rule, and the impossible is said in words', async () => {
  await using house = await opened([WRITE, { text: 'Well.' }]);
  const { client } = house;
  const { shown } = await house.askFor('add b');
  const path = `/api/actions/${shown.card.id}`;
  const out = JSON.stringify({ path: '/etc/pwb-test', content: 'x' });
  assert.equal(codeOf(await client.ask('POST', `${path}/foresee`, { arguments: out })), 'edit.denied');
  assert.equal(codeOf(await client.ask('POST', `${path}/foresee`, { arguments: JSON.stringify({ path: 'a.txt/below', content: 'x' }) })), 'edit.refused');
  // Whoever skips the look is not carried further: what was seen is the first card, or nothing.
  assert.equal(codeOf(await client.ask('POST', `${path}/edit`, { arguments: out, seen: shown.seen })), 'edit.denied');
  assert.equal(existsSync('/etc/pwb-test'), false);
  const { card } = await client.get<Shown>(path);
  assert.deepEqual([card.outcome, house.told().filter((type) => type === 'action.granted').length], [null, 1], 'it still waits; only the model was asked');
  await client.post(`${path}/deny`, { why: 'no' });
  await house.event('turn.ended', { why: 'answered' });
});

test('what is answered in another process is carried on by the server', async () => {
  await using house = await opened([WRITE, { text: 'Done.' }]);
  const { shown } = await house.askFor('add b');
  const terminal = await house.reopen();
  await invoke(terminal, shown.card.id, { door: 'cli', credential: 'command' });
  await house.event('turn.ended', { why: 'answered' });
  assert.equal(house.file('b.txt'), 'two\u202e\n');
});

test('answers that come in any order end in one turn, and what merely expired wakes nobody', async () => {
  const two = (content: string): object => ({ calls: ['b.txt', 'c.txt'].map((path) => ({ name: 'write', arguments: { path, content } })) });
  await using house = await opened([two('x\n'), { text: 'Done.' }, two('y\n')]);
  const { client } = house;
  const { id: session } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url });
  await client.post(`/api/sessions/${session}/messages`, { text: 'both' });
  const waiting = async (): Promise<Line[]> => {
    for (;;) {
      const inbox = await client.get<{ waiting: Line[] }>('/api/inbox');
      if (inbox.waiting.length === 2) return inbox.waiting;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  for (const { id, seen } of (await waiting()).toReversed()) await client.post(`/api/actions/${id}/invoke`, { seen });
  await house.event('turn.ended', { why: 'answered' });
  assert.deepEqual([house.file('b.txt'), house.file('c.txt')], ['x\n', 'x\n']);

  const requests = house.asked();
  await client.post(`/api/sessions/${session}/messages`, { text: 'again' });
  await waiting();
  assert.equal(codeOf(await client.ask('POST', `/api/sessions/${session}/messages`, { text: 'more' })), 'session.waits');
  await expire(house.bench.log, Date.now() + 100 * 3_600_000);
  const ended = await house.event('action.ended', { why: 'expired' });
  const line = await client.get<{ session: { state: string; waiting: string[] } }>(`/api/sessions/${session}`);
  assert.deepEqual(line.session.waiting, []);
  assert.equal(house.asked(), requests + 1, `event ${ended.seq} asked the model`);
});

test('a session that is worked on refuses a second speaker; cancelling and stopping end it', async () => {
  await using house = await opened([SILENT, SILENT]);
  const { client } = house;
  const { id } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url });
  await client.post(`/api/sessions/${id}/messages`, { text: 'hello' });
  assert.equal(codeOf(await client.ask('POST', `/api/sessions/${id}/messages`, { text: 'hello?' })), 'session.busy');
  assert.equal(codeOf(await client.ask('POST', `/api/sessions/${id}/resume`)), 'session.busy');
  const halted = await client.post<{ told: string[] }>(`/api/sessions/${id}/cancel`);
  assert.deepEqual(halted.told, [id]);
  await house.event('turn.ended', { why: 'cancelled' });
  await client.post(`/api/sessions/${id}/messages`, { text: 'once more' });
  while (house.asked() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await client.post('/api/stop');
  await house.event('turn.ended', { why: 'stopped' });
});

test('a command of a person goes through the same path', { skip: !existsSync('/usr/bin/bwrap') }, async () => {
  await using house = await opened([]);
  const { client } = house;
  const asked = await client.post<{ action: string; session: string }>('/api/run', { workspace: house.workspace.id, argv: ['cat', 'a.txt'], access: 'read' });
  await house.event('action.ended', { action: asked.action });
  assert.match((await client.get<Shown>(`/api/actions/${asked.action}`)).text, /alpha/);
  assert.equal(codeOf(await client.ask('POST', '/api/run', { workspace: house.workspace.id, argv: ['ls'], cwd: '../..' })), 'path.outside');
  assert.equal(codeOf(await client.ask('POST', '/api/run', { workspace: '0000000000', argv: ['ls'] })), 'workspace.unknown');
});

test('the log can be read, page by page and event by event, checked, and parts of it erased but never cleared', async () => {
  await using house = await opened([WRITE]);
  const { client } = house;
  const { session, shown: { card } } = await house.askFor('my secret is 4711');
  const page = await client.get<{ size: number; events: LogEvent[] }>(`/api/log/events?session=${session}&type=message.added&newest=true&limit=5`);
  assert.deepEqual(page.events.map(({ body }) => body.type), ['message.added', 'message.added', 'message.added']);
  const user = page.events.find(({ body }) => body.type === 'message.added' && body.role === 'user') as LogEvent;
  const one = await client.get<{ texts: { message: { text: string } } }>(`/api/log/events/${user.seq}`);
  assert.match(one.texts.message.text, /4711/);
  const { digest = '' } = user.payloads['message'] ?? {};
  const bytes = await client.ask('GET', `/api/payloads/${digest}`);
  assert.match(bytes.body, /4711/);
  assert.equal(bytes.headers['content-type'], 'application/octet-stream');
  assert.equal(bytes.headers['content-disposition'], `attachment; filename="${digest}"`);

  await client.post('/api/payloads/erase', { digests: [digest], why: 'it was a secret' });
  assert.equal(codeOf(await client.ask('GET', `/api/payloads/${digest}`)), 'log.payload-erased');
  assert.equal((await client.get<{ texts: { message: { text: null } } }>(`/api/log/events/${user.seq}`)).texts.message.text, null);
  assert.equal((await client.get<{ ok: boolean }>('/api/log/verify')).ok, true);
  const { size, checkpoint } = await client.get<{ size: number; checkpoint: string }>('/api/log/head');
  assert.ok(checkpoint.includes(`\n${size}\n`));
  assert.match((await client.get<{ vkey: string }>('/api/log/key')).vkey, /^proworkbench\//);
  assert.equal(codeOf(await client.ask('GET', '/api/log/events/999999')), 'id.unknown');
  assert.equal(codeOf(await client.ask('GET', '/api/log/events?limit=-1')), 'request.shape');
  assert.equal(codeOf(await client.ask('GET', `/api/payloads/${'0'.repeat(64)}`)), 'log.payload-unknown');
  assert.equal((await client.ask('DELETE', '/api/log/events')).status, 405);
  // What waits and can't be shown any more can still be denied, and hides nothing else.
  const proposal = house.bench.log.store.db.prepare('SELECT proposal FROM actions WHERE id = ?').get(card.id)?.['proposal'];
  await client.post('/api/payloads/erase', { digests: [proposal], why: 'test' });
  assert.deepEqual((await client.get<{ unreadable: { id: string }[] }>('/api/inbox')).unreadable.map(({ id }) => id), [card.id]);
});

test('a yes that nobody carries out is shown, and can be said once more or taken back', async () => {
  for (const answer of ['invoke', 'deny'] as const) {
    await using house = await opened([{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }, { text: 'ok' }]);
    const { client } = house;
    const { shown: { card: { id } } } = await house.askFor('write');
    // As a process leaves it that was killed when it had taken the yes.
    house.bench.log.store.db.exec(`UPDATE actions SET state = 'answered', agreed = effects, owner = '999999999:1' WHERE id = '${id}'`);
    const { waiting, stranded } = await client.get<{ waiting: Line[]; stranded: Line[] }>('/api/inbox');
    assert.deepEqual([waiting, stranded.map((one) => one.id)], [[], [id]]);
    await client.post(`/api/actions/${id}/${answer}`, answer === 'deny' ? { why: 'no' } : { seen: stranded[0]?.seen });
    await house.event('turn.ended');
    assert.equal(existsSync(join(house.folder, 'b.txt')), answer === 'invoke');
    assert.deepEqual((await client.get<{ stranded: Line[] }>('/api/inbox')).stranded, []);
  }
});

test('workspaces, models and the state of the machine can be seen, and workspaces changed by a person', async () => {
  await using house = await opened([]);
  const { client } = house;
  const folder = join(house.folder, '..', 'other');
  mkdirSync(folder);
  writeFileSync(join(folder, 'x'), '');
  const { id } = await client.post<{ id: string }>('/api/workspaces', { root: folder });
  assert.equal((await client.get<{ workspaces: object[] }>('/api/workspaces')).workspaces.length, 2);
  assert.equal((await client.ask('DELETE', `/api/workspaces/${id}`)).status, 200);
  assert.equal(codeOf(await client.ask('POST', '/api/workspaces', { root: house.bench.home.state })), 'workspace.state');
  assert.equal(codeOf(await client.ask('POST', '/api/workspaces', { root: '/usr' })), 'workspace.wide');
  assert.ok((await client.get<{ models: { reachable: boolean }[] }>('/api/models')).models.some(({ reachable }) => reachable));
  assert.ok((await client.get<{ checks: object[] }>('/api/doctor')).checks.length > 0);
  assert.equal((await client.get<{ version: string }>('/api/health')).version, house.bench.version);
  assert.match((await client.post<{ url: string }>('/api/sign-in/link')).url, /\/sign-in#/);
});

test('a model on another machine is not asked because nothing else was named, until a person makes it the default', async () => {
  await using house = await opened([]);
  const { client } = house;
  assert.equal((await client.get<{ default: string | null }>('/api/models')).default, await house.bench.defaultModel());
  // Not spelled as this machine, so it counts as another one.
  await client.post('/api/models', { url: 'http://0.0.0.0:9', name: 'far', model: 'm', allowRemote: true });
  assert.equal(house.bench.config().model, undefined);
  await client.post('/api/models', { url: house.scripted.url, name: 'near' });
  assert.equal(house.bench.config().model, 'near', 'one on this machine is, when it is the first');
  await client.post('/api/settings', { key: 'model', value: 'far' });
  assert.equal(house.bench.config().model, 'far');
  for (const name of ['far', 'near']) await client.ask('DELETE', `/api/models?name=${name}`);
});

test('the event stream tells the whole log in order, resumes where it was, and carries passing news', async () => {
  await using house = await opened([{ text: 'one two three' }]);
  const { client, stream } = house;
  const { id } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url });
  await client.post(`/api/sessions/${id}/messages`, { text: 'hello' });
  const last = await house.event('turn.ended');
  await stream.until(({ event, data }) => event === 'live' && (data as { type: string }).type === 'rest');
  const live = stream.events.filter(({ event }) => event === 'live').map(({ data }) => data as { type: string; text?: string });
  assert.equal(live.filter(({ type }) => type === 'text').map(({ text }) => text).join(''), 'one two three');
  const records = stream.events.filter(({ event }) => event === 'record');
  const all = await openStream(served.port, '/api/events?after=-1', client.headers);
  await all.until((one) => one.id === String(last.seq));
  assert.deepEqual(all.events.map(({ data }) => data), house.bench.log.events({ limit: 10_000 }));
  assert.deepEqual(all.events.slice(-records.length), records);
  all.close();

  const again = await openStream(served.port, '/api/events?after=-1', [...client.headers, ['Last-Event-ID', String(last.seq - 2)]]);
  await again.until(({ id: seq }) => seq === String(last.seq));
  assert.deepEqual(again.events.map((one) => one.id), [String(last.seq - 1), String(last.seq)]);
  again.close();
  assert.equal((await client.ask('GET', '/api/events?after=x')).status, 400);
});

test('only so many streams are open at once, and one that ends makes room', async () => {
  await using house = await opened([]);
  const streams = [];
  for (let at = 0; at < 15; at += 1) streams.push(await openStream(served.port, '/api/events', house.client.headers));
  assert.equal(codeOf(await house.client.ask('GET', '/api/events')), 'stream.many');
  streams[0]?.close();
  await streams[0]?.ended;
  for (;;) {
    const next = await openStream(served.port, '/api/events', house.client.headers);
    next.close();
    if (next.status === 200) break;
  }
  for (const one of streams) one.close();
});
