import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { listen, OK, openStage, portOf, statusOf, type Stage } from '../../vectors/proxy/stage.ts';
import { isGone, makeWorld, NODE_INSIDE, noSandbox, withNode } from '../../vectors/sandbox/world.ts';
import { proxyEnvironment } from './proxy-environment.ts';
import { openProxy } from './proxy.ts';

const skip = await noSandbox();
const noGit = skip || (existsSync('/usr/bin/git') ? false : 'no git');
const HOSTS = [80, 443].map((port) => ({ host: 'registry.example', port }));
const get = (url: string, more = ''): string => `GET ${url} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${more}\r\n`;

test('a request goes to the host that it names, and method, host, path, sizes and status are on record', async () => {
  await using stage = await openStage({ hosts: HOSTS });
  assert.match(await stage.say(get('http://registry.example/pkg?v=1', 'Connection: close\r\n')), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s);
  assert.equal(stage.heard[0], 'GET /pkg?v=1 HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\n\r\n');
  await stage.proxy.close();
  const [use, ...more] = stage.proxy.seen();
  const { at, ...rest } = use ?? { at: 0 };
  assert.deepEqual([rest, more], [{ method: 'GET', host: 'registry.example', port: 80, path: '/pkg?v=1', status: 200, sent: stage.heard[0]?.length, received: OK.length, verdict: 'allowed', why: '' }, []]);
  assert.ok(at > 0);
});

test('bodies of any size go both ways, whichever way they are framed', async () => {
  const large = 'x'.repeat(1_000_000);
  await using stage = await openStage({ hosts: HOSTS, serve: answering(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`) });
  const head = 'POST http://registry.example/ HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\n';
  const answer = await stage.say(`${head}Content-Length: ${large.length}\r\n\r\n${large}`);
  assert.equal(answer.replace(/[^x]/g, '').length, large.length);
  await stage.say(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
  assert.match(stage.heard[0] ?? '', /Content-Length: 1000000\r\n.*\r\n\r\nx{1000000}$/s);
  assert.match(stage.heard[1] ?? '', /Transfer-Encoding: chunked\r\n.*\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/s);
});

test('one connection may ask for several things, and each is judged by itself', async () => {
  await using stage = await openStage({ hosts: HOSTS });
  const answers = await stage.say(`${get('http://registry.example/1')}${get('http://registry.example/2')}${get('http://evil.example/3')}`);
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 403']);
  assert.deepEqual(stage.proxy.seen().map(({ path, verdict }) => [path, verdict]), [['/1', 'allowed'], ['/2', 'allowed'], ['/3', 'refused']]);
});

test('old clients, heads alone, empty answers and those who ask before they send are served', async () => {
  await using stage = await openStage({ hosts: HOSTS, serve: (socket) => socket.once('data', (data) => socket.end(data.toString('latin1').startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' : data.toString('latin1').startsWith('DELETE') ? 'HTTP/1.1 204 No Content\r\n\r\n' : OK)) });
  assert.equal(statusOf(await stage.say('GET http://registry.example/ HTTP/1.0\r\n\r\n')), 200);
  assert.match(await stage.say('HEAD http://registry.example/ HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\n\r\n'), /Content-Length: 99\r\n.*\r\n\r\n$/s);
  assert.equal(statusOf(await stage.say('DELETE http://registry.example/ HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\n\r\n')), 204);
  const asking = await stage.say('PUT http://registry.example/ HTTP/1.1\r\nHost: registry.example\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi');
  assert.match(asking, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  assert.doesNotMatch(stage.heard.join(), /expect/i);
});

test('plain HTTP in a tunnel is read as outside of one', async () => {
  await using stage = await openStage({ hosts: HOSTS });
  const answers = await stage.say(`CONNECT registry.example:80 HTTP/1.1\r\nHost: registry.example\r\n\r\n${get('http://registry.example/').replace('http://registry.example', '')}${get('http://registry.example/2').replace('http://registry.example', '').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`);
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200']);
  assert.deepEqual(stage.proxy.seen().map(({ method, path, status }) => [method, path, status]), [['CONNECT', null, null], ['GET', '/', 200], ['GET', '/2', 200]]);
  assert.equal(stage.dialled.length, 2);
});

test('encrypted connections reach the named host, with every version of TLS and when the host asks for a second hello', async () => {
  for (const [server, client, version] of [[{}, {}, 'TLSv1.3'], [{ ecdhCurve: 'P-384' }, { ecdhCurve: 'X25519:P-384' }, 'TLSv1.3'], [{ maxVersion: 'TLSv1.2' }, {}, 'TLSv1.2']] as const) {
    await using stage = await openTls(server);
    assert.equal(await askTls(stage, 'registry.example', client), `${version} registry.example`);
    assert.match(await askTls(stage, 'evil.example', client), /access denied/i);
    const [good, evil] = stage.proxy.seen();
    assert.ok(good?.verdict === 'allowed' && good.sent > 100 && good.received > 100 && good.path === null);
    assert.ok(evil?.verdict === 'refused' && evil.sent === 0 && /TLS asks for “evil.example”/.test(evil.why));
  }
});

test('a folder with a path of any length holds the proxy, and nothing of it is left when it is closed', async () => {
  await using stage = await openStage({ hosts: HOSTS });
  const parent = join(stage.folder, '..', ...Array.from({ length: 5 }, () => 'long'.repeat(20)));
  const stop = new AbortController();
  const [one, other] = await Promise.all(['one', 'other'].map((name) => openProxy({ hosts: HOSTS, folder: join(parent, name), signal: stop.signal })));
  assert.equal(statSync(join(parent, 'one')).mode & 0o777, 0o700);
  await one?.close();
  assert.deepEqual(readdirSync(join(parent, 'other')).toSorted(), ['relay.cjs', 'socket'], 'each has its own');
  stop.abort();
  await other?.close();
  assert.deepEqual(readdirSync(parent), []);
  mkdirSync(join(parent, 'one/socket/not-ours'), { recursive: true });
  await assert.rejects(openProxy({ hosts: HOSTS, folder: join(parent, 'one'), signal: new AbortController().signal }), { code: 'proxy.folder' });
});

test('closing ends what is under way', async () => {
  await using stage = await openStage({ hosts: HOSTS, serve: () => undefined });
  const waiting = [stage.say(get('http://registry.example/')), stage.say('CONNECT registry.example:443 HTTP/1.1\r\nHost: registry.example:443\r\n\r\n'), stage.say('GET')];
  while (stage.dialled.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await stage.proxy.close();
  await stage.proxy.close();
  await Promise.all(waiting);
  await assert.rejects(stage.open());
});

test('a program that talks to itself is not sent to the proxy, unless this machine was named', () => {
  assert.equal(proxyEnvironment(3128, HOSTS)['NO_PROXY'], 'localhost,127.0.0.1,::1');
  for (const host of ['localhost', '127.0.0.1', '::1']) assert.equal(proxyEnvironment(3128, [...HOSTS, { host, port: 80 }])['no_proxy'], '');
});

test('in the sandbox, a command reaches its hosts through the proxy and ends as it would without', { skip }, async () => {
  const world = await makeWorld();
  const server = await listen(answering(OK));
  const proxy = await openProxy({ hosts: [{ host: 'localhost', port: portOf(server) }], folder: join(world.outside, 'way'), signal: new AbortController().signal });
  const mounts = { also: [...withNode.also, ...proxy.also], environment: proxy.environment };
  const run = (argv: readonly string[], more = {}) => world.run(proxy.wrap(argv), { ...mounts, ...more });
  try {
    const ask = `fetch('http://localhost:${portOf(server)}/').then((answer) => answer.text()).then(console.log)`;
    const told = await run(['/bin/sh', '-c', `cat; "$1" -e "$2"; exit 3`, 'sh', NODE_INSIDE, ask], { stdin: Buffer.from('given\n') });
    assert.deepEqual([told.text, told.exit], ['given\nok\n', 3]);
    const odd = ['$(touch pwned)', '', 'a\nb', '--', '"'];
    assert.equal((await run(['printf', '%s|', ...odd])).text, `${odd.join('|')}|`);
    assert.equal((await run(['/bin/sh', '-c', 'kill -SEGV $$'])).signal, 'SIGSEGV');
    const ended = await run(['/bin/sh', '-c', `: ${world.marker}; sleep 60`], { limits: { ...world.spec([]).limits, time: 1_000 } });
    assert.deepEqual([ended.exit, ended.limits], [null, ['time']]);
    assert.ok(await isGone(world.marker), 'nothing of it is left');
    // A command that waits for all its children doesn't wait for the relay.
    assert.equal((await run([NODE_INSIDE, '-e', `console.log(require('fs').readFileSync('/proc/' + process.pid + '/task/' + process.pid + '/children', 'utf8') + '.')`])).text, '.\n');
  } finally {
    await proxy.close();
    server.close();
    world.end();
  }
});

test('git asks through the proxy, whatever the repository says', { skip: noGit }, async () => {
  const world = await makeWorld();
  const server = await listen(answering('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
  const proxy = await openProxy({ hosts: [{ host: 'localhost', port: portOf(server) }], folder: join(world.outside, 'way'), signal: new AbortController().signal });
  try {
    await world.run(proxy.wrap(['/bin/sh', '-c', `git init -q && git config http.proxy http://127.0.0.1:9 && git ls-remote http://localhost:${portOf(server)}/x.git`]), { also: proxy.also, environment: proxy.environment, git: 'write' });
    assert.equal(proxy.seen()[0]?.path, '/x.git/info/refs?service=git-upload-pack');
  } finally {
    await proxy.close();
    server.close();
    world.end();
  }
});

/** Hears a whole request, then says this. */
function answering(answer: string): (socket: Socket) => void {
  return (socket) => {
    let head = '';
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      if (!head.includes('\r\n\r\n')) head += chunk.toString('latin1');
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      const isWhole = /transfer-encoding/i.test(head) ? chunk.toString('latin1').endsWith('0\r\n\r\n') : bytes >= head.indexOf('\r\n\r\n') + 4 + Number(length ?? 0);
      if (head.includes('\r\n\r\n') && isWhole) socket.end(answer);
    });
  };
}

/** Both know a key, so that no certificate is needed. */
const SHARED = { ciphers: 'TLS_AES_128_GCM_SHA256:PSK-AES128-GCM-SHA256', key: Buffer.alloc(32, 7) };

async function openTls(options: SecureContextOptions): Promise<Stage> {
  const tls = createTlsServer({ ...options, ciphers: SHARED.ciphers, pskCallback: () => SHARED.key }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${socket.getProtocol()} ${'servername' in socket ? String(socket.servername) : ''}`);
  });
  tls.on('tlsClientError', () => undefined);
  return openStage({ hosts: HOSTS, serve: (socket) => tls.emit('connection', socket) });
}

async function askTls(stage: Stage, servername: string, options: SecureContextOptions): Promise<string> {
  const socket = connect(stage.socket);
  socket.write('CONNECT registry.example:443 HTTP/1.0\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  const secure = connectTls({ ...options, socket, servername, ciphers: SHARED.ciphers, pskCallback: () => ({ psk: SHARED.key, identity: 'test' }), checkServerIdentity: () => undefined });
  return new Promise((resolve) => {
    let text = '';
    secure.on('data', (chunk) => (text += chunk.toString('utf8')));
    secure.on('error', (error) => resolve(error.message));
    secure.on('close', () => resolve(text));
  });
}
