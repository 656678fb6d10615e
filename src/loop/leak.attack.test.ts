// What could leave this machine: to a model elsewhere, by the spelling of an address, a redirect, a fallback, or a
// permission that was taken back. The listeners are on this machine, so that a leak would be seen here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BY, openDecoys, startListener } from '../../vectors/attacks/decoys.ts';
import { streamOf } from '../../vectors/dialects/scripted.ts';
import { EVENT_TYPE } from '../../vectors/dialects/server.ts';
import { openTestHouse } from '../../vectors/house/house.ts';
import { carryOn, invoke, openSession } from './desk.ts';
import { say } from './turn.ts';

test('a model that is not plainly on this machine hears nothing, however its address is spelled', async () => {
  await using house = await openDecoys({ turns: [] });
  const { port } = house.listener;
  const hosts = ['127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '0', '0.0.0.0', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', 'localhost.', '127.0.0.1.', 'LOCALHOST.', '\uff11\uff12\uff17.0.0.1', 'localhost%2e'];
  const urls = [...hosts.map((host) => `http://${host}:${port}`), `http://localhost@127.1:${port}`, `http://127.0.0.1:1@127.1:${port}/`, `http://127.1:${port}/#127.0.0.1`, `http://127.1:${port}\\@127.0.0.1`];
  for (const url of urls) {
    const session = openSession(house.bench, house.workspace, url, 'secret words', 'cli', true);
    const rest = await say(house.bench, session, 'secret words', house.watch(), true);
    assert.ok(rest.state === 'refused' || rest.state === 'fault', `${url}: ${rest.state}`);
  }
  assert.equal(house.listener.heard(), 0);
  assert.equal(house.scripted.requests.length, 0);
});

test('a redirect of a local server takes nothing of the conversation elsewhere', async () => {
  const elsewhere = await startListener();
  try {
    await using house = await openTestHouse({ turns: () => ({ answer: { status: 307, headers: { location: `http://127.0.0.1:${elsewhere.port}/v1/chat/completions` }, body: [] } }) });
    assert.equal((await house.ask('secret words')).rest.state, 'fault');
    assert.equal(elsewhere.heard(), 0);
  } finally {
    await elsewhere.close();
  }
});

test('when the local model fails, no other model is asked in its place, not even an allowed one', async () => {
  await using house = await openDecoys({ turns: [] });
  const other = `http://127.1:${house.listener.port}`;
  await house.bench.changeConfig((config) => ({ ...config, remote: [new URL(other).origin], models: [{ name: 'cloud', url: other }], model: 'cloud' }), 'models: cloud', 'cli');
  assert.equal((await house.ask('secret words')).rest.state, 'fault');
  assert.equal(house.scripted.requests.length, 1);
  assert.equal(house.listener.heard(), 0);
});

test('what another process takes back is refused with the next request, in a session that goes on', async () => {
  await using house = await openTestHouse({ turns: [{ text: 'first' }, { text: 'second' }] });
  const remote = house.scripted.url.replace('127.0.0.1', '127.1');
  await house.bench.changeConfig((config) => ({ ...config, remote: [new URL(remote).origin] }), 'remote', 'cli');
  const session = openSession(house.bench, house.workspace, remote, 'hi', 'cli', true);
  assert.equal((await say(house.bench, session, 'hi', house.watch(), true)).state, 'answered');
  const other = await house.reopen();
  await other.changeConfig((config) => ({ ...config, remote: [] }), 'remote taken back', 'cli');
  assert.equal((await say(house.bench, session, 'secret words', house.watch())).state, 'refused');
  assert.equal(house.scripted.requests.length, 1);
  assert.ok(house.events().some(({ body }) => body.type === 'action.decided' && body.rules.includes('infer.remote')));
});

test('a configuration that broke meanwhile allows nothing', async () => {
  await using house = await openDecoys({ turns: [{ calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }] });
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${house.bench.home.config}/config.json`, '{"remote": ["http://127.1"], "approvals": "off"}');
  assert.equal((await house.ask('go')).rest.state, 'fault');
  assert.equal(house.types().includes('action.granted'), false);
});

test('a server that answers with another model than before is noticed and said', async () => {
  const swapped = { headers: EVENT_TYPE, body: streamOf('llamacpp', 'another-model', { text: 'hello again' }) };
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'x' } }] }, { answer: swapped }] });
  const { session, rest } = await house.ask('hi');
  await invoke(house.bench, rest.state === 'waiting' ? (rest.pending[0] ?? '') : '', BY);
  await carryOn(house.bench, session, house.watch());
  assert.ok(house.heard.some((live) => live.type === 'notice' && /another model: another-model \(before: scripted-1\)/.test(live.words)));
});
