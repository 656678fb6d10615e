// The listening socket from outside: slow, silent, broken and far too many clients.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isFault } from '../../vectors/house/faults.ts';
import { codeOf, exchange, open, parse, send } from '../../vectors/server/raw.ts';
import { sendJson, sendRefusal } from './answer.ts';
import { readBody } from './body.ts';
import { LIMITS, type Limits } from './limits.ts';
import { listen, type Listening } from './listen.ts';
import { isRefusal } from './refusal.ts';

async function opened(limits: Partial<Limits> = {}): Promise<Listening & AsyncDisposable> {
  const all = { ...LIMITS, ...limits };
  const listening = await listen(0, all, (request, response, proven) => {
    if (request.headers.authorization !== undefined) proven();
    readBody(request, all).then((body) => (isRefusal(body) ? sendRefusal(response, body) : sendJson(response, 200, body)), () => response.destroy());
  });
  return { ...listening, [Symbol.asyncDispose]: () => listening.close() };
}

/** Sends, never finishes, and waits for the other side to end it. */
async function stall(port: number, text: string): Promise<string> {
  return exchange(port, text);
}

test('headers and bodies that never come to an end are cut off with words', async () => {
  await using server = await opened({ headersWithin: 150, requestWithin: 300 });
  const head = `Host: 127.0.0.1:${server.port}\r\n`;
  assert.equal(codeOf(parse(await stall(server.port, `GET / HTTP/1.1\r\n${head}X-Slow:`))), 'request.slow');
  assert.equal(codeOf(parse(await stall(server.port, `POST / HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\n{`))), 'request.slow');
});

test('a client that connects and says nothing is cut off', async () => {
  await using server = await opened({ headersWithin: 150, requestWithin: 300 });
  await stall(server.port, '');
});

test('what is not HTTP gets words and the door', async () => {
  await using server = await opened();
  assert.equal(codeOf(parse(await exchange(server.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'))), 'request.broken');
  assert.equal(codeOf(parse(await exchange(server.port, 'GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n'))), 'request.broken');
  assert.equal(await exchange(server.port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'), '');
});

test('a thousand silent sockets push each other out and leave the person the room', async () => {
  await using server = await opened({ sockets: 64 });
  const friend = await open(server.port);
  const request = `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer GOOD\r\n\r\n`;
  const heard = answers(friend);
  friend.write(request);
  await heard(1);
  const strangers: Socket[] = [];
  for (let at = 0; at < 1000; at += 1) {
    const socket = await open(server.port);
    socket.on('error', () => undefined).resume();
    strangers.push(socket);
  }
  assert.equal((await send(server.port, { headers: [['Authorization', 'Bearer GOOD']] })).status, 200);
  friend.write(request);
  await heard(2);
  friend.destroy();
  for (const socket of strangers) socket.destroy();
});

test('the server listens on 127.0.0.1 and on no other address of this machine', async () => {
  await using server = await opened();
  const others = Object.values(networkInterfaces()).flat().flatMap((one) => (one === undefined || one.address === '127.0.0.1' || one.scopeid !== undefined && one.scopeid !== 0 ? [] : [one.address]));
  for (const address of others) {
    const reached = await new Promise((resolve) => {
      const socket = connect({ host: address, port: server.port }, () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
    });
    assert.equal(reached, false, `reached by ${address}`);
  }
});

test('a port in use is said so, with a next step', async () => {
  await using server = await opened();
  await assert.rejects(listen(server.port, LIMITS, () => undefined), isFault('server.port'));
});

/** Waits until so many answers have come on a connection that stays open. */
function answers(socket: Socket): (count: number) => Promise<void> {
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  return async (count) => {
    while (text.split('HTTP/1.1 200').length - 1 < count) await new Promise((resolve, reject) => socket.once('data', resolve).once('close', () => reject(new Error('the connection was closed'))));
  };
}
