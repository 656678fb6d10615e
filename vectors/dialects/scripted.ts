// Test support: a scripted model. It says the turns it is given, in the streaming style of one server, and
// answers that server's probing routes, so that the whole product can be tested against each dialect.
import type { Dialect } from '../../src/providers/endpoint.ts';
import { EVENT_TYPE, jsonAnswer, startServer, type Answer, type Piece } from './server.ts';

export type ServerDialect = Exclude<Dialect, 'embedded' | 'practice'>;

export interface Turn {
  readonly text?: string;
  readonly reasoning?: string;
  /** `arguments`: an object, or a string that is sent as it is. */
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown; readonly id?: string }[];
  /** Tokens. */
  readonly usage?: { readonly prompt: number; readonly output: number };
  /** Milliseconds before the first piece. */
  readonly wait?: number;
  /** Sent instead of all that. */
  readonly answer?: Answer;
}

export interface Script {
  readonly dialect: ServerDialect;
  /** One per request; a function is asked with the request's JSON. When they run out the server answers 500. */
  readonly turns: readonly (Turn | ((request: unknown) => Turn))[] | ((request: unknown, count: number) => Turn);
  readonly model?: string;
  /** Tokens. */
  readonly window?: number;
  /** Hears the text of each chat request as it comes. */
  readonly onRequest?: (body: string) => void;
}

export interface Scripted {
  readonly url: string;
  readonly model: string;
  /** The bodies of the chat requests, as they came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function startScripted(script: Script): Promise<Scripted> {
  const requests: string[] = [];
  const model = script.model ?? 'scripted-1';
  const probing = probingRoutes(script.dialect, model, script.window ?? 32_768);
  const server = await startServer(({ method, path, body }) => {
    if (method !== 'POST' || path !== '/v1/chat/completions') return probing[`${method} ${path}`];
    requests.push(body);
    script.onRequest?.(body);
    const turn = turnOf(script, body, requests.length - 1);
    if (turn === undefined) return jsonAnswer({ error: { message: 'the script has no more turns', type: 'server_error' } }, 500);
    return turn.answer ?? { headers: EVENT_TYPE, body: streamOf(script.dialect, model, turn) };
  });
  return { url: server.url, model, requests, close: server.close };
}

function turnOf(script: Script, body: string, count: number): Turn | undefined {
  if (typeof script.turns === 'function') return script.turns(JSON.parse(body), count);
  const turn = script.turns[count];
  return typeof turn === 'function' ? turn(JSON.parse(body)) : turn;
}

/** The pieces of a reply, in the way of each server. */
export function streamOf(dialect: ServerDialect, model: string, turn: Turn): readonly Piece[] {
  const chunk = (delta: object, finish: string | null = null, more: object = {}): Piece => ({
    data: { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 0, model, choices: [{ index: 0, delta, finish_reason: finish }], ...more },
  });
  const calls = turn.calls ?? [];
  const finish = calls.length > 0 ? 'tool_calls' : 'stop';
  const usage = { prompt_tokens: turn.usage?.prompt ?? 100, completion_tokens: turn.usage?.output ?? 10, total_tokens: 110 };
  const usageChunk: Piece = { data: { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 0, model, choices: [], usage } };
  const wait: readonly Piece[] = turn.wait === undefined ? [] : [{ wait: turn.wait }];
  const thought = turn.reasoning === undefined ? [] : parts(turn.reasoning);
  const text = turn.text === undefined ? [] : parts(turn.text);
  const texts = text.map((content) => chunk({ content }));
  switch (dialect) {
    case 'textgen':
      // All calls whole, in the last chunk; null content; a ping of its SSE library.
      return [
        chunk({ role: 'assistant', refusal: null, content: '' }, null, { usage: null }), ': ping - 2026-01-01 00:00:00+00:00\n\n', ...wait,
        ...thought.map((reasoning_content) => chunk({ reasoning_content })), ...texts,
        chunk(calls.length === 0 ? {} : { tool_calls: calls.map((call, index) => ({ type: 'function', function: { name: call.name, arguments: argumentText(call.arguments) }, id: call.id ?? `call_abcdefg${index}`, index })) }, finish, { usage: null }),
        usageChunk, { data: '[DONE]' },
      ];
    case 'ollama':
      return [
        ...wait, ...thought.map((reasoning) => chunk({ role: 'assistant', content: '', reasoning })), ...text.map((content) => chunk({ role: 'assistant', content })),
        ...calls.map((call, index) => chunk({ role: 'assistant', content: '', tool_calls: [{ id: call.id ?? `call_olla${index}`, index, type: 'function', function: { name: call.name, arguments: argumentText(call.arguments) } }] })),
        chunk({ role: 'assistant', content: '' }, finish), usageChunk, { data: '[DONE]' },
      ];
    case 'llamacpp':
      return [
        chunk({}, null, { prompt_progress: { total: 100, cache: 0, processed: 50, time_ms: 5 } }), ...wait, chunk({ role: 'assistant', content: null }),
        ...thought.map((reasoning_content) => chunk({ reasoning_content })), ...texts, ...calls.flatMap((call, index) => deltas(chunk, call, index, call.id ?? `llamacppllamacppllamacpp${index}`)),
        chunk({}, finish), { data: { choices: [], object: 'chat.completion.chunk', model, usage, timings: { prompt_n: 100, predicted_n: 10, predicted_per_second: 50 } } }, { data: '[DONE]' },
      ];
    case 'vllm':
      return [
        ...wait, chunk({ role: 'assistant', content: '' }), ...thought.map((reasoning) => chunk({ reasoning })), ...texts,
        ...calls.flatMap((call, index) => deltas(chunk, call, index, call.id ?? `chatcmpl-tool-${index}`)), chunk({ content: '' }, finish), usageChunk, { data: '[DONE]' },
      ];
    case 'lmstudio':
    case 'generic':
      return [
        ...wait, ...thought.map((reasoning_content) => chunk({ reasoning_content })), ...texts,
        ...calls.flatMap((call, index) => deltas(chunk, call, index, call.id ?? `${100_000_000 + index}`)), chunk({}, finish), usageChunk, { data: '[DONE]' },
      ];
  }
}

type MakeChunk = (delta: object) => Piece;

/** Name first, then the arguments in pieces. */
function deltas(chunk: MakeChunk, call: NonNullable<Turn['calls']>[number], index: number, id: string): readonly Piece[] {
  return [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] }),
    ...parts(argumentText(call.arguments)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

function argumentText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A text in a few pieces, as a stream would bring it. */
function parts(text: string): readonly string[] {
  const size = Math.max(4, Math.ceil(text.length / 8));
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}

function probingRoutes(dialect: ServerDialect, model: string, window: number): { readonly [route: string]: Answer } {
  const list = (row: object): Answer => jsonAnswer({ object: 'list', data: [{ id: model, object: 'model', ...row }] });
  switch (dialect) {
    case 'textgen':
      return { 'GET /v1/models': list({ created: 0, owned_by: 'user' }), 'GET /v1/internal/model/info': jsonAnswer({ model_name: model, lora_names: [], loader: 'llama.cpp' }) };
    case 'llamacpp':
      return {
        'GET /v1/models': list({ owned_by: 'llamacpp', meta: { n_ctx_train: window } }),
        'GET /props': jsonAnswer({ default_generation_settings: { n_ctx: window }, model_path: `/models/${model}.gguf`, chat_template: '', build_info: 'b7000-abc' }),
        'GET /health': jsonAnswer({ status: 'ok' }),
      };
    case 'ollama':
      return {
        'GET /': { headers: { 'content-type': 'text/plain' }, body: ['Ollama is running'] },
        'GET /api/version': jsonAnswer({ version: '0.15.0' }),
        'GET /api/tags': jsonAnswer({ models: [{ name: model, model, digest: 'a'.repeat(64) }] }),
        'GET /api/ps': jsonAnswer({ models: [{ name: model, model, context_length: window }] }),
        'GET /v1/models': list({ owned_by: 'library' }),
      };
    case 'lmstudio':
      return {
        'GET /v1/models': list({ owned_by: 'organization_owner' }),
        'GET /api/v1/models': jsonAnswer({ models: [{ type: 'llm', key: model, loaded_instances: [{ id: model, config: { context_length: window } }], max_context_length: 131_072 }] }),
      };
    case 'vllm':
      return { 'GET /v1/models': list({ owned_by: 'vllm', max_model_len: window }), 'GET /version': jsonAnswer({ version: '0.20.0' }), 'GET /health': { body: [] } };
    case 'generic':
      return { 'GET /v1/models': list({ owned_by: 'someone', context_length: window }) };
  }
}
