// The HTTP client, looked at from the other end of the line.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { jsonAnswer, startServer, type Playing } from '../../vectors/dialects/server.ts';
import { hostHeader } from './http-address.ts';
import { callHttp, localityOf, type HttpCall, type HttpLimits } from './http.ts';

const LIMITS: HttpLimits = { connect: 2_000, firstByte: 2_000, stall: 2_000, bytes: 2 ** 20 };

async function get(url: string, more: Partial<HttpCall> = {}): Promise<{ status: number; text: string }> {
  const answer = await callHttp({ method: 'GET', url, accept: 'application/json', limits: LIMITS, ...more });
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return { status: answer.status, text: Buffer.concat(chunks).toString() };
}

async function withServer(use: (server: Playing) => Promise<void>, place: { host?: string; socket?: string } = {}): Promise<void> {
  const server = await startServer(() => jsonAnswer({ ok: true }), place);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

const SPELLINGS = {
  local: ['http://127.0.0.1', 'http://127.0.0.1:5000', 'http://127.255.3.4:1', 'https://localhost', 'http://localhost:11434/v1', 'http://LocalHost:1', 'http://[::1]:8080', 'http://[::1]/api/'],
  remote: [
    'http://0.0.0.0:5000', 'http://[::]:5000', 'http://localhost.:5000', 'http://2130706433:5000', 'http://0x7f000001', 'http://0x7f.1', 'http://0177.0.0.1', 'http://127.1', 'http://127.0.1',
    'http://[::ffff:127.0.0.1]', 'http://[::ffff:7f00:1]', 'http://[0:0:0:0:0:0:0:1]', 'http://[::1%25lo]', 'http://128.0.0.1', 'http://127.0.0.256', 'http://127.0.0.01', 'http://127.0.0.1.nip.example', 'http://localhost.example',
    'http://example.com', 'http://192.168.1.5:5000', 'http://10.0.0.1', 'http://169.254.169.254', 'http://localhost@example.com', 'http://127.0.0.1@example.com/', 'http://127.0.0.1\\@example.com', 'http://127.0.0.1#@example.com', 'http://127.0.0.1:80:80',
    'http://１２７.0.0.1', 'http://ⓛocalhost', 'http://127。0。0。1', ' http://127.0.0.1', 'http://127.0.0.1 ', 'http://127.0.0.1\n', 'http:/127.0.0.1', 'http:127.0.0.1', '//127.0.0.1', '127.0.0.1', 'file://localhost/etc', 'ws://localhost', '',
  ],
} as const;

for (const url of SPELLINGS.local) test(`“${url}” is on this machine`, () => assert.equal(localityOf(url), 'local'));
for (const url of SPELLINGS.remote) test(`“${url.replace('\n', '\\n')}” counts as another machine`, () => assert.equal(localityOf(url), 'remote'));

test('localhost is 127.0.0.1 first and ::1 next, and a server that is only on ::1 is found', async () => {
  await withServer(async (server) => assert.equal((await get(`http://localhost:${server.port}/`)).status, 200));
  try {
    await withServer(async (server) => assert.equal((await get(`http://localhost:${server.port}/`)).status, 200), { host: '::1' });
  } catch (error) {
    // A machine without IPv6 can't show the second half.
    assert.match(String(error), /EADDRNOTAVAIL|EAFNOSUPPORT/);
  }
});

test('a connection that stood while this process was busy is not the fault of the server', async () => {
  await withServer(async (server) => {
    const going = get(`${server.url}/`, { limits: { ...LIMITS, connect: 20 } });
    process.nextTick(() => process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)));
    assert.equal((await going).status, 200);
  });
});

for (const [url, host] of [['http://127.0.0.1:5000', '127.0.0.1:5000'], ['http://localhost:5000', 'localhost:5000'], ['http://[::1]:5000', 'localhost:5000'], ['http://127.0.0.2:5000', 'localhost:5000'], ['http://[::1]', 'localhost'], ['http://lan.example:5000', 'lan.example:5000']] as const) {
  test(`${url} is asked with the Host ${host}, which Text Generation WebUI takes`, () => assert.equal(hostHeader(new URL(url)), host));
}

test('the Host header goes out as it was chosen', async () => {
  await withServer(async (server) => {
    await get(`http://LOCALHOST:${server.port}/`);
    assert.equal(server.seen[0]?.headers.host, `localhost:${server.port}`);
  });
});

test('a Unix socket is asked as localhost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pwb-'));
  try {
    await withServer(async (server) => {
      assert.equal((await get('http://localhost/v1/models', { socket: join(folder, 's') })).text, '{"ok":true}');
      assert.equal(server.seen[0]?.headers.host, 'localhost');
    }, { socket: join(folder, 's') });
    await assert.rejects(get('http://localhost/', { socket: join(folder, 'none') }), { code: 'model.unreachable' });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('no credential, cookie or trace of the person is sent unasked', async () => {
  await withServer(async (server) => {
    await get(`${server.url}/`);
    assert.deepEqual(Object.keys(server.seen[0]?.headers ?? {}).toSorted(), ['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });
});

test('a key goes to the origin that it is bound to, and to no other', async () => {
  await withServer(async (server) => {
    await get(`${server.url}/`, { key: { value: 'sk-1', origin: server.url } });
    assert.equal(server.seen[0]?.headers.authorization, 'Bearer sk-1');
    for (const origin of ['https://api.example.com', 'http://127.0.0.1:1', server.url.replace('http:', 'https:'), `${server.url}/`, '']) {
      await assert.rejects(get(`${server.url}/`, { key: { value: 'sk-1', origin } }), { code: 'model.key-origin' });
    }
    assert.equal(server.seen.length, 1);
  });
});

test('a key with a line break is refused without being shown', async () => {
  await withServer(async (server) => {
    const asked = get(`${server.url}/`, { key: { value: 'sk-1\r\nx-evil: 1', origin: server.url } });
    await assert.rejects(asked, (error: Error & { code: string }) => error.code === 'model.key' && !error.message.includes('sk-1'));
    assert.equal(server.seen.length, 0);
  });
});

test('a redirect is not followed, so nothing is sent to where it points', async () => {
  await withServer(async (target) => {
    const server = await startServer(() => ({ status: 302, headers: { location: `${target.url}/stolen` }, body: [] }));
    try {
      await assert.rejects(get(`${server.url}/`, { key: { value: 'sk-1', origin: server.url } }), { code: 'model.redirect' });
      assert.equal(target.seen.length, 0);
    } finally {
      await server.close();
    }
  });
});

test('a proxy in the environment sees nothing', async () => {
  await withServer(async (server) => {
    await withServer(async (proxy) => {
      const script = `
        import { callHttp } from ${JSON.stringify(new URL('http.ts', import.meta.url).href)};
        const answer = await callHttp({ method: 'GET', url: ${JSON.stringify(`${server.url}/direct`)}, accept: '*/*', limits: ${JSON.stringify(LIMITS)} });
        for await (const chunk of answer.body) process.stdout.write(chunk);`;
      const env = { PATH: process.env['PATH'] ?? '', NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url, ALL_PROXY: proxy.url };
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
      assert.equal(stdout, '{"ok":true}');
      assert.equal(server.seen[0]?.path, '/direct');
      assert.equal(proxy.seen.length, 0);
    });
  });
});

/** Answers every connection with these bytes and hangs up. */
async function withRaw(bytes: string, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(bytes)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('something that doesn’t speak HTTP is told apart', () => withRaw('SSH-2.0-OpenSSH_9.2\r\n', (url) => assert.rejects(get(url), { code: 'model.protocol' })));
test('a connection that drops before the answer is told apart', () => withRaw('', (url) => assert.rejects(get(url), { code: 'model.cut' })));
test('a body that is shorter than promised is cut', () => withRaw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', (url) => assert.rejects(get(url), { code: 'model.cut' })));
test('a chunked body without its end is cut', () => withRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n', (url) => assert.rejects(get(url), { code: 'model.cut' })));
test('endless headers are refused', () => withRaw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, (url) => assert.rejects(get(url), { code: 'model.protocol' })));

test('https to a server that speaks plain http is told apart, and nothing is sent in the clear', async () => {
  await withServer(async (server) => {
    await assert.rejects(get(server.url.replace('http:', 'https:')), { code: 'model.tls' });
    assert.equal(server.seen.length, 0);
  });
});

test('a body past the limit is broken off', async () => {
  const server = await startServer(() => ({ body: [{ repeat: 'x', times: 60_000_000 }] }));
  try {
    await assert.rejects(get(`${server.url}/`), { code: 'model.too-large' });
    await server.dropped;
  } finally {
    await server.close();
  }
});

test('a server that takes the request and never answers is given up', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  try {
    await assert.rejects(get(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, { limits: { ...LIMITS, firstByte: 50 } }), { code: 'model.timeout' });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
