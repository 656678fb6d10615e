// Requests and messages: the exact bytes that a server gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { baseUrl, DIALECTS, type Endpoint } from './endpoint.ts';
import { messageBytes, type ChatMessage } from './message.ts';
import { requestShape } from './request.ts';
import { offeredTools } from './unparsed.ts';

const TOOLS = JSON.stringify([{ type: 'function', function: { name: 'read', description: 'Read', parameters: { type: 'object' } } }]);

function endpoint(dialect: Endpoint['dialect']): Endpoint {
  return { name: 'x', dialect, url: 'http://127.0.0.1:1', locality: 'local', model: 'a "quoted" model' };
}

function body(dialect: Endpoint['dialect'], messages: readonly ChatMessage[], tools = TOOLS, maxTokens?: number): { parts: readonly Uint8Array[]; json: Record<string, unknown> } {
  const { head, tail } = requestShape(endpoint(dialect), tools, maxTokens === undefined ? {} : { maxTokens });
  const parts = [head, ...messages.map((message, index) => messageBytes(message, index === 0)), tail];
  return { parts, json: JSON.parse(Buffer.concat(parts).toString()) };
}

const TALK: readonly ChatMessage[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Grüße 🌿\n"quoted"' },
  { role: 'assistant', content: '', calls: [{ id: 'c1', name: 'read', arguments: '{"path":"a"}' }] },
  { role: 'tool', call: 'c1', name: 'read', content: 'text' },
  { role: 'assistant', content: 'Done.' },
];

for (const dialect of DIALECTS) {
  test(`head, messages and tail are one JSON body for ${dialect}`, () => {
    const { json, parts } = body(dialect, TALK);
    assert.equal(json['model'], 'a "quoted" model');
    assert.equal(json['stream'], true);
    assert.deepEqual(json['stream_options'], { include_usage: true });
    assert.deepEqual(json['tools'], JSON.parse(TOOLS));
    assert.ok(!('tool_choice' in json));
    assert.deepEqual(json['messages'], [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Grüße 🌿\n"quoted"' },
      { role: 'assistant', content: '', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'read', arguments: '{"path":"a"}' } }] },
      { role: 'tool', tool_call_id: 'c1', name: 'read', content: 'text' },
      { role: 'assistant', content: 'Done.' },
    ]);
    assert.deepEqual(offeredTools(parts), ['read']);
  });
}

test('without tools there is no empty list of them', () => {
  for (const none of ['[]', '']) assert.ok(!('tools' in body('vllm', TALK, none).json));
});

test('a limit of tokens is said only when there is one', () => {
  assert.ok(!('max_tokens' in body('generic', TALK).json));
  assert.equal(body('generic', TALK, TOOLS, 50).json['max_tokens'], 50);
});

test('the request of a longer conversation starts with the bytes of the shorter one', () => {
  const long = Buffer.concat(body('ollama', TALK).parts);
  const short = Buffer.concat(body('ollama', TALK.slice(0, 2)).parts.slice(0, -1));
  assert.ok(long.subarray(0, short.length).equals(short));
});

test('arguments that are no JSON object are sent back inside one, so that no server chokes on its own model’s words', () => {
  for (const text of ['{broken', '', '[1]', '"x"', 'null', '7']) {
    const bytes = messageBytes({ role: 'assistant', content: '', calls: [{ id: 'c', name: 'read', arguments: text }] }, true);
    const sent: unknown = JSON.parse(JSON.parse(Buffer.from(bytes).toString()).tool_calls[0].function.arguments);
    assert.deepEqual(sent, { unreadable_arguments: text });
  }
});

test('whatever a message says, it stays one message', () => {
  const units = fc.array(fc.nat(0xffff), { maxLength: 8 }).map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 5 }), (texts) => {
      const { json } = body('generic', texts.map((content) => ({ role: 'user', content })));
      assert.deepEqual(json['messages'], texts.map((content) => ({ role: 'user', content: content.toWellFormed() })));
    }),
  );
});

const URLS: readonly (readonly [typed: string, base: string])[] = [
  ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ['localhost:1234', 'http://localhost:1234'],
  ['http://127.0.0.1:5000/', 'http://127.0.0.1:5000'],
  ['http://127.0.0.1:5000/v1', 'http://127.0.0.1:5000'],
  [' http://127.0.0.1:5000/v1/ ', 'http://127.0.0.1:5000'],
  ['http://127.0.0.1:5000/v1/chat/completions', 'http://127.0.0.1:5000'],
  ['https://host.example/api/openai/v1', 'https://host.example/api/openai'],
  ['http://[::1]:8080/v1', 'http://[::1]:8080'],
  ['http://127.1:5000', 'http://127.1:5000'],
];
for (const [typed, base] of URLS) test(`“${typed}” is the server ${base}`, () => assert.equal(baseUrl(typed), base));

for (const typed of ['', 'ftp://x', 'file:///etc/passwd', 'http://me:pw@127.0.0.1:5000', 'http://me@host', 'http://127.0.0.1:5000/?key=1', 'http://127.0.0.1#x', 'http://127.0.0.1:99999', 'http://a b', 'http://127.0.0.1\\x']) {
  test(`“${typed}” is refused as a model server’s URL`, () => assert.throws(() => baseUrl(typed), { code: 'model.url' }));
}

test('a URL with a password is refused without saying the password', () => {
  assert.throws(() => baseUrl('http://me:hunter2@127.0.0.1:5000'), (error: Error) => !error.message.includes('hunter2'));
});
