// Real inference, end to end: the engine's process with tiny random weights behind the OpenAI protocol, asked by
// the same code that asks any server. The text is noise; tokens, stream, grammar, usage and window are real.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes } from '../providers/message.ts';
import { requestShape } from '../providers/request.ts';
import type { ReplyEvent } from '../providers/reply.ts';
import { offeredTools, toolsJson } from '../tools/offer.ts';
import { understand } from '../tools/understand.ts';
import { noEngine, startRealEngine, type RealEngine } from '../../vectors/engine/serve.ts';
import { infer } from './infer.ts';
import type { Inferred } from './infer-intake.ts';

const options = { skip: noEngine, timeout: 60_000 };
let noise: RealEngine;
let endless: RealEngine;

before(async () => {
  if (noEngine === false) [noise, endless] = await Promise.all([startRealEngine(), startRealEngine({ endless: true, window: 1024 })]);
});
after(async () => {
  await Promise.all([noise?.close(), endless?.close()]);
});

const signal = new AbortController().signal;
const endpointOf = (engine: RealEngine): Endpoint => ({ name: 'real', dialect: 'generic', url: engine.url, locality: 'local', model: engine.model });

async function ask(engine: RealEngine, text: string, more: { readonly tools?: string; readonly most?: number; readonly onEvent?: (event: ReplyEvent) => void; readonly signal?: AbortSignal } = {}): Promise<Inferred> {
  const { head, tail } = requestShape(endpointOf(engine), more.tools ?? '[]', more.most === undefined ? {} : { maxTokens: more.most });
  const body = [head, messageBytes({ role: 'user', content: text }, true), tail];
  return infer(endpointOf(engine), body, { signal: more.signal ?? signal, onEvent: more.onEvent ?? (() => undefined) });
}

test('a real stream of real tokens comes back with usage', options, async () => {
  const texts: string[] = [];
  const { reply, status, received } = await ask(endless, 'hello', { most: 12, onEvent: (event) => void (event.type === 'text' && texts.push(event.text)) });
  assert.equal(status, 200);
  assert.equal(reply.finish, 'length');
  assert.equal(reply.usage?.output, 12);
  assert.ok((reply.usage?.prompt ?? 0) > 5);
  assert.ok(texts.length > 3, 'it came in pieces');
  assert.equal(texts.join(''), reply.text);
  assert.equal(reply.model, 'tiny-noise');
  assert.ok(new TextDecoder().decode(received).endsWith('data: [DONE]\n\n'));
});

test('the grammar makes every call a valid one of an offered tool', options, async () => {
  const offer = { sandbox: true };
  const names = offeredTools(offer).map(({ name }) => name);
  let called = 0;
  for (const text of ['list the files', 'read notes.txt', 'write it']) {
    const { reply } = await ask(noise, text, { tools: toolsJson(offer) });
    if (reply.finish === 'length') continue;
    assert.equal(reply.finish, 'calls');
    for (const call of reply.calls) {
      called++;
      assert.ok(names.includes(call.name), call.name);
      JSON.parse(call.arguments);
      const result = understand(call, { workspace: '0123456789', root: '/w' });
      // The grammar holds names and types; lengths and ranges are for the tool to refuse, in words.
      assert.ok(result.ok || !/not valid JSON|unknown|missing/i.test(result.error), JSON.stringify(result));
    }
  }
  assert.ok(called > 0);
});

test('an answer that fills the window ends with length and nothing of the prompt is cut', options, async () => {
  const { reply } = await ask(endless, 'hello');
  assert.equal(reply.finish, 'length');
  const { prompt = 0, output = 0 } = reply.usage ?? {};
  assert.ok(prompt + output <= endless.window && prompt + output > endless.window - 100, `${prompt} + ${output}`);
});

test('a prompt that does not fit the window is refused as such, in words', options, async () => {
  await assert.rejects(ask(endless, 'the file '.repeat(800)), (error: Error & { code?: string }) => error.code === 'model.context' && /1024/.test(error.message));
});

test('cancelling stops the model itself', options, async () => {
  const stop = new AbortController();
  const asked = ask(endless, 'again', { signal: stop.signal, onEvent: (event) => void (event.type === 'text' && stop.abort()) });
  await assert.rejects(asked, (error: Error & { code?: string }) => error.code === 'model.cancelled');
  await idle(endless);
  assert.equal((await ask(endless, 'next', { most: 1 })).reply.finish, 'length');
});

test('requests take turns, and one too many is sent away', options, async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () => post(endless, { messages: [{ role: 'user', content: 'hi' }], max_tokens: 200 })));
  assert.deepEqual([...new Set(all.map(({ status }) => status))].toSorted(), [200, 503]);
  // Those that come while one is done find its place free.
  assert.ok(all.filter(({ status }) => status === 200).length >= 8);
});

test('a web page can\'t use the engine', options, async () => {
  const body = { messages: [{ role: 'user', content: 'hi' }] };
  assert.equal((await post(noise, body, { origin: 'https://evil.example' })).status, 403);
  assert.equal((await post(noise, body, { 'content-type': 'text/plain' })).status, 415);
});

test('an answer can be had whole as well', options, async () => {
  const { status, text } = await post(noise, { messages: [{ role: 'user', content: 'hi' }], tools: JSON.parse(toolsJson({ sandbox: true })), tool_choice: { type: 'function', function: { name: 'mkdir' } } });
  assert.equal(status, 200);
  const { choices, usage } = JSON.parse(text);
  assert.equal(choices[0].finish_reason, 'tool_calls');
  assert.equal(choices[0].message.tool_calls[0].function.name, 'mkdir');
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

async function post(engine: RealEngine, body: object, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(`${engine.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

async function idle(engine: RealEngine): Promise<void> {
  for (;;) {
    const health = await (await fetch(`${engine.url}/health`)).json();
    if (typeof health === 'object' && health !== null && 'working' in health && health.working === 0) return;
    await wait(20);
  }
}
