import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '../../vectors/house/faults.ts';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn } from '../../vectors/server/client.ts';
import { Fault } from '../model/fault.ts';
import { findServer, linkToRunning, serve } from './serve.ts';

let house: TestHouse;

before(async () => (house = await openTestHouse({ turns: [] })));
after(() => house[Symbol.asyncDispose]());

test('a running server is found by its home, and no more once it has ended', async () => {
  const { home } = house.bench;
  assert.equal(findServer(home), null);
  const served = await serve(house.bench, { port: 0 });
  assert.deepEqual(findServer(home), { url: served.url, port: served.port });
  assert.equal(statSync(join(home.state, 'server.json')).mode & 0o777, 0o600);
  await served.close();
  assert.equal(findServer(home), null);
});

test('a second server of one home is refused, and a link to the first is to be had that works', async () => {
  const served = await serve(house.bench, { port: 0 });
  const other = await house.reopen();
  try {
    const fault = await serve(other, { port: 0 }).then(() => assert.fail('a second one started'), (error: unknown) => error);
    assert.ok(fault instanceof Fault && fault.code === 'server.running');
    assert.ok(fault.message.includes(served.url));
    assert.equal((await signIn((await linkToRunning(other)) ?? '')).answer.status, 200);
    assert.deepEqual(findServer(house.bench.home)?.port, served.port, 'the first one is still named');
  } finally {
    await served.close();
  }
  assert.equal(await linkToRunning(other), null);
});

test('of several that start at once, one serves', async () => {
  const benches = [house.bench, await house.reopen(), await house.reopen()];
  const all = await Promise.allSettled(benches.map((bench) => serve(bench, { port: 0 })));
  const [one, ...more] = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.ok(one !== undefined && more.length === 0);
  assert.equal(findServer(house.bench.home)?.port, one.port);
  await one.close();
});

test('what a dead server, or nobody, left in its file is replaced', async () => {
  const file = join(house.bench.home.state, 'server.json');
  for (const left of ['{"owner":"4194305:1","port":5555}', 'junk', '', '{"owner":5}', '[]', '{"owner":"1:1","port":-4}']) {
    writeFileSync(file, left, { mode: 0o600 });
    assert.equal(findServer(house.bench.home), null);
    const served = await serve(house.bench, { port: 0 });
    assert.ok(readFileSync(file, 'utf8').includes(String(served.port)));
    await served.close();
  }
});

test('a server that finds its port taken leaves nothing behind', async () => {
  await using second = await openTestHouse({ turns: [] });
  const served = await serve(house.bench, { port: 0 });
  await assert.rejects(serve(second.bench, { port: served.port }), isFault('server.port'));
  assert.equal(findServer(second.bench.home), null);
  const again = await serve(second.bench, { port: 0 });
  await again.close();
  await served.close();
});
