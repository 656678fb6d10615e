// Drafts, landings, profiles, commands that stay and full copies over HTTP: what the command line can do, a page can.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { clientWith, openStream, signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import type { Card } from '../approvals/card.ts';
import { stopAll } from '../loop/halt.ts';
import type { Effects } from '../model/effects.ts';
import type { LogEvent } from '../model/event.ts';
import type { Live } from '../model/live.ts';
import { serve, type Served } from './serve.ts';

const boxed = { skip: existsSync('/usr/bin/bwrap') ? false : 'no bwrap here: nothing is rehearsed' };

interface Made { readonly session: string; readonly action: string }
interface Shown { readonly card: Card; readonly text: string; readonly seen: string; readonly into: string | null }
interface DraftAnswer { readonly session: string; readonly actions: readonly { readonly id: string; readonly text: string }[]; readonly effects: Effects; readonly makers: { readonly [path: string]: readonly string[] }; readonly text: string }
interface Line { readonly path: string; readonly landing: string; readonly action: string; readonly change: string; readonly op: string; readonly undone: string | null }
interface ServiceAnswer { readonly state: string; readonly text: string; readonly next: number; readonly end: { readonly how: string } | null; readonly forwards: readonly { readonly port: number; readonly url: string }[] }

/** perl is on every Debian; Node may be where the sandbox has nothing. */
const SERVE = String.raw`use IO::Socket::INET; $| = 1; my $all = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8080, Listen => 5) or die; print "up \xc3\xa9\n";
  while (my $one = $all->accept) { sysread $one, my $asked, 9999; print $one "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"; close $one }`;
const LONG = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('');
let house: TestHouse;
let served: Served;
let client: Client;
/** Says yes: the pace of a page is none of these tests'. */
let program: Client;

before(async () => {
  house = await openTestHouse({ turns: [] }, { 'long.txt': LONG });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
  program = clientWith(served.port, [['Authorization', `Bearer ${readFileSync(join(house.bench.home.state, 'credential'), 'utf8').trim()}`]]);
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.post('/api/stop');
  for (const { session } of (await client.get<{ drafts: { session: string }[] }>('/api/drafts')).drafts) await client.post(`/api/drafts/${session}/drop`, { all: true });
  await client.post('/api/profile', { profile: 'step' });
});

/** Waits until an action is judged or over. */
async function settled({ action }: Made): Promise<Shown> {
  for (;;) {
    const shown = await client.get<Shown>(`/api/actions/${action}`);
    if (shown.card.state === 'pending' || shown.card.state === 'ended') return shown;
    await pause(10);
  }
}

async function invoked(made: Made): Promise<Shown> {
  const { seen } = await settled(made);
  await program.post(`/api/actions/${made.action}/invoke`, { seen });
  for (;;) {
    const shown = await client.get<Shown>(`/api/actions/${made.action}`);
    if (shown.card.state === 'ended') return shown;
    await pause(10);
  }
}

/** A command of a person that has come to rest. */
async function ran(line: string, more: object = {}): Promise<Made & Shown> {
  const made = await client.post<Made>('/api/run', { workspace: house.workspace.id, argv: ['sh', '-c', line], ...more });
  const shown = await settled(made);
  await free(made.session);
  return { ...made, ...shown };
}

async function free(session: string): Promise<void> {
  while ((await client.get<{ session: { held: boolean } }>(`/api/sessions/${session}`)).session.held) await pause(10);
}

const codeFor = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> => codeOf(await client.ask(method, path, body));
const inWorkspace = (path: string): boolean => existsSync(join(house.folder, path));

test('in the profile draft commands pile up in one draft, which is looked at, landed by path and by hunk, and dropped by piece', boxed, async () => {
  await client.post('/api/profile', { profile: 'draft' });
  const one = await ran('echo one > one.txt; echo two > two.txt; sed -i "s/line 3$/line three/; s/line 33$/line thirty/" long.txt');
  assert.deepEqual([one.card.outcome, one.into], ['done', 'draft']);
  const two = await ran('cat one.txt > three.txt');
  assert.equal(two.session, one.session, 'the second joins the draft of the first');
  assert.equal(inWorkspace('one.txt'), false);

  const { drafts } = await client.get<{ drafts: { session: string; actions: string[] }[] }>('/api/drafts');
  assert.deepEqual(drafts.map(({ session, actions }) => ({ session, actions })), [{ session: one.session, actions: [one.action, two.action] }]);
  const path = `/api/drafts/${one.session}`;
  const draft = await client.get<DraftAnswer>(path);
  assert.deepEqual(draft.effects.changes.map((change) => change.path), ['long.txt', 'one.txt', 'three.txt', 'two.txt']);
  assert.deepEqual(draft.makers['three.txt'], [two.action]);
  assert.match(draft.actions[1]?.text ?? '', /cat one\.txt/);
  assert.match(draft.text, /created three\.txt/);
  const diff = await client.get<DraftAnswer>(`${path}/diff?path=long.txt`);
  assert.deepEqual(diff.effects.diffs.map((some) => some.unified.match(/^@@/gm)?.length), [2]);

  await invoked(await client.post<Made>(`${path}/commit`, { paths: ['one.txt'], hunks: [{ path: 'long.txt', take: [2] }] }));
  assert.equal(house.file('one.txt'), 'one\n');
  assert.equal(house.file('long.txt'), LONG.replace('line 33\n', 'line thirty\n'));
  assert.equal(inWorkspace('two.txt'), false);

  assert.deepEqual(await client.post(`${path}/drop`, { paths: ['two.txt'] }), { session: one.session, dropped: [] });
  assert.deepEqual(await client.post(`${path}/drop`, { actions: [two.action] }), { session: one.session, dropped: [two.action] });
  assert.deepEqual((await client.get<DraftAnswer>(path)).effects.changes.map((change) => change.path), ['long.txt']);
  const rest = await invoked(await client.post<Made>(`${path}/commit`));
  assert.deepEqual([rest.card.outcome, rest.into], ['done', 'workspace']);
  assert.equal(house.file('long.txt'), LONG.replace('line 33\n', 'line thirty\n').replace('line 3\n', 'line three\n'));
  assert.equal(await codeFor('GET', path), 'draft.empty');
});

test('a draft can be looked at by path, until that is closed', boxed, async () => {
  const { session } = await ran('echo seen > look.txt', { profile: 'draft' });
  const path = `/api/drafts/${session}/view`;
  const { path: at } = await client.post<{ path: string }>(path);
  assert.equal(readFileSync(join(at, 'look.txt'), 'utf8'), 'seen\n');
  assert.deepEqual(await client.post(path), { session, path: at }, 'what is open stays');
  assert.equal((await client.ask('DELETE', path)).status, 200);
  assert.equal(existsSync(join(at, 'look.txt')), false);
  assert.equal(await codeFor('DELETE', path), 'draft.view');
});

test('what is not in a draft, or not there, is refused with a next step, before anything is proposed', boxed, async () => {
  const { session, action } = await ran('echo 1 > new.txt; sed -i "s/line 5$/line five/" long.txt', { profile: 'draft' });
  const path = `/api/drafts/${session}`;
  const size = house.bench.log.size();
  const refused: readonly (readonly ['GET' | 'POST', string, unknown, string])[] = [
    ['GET', '/api/drafts/0000000000', undefined, 'session.unknown'],
    ['GET', '/api/drafts/nonsense', undefined, 'request.unknown'],
    ['GET', `${path}/diff?path=gone.txt`, undefined, 'draft.path'],
    ['GET', `${path}/diff?path=..%2Fout`, undefined, 'path.outside'],
    ['GET', `${path}/diff?file=new.txt`, undefined, 'request.shape'],
    ['POST', `${path}/commit`, { paths: ['gone.txt'] }, 'draft.path'],
    ['POST', `${path}/commit`, { paths: ['/etc/passwd'] }, 'path.outside'],
    ['POST', `${path}/commit`, { paths: ['a/../b'] }, 'path.wrong'],
    ['POST', `${path}/commit`, { hunks: [{ path: 'long.txt', take: [2] }] }, 'draft.hunk'],
    ['POST', `${path}/commit`, { hunks: [{ path: 'new.txt', take: [1] }] }, 'draft.hunk'],
    ['POST', `${path}/commit`, { hunks: [{ path: 'long.txt', take: [0] }] }, 'request.shape'],
    ['POST', `${path}/commit`, { approved: true }, 'request.shape'],
    ['POST', `${path}/drop`, {}, 'draft.drop'],
    ['POST', `${path}/drop`, { all: true, actions: [action] }, 'draft.drop'],
    ['POST', `${path}/drop`, { actions: ['0000000000'] }, 'draft.action'],
    ['POST', `${path}/drop`, { paths: ['gone.txt'] }, 'draft.path'],
  ];
  for (const [method, at, body, code] of refused) {
    const answer = await client.ask(method, at, body);
    assert.equal(codeOf(answer), code, `${method} ${at} ${JSON.stringify(body)}`);
    assert.ok((JSON.parse(answer.body) as { error: { hint: string } }).error.hint.length > 0);
    assert.ok(answer.status >= 400 && answer.status < 500);
  }
  assert.equal(house.bench.log.size(), size, 'nothing of it is on record');
  assert.equal((await clientWith(served.port, []).ask('GET', path)).status, 401);

  renameSync(house.folder, `${house.folder}-away`);
  try {
    for (const at of [path, `${path}/diff`]) assert.equal(await codeFor('GET', at), 'draft.root');
    assert.equal(await codeFor('POST', `${path}/commit`), 'draft.root');
    assert.equal(await codeFor('POST', `${path}/view`), 'draft.root');
    await client.post(`${path}/drop`, { all: true });
  } finally {
    renameSync(`${house.folder}-away`, house.folder);
  }
  assert.equal(await codeFor('GET', path), 'draft.empty');
});

test('who changed a path is told page by page, and a landing is taken back: at once, or after a question when something is in its way', boxed, async () => {
  await invoked(await ran('mkdir many; for n in 1 2 3 4 5; do echo $n > many/$n; done'));
  const later = await ran('echo more >> many/1');
  await invoked(later);
  const lines: Line[] = [];
  let from = '';
  for (;;) {
    const page = await client.get<{ lines: Line[]; next: string | null }>(`/api/history?workspace=${house.workspace.id}&path=many&limit=2${from}`);
    lines.push(...page.lines);
    if (page.next === null) break;
    from = `&from=${page.next}`;
  }
  assert.deepEqual(lines.map(({ path, change }) => `${change} ${path}`), ['changed many/1', 'created many', ...[1, 2, 3, 4, 5].map((n) => `created many/${n}`)]);
  const only = await client.get<{ lines: Line[] }>(`/api/history?workspace=${house.workspace.id}&path=many%2F1`);
  assert.deepEqual(only.lines.map(({ action }) => action === later.action), [true, false]);

  const undone = await settled(await client.post<Made>('/api/undo', { id: later.action }));
  assert.deepEqual([undone.card.outcome, undone.into], ['done', 'workspace']);
  assert.equal(house.file('many/1'), '1\n');
  assert.equal(await codeFor('POST', '/api/undo', { id: later.action }), 'undo.undone');

  const first = lines.at(-1)?.landing;
  writeFileSync(join(house.folder, 'many/5'), 'mine\n');
  const asked = await client.post<Made>('/api/undo', { id: first });
  assert.deepEqual((await settled(asked)).card.effects?.conflicts?.map(({ path }) => path), ['many/5']);
  await client.post(`/api/actions/${asked.action}/deny`, { why: '' });
  const over = await client.post<Made>('/api/undo', { id: first, over: ['many/5'] });
  if ((await settled(over)).card.state === 'pending') await invoked(over);
  assert.equal(inWorkspace('many'), false);

  for (const [body, code] of [[{ id: '0000000000' }, 'id.unknown'], [{ id: first, over: ['../x'] }, 'undo.undone'], [{}, 'request.shape']] as const) assert.equal(await codeFor('POST', '/api/undo', body), code);
  assert.equal(await codeFor('GET', '/api/history?workspace=0000000000'), 'workspace.unknown');
  assert.equal(await codeFor('GET', `/api/history?workspace=${house.workspace.id}&from=1.x.2`), 'request.shape');
  assert.equal(await codeFor('GET', `/api/history?workspace=${house.workspace.id}&path=${'a'.repeat(255)}%00`), 'path.wrong');
});

test('the profile is read and changed by a person, and a session or a command can have its own', boxed, async () => {
  assert.deepEqual(await client.get('/api/profile'), { profile: 'step' });
  assert.deepEqual(await client.post('/api/profile', { profile: 'strict' }), { profile: 'strict' });
  assert.equal(await codeFor('POST', '/api/profile', { profile: 'none' }), 'request.shape');
  const { id, profile } = await client.post<{ id: string; profile: string | null }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url, profile: 'draft' });
  assert.equal(profile, 'draft');
  assert.equal((await client.post<{ profile: string | null }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url })).profile, null);
  assert.equal((await ran('echo 1 > strict.txt')).card.effects?.certainty, 'unknown', 'strict asks before it is rehearsed');
  const joined = await ran('echo 1 > joined.txt', { session: id, workspace: undefined });
  assert.deepEqual([joined.session, joined.into], [id, 'draft']);
});

test('a command joins only a session of its own workspace, and what does not go together is refused', boxed, async () => {
  const other = join(house.folder, '..', 'elsewhere');
  mkdirSync(other);
  const { id: workspace } = await client.post<{ id: string }>('/api/workspaces', { root: other });
  const { session } = await ran('echo 1 > own.txt', { profile: 'draft' });
  const argv = ['true'];
  for (const [body, code] of [
    [{ workspace, session }, 'run.session'], [{ session: '0000000000' }, 'session.unknown'], [{}, 'run.workspace'], [{ session, profile: 'step' }, 'run.profile'],
    [{ workspace, service: true, copy: true }, 'run.service'], [{ workspace, access: 'read', hosts: ['example.org'] }, 'run.read'],
    [{ workspace, hosts: ['http://example.org/'] }, 'request.shape'], [{ workspace, terminal: true }, 'request.shape'],
  ] as const) assert.equal(await codeFor('POST', '/api/run', { argv, ...body }), code, JSON.stringify(body));
});

test('hosts are named in the card before anything is tried, and a command that waits can be rehearsed in a full copy', boxed, async () => {
  const hosts = await ran('true', { hosts: ['Example.org', 'example.org:8443'] });
  assert.equal(hosts.card.state, 'pending');
  assert.match(hosts.text, /example\.org:443/);
  assert.match(hosts.text, /example\.org:8443/);

  const made = await ran('echo 1 > copied.txt');
  assert.equal(await codeFor('POST', `/api/actions/${made.action}/copy`, { seen: 'a'.repeat(64) }), 'action.changed');
  const copy = await client.post<{ action: string; session: string }>(`/api/actions/${made.action}/copy`, { seen: made.seen });
  assert.notEqual(copy.action, made.action);
  const again = await settled(copy);
  assert.deepEqual(again.card.effects?.changes.map(({ path }) => path), ['copied.txt']);
  assert.match(again.text, /copy: true/);
  assert.equal(again.card.editedFrom, made.action);
  await invoked(copy);
  assert.equal(house.file('copied.txt'), '1\n');
  const diff = await client.get<{ text: string }>(`/api/actions/${copy.action}/diff?path=copied.txt`);
  assert.match(diff.text, /\+1/);
  assert.equal(await codeFor('GET', `/api/actions/${copy.action}/diff?path=none.txt`), 'id.unknown');
});

test('a command that stays is heard byte by byte, reached at a port on the person\'s word, and stopped', { skip: boxed.skip || (!existsSync('/usr/bin/perl') && 'no perl here') }, async () => {
  const made = await ran('', { argv: ['perl', '-e', SERVE], service: true });
  assert.equal(made.card.outcome, 'done');
  const at = `/api/services/${made.action}`;
  let heard = await client.get<ServiceAnswer>(at);
  while (heard.text === '') heard = await client.get<ServiceAnswer>(at);
  assert.deepEqual([heard.state, heard.text, heard.next], ['running', 'up é\n', 6]);
  assert.equal((await client.get<ServiceAnswer>(`${at}?from=3`)).text, 'é\n');
  const { services } = await client.get<{ services: { id: string }[] }>(`/api/sessions/${made.session}/services`);
  assert.deepEqual(services.map(({ id }) => id), [made.action]);
  assert.ok((await client.get<{ services: { id: string }[] }>('/api/services')).services.some(({ id }) => id === made.action));

  const { url } = await client.post<{ url: string }>(`${at}/ports`, { port: 8080 });
  assert.equal(await (await fetch(url)).text(), 'hello');
  assert.deepEqual((await client.post<{ url: string }>(`${at}/ports`, { port: 8080 })).url, url, 'once open, it stays the same');
  assert.deepEqual((await client.get<ServiceAnswer>(at)).forwards, [{ port: 8080, url }]);
  assert.equal((await client.ask('DELETE', `${at}/ports/8080`)).status, 200);
  await assert.rejects(fetch(url));
  assert.equal(await codeFor('DELETE', `${at}/ports/8080`), 'service.forward');
  assert.equal(await codeFor('POST', `${at}/ports`, { port: 70_000 }), 'request.shape');

  assert.equal((await client.post<{ how: string }>(`${at}/stop`)).how, 'stopped');
  let over = await client.ask('GET', at);
  while (over.status !== 200) over = await client.ask('GET', at); // Its end is just being put on record.
  assert.deepEqual((await client.get<ServiceAnswer>(at)).end?.how, 'stopped');
  assert.equal((await client.get<ServiceAnswer>(at)).text, 'up é\n');
  assert.equal(await codeFor('POST', `${at}/ports`, { port: 8080 }), 'service.unknown');
  assert.equal(await codeFor('GET', '/api/services/0000000000'), 'service.unknown');
  assert.equal(await codeFor('GET', '/api/sessions/0000000000/services'), 'session.unknown');
});

test('stopping everything, here or in another process, and cancelling end commands that stay; new ones can be started then', boxed, async () => {
  const begin = async (): Promise<Made> => ran('echo up; sleep 1000', { service: true });
  const [one, two, three] = await Promise.all([begin(), begin(), begin()]);
  assert.deepEqual((await client.post<{ services: string[] }>(`/api/sessions/${one.session}/cancel`)).services, [one.action]);
  assert.deepEqual((await client.post<{ services: string[] }>(`/api/actions/${two.action}/cancel`)).services, [two.action]);
  assert.deepEqual((await client.post<{ services: string[] }>('/api/stop')).services, [three.action]);
  const four = await begin();
  const terminal = await house.reopen();
  await stopAll(terminal.log, { door: 'cli', credential: 'command' });
  const { services } = await waitFor(() => client.get<{ services: object[] }>(`/api/sessions/${four.session}/services`), (now) => now.services.length === 0);
  assert.deepEqual(services, []);
  await waitFor(async () => readdirSync(join(house.bench.home.state, 'rehearsals')), (left) => left.length === 0);
});

async function waitFor<T>(look: () => Promise<T>, fits: (now: T) => boolean): Promise<T> {
  for (;;) {
    const now = await look();
    if (fits(now)) return now;
    await pause(10);
  }
}

test('the event stream tells that something is being rehearsed, before what it did is asked about', boxed, async () => {
  const stream = await openStream(served.port, '/api/events', client.headers);
  const made = await ran('echo 1 > news.txt');
  const isOf = (data: unknown): data is Extract<Live, { type: 'action' }> => (data as Live).type === 'action' && (data as { action: string }).action === made.action;
  await stream.until(({ event, data }) => event === 'live' && isOf(data) && data.state === 'pending');
  const states = stream.events.flatMap(({ event, data }) => (event === 'live' && isOf(data) ? [data.state] : []));
  assert.deepEqual(states, ['rehearsing', 'pending']);
  const records = stream.events.flatMap(({ event, data }) => (event === 'record' && 'action' in (data as LogEvent).body ? [(data as LogEvent).body.type] : []));
  assert.ok(records.includes('action.rehearsed'));
  assert.equal(made.card.rehearsal?.exit, 0);
  stream.close();
});
