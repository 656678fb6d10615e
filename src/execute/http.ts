// A small HTTP/1.1 client for model servers, over TCP, TLS or a Unix socket. Follows no redirect, reads no
// proxy setting, carries no credential but the one that it's given for this very origin, and every wait has
// a limit. Faults are `model.*`; see ModelFaultCode.
import { Agent, request as plainRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import type { ModelFaultCode } from '../providers/errors.ts';
import { hostHeader, LOOPBACK } from './http-address.ts';

export { localityOf } from './http-address.ts';

/** Milliseconds, and bytes of a body. */
export interface HttpLimits {
  /** Until the connection stands. */
  readonly connect: number;
  /** From there until the first byte of the body: a long prompt or a model that is being loaded. */
  readonly firstByte: number;
  /** Between two pieces of the body. */
  readonly stall: number;
  readonly bytes: number;
}

export const HTTP_LIMITS: HttpLimits = { connect: 5_000, firstByte: 600_000, stall: 120_000, bytes: 16 * 2 ** 20 };

/** A key is bound to one origin (`https://host:port`) and never sent to another. */
export interface ModelKey {
  readonly value: string;
  readonly origin: string;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Path of a Unix socket that answers instead of the URL's host. */
  readonly socket?: string;
  readonly body?: readonly Uint8Array[];
  readonly accept: string;
  readonly key?: ModelKey;
  readonly limits: HttpLimits;
  /** Until it says yes, `firstByte` is the limit between two pieces too: some servers greet before they read the prompt. */
  readonly begun?: () => boolean;
  /** Called when the whole request has been handed to the system. */
  readonly sent?: () => void;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Ends normally only when HTTP says that the body is whole; else throws `model.cut`, `model.stalled`, `model.too-large`… */
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops the connection; what hasn't been read is lost. Safe to call twice. */
  close(): void;
}

/** Sends one request and resolves with the head of its answer. Throws Faults with `model.*` codes. */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const url = new URL(call.url);
  const request = await open(url, call);
  const response = await answerOf(request, call);
  if (response.statusCode !== undefined && response.statusCode >= 300 && response.statusCode < 400) {
    const to = visible(response.headers.location ?? 'nowhere').slice(0, 200);
    request.destroy();
    throw fault('model.redirect', `${shown(call)} answered with a redirect to ${to}; redirects are not followed`, 'Configure the URL that the server really has');
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    request.destroy();
    throw fault('model.protocol', `${shown(call)} answered in the encoding ${visible(encoding)}, which was not asked for`, 'Turn compression off in the server or the proxy before it');
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    body: bodyOf(request, response, call),
    close: () => request.destroy(),
  };
}

async function open(url: URL, call: HttpCall): Promise<ClientRequest> {
  const headers: Record<string, string> = { host: hostHeader(url), accept: call.accept, 'accept-encoding': 'identity', 'user-agent': 'proworkbench' };
  if (call.body !== undefined) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = String(call.body.reduce((sum, part) => sum + part.length, 0));
  }
  if (call.key !== undefined) headers['authorization'] = authorization(url, call.key);
  // An agent of our own: the global one may take a proxy from the environment.
  const options: RequestOptions = { method: call.method, headers, setHost: false };
  if (call.signal !== undefined) options.signal = call.signal;
  if (call.socket !== undefined) options.socketPath = call.socket;
  // `localhost` is resolved here, 127.0.0.1 before ::1, whatever a hosts file or a resolver says.
  if (url.hostname === 'localhost') options.lookup = (_name, _options, done) => done(null, [...LOOPBACK]);
  if (url.protocol === 'http:' || call.socket !== undefined) return plainRequest(url, { ...options, agent: new Agent({ keepAlive: false }) });
  const https = await import('node:https');
  // Said out loud, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would switch the check off.
  return https.request(url, { ...options, agent: new https.Agent({ keepAlive: false }), rejectUnauthorized: true });
}

function authorization(url: URL, key: ModelKey): string {
  if (key.origin !== url.origin) {
    throw fault('model.key-origin', `the key belongs to ${key.origin} and is not sent to ${url.origin}`, 'Set a key for this server, or take the URL that the key is for');
  }
  if (!/^[\x21-\x7e]+$/.test(key.value)) throw fault('model.key', 'the key holds characters that no HTTP header may carry', 'Set the key again, without spaces or line breaks');
  return `Bearer ${key.value}`;
}

function answerOf(request: ClientRequest, call: HttpCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = new Countdown((error) => request.destroy(error));
    timer.start(call.limits.connect, () => fault('model.timeout', `${shown(call)} didn’t take the connection within ${call.limits.connect} ms`, 'Check that the server runs and the address is right'));
    request.on('socket', (socket) => {
      const connected = (): void => timer.start(call.limits.firstByte, () => firstByteFault(call));
      if (socket.connecting) socket.once(call.url.startsWith('https:') && call.socket === undefined ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    request.once('response', (response) => {
      timer.stop();
      resolve(response);
    });
    request.on('error', (error) => {
      timer.stop();
      reject(faultOf(error, call));
    });
    if (call.sent !== undefined) request.once('finish', call.sent);
    for (const part of call.body ?? []) request.write(part);
    request.end();
  });
}

async function* bodyOf(request: ClientRequest, response: IncomingMessage, call: HttpCall): AsyncGenerator<Uint8Array> {
  // The one who reads the body has to get the error, so the response goes before the request.
  const timer = new Countdown((error) => {
    response.destroy(error);
    request.destroy(error);
  });
  let bytes = 0;
  timer.start(call.limits.firstByte, () => firstByteFault(call));
  try {
    for await (const chunk of response) {
      timer.stop();
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.length;
      yield chunk;
      if (bytes > call.limits.bytes) throw fault('model.too-large', `${shown(call)} sent more than ${call.limits.bytes} bytes`, 'The model may be caught in a loop; ask again or take another');
      if (call.begun?.() === false) timer.start(call.limits.firstByte, () => firstByteFault(call));
      else timer.start(call.limits.stall, () => fault('model.stalled', `${shown(call)} sent nothing more for ${call.limits.stall} ms in the middle of its answer`, 'Ask again; a longer limit can be configured'));
    }
  } catch (error) {
    throw faultOf(error, call);
  } finally {
    timer.stop();
    request.destroy();
  }
}

/** One running limit at a time; when it runs out, what it guards is destroyed with the fault. */
class Countdown {
  readonly #destroy: (error: Fault) => void;
  #timer: NodeJS.Timeout | undefined;
  #last: NodeJS.Immediate | undefined;

  constructor(destroy: (error: Fault) => void) {
    this.#destroy = destroy;
  }

  start(ms: number, why: () => Fault): void {
    this.stop();
    this.#timer = setTimeout(() => {
      // What came while this process itself was busy is heard first: it isn't the server that was late.
      this.#last = setImmediate(() => this.#destroy(why()));
    }, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#last);
  }
}

function firstByteFault(call: HttpCall): Fault {
  return fault('model.timeout', `${shown(call)} sent no answer within ${call.limits.firstByte} ms`, 'The model may be too slow for a prompt of this length; ask for less, or configure a longer limit');
}

function faultOf(error: unknown, call: HttpCall): Fault {
  if (call.signal?.aborted === true) return fault('model.cancelled', 'the request to the model was cancelled', undefined, error);
  if (error instanceof Fault) return error;
  const code = systemCode(error);
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
    case 'EACCES':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fault('model.unreachable', `nothing answers at ${shown(call)} (${code})`, 'Start the model server, or see `pwb models` for what is there', error);
    case 'ETIMEDOUT':
      return fault('model.timeout', `${shown(call)} didn’t take the connection`, 'Check that the server runs and the address is right', error);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return fault('model.cut', `${shown(call)} dropped the connection before its answer was complete`, 'Ask again; if it stays so, look at the server’s own messages (out of memory?)', error);
    default:
      if (code.startsWith('HPE_')) return fault('model.protocol', `what answers at ${shown(call)} doesn’t speak HTTP (${code})`, 'Check the port: another program may listen there', error);
      if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code)) return fault('model.tls', `no trusted connection to ${shown(call)} (${code})`, 'Check https against http, and the server’s certificate', error);
      return fault('model.cut', `the connection to ${shown(call)} failed: ${visible(wordsOf(error))}`, 'Ask again', error);
  }
}

/** The place as a person knows it. URLs hold no credentials here (see baseUrl). */
function shown(call: HttpCall): string {
  return call.socket === undefined ? new URL(call.url).origin : 'the embedded engine';
}

function fault(code: ModelFaultCode, words: string, hint?: string, cause?: unknown): Fault {
  return new Fault(code, words, hint, cause === undefined ? undefined : { cause });
}
