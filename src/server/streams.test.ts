// Readers that don't keep up, and whose credential is gone, from outside.
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { open } from '../../vectors/server/raw.ts';
import { LIMITS } from './limits.ts';
import { listen, type Listening } from './listen.ts';
import { Streams } from './streams.ts';

let house: TestHouse;
let listening: Listening;
let streams: Streams;
let good = true;

before(async () => {
  house = await openTestHouse({ turns: [] });
  mock.timers.enable({ apis: ['setInterval'] });
  streams = new Streams(house.bench.log, 4, () => good);
  listening = await listen(0, LIMITS, (_, response) => void streams.open(response, '0000000000', -1));
});
after(async () => {
  streams.close();
  mock.timers.reset();
  await listening.close();
  await house[Symbol.asyncDispose]();
});

/** Looks again after each turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

const ASK = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

test('a reader that takes nothing is dropped before it costs much, and others go on', async () => {
  const slow = await open(listening.port);
  const quick = await open(listening.port);
  slow.on('error', () => undefined).pause();
  slow.write(ASK);
  let heard = 0;
  quick.on('data', (part: Buffer) => (heard += part.length));
  quick.write(ASK);
  await until(() => heard > 0);
  const piece = { type: 'text', session: 'a', text: 'x'.repeat(200_000) } as const;
  const dropped = new Promise<void>((resolve) => slow.once('close', resolve));
  for (let at = 1; at <= 100; at += 1) {
    const so = at * 200_000;
    streams.tell([piece]);
    await until(() => heard >= so);
  }
  slow.resume();
  await dropped;
  assert.equal(quick.destroyed, false);
  quick.destroy();
});

test('a reader gets signs of life, until its credential is gone', async () => {
  const reader = await open(listening.port);
  let heard = '';
  reader.setEncoding('utf8').on('data', (part: string) => (heard += part));
  const ended = new Promise<void>((resolve) => reader.once('close', resolve));
  reader.write(ASK);
  await until(() => heard.includes('event: record'));
  mock.timers.tick(15_000);
  await until(() => heard.includes(': still here'));
  good = false;
  mock.timers.tick(15_000);
  await ended;
});
