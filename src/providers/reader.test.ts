// Reading replies: however the bytes are cut, the reply is the same; whatever the bytes are, nothing is thrown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chatAnswer, dialectFiles } from '../../vectors/dialects/files.ts';
import { bytesOf } from '../../vectors/dialects/server.ts';
import { MOST_CALLS } from './calls.ts';
import { ReplyReader, type ReaderOptions, type StreamEnd } from './reader.ts';
import type { Reply, ReplyEvent } from './reply.ts';

const encoder = new TextEncoder();

function read(pieces: readonly Uint8Array[], options: ReaderOptions = {}, how: StreamEnd = 'whole'): { reply: Reply; events: readonly ReplyEvent[] } {
  let made = 0;
  const reader = new ReplyReader({ makeId: () => `made${++made}`, ...options });
  const events = pieces.flatMap((piece) => reader.push(piece));
  return { reply: reader.end(how), events };
}

function readText(text: string, options: ReaderOptions = {}): Reply {
  return read([encoder.encode(text)], options).reply;
}

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const RECORDED = dialectFiles().flatMap((file) => {
  const answer = chatAnswer(file);
  const isPlain = answer !== undefined && (answer.status ?? 200) === 200 && answer.body.every((piece) => typeof piece === 'string' || !('repeat' in piece));
  return isPlain ? [{ file: file.file, bytes: bytesOf(answer), tools: file.tools ?? [], type: answer.headers?.['content-type'] ?? '' }] : [];
});

test('every recorded stream gives the same reply however its bytes are cut', () => {
  assert.ok(RECORDED.length > 60);
  for (const { file, bytes, tools, type } of RECORDED) {
    const options = { contentType: type, offered: () => tools };
    const whole = read([bytes], options).reply;
    assert.deepEqual(read([...bytes].map((byte) => Uint8Array.of(byte)), options).reply, whole, `${file}, byte by byte`);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (places) => assert.deepEqual(read(cut(bytes, places), options).reply, whole, file)),
      { numRuns: 25 },
    );
  }
});

test('the events of a stream join to what the reply says', () => {
  for (const { bytes, tools, type } of RECORDED) {
    const { reply, events } = read([...bytes].map((byte) => Uint8Array.of(byte)), { contentType: type, offered: () => tools });
    // A whole body comes at once, and what is a call or a thought may show only at the end.
    if (reply.notes.some((note) => note === 'whole-body' || note === 'unparsed-call' || note === 'unopened-think' || note === 'bad-unicode')) continue;
    const said = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    assert.equal(said.trim(), reply.text.trim());
  }
});

test('a stream that stops anywhere never yields a call that may be carried out unless it had been complete', () => {
  for (const { file, bytes, tools, type } of RECORDED) {
    const whole = read([bytes], { contentType: type, offered: () => tools }).reply;
    for (let length = 0; length < bytes.length; length += 7) {
      const { reply } = read([bytes.subarray(0, length)], { contentType: type, offered: () => tools }, 'cut');
      if (reply.finish === 'calls') assert.deepEqual(reply.calls, whole.calls, `${file}, first ${length} bytes`);
    }
  }
});

test('no bytes make the reader throw', () => {
  const ends = fc.constantFrom<StreamEnd>('whole', 'cut', 'cancelled');
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), ends, (pieces, how) => void read(pieces, {}, how)), { numRuns: 400 });
});

test('no JSON in a stream makes the reader throw, and every reply is well-formed text', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const call = fc.record({ index: value, id: value, function: fc.oneof(value, fc.record({ name: value, arguments: value })) }, { requiredKeys: [] });
  const delta = fc.oneof(value, fc.record({ content: value, reasoning: value, thinking: value, tool_calls: fc.oneof(value, fc.array(fc.oneof(value, call))), function_call: value }, { requiredKeys: [] }));
  const choice = fc.oneof(value, fc.record({ index: fc.oneof(value, fc.constant(0)), delta, message: delta, finish_reason: fc.oneof(value, fc.constantFrom('stop', 'tool_calls', 'length')) }, { requiredKeys: [] }));
  const chunk = fc.oneof(value, fc.record({ choices: fc.oneof(value, fc.array(choice)), usage: value, model: value, error: value, detail: value, type: value }, { requiredKeys: [] }));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), fc.boolean(), (chunks, body) => {
      const text = body ? JSON.stringify(chunks[0] ?? null) : chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
      const reply = readText(text);
      for (const said of [reply.text, reply.reasoning, reply.model ?? '', ...reply.calls.flatMap((one) => [one.id, one.name, one.arguments])]) assert.ok(said.isWellFormed());
      assert.equal(new Set(reply.calls.map(({ id }) => id)).size, reply.calls.length);
    }),
    { numRuns: 600 },
  );
});

test('JSON that is nested a hundred thousand levels deep is read without harm', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const stream = (call: string): string => `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"read","arguments":${call}}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n`;
  const reply = readText(stream(`{"a":${deep}}`));
  assert.equal(reply.finish, 'calls');
  assert.ok(reply.notes.includes('arguments-object'));
  assert.equal(readText(`{"error":${deep}}`).finish, 'error');
  assert.equal(readText(deep).finish, 'error');
});

test('more calls than any turn needs are not taken', () => {
  const calls = Array.from({ length: MOST_CALLS + 2 }, (_, index) => ({ index, id: `c${index}`, function: { name: 'list', arguments: '{}' } }));
  const reply = readText(JSON.stringify({ choices: [{ index: 0, message: { tool_calls: calls }, finish_reason: 'tool_calls' }] }));
  assert.equal(reply.calls.length, MOST_CALLS);
  assert.ok(reply.notes.includes('too-many-calls'));
});

test('a stream that names its tool again in every delta is read in linear time', () => {
  const delta = (piece: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: 'write', arguments: piece } }] } }] })}\n\n`;
  const reply = readText(delta('{"a":"') + delta('x'.repeat(1000)).repeat(10_000));
  assert.equal(reply.calls[0]?.arguments.length, 10_000_006);
  assert.equal(reply.finish, 'cut');
});

test('past the limit nothing more is read, and the reply is cut', () => {
  const reader = new ReplyReader({ limit: 1000 });
  const piece = encoder.encode(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'aaaa' } }] })}\n\n`);
  for (let count = 0; count < 100; count++) reader.push(piece);
  assert.ok(reader.over);
  const reply = reader.end();
  assert.equal(reply.finish, 'cut');
  assert.ok(reply.text.length < 100);
  assert.ok(reply.notes.includes('too-large'));
});

test('a flood of white space before a reply costs nothing and changes nothing', () => {
  const reply = readText(`${' \n'.repeat(100_000)}data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`);
  assert.equal(reply.text, 'Hello.');
});
