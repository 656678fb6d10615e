// The OpenAI chat protocol over one engine: models, chat (whole or streamed), one request at a time. Listens on
// a private Unix socket, or on loopback for tests. It refuses web pages (any Origin, any foreign Host), big
// bodies, a full queue, and a prompt that doesn't fit the window.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { understandChat, type ChatRequest } from './engine-chat.ts';
import type { Engine, Finish, Part } from './engine-model.ts';
import { withoutNulls } from './engine-schema.ts';

export interface ServeOptions {
  /** The model's id in every answer. */
  readonly name: string;
  /** `first`: with tools offered, the answer to anything but a tool's result must be a call. For weights that are noise. */
  readonly calls: 'model' | 'first';
}

/** Bytes of a request's body. */
const MOST_BODY = 64 * 1024 * 1024;
/** Requests that work or wait. */
const MOST_QUEUED = 8;
/** Tokens kept free in the window for what the template adds around a call. */
const SPARE = 32;
/** Milliseconds between the comments that tell a client that a long prompt is still being read. */
const HEARTBEAT = 5_000;

export function engineServer(engine: Engine, options: ServeOptions): Server {
  let queued = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async (work: () => Promise<void>): Promise<void> => {
    queued++;
    const mine = last.then(work).finally(() => queued--);
    last = mine.catch(() => undefined);
    return mine;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers.origin !== undefined || !isLoopbackName(request.headers.host)) return fail(response, 403, 'forbidden', 'this server answers only its own machine, and no web page');
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /v1/models') return json(response, 200, { object: 'list', data: [{ id: options.name, object: 'model', created: 0, owned_by: 'proworkbench', n_ctx: engine.window, max_model_len: engine.window }] });
    if (route === 'GET /health') return json(response, 200, { status: 'ok', working: queued });
    if (route !== 'POST /v1/chat/completions') return fail(response, 404, 'not_found', `there is no ${route}`);
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return fail(response, 415, 'content_type', 'the body must be application/json');
    const body = await readBody(request);
    if (body === null) return fail(response, 413, 'too_large', `the body is over ${MOST_BODY} bytes`);
    const understood = understandChat(body);
    if (!understood.ok) return fail(response, 400, 'invalid_request', understood.words);
    if (queued >= MOST_QUEUED) return fail(response, 503, 'busy', `${MOST_QUEUED} requests wait already; try again later`);
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    return inTurn(() => (gone.signal.aborted ? Promise.resolve() : chat(engine, options, understood.request, response, gone.signal)));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fault(response, error));
  });
  server.maxConnections = 64;
  return server;
}

async function chat(engine: Engine, options: ServeOptions, request: ChatRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const prompt = engine.countPrompt(request);
  const room = engine.window - prompt - SPARE;
  if (room < 1) {
    const words = `This model's maximum context length is ${engine.window} tokens, but the prompt takes ${prompt} and an answer needs ${SPARE + 1} more. Shorten the conversation.`;
    return fail(response, 400, 'context_length_exceeded', words);
  }
  const mustCall = request.mustCall || (options.calls === 'first' && request.functions !== undefined && !request.afterTool);
  const writer = request.stream ? streamed(response, options.name, request.withUsage) : whole(response, options.name);
  const done = new AbortController();
  const beats = request.stream ? heartbeats(response, done.signal) : Promise.resolve();
  try {
    let calls = 0;
    const onPart = (part: Part): void => {
      if (part.type === 'call') writer.call(calls++, part.name, JSON.stringify(withoutNulls(part.params ?? {}, request.schemas.get(part.name))));
      else if (part.text !== '') writer.text(part.type, part.text);
    };
    const { finish, tokens } = await engine.generate(request, { mustCall, room, signal, onPart });
    writer.end(finish, { prompt_tokens: prompt, completion_tokens: tokens, total_tokens: prompt + tokens });
  } finally {
    done.abort();
    await beats;
  }
}

interface Writer {
  text(type: 'text' | 'reasoning', text: string): void;
  call(index: number, name: string, args: string): void;
  end(finish: Finish, usage: object): void;
}

function streamed(response: ServerResponse, model: string, withUsage: boolean): Writer {
  const head = { id: newId('chatcmpl-'), object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model };
  const send = (choices: readonly object[], more: object = {}): void => void response.write(`data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`);
  const delta = (change: object, finish: Finish | null = null): void => send([{ index: 0, delta: change, finish_reason: finish }]);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  delta({ role: 'assistant', content: '' });
  return {
    text: (type, text) => delta(type === 'text' ? { content: text } : { reasoning_content: text }),
    call: (index, name, args) => delta({ tool_calls: [{ index, id: newId('call_'), type: 'function', function: { name, arguments: args } }] }),
    end(finish, usage) {
      delta({}, finish);
      if (withUsage) send([], { usage });
      response.end('data: [DONE]\n\n');
    },
  };
}

function whole(response: ServerResponse, model: string): Writer {
  const texts = { text: '', reasoning: '' };
  const calls: object[] = [];
  return {
    text: (type, text) => void (texts[type] += text),
    call: (_index, name, args) => void calls.push({ id: newId('call_'), type: 'function', function: { name, arguments: args } }),
    end(finish, usage) {
      const message = {
        role: 'assistant',
        content: texts.text === '' && calls.length > 0 ? null : texts.text,
        ...(texts.reasoning === '' ? {} : { reasoning_content: texts.reasoning }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      };
      json(response, 200, { id: newId('chatcmpl-'), object: 'chat.completion', created: Math.floor(Date.now() / 1000), model, choices: [{ index: 0, message, finish_reason: finish }], usage });
    },
  };
}

async function heartbeats(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await wait(HEARTBEAT, undefined, { signal });
      response.write(': working\n\n');
    }
  } catch {
    // Aborted: the answer is done.
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    if (!(part instanceof Uint8Array)) continue;
    size += part.length;
    if (size > MOST_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function isLoopbackName(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  if (status === 413) response.setHeader('connection', 'close');
  json(response, status, { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code } });
}

/** A fault in the middle of a stream is an error object in the stream, and the stream ends without [DONE]. */
function fault(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (!response.headersSent) return fail(response, 500, 'engine', message);
  response.end(`data: ${JSON.stringify({ error: { message, type: 'server_error', param: null, code: 'engine' } })}\n\n`);
}

function newId(prefix: string): string {
  return prefix + randomBytes(6).toString('hex');
}
