// The engine's own door: requests become history and functions, or are refused in words.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { understandChat, type ChatRequest } from './engine-chat.ts';
import { grammarSchema, withoutNulls } from './engine-schema.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const user = { role: 'user', content: 'hi' };

function understood(body: object): ChatRequest {
  const result = understandChat(bytes(body));
  if (!result.ok) assert.fail(result.words);
  return result.request;
}
function refused(body: object): string {
  const result = understandChat(bytes(body));
  assert.ok(!result.ok, 'it was understood');
  return result.words;
}
const tool = (name: string, parameters: object = { type: 'object', properties: {} }): object => ({ type: 'function', function: { name, description: name, parameters } });

test('calls and their results become part of the model\'s own turn', () => {
  const { history, afterTool } = understood({
    messages: [
      { role: 'system', content: 'S' },
      user,
      { role: 'assistant', content: 'T', tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } }, { id: 'b', type: 'function', function: { name: 'list', arguments: 'not json' } }] },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A' }] },
    ],
  });
  assert.equal(afterTool, true);
  assert.deepEqual(history, [
    { type: 'system', text: 'S' },
    { type: 'user', text: 'hi' },
    {
      type: 'model',
      response: [
        'T',
        { type: 'functionCall', name: 'read', params: { path: 'x' }, result: 'A', startsNewChunk: true },
        { type: 'functionCall', name: 'list', params: 'not json', result: 'B', startsNewChunk: false },
      ],
    },
  ]);
});

test('what can\'t be understood in full is refused, never dropped', () => {
  assert.match(refused({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }), /messages\.0\.content/);
  assert.match(refused({ messages: [user, { role: 'tool', tool_call_id: 'zz', content: '' }] }), /which nobody made/);
  assert.match(refused({ messages: [] }), /messages/);
  assert.match(refused({ messages: [user], tools: [tool('a b')] }), /tools\.0\.function\.name/);
  assert.match(refused({ messages: [user], tools: [tool('a')], tool_choice: { type: 'function', function: { name: 'b' } } }), /not offered/);
  assert.match(refused({ messages: [user], max_tokens: 0 }), /max_tokens/);
});

test('no body makes it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (body) => typeof understandChat(body).ok === 'boolean'));
  fc.assert(fc.property(fc.jsonValue(), (value) => typeof understandChat(bytes(value)).ok === 'boolean'));
  fc.assert(fc.property(fc.jsonValue(), (parameters) => understandChat(bytes({ messages: [user], tools: [{ type: 'function', function: { name: 'x', parameters } }] })) !== null));
});

test('tool_choice is kept to: none, required, and one tool by name', () => {
  const tools = [tool('a'), tool('b')];
  assert.equal(understood({ messages: [user], tools, tool_choice: 'none' }).functions, undefined);
  assert.equal(understood({ messages: [user], tools }).mustCall, false);
  assert.equal(understood({ messages: [user], tools, tool_choice: 'required' }).mustCall, true);
  const named = understood({ messages: [user], tools, tool_choice: { type: 'function', function: { name: 'b' } } });
  assert.deepEqual([named.mustCall, Object.keys(named.functions ?? {})], [true, ['b']]);
});

test('an optional property may be left out of a call, though the grammar writes each one', () => {
  const schema = { type: 'object', properties: { path: { type: 'string' }, depth: { type: 'integer', maximum: 3, description: 'D' }, mode: { enum: ['r', 'w'] } }, required: ['path'], additionalProperties: false };
  assert.deepEqual(grammarSchema(schema), {
    type: 'object',
    properties: { path: { type: 'string' }, depth: { oneOf: [{ type: 'integer' }, { type: 'null' }], description: 'D' }, mode: { oneOf: [{ enum: ['r', 'w'] }, { type: 'null' }] } },
    additionalProperties: false,
  });
  assert.deepEqual(withoutNulls({ path: 'x', depth: null, mode: 'r' }, schema), { path: 'x', mode: 'r' });
  assert.deepEqual(withoutNulls({ path: null }, schema), { path: null }, 'a required one is kept, for the tool to refuse');
});
