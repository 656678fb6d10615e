import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastMessages, openTestHouse } from '../../vectors/house/house.ts';

const LONG = { 'a.txt': `${'line of text that is not short\n'.repeat(150)}` };
const readOn = (count: number): { calls: { name: string; arguments: object }[] } => ({ calls: [{ name: 'read', arguments: { path: 'a.txt', from: 1 + count, to: 120 + count } }] });

test('a session that outgrows the window is compacted, in words, on record, and goes on', async () => {
  await using house = await openTestHouse({ window: 6000, turns: (_, count) => (count < 8 ? readOn(count) : { text: 'done' }) }, LONG);
  const { rest } = await house.ask('read on');
  assert.equal(rest.state, 'answered');
  assert.ok(house.types().includes('context.compacted'));
  for (const body of house.scripted.requests) assert.ok(body.length / 3 < 6000, `${body.length} bytes`);
  const sent = lastMessages(house.scripted);
  assert.equal(sent[0]?.role, 'system');
  assert.equal(sent[1]?.content, 'read on');
  assert.ok(sent.some(({ content }) => content.includes('left out to fit the window')));
  assert.ok(house.heard.some((live) => live.type === 'notice' && live.words.includes('left out')));
  assert.equal((await house.bench.log.verify()).ok, true);
});

test('a question that can not fit the window is refused in words, and nothing is sent', async () => {
  await using house = await openTestHouse({ window: 4096, turns: [] });
  const { rest } = await house.ask('x'.repeat(60_000));
  assert.equal(rest.state, 'context');
  assert.match(rest.state === 'context' ? rest.text : '', /tokens.*window/);
  assert.equal(house.scripted.requests.length, 0);
});

test('when the server says that a request is too long, it is asked once more with less', async () => {
  const refusal = { answer: { status: 400, headers: { 'content-type': 'application/json' }, body: [JSON.stringify({ error: { message: "This model's maximum context length is 4096 tokens", type: 'invalid_request_error', code: 'context_length_exceeded' } })] } };
  await using house = await openTestHouse({ window: 1_000_000, turns: [readOn(0), readOn(1), readOn(2), refusal, { text: 'done' }] }, LONG);
  const { rest } = await house.ask('read on');
  assert.equal(rest.state, 'answered');
  assert.ok((house.scripted.requests.at(-1)?.length ?? 0) < (house.scripted.requests.at(-2)?.length ?? 0));
});

test('a request is on record exactly as it was sent', async () => {
  const { requestBytes } = await import('../audit/context.ts');
  const { readAction, readProposal } = await import('../approvals/actions.ts');
  await using house = await openTestHouse({ window: 6000, turns: (_, count) => (count < 8 ? readOn(count) : { text: 'done' }) }, LONG);
  const { session } = await house.ask('read on');
  const ids = house.events().flatMap(({ body }) => (body.type === 'model.answered' ? [body.action] : []));
  assert.equal(ids.length, house.scripted.requests.length);
  ids.forEach((id, at) => {
    const { action } = readProposal(house.bench.log, readAction(house.bench.log.store.db, id)).proposal;
    assert.ok(action.kind === 'infer');
    assert.equal(Buffer.concat(requestBytes(house.bench.log, session, action)).toString('utf8'), house.scripted.requests[at]);
  });
});

test('a server that cuts a grown prompt without saying so is caught by its own count', async () => {
  const counts = [3000, 2000, 2000];
  await using house = await openTestHouse({ window: 1_000_000, turns: (_, count) => ({ ...(count < 2 ? readOn(count) : { text: 'done' }), usage: { prompt: counts[count] ?? 0, output: 5 } }) }, LONG);
  await house.ask('read on');
  assert.ok(house.heard.some((live) => live.type === 'notice' && live.words.includes('cuts what')));
});
