// Passes one plain HTTP request on to its host and the answer back. Both are parsed and written anew, so neither
// side ever reads what the other's parser saw in another way. No connection to a host is used twice.
import { request as send, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode, wordsOf } from '../model/fault.ts';
import { passedOn, type Asked } from './proxy-head.ts';
import type { ProxyLimits } from './proxy-limits.ts';
import type { ProxyRecord, Use } from './proxy-record.ts';
import { REFUSAL_HEADERS, refusalText } from './proxy-refusal.ts';

export interface Forwarding {
  readonly record: ProxyRecord;
  readonly limits: ProxyLimits;
}

/** @param far connected to the host. */
export function forward(request: IncomingMessage, response: ServerResponse, asked: Asked, far: Socket, use: Use, { record, limits }: Forwarding): void {
  use.through(far);
  far.setTimeout(limits.idle, () => far.destroy(new Error('nothing came for too long')));
  const outgoing = send({
    method: request.method, path: asked.path, headers: asked.headers, createConnection: () => far, setHost: false,
    maxHeaderSize: limits.headBytes, insecureHTTPParser: false,
  });
  const stop = (): void => {
    outgoing.destroy();
    far.destroy();
  };
  const count = (chunk: Uint8Array): void => {
    if (record.pass(chunk.length)) return;
    use.note('cut off: the run moved as many bytes as it may');
    response.destroy();
    stop();
  };
  const fail = (words: string): void => {
    stop();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const why = `what ${asked.rule.host} answered isn’t a whole answer of HTTP (${words})`;
    use.note(why);
    answerRefused(response, 502, why);
  };
  outgoing.on('error', (error) => fail(systemCode(error) || wordsOf(error)));
  // Another protocol, which nobody asked for.
  outgoing.once('upgrade', () => fail('101'));
  outgoing.once('response', (incoming) => answer(incoming, outgoing, response, use, count));
  // The run went away, or has all of the answer.
  response.once('close', stop);
  request.on('error', stop);
  request.on('data', count);
  request.pipe(outgoing);
}

function answer(incoming: IncomingMessage, outgoing: ClientRequest, response: ServerResponse, use: Use, count: (chunk: Uint8Array) => void): void {
  use.answered(incoming.statusCode ?? 0);
  response.sendDate = false;
  try {
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage ?? '', [...passedOn(incoming.rawHeaders)]);
  } catch (error) {
    outgoing.destroy(error instanceof Error ? error : undefined);
    return;
  }
  const cut = (): void => {
    if (incoming.complete) return;
    // The run must not take the part for the whole.
    use.note('the answer was cut off');
    response.destroy();
  };
  incoming.on('error', cut);
  incoming.once('close', cut);
  incoming.on('data', count);
  incoming.pipe(response);
}

/** Ends the connection as well: what follows may be the body of what was refused. */
export function answerRefused(response: ServerResponse, status: number, why: string): void {
  const text = refusalText(status, why);
  response.shouldKeepAlive = false;
  response.sendDate = false;
  response.writeHead(status, [...REFUSAL_HEADERS, 'Content-Length', String(Buffer.byteLength(text))]);
  response.end(text);
}
