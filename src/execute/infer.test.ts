// The contract suite of model servers: every data file of vectors/dialects is played by a real HTTP server and
// asked through `infer`, as the product does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chatAnswer, dialectFiles, type WantedReply } from '../../vectors/dialects/files.ts';
import { startScripted, type ServerDialect } from '../../vectors/dialects/scripted.ts';
import { bytesOf, EVENT_TYPE, jsonAnswer, startRoutes, startServer } from '../../vectors/dialects/server.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes } from '../providers/message.ts';
import type { Reply, ReplyEvent } from '../providers/reply.ts';
import { requestShape } from '../providers/request.ts';
import { InferFault } from './infer-fault.ts';
import { infer, type InferLimits } from './infer.ts';

const LIMITS: Partial<InferLimits> = { connect: 2_000, firstByte: 5_000, stall: 5_000, progress: 5_000, loading: 0 };

function endpointAt(url: string, dialect: Endpoint['dialect'] = 'generic', more: Partial<Endpoint> = {}): Endpoint {
  return { name: 'test', dialect, url, locality: 'local', model: 'm', ...more };
}

function bodyFor(endpoint: Endpoint, tools: readonly string[] = []): readonly Uint8Array[] {
  const offered = tools.map((name) => ({ type: 'function', function: { name, description: '', parameters: { type: 'object' } } }));
  const { head, tail } = requestShape(endpoint, JSON.stringify(offered));
  return [head, messageBytes({ role: 'user', content: 'Look at notes.txt' }, true), tail];
}

function assertReply(reply: Reply | undefined, wanted: WantedReply): void {
  assert.ok(reply !== undefined);
  const calls = reply.calls.map(({ id, ...call }, at) => (wanted.calls?.[at]?.id === undefined ? call : { id, ...call }));
  for (const { id } of reply.calls) assert.match(id, /^[\x21-\x7e]{1,64}$/);
  assert.equal(new Set(reply.calls.map(({ id }) => id)).size, reply.calls.length);
  const { text, reasoning, finish, usage, model, notes } = reply;
  assert.deepEqual(
    { text, reasoning, calls, finish, usage, model, notes },
    { text: wanted.text ?? '', reasoning: wanted.reasoning ?? '', calls: wanted.calls ?? [], finish: wanted.finish, usage: wanted.usage, model: wanted.model, notes: wanted.notes },
  );
}

async function faultFrom(asked: Promise<unknown>): Promise<InferFault> {
  try {
    await asked;
  } catch (error) {
    assert.ok(error instanceof InferFault, String(error));
    return error;
  }
  return assert.fail('it was answered, and should not have been');
}

describe('model servers', { concurrency: 8 }, () => {
  for (const file of dialectFiles()) {
    const { expect } = file;
    if ('found' in expect) continue;
    test(`${file.server}: ${file.says} (${file.file})`, async () => {
      const server = await startRoutes(file.routes);
      try {
        const endpoint = endpointAt(server.url, file.dialect);
        const body = bodyFor(endpoint, file.tools);
        const asked = infer(endpoint, body, { signal: new AbortController().signal, limits: { ...LIMITS, ...file.limits } });
        if ('reply' in expect) {
          const { reply, received, status } = await asked;
          assertReply(reply, expect.reply);
          assert.equal(status, 200);
          const answer = chatAnswer(file);
          if (answer !== undefined) assert.deepEqual(Buffer.from(received), Buffer.from(bytesOf(answer)), 'the exact bytes are kept');
        } else {
          const fault = await faultFrom(asked);
          assert.equal(fault.code, expect.fault.code, fault.message);
          assert.ok(fault.message.includes(expect.fault.words), fault.message);
          assert.ok(fault.hint !== undefined && fault.hint.includes(expect.fault.hint ?? ''), `a next step, not: ${fault.hint}`);
          if (expect.fault.reply !== undefined) assertReply(fault.reply, expect.fault.reply);
        }
        assert.equal(server.seen.at(-1)?.body, Buffer.concat(body).toString(), 'the exact bytes are sent');
      } finally {
        await server.close();
      }
    });
  }
});

const DIALECTS: readonly ServerDialect[] = ['textgen', 'llamacpp', 'ollama', 'lmstudio', 'vllm', 'generic'];
for (const dialect of DIALECTS) {
  test(`a scripted turn of thoughts, text and calls comes through in the style of ${dialect}`, async () => {
    const calls = [{ name: 'read', arguments: { path: 'a "quoted" name.txt' } }, { name: 'list', arguments: {} }];
    const server = await startScripted({ dialect, turns: [{ reasoning: 'First I look.', text: 'I look — “now”.', calls, usage: { prompt: 7, output: 3 } }] });
    const events: ReplyEvent[] = [];
    try {
      const endpoint = endpointAt(server.url, dialect);
      const { reply } = await infer(endpoint, bodyFor(endpoint), { signal: new AbortController().signal, onEvent: (event) => events.push(event) });
      assertReply(reply, { reasoning: 'First I look.', text: 'I look — “now”.', calls: calls.map((call) => ({ name: call.name, arguments: JSON.stringify(call.arguments) })), finish: 'calls', usage: { prompt: 7, output: 3 }, model: server.model, notes: [] });
      const said = (type: string): string => events.map((event) => ('text' in event && event.type === type ? event.text : '')).join('');
      assert.equal(said('text'), 'I look — “now”.');
      assert.equal(said('reasoning'), 'First I look.');
      assert.deepEqual(events.filter(({ type }) => type === 'call').at(-1), { type: 'call', index: 1, name: 'list', bytes: 2 });
    } finally {
      await server.close();
    }
  });
}

test('a person can cancel while a model thinks, and the server hears it', async () => {
  const server = await startServer(() => ({ headers: EVENT_TYPE, body: [{ data: { model: 'm', choices: [{ index: 0, delta: { content: 'So' } }] } }, { hang: true }] }));
  const control = new AbortController();
  try {
    const endpoint = endpointAt(server.url);
    const asked = infer(endpoint, bodyFor(endpoint), { signal: control.signal, onEvent: (event) => (event.type === 'text' ? control.abort() : undefined) });
    const fault = await faultFrom(asked);
    assert.equal(fault.code, 'model.cancelled');
    assertReply(fault.reply, { text: 'So', finish: 'cancelled', model: 'm', notes: [] });
    await server.dropped;
  } finally {
    await server.close();
  }
});

test('after [DONE] nothing is waited for, although the server keeps the connection open', async () => {
  const server = await startServer(() => ({ headers: EVENT_TYPE, body: [{ data: { model: 'm', choices: [{ index: 0, delta: { content: 'So.' }, finish_reason: 'stop' }] } }, { data: '[DONE]' }, { hang: true }] }));
  const control = new AbortController();
  const late = setTimeout(() => control.abort(), 5_000);
  try {
    const endpoint = endpointAt(server.url);
    assert.equal((await infer(endpoint, bodyFor(endpoint), { signal: control.signal })).reply.text, 'So.');
    assert.ok(!control.signal.aborted);
    await server.dropped;
  } finally {
    clearTimeout(late);
    await server.close();
  }
});

test('a request that was cancelled before it began sends nothing', async () => {
  const server = await startServer(() => jsonAnswer({}));
  try {
    const endpoint = endpointAt(server.url);
    const fault = await faultFrom(infer(endpoint, bodyFor(endpoint), { signal: AbortSignal.abort() }));
    assert.equal(fault.code, 'model.cancelled');
    assert.equal(server.seen.length, 0);
  } finally {
    await server.close();
  }
});

test('a cancel is heard while the model is still being loaded', async () => {
  const server = await startServer(() => jsonAnswer({ error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 503));
  const control = new AbortController();
  try {
    const endpoint = endpointAt(server.url);
    const fault = await faultFrom(infer(endpoint, bodyFor(endpoint), { signal: control.signal, limits: { loading: 60_000 }, onEvent: () => control.abort() }));
    assert.equal(fault.code, 'model.cancelled');
  } finally {
    await server.close();
  }
});

test('a server that isn’t there is named, with a next step', async () => {
  const server = await startServer(() => undefined);
  await server.close();
  const endpoint = endpointAt(server.url);
  const fault = await faultFrom(infer(endpoint, bodyFor(endpoint), { signal: new AbortController().signal }));
  assert.equal(fault.code, 'model.unreachable');
  assert.ok(fault.message.includes(server.url));
  assert.ok(fault.hint?.includes('pwb models'));
});

test('an endpoint that calls another machine local is refused before anything is sent', async () => {
  for (const url of ['http://0.0.0.0:5000', 'http://localhost.:5000', 'http://2130706433:5000', 'http://[::ffff:127.0.0.1]:5000']) {
    const fault = await faultFrom(infer(endpointAt(url), [], { signal: new AbortController().signal }));
    assert.equal(fault.code, 'model.locality');
  }
});

test('a cloud model behind a local Ollama is refused as local', async () => {
  const fault = await faultFrom(infer(endpointAt('http://127.0.0.1:9', 'ollama', { model: 'gpt-oss:120b-cloud' }), [], { signal: new AbortController().signal }));
  assert.equal(fault.code, 'model.locality');
});

test('an embedded engine that isn’t running is said to be so, and no port is tried in its place', async () => {
  const fault = await faultFrom(infer({ name: 'e', dialect: 'embedded', url: '', locality: 'local', model: 'e' }, [], { signal: new AbortController().signal }));
  assert.equal(fault.code, 'model.unreachable');
  assert.match(fault.message, /embedded engine/);
});

test('the practice model takes the same way as a server, without one', async () => {
  const endpoint: Endpoint = { name: 'practice', dialect: 'practice', url: '', locality: 'local', model: 'practice' };
  const { reply, received, status } = await infer(endpoint, bodyFor(endpoint, ['list', 'read', 'edit', 'write', 'run']), { signal: new AbortController().signal });
  assert.deepEqual({ model: reply.model, notes: reply.notes, status }, { model: 'practice', notes: [], status: 200 });
  assert.ok(received.length > 0);
});

test('a key that the server says back is not in the words of the error', async () => {
  const server = await startServer(({ headers }) => jsonAnswer({ error: { message: `bad header ${headers.authorization}` } }, 400));
  try {
    const endpoint = endpointAt(server.url);
    const fault = await faultFrom(infer(endpoint, bodyFor(endpoint), { key: { value: 'sk-very-secret', origin: server.url }, signal: new AbortController().signal }));
    assert.equal(server.seen[0]?.headers.authorization, 'Bearer sk-very-secret');
    assert.ok(!fault.message.includes('sk-very-secret'));
    assert.ok(fault.message.includes('‹key›'));
  } finally {
    await server.close();
  }
});

test('a hundred megabytes of reply are broken off at the limit, in bounded memory', async () => {
  const chunk = `data: {"model":"m","choices":[{"index":0,"delta":{"content":"${'a'.repeat(1000)}"}}]}\n\n`;
  const server = await startServer(() => ({ headers: EVENT_TYPE, body: [{ repeat: chunk, times: 100_000 }] }));
  const limit = 8 * 2 ** 20;
  try {
    const endpoint = endpointAt(server.url);
    const before = process.memoryUsage().rss;
    const fault = await faultFrom(infer(endpoint, bodyFor(endpoint), { signal: new AbortController().signal, limits: { bytes: limit } }));
    assert.equal(fault.code, 'model.too-large');
    assert.equal(fault.reply?.finish, 'cut');
    assert.ok(fault.received.length <= limit + 2 ** 20);
    assert.ok(process.memoryUsage().rss - before < 12 * limit);
  } finally {
    await server.close();
  }
});
