// The timeline over HTTP: what a task did is found by words and filters while it happens, exactly what the model was asked,
// the log checked and taken along, and nothing of what was erased.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import { carryOn, invoke } from '../loop/desk.ts';
import type { TimelineLine } from '../loop/timeline-line.ts';
import { verifyBundle } from '../verify/bundle.ts';
import { parseVerifierKey } from '../verify/note.ts';
import { Pieces, readHead } from '../storage/tar.ts';
import { serve, type Served } from './serve.ts';

interface Page {
  readonly size: number;
  readonly indexed: number;
  readonly lines: readonly (TimelineLine & { readonly found: string | null })[];
  readonly next: number | null;
}

let house: TestHouse;
let served: Served;
let client: Client;
let session: string;

before(async () => {
  house = await openTestHouse({
    turns: [
      { calls: [{ name: 'run', arguments: { command: 'echo "the heron\u202e stands" > marsh.txt' } }] },
      { text: 'The heron was written down.' },
    ],
  });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
  const asked = await house.ask('Please write about a bittern.');
  session = asked.session;
  const waiting = house.bench.log.store.db.prepare(`SELECT id FROM actions WHERE state = 'pending'`).get()?.['id'];
  await invoke(house.bench, String(waiting), { door: 'cli', credential: 'terminal' });
  await carryOn(house.bench, session, house.watch());
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

const ask = (query: string): Promise<Page> => client.get<Page>(`/api/timeline?${query}`);
const types = ({ lines }: Page): string[] => lines.map(({ type }) => type);

test('the first page is the end of the log, newest first, in drawn words, and pages follow each other', async () => {
  const first = await ask('limit=5');
  assert.equal(first.lines.length, 5);
  const { size } = first;
  assert.deepEqual(first.lines.map(({ seq }) => seq), Array.from({ length: 5 }, (_, at) => size - 1 - at));
  const second = await ask(`limit=5&before=${first.next ?? 0}`);
  assert.deepEqual(second.lines.map(({ seq }) => seq), Array.from({ length: 5 }, (_, at) => size - 6 - at));
  const all = await ask('limit=200');
  assert.deepEqual([all.next, all.lines.at(-1)?.type], [null, 'log.opened']);
  assert.ok(all.lines.every(({ words }) => words !== '' && !/[\u202e\n]/.test(words)));
  assert.deepEqual((await ask(`after=${size - 3}`)).lines.map(({ seq }) => seq), [size - 1, size - 2]);
});

test('words find what was asked, done and said, with the place where they stand', async () => {
  assert.deepEqual(types(await ask('q=bittern&type=message.added')), ['message.added']);
  const done = await ask('q=heron&kind=run&who=model&type=action.proposed');
  assert.deepEqual(done.lines.map(({ tool, turn, label, who }) => ({ tool, turn, label, who })), [{ tool: 'run', turn: 1, label: { integrity: 'person', secrecy: 'private' }, who: 'model' }]);
  assert.match(done.lines[0]?.words ?? '', /^Proposed: run .*heron‹U\+202E› stands/);
  assert.match(done.lines[0]?.found ?? '', /\u2068heron\u2069‹U\+202E› stands/);
  assert.deepEqual(types(await ask('q=marsh.txt&outcome=done')), ['action.ended']);
  assert.deepEqual(types(await ask('path=marsh.txt&outcome=done')), ['action.ended']);
  assert.deepEqual((await ask('q=%22')).lines, []);
});

test('an action that landed says by which landing it can be undone', async () => {
  const { lines: [ended] } = await ask('type=action.ended&kind=run&decision=ask');
  assert.ok(ended?.undo !== null && ended?.undo !== undefined);
  assert.deepEqual([ended.outcome, ended.verdict, ended.tone, ended.main], ['done', 'ask', 'good', true]);
  assert.match(ended.words, /^Done: run .*, exit 0, .*, landed$/);
});

test('main leaves out what only says how', async () => {
  const kept = types(await ask('main=true&limit=200'));
  assert.ok(kept.includes('action.ended') && kept.includes('message.added'));
  assert.ok(!kept.includes('action.granted') && !kept.includes('credential.used'));
  assert.equal((await ask(`main=true&session=${session}&kind=infer`)).lines.length, 0);
});

test('what occurs can be chosen from', async () => {
  const facets = await client.get<{ tools: string[]; kinds: string[]; sessions: { id: string; title: string }[] }>('/api/timeline/facets');
  assert.deepEqual([facets.tools, facets.kinds, facets.sessions], [['run'], ['infer', 'run'], [{ id: session, title: 'Please write about a bittern.' }]]);
});

test('a time, a kind or a name that is none is refused in words, and no query is a fault', async () => {
  for (const query of ['from=yesterday', 'from=2026-99-01T00:00Z', 'kind=everything', 'limit=-1', 'tools=run', `q=${'x'.repeat(1001)}`]) {
    assert.equal((await client.ask('GET', `/api/timeline?${query}`)).status, 400, query);
  }
  assert.equal(codeOf(await client.ask('GET', `/api/timeline?q=${'a%20'.repeat(33)}b`)), 'log.query');
  assert.equal((await ask('from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00%2B02:00')).lines.length, 0);
  assert.ok((await ask('from=2020-01-01T00:00:00Z&limit=1')).lines.length === 1);
});

test('the request of an inference is what went over the wire, to the byte, and only that', async () => {
  const infers = (await ask('kind=infer&type=action.proposed')).lines.toReversed();
  assert.deepEqual(infers.length, 2);
  for (const [at, { action }] of infers.entries()) {
    const { status, body } = await client.ask('GET', `/api/actions/${action ?? ''}/request`);
    assert.deepEqual([status, Buffer.from(body, 'latin1').toString('utf8')], [200, house.scripted.requests[at]]);
  }
  const { lines: [run] } = await ask('kind=run&type=action.proposed');
  assert.deepEqual([(await client.ask('GET', `/api/actions/${run?.action ?? ''}/request`)).status, (await client.ask('GET', '/api/actions/0000000000/request')).status], [422, 404]);
});

test('the export, unpacked, is a bundle that the verifier holds to be sound', async () => {
  await house.bench.log.commit((tx) => tx.append({ type: 'session.renamed', session }, { title: 'a long title '.repeat(9000) }));
  const { bytes, named } = await download('/api/log/export');
  assert.match(named, /^attachment; filename="log-\d+\.tar"$/);
  const folder = mkdtempSync(join(tmpdir(), 'pwb-export-'));
  try {
    const names = await unpack(bytes, folder);
    assert.deepEqual(names.filter((name) => !name.startsWith('blobs/')), ['events.jsonl', 'leaves', 'payloads.jsonl', 'README.txt', 'checkpoint']);
    assert.equal(names.length, 6);
    const vkey = house.bench.log.vkey();
    const key = parseVerifierKey(vkey);
    assert.ok(key !== null);
    const report = await verifyBundle(folder, { key, vkey });
    assert.deepEqual([report.ok, report.problems], [true, []]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a check of the log says what was checked, by which key, with a fingerprint of the head', async () => {
  const report = await client.get<{ ok: boolean; size: number; root: string; fingerprint: string; vkey: string; checkpoint: string }>('/api/log/verify');
  const head = house.bench.log.head();
  assert.deepEqual([report.ok, report.size, report.root, report.checkpoint, report.vkey], [true, head.size, head.root, head.checkpoint, house.bench.log.vkey()]);
  assert.equal(report.fingerprint.replaceAll(' ', ''), report.root.slice(0, 32));
  assert.deepEqual(await client.get('/api/log/verify/progress'), { running: false, done: 0, of: 0 });
});

test('what is erased is gone from the search and its file, and a request with it can be read no more', async () => {
  const { lines: [said] } = await ask('q=bittern&type=message.added');
  const { event } = await client.get<{ event: { payloads: { message: { digest: string } } } }>(`/api/log/events/${said?.seq ?? 0}`);
  const titles = house.events().flatMap(({ body, payloads }) => (body.type === 'session.started' ? [payloads['title']?.digest ?? ''] : []));
  await client.post('/api/payloads/erase', { digests: [event.payloads.message.digest, ...titles], why: 'a test' });
  assert.deepEqual((await ask('q=bittern')).lines, []);
  const { state } = house.bench.home;
  assert.deepEqual(readdirSync(state).filter((name) => name.includes('.db') && readFileSync(join(state, name)).includes('bittern')), []);
  const { lines: [first] } = await ask('kind=infer&type=action.proposed');
  const answer = await client.ask('GET', `/api/actions/${first?.action ?? ''}/request`);
  assert.deepEqual([answer.status, codeOf(answer)], [410, 'context.erased']);
  assert.equal((await client.get<{ ok: boolean }>('/api/log/verify')).ok, true);
});

function download(path: string): Promise<{ readonly bytes: Buffer; readonly named: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: served.port, path, agent: false, headers: Object.fromEntries(client.headers) }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => resolve({ bytes: Buffer.concat(parts), named: response.headers['content-disposition'] ?? '' }));
    }).on('error', reject);
  });
}

async function unpack(bytes: Buffer, folder: string): Promise<string[]> {
  const pieces = new Pieces((async function* all() { yield await Promise.resolve(bytes); })());
  const names: string[] = [];
  for (;;) {
    const block = await pieces.take(512);
    const head = block === null ? null : readHead(block);
    if (head === null) return names;
    const content = await pieces.take(head.size) ?? Buffer.alloc(0);
    if (head.size % 512 > 0) await pieces.take(512 - (head.size % 512));
    names.push(head.name);
    mkdirSync(dirname(join(folder, head.name)), { recursive: true });
    writeFileSync(join(folder, head.name), content);
    assert.deepEqual(readFileSync(join(folder, head.name)).length, head.size);
  }
}

test('a filter that was mistyped is answered with what is expected of it', async () => {
  const words = async (path: string): Promise<string> => (JSON.parse((await client.ask('GET', path)).body) as { readonly error: { readonly words: string } }).error.words;
  const time = 'a time is expected: day, minutes and zone, as 2026-05-01T09:30Z or 2026-05-01T11:30:00+02:00';
  assert.equal(await words('/api/timeline?from=yesterday'), `from: ${time}.`);
  assert.equal(await words('/api/timeline?to=2026-13-01T09:30Z'), `to: ${time}.`);
  assert.match(await words('/api/timeline?session=mine'), /^session: an id is expected: ten letters and digits/);
  assert.equal(await words('/api/timeline?who=me'), 'who: one of person, model, house is expected.');
  assert.equal(await words(`/api/timeline?q=${'x'.repeat(1001)}`), 'q: too long; the most is 1000 characters.');
  assert.equal(await words('/api/timeline?path='), 'path: too short; the least is 1 character.');
  assert.equal(await words('/api/timeline?limit=many'), 'limit: a whole number is expected.');
  assert.equal(await words('/api/folders?path=home'), 'path: an absolute path is expected, one that begins with /.');
});

test('a server that ends while it checks the log ends quietly, and tells whoever waits', async (t) => {
  const complaints = t.mock.method(process.stderr, 'write', () => true);
  await using other = await openTestHouse({ turns: [] });
  const ending = await serve(other.bench, { port: 0 });
  const { client: asking } = await signIn(await ending.link());
  const over = asking.get('/api/log/verify').then(() => undefined, () => undefined);
  const runs = async (): Promise<boolean> => (await asking.get<{ running: boolean }>('/api/log/verify/progress')).running;
  for (let tries = 0; tries < 50 && !(await runs()); tries++) await pause(1);
  await ending.close();
  await over;
  assert.equal(complaints.mock.callCount(), 0);
});
