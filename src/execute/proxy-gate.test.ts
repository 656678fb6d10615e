import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsGate } from './proxy-gate.ts';

const HOST = 'registry.example';
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

const number = (value: number, width: number): Buffer => Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex');
const list = (width: number, ...parts: readonly Uint8Array[]): Buffer => Buffer.concat([number(Buffer.concat(parts).length, width), ...parts]);
const record = (type: number, body: Uint8Array): Buffer => Buffer.concat([Buffer.of(type, 3, 3), list(2, body)]);
const extension = (type: number, data: Uint8Array): Buffer => Buffer.concat([number(type, 2), list(2, data)]);
const serverName = (...names: readonly string[]): Buffer => extension(0, list(2, ...names.map((name) => Buffer.concat([Buffer.of(0), list(2, Buffer.from(name, 'latin1'))]))));
const message = (...extensions: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat([number(0x0303, 2), Buffer.alloc(32, 5), list(1, Buffer.alloc(32)), list(2, number(0x1301, 2)), list(1, Buffer.of(0)), list(2, ...extensions)]);
  return Buffer.concat([Buffer.of(1), list(3, body)]);
};
const hello = (...extensions: readonly Uint8Array[]): Buffer => record(22, message(...extensions));
const named = (...names: readonly string[]): Buffer => hello(extension(43, Buffer.of(2, 3, 4)), serverName(...names));
const answer = (random: Uint8Array): Buffer => record(22, Buffer.concat([Buffer.of(2), list(3, number(0x0303, 2), random, Buffer.alloc(6))]));
const retry = answer(Buffer.from(RETRY, 'hex'));
const finished = record(23, Buffer.alloc(50, 1));

/** All that goes on, or the reason why not. */
function play(host: string, ...chunks: readonly (readonly ['client' | 'server', Uint8Array])[]): Buffer | string {
  const gate = new TlsGate(host);
  const through: Uint8Array[] = [];
  for (const [from, chunk] of chunks) {
    if (from === 'server') {
      gate.fromServer(chunk);
      continue;
    }
    const passed = gate.fromClient(chunk);
    if (passed.kind === 'refuse') return passed.why;
    through.push(passed.bytes);
  }
  return Buffer.concat(through);
}

function refused(what: Buffer | string): string {
  return typeof what === 'string' ? what : `let through: ${what.length} bytes`;
}

test('a hello that names the host of the tunnel goes on as it was, in whatever pieces it came', () => {
  const whole = named('Registry.Example');
  const inTwo = Buffer.concat([record(22, message(serverName(HOST)).subarray(0, 7)), record(22, message(serverName(HOST)).subarray(7))]);
  for (const bytes of [whole, inTwo]) {
    assert.deepEqual(play(HOST, ['client', bytes]), bytes);
    assert.deepEqual(play(HOST, ...[...bytes].map((byte) => ['client', Buffer.of(byte)] as const)), bytes);
    assert.deepEqual(play(HOST, ['client', bytes], ['server', answer(Buffer.alloc(32))], ['client', finished]), Buffer.concat([bytes, finished]));
  }
  assert.deepEqual(play('10.0.0.5', ['client', hello()]), hello(), 'a host that was named by its address has no name to say');
});

test('nothing of a hello goes on before its name was read', () => {
  const bytes = named(HOST);
  assert.deepEqual(play(HOST, ['client', bytes.subarray(0, -1)]), Buffer.alloc(0));
});

test('a hello that names another host, several, none, or hides one is refused', () => {
  assert.match(refused(play(HOST, ['client', named('evil.example')])), /TLS asks for “evil.example”, the tunnel is to registry.example/);
  for (const name of ['evil.registry.example', `${HOST}.`, `${HOST}:443`, `${HOST}\0.evil.example`, `*.example`, '']) assert.match(refused(play(HOST, ['client', named(name)])), /asks for|can’t be read/, name);
  assert.match(refused(play(HOST, ['client', named(HOST, 'evil.example')])), /can’t be read/);
  assert.match(refused(play(HOST, ['client', hello(serverName(HOST), serverName('evil.example'))])), /can’t be read/);
  assert.match(refused(play(HOST, ['client', hello()])), /names no host/);
  assert.match(refused(play(HOST, ['client', hello(serverName(HOST), extension(0xfe0d, Buffer.alloc(9)))])), /ECH/);
  assert.match(refused(play('10.0.0.5', ['client', named('evil.example')])), /asks for/);
});

test('a second hello is let through when the host asked for it, and only with the same name', () => {
  const first = named(HOST);
  const early = record(23, Buffer.alloc(20));
  const change = record(20, Buffer.of(1));
  assert.deepEqual(play(HOST, ['client', first], ['server', retry], ['client', change], ['client', first], ['client', finished]), Buffer.concat([first, change, first, finished]));
  assert.match(refused(play(HOST, ['client', first], ['server', retry], ['client', Buffer.concat([change, named('evil.example')])])), /asks for/);
  assert.match(refused(play(HOST, ['client', Buffer.concat([first, early])], ['server', retry], ['client', Buffer.concat([early, named('evil.example')])])), /asks for/);
  assert.match(refused(play(HOST, ['client', Buffer.concat([first, named('evil.example')])], ['server', retry])), /before the host asked/);
  assert.match(refused(play(HOST, ['client', Buffer.concat([first, early, change, first])])), /before the host asked/);
  assert.match(refused(play(HOST, ['client', first], ['server', retry.subarray(0, 20)], ['client', first])), /before the host asked/, 'its answer is not whole yet');
});

test('what a host says before the hello was read opens nothing', () => {
  assert.match(refused(play(HOST, ['server', Buffer.from('220 mail.example ESMTP\r\n')], ['client', Buffer.from('EHLO x\r\n')])), /not TLS/);
  assert.match(refused(play(HOST, ['server', answer(Buffer.alloc(32))], ['client', named('evil.example')])), /asks for/);
});

test('what is not a well-formed hello is refused', () => {
  const whole = message(serverName(HOST));
  const cases = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'), record(23, Buffer.from('data')), record(21, Buffer.of(1, 0)), record(22, Buffer.alloc(0)), record(22, Buffer.of(2, 0, 0, 0)),
    record(22, Buffer.concat([whole, Buffer.of(0)])), Buffer.of(22, 3, 1, 255, 255), Buffer.of(22, 2, 0, 0, 5), record(22, Buffer.of(1, 255, 255, 255)),
    Buffer.concat([record(22, whole.subarray(0, 10)), record(20, Buffer.of(1))]),
    ...[1, 5, 40, 60].map((cut) => record(22, Buffer.concat([Buffer.of(1), list(3, whole.subarray(4, whole.length - cut))]))),
    hello(extension(0, Buffer.of(0, 9, 0, 0, 1, 65))), hello(extension(0, list(2, Buffer.concat([Buffer.of(1), list(2, Buffer.from(HOST))])))),
  ];
  for (const [at, bytes] of cases.entries()) assert.equal(typeof play(HOST, ['client', bytes]), 'string', `case ${at}`);
});
