// The guard from outside, over raw sockets: every row of vectors/server/guard.json, and that a refusal comes before
// the body, says no secret and allows no other origin.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as z from 'zod/mini';
import { codeOf, exchange, open, parse, send } from '../../vectors/server/raw.ts';
import { Door } from './door.ts';
import { LIMITS } from './limits.ts';
import { listen, type Listening } from './listen.ts';
import { openPages } from './pages.ts';
import { PLAIN, route, specialRoute, type Call } from './route.ts';

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly code: string;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../../vectors/server/guard.json', import.meta.url), 'utf8'));
const said: unknown[] = [];
const complaints: string[] = [];
let listening: Listening;

async function* brokenOff(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a part');
  throw new TypeError('the secret is 42');
}

const ROUTES = [
  route({ ...PLAIN, method: 'GET', path: '/api/thing', summary: 'A thing.', right: 'read', query: z.strictObject({ a: z.optional(z.string()) }), answer: z.strictObject({}), handle: () => ({}) }),
  route({ ...PLAIN, method: 'POST', path: '/api/thing', summary: 'Say.', right: 'act', body: z.strictObject({ say: z.string() }), answer: z.strictObject({}), handle: (_, { body }) => { said.push(body); return {}; } }),
  specialRoute({ ...PLAIN, method: 'POST', path: '/api/file', summary: 'Take a file.', right: 'approve', takes: 'bytes', gives: 'json', handle: async (_, { bytes }) => {
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    said.push(Buffer.concat(parts).toString());
    return { gives: 'json', value: {} };
  } }),
  specialRoute({ ...PLAIN, method: 'GET', path: '/api/broken-off', summary: 'Breaks in the middle.', right: 'read', gives: 'stream', handle: () => ({ gives: 'stream', name: 'a.tar', chunks: brokenOff() }) }),
  route({ ...PLAIN, method: 'GET', path: '/api/broken', summary: 'Breaks.', right: 'read', answer: z.strictObject({}), handle: () => { throw new TypeError('the secret is 42'); } }),
];

before(async () => {
  const door = new Door({
    port: () => listening.port, limits: { ...LIMITS, depth: 4, upload: 1000 }, routes: ROUTES, pages: openPages(undefined),
    identify: (token) => (token === 'GOOD' ? { id: '0000000000', kind: 'session' } : token === 'LINK' ? { id: '0000000001', kind: 'link' } : null),
    countWrong: () => false,
    call: () => ({}) as Call, // No route here uses it.
    stream: () => null,
    complain: (words) => complaints.push(words),
  });
  listening = await listen(0, LIMITS, (request, response, proven) => door.serve(request, response, proven));
});
after(() => listening.close());

for (const { name, method, path = '/api/thing', headers, body, code } of cases) {
  test(`guard: ${name}`, async () => {
    const filled = headers.map(([key, value]) => [key, value.replaceAll('PORT', String(listening.port))] as const);
    const heard = said.length;
    const answer = await send(listening.port, { path, headers: filled, ...(method === undefined ? {} : { method }), ...(body === undefined ? {} : { body }) });
    assert.equal(codeOf(answer), code);
    if (code !== '200') assert.equal(said.length, heard, 'a refused request had an effect');
    assert.deepEqual(Object.keys(answer.headers).filter((key) => key.startsWith('access-control')), []);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(answer.headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
  });
}

const GOOD = ['Authorization', 'Bearer GOOD'] as const;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const post = (body: string, headers: readonly (readonly [string, string])[] = []) => send(listening.port, { method: 'POST', path: '/api/thing', headers: [GOOD, JSON_TYPE, ...headers], body });

test('a refusal comes before the body: the client hears it without having sent any', async () => {
  const head = `POST /api/thing HTTP/1.1\r\nHost: 127.0.0.1:${listening.port}\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n`;
  assert.equal(codeOf(parse(await exchange(listening.port, `${head}Authorization: Bearer GOOD\r\nOrigin: https://evil.example\r\n\r\n`))), 'request.origin');
  assert.equal(codeOf(parse(await exchange(listening.port, `${head}\r\n`))), 'request.credential');
  const asked = await exchange(listening.port, `${head}Expect: 100-continue\r\n\r\n`);
  assert.ok(!asked.includes('100 Continue'), 'a stranger was told to go on');
});

test('a client that asks whether to go on is told so when its credential is good', async () => {
  const body = '{"say":"hello"}';
  const socket = await open(listening.port);
  socket.write(`POST /api/thing HTTP/1.1\r\nHost: 127.0.0.1:${listening.port}\r\nAuthorization: Bearer GOOD\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
  let heard = '';
  for await (const part of socket) {
    heard += String(part);
    if (heard.endsWith('100 Continue\r\n\r\n')) socket.write(body);
  }
  assert.match(heard, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
});

test('a body that says how large it is, and one that does not, are refused past the limit', async () => {
  const before_ = said.length;
  assert.equal(codeOf(parse(await exchange(listening.port, `POST /api/thing HTTP/1.1\r\nHost: 127.0.0.1:${listening.port}\r\nAuthorization: Bearer GOOD\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`))), 'request.large');
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`.repeat(20);
  assert.equal(codeOf(await post(chunk, [['Transfer-Encoding', 'chunked']])), 'request.large');
  assert.equal(said.length, before_);
});

test('two lengths of one body, as in request smuggling, are refused', async () => {
  const answer = await post('0\r\n\r\n', [['Transfer-Encoding', 'chunked'], ['Content-Length', '5']]);
  assert.equal(answer.status, 400);
});

test('JSON that is nested too deep, or not UTF-8, is refused before it is parsed', async () => {
  assert.equal(codeOf(await post(`{"say":${'['.repeat(100_000)}`)), 'request.deep');
  const socket = await open(listening.port);
  const bytes = Buffer.from('7b22736179223a22ff227d', 'hex');
  socket.write(`POST /api/thing HTTP/1.1\r\nHost: 127.0.0.1:${listening.port}\r\nAuthorization: Bearer GOOD\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`);
  socket.write(bytes);
  let heard = '';
  for await (const part of socket) heard += String(part);
  assert.equal(codeOf(parse(heard)), 'request.json');
});

test('too many headers are refused', async () => {
  const many = Array.from({ length: 80 }, (_, at) => [`X-${at}`, 'y'] as const);
  assert.equal(codeOf(await send(listening.port, { path: '/api/thing', headers: [GOOD, ...many] })), 'request.headers');
  const large = Array.from({ length: 20 }, (_, at) => [`X-${at}`, 'y'.repeat(1000)] as const);
  assert.equal(codeOf(await send(listening.port, { path: '/api/thing', headers: [GOOD, ...large] })), 'request.headers');
});

test('what broke inside is told without its words and without a stack', async () => {
  const answer = await send(listening.port, { path: '/api/broken', headers: [GOOD] });
  assert.equal(codeOf(answer), 'server.fault');
  assert.doesNotMatch(answer.body, /secret|42|TypeError|\.ts/);
  assert.deepEqual(complaints, ['GET /api/broken: the secret is 42']);
});

test('a person who is not signed in gets a page that says how, whatever the path, and no script but our own can run on it', async () => {
  for (const path of ['/', '/index.html', '/no-such-thing']) {
    const answer = await send(listening.port, { path });
    assert.equal(answer.status, 401);
    assert.match(answer.body, /sign-in link/);
    assert.match(answer.headers['content-security-policy'] ?? '', /script-src 'self';/);
    assert.doesNotMatch(answer.headers['content-security-policy'] ?? '', /unsafe/);
    assert.doesNotMatch(answer.body, /<script(?! src="\/sign-in.js" defer>)|style=|onclick/);
  }
  assert.equal((await send(listening.port, { path: '/sign-in.js' })).status, 200);
  assert.equal((await send(listening.port, { path: '/' })).status, 401);
  assert.equal((await send(listening.port, { path: '/', headers: [['Cookie', `pwb-${listening.port}=GOOD`]] })).status, 200);
});

test('a file comes as it is, and one that is too large is cut off', async () => {
  const own: [string, string][] = [['Host', `127.0.0.1:${listening.port}`], ['Authorization', 'Bearer GOOD'], ['Content-Type', 'application/octet-stream']];
  assert.equal(codeOf(await send(listening.port, { method: 'POST', path: '/api/file', headers: own, body: '{"a"' })), '200');
  assert.equal(said.at(-1), '{"a"');
  assert.equal(codeOf(await send(listening.port, { method: 'POST', path: '/api/file', headers: own, body: 'x'.repeat(1001) })), 'request.large');
  const heard = said.length;
  const chunked = `POST /api/file HTTP/1.1\r\n${own.map(([name, value]) => `${name}: ${value}\r\n`).join('')}Transfer-Encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`;
  assert.equal(codeOf(parse(await exchange(listening.port, chunked))), 'request.large');
  assert.equal(said.length, heard);
});

test('a download that breaks off is never taken for a whole one', async () => {
  const text = await exchange(listening.port, `GET /api/broken-off HTTP/1.1\r\nHost: 127.0.0.1:${listening.port}\r\nAuthorization: Bearer GOOD\r\n\r\n`);
  assert.doesNotMatch(text, /\r\n0\r\n\r\n/, 'the last chunk says that all is there');
  assert.doesNotMatch(text, /secret/);
});
