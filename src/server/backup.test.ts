// Backup and restore from the page: a download, an upload that is checked whole, and what is ready for the next start.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn, type Client } from '../../vectors/server/client.ts';
import { serve, type Served } from './serve.ts';

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly bytes: Buffer;
}

interface Ready {
  readonly staged: { readonly events: number; readonly bytes: number; readonly origin: string } | null;
  readonly words: string;
}

let house: TestHouse;
let served: Served;
let client: Client;

before(async () => {
  house = await openTestHouse({ turns: [] });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

/** With the body in pieces and its length not said, as a page streams a file. */
function ask(method: 'GET' | 'POST', path: string, body?: Buffer, headers = client.headers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const more = method === 'POST' ? { 'Content-Type': 'application/octet-stream' } : {};
    const asked = request({ host: '127.0.0.1', port: served.port, path, method, agent: false, headers: { ...Object.fromEntries(headers), ...more } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(parts) }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    for (let at = 0; at < (body?.length ?? 0); at += 65_536) asked.write(body?.subarray(at, at + 65_536));
    asked.end();
  });
}

function codeIn({ bytes }: Answer): string {
  return (JSON.parse(bytes.toString()) as { error: { code: string } }).error.code;
}

test('a backup is downloaded, restored whole, and taken back again', async () => {
  const size = house.bench.log.size();
  const saved = await ask('GET', '/api/backup');
  assert.equal(saved.status, 200);
  assert.match(String(saved.headers['content-disposition']), /^attachment; filename="proworkbench-[\dTZ-]+\.tar"$/);
  assert.equal(saved.headers['cache-control'], 'no-store');
  assert.deepEqual(house.types(size), ['state.saved']);

  const made = await ask('POST', '/api/restore', saved.bytes);
  assert.equal(made.status, 201, made.bytes.toString());
  const ready = await client.get<Ready>('/api/restore');
  assert.deepEqual(JSON.parse(made.bytes.toString()), ready);
  assert.deepEqual([ready.staged?.events, ready.staged?.bytes], [size + 1, saved.bytes.length]);
  assert.match(ready.words, /next `pwb start`/);
  assert.equal(codeIn(await ask('POST', '/api/restore', saved.bytes)), 'restore.staged');
  assert.equal(house.bench.log.size(), size + 1, 'what runs is as it was');
  assert.equal((await client.ask('DELETE', '/api/restore')).status, 200);
  assert.equal((await client.get<Ready>('/api/restore')).staged, null);
});

test('an upload that is cut, changed or no backup is refused in words, large ones too, and leaves nothing', async () => {
  const { bytes } = await ask('GET', '/api/backup');
  const changed = Buffer.from(bytes);
  changed.writeUInt8((changed[20_000] ?? 0) ^ 1, 20_000);
  assert.equal(codeIn(await ask('POST', '/api/restore', changed)), 'backup.altered');
  assert.equal(codeIn(await ask('POST', '/api/restore', bytes.subarray(0, bytes.length >> 1))), 'backup.cut');
  assert.equal(codeIn(await ask('POST', '/api/restore', Buffer.alloc(20_000_000, 'x'))), 'backup.foreign');
  assert.equal(codeIn(await ask('POST', '/api/restore')), 'backup.foreign');
  assert.deepEqual(readdirSync(house.bench.home.state).filter((name) => /^(restore|backup)/.test(name)), []);
});

test('a stranger gets no backup and puts none in', async () => {
  assert.equal((await ask('GET', '/api/backup', undefined, [])).status, 401);
  assert.equal((await ask('POST', '/api/restore', Buffer.from('x'), [])).status, 401);
  const other = client.headers.map(([name, value]) => (name === 'Origin' ? [name, 'https://evil.example'] as const : name === 'Sec-Fetch-Site' ? [name, 'cross-site'] as const : [name, value] as const));
  assert.equal((await ask('GET', '/api/backup', undefined, other)).status, 403);
  assert.equal((await ask('POST', '/api/restore', Buffer.from('x'), other)).status, 403);
});
