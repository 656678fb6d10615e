// Test support: plays a model server from data, on loopback, on a port of the system's choosing. It answers
// what it's told, byte for byte, and can stop, stall and hang up in the middle. Never part of the product.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Piece =
  | string
  /** Bytes that are no text. */
  | { readonly base64: string }
  /** A server-sent event with this JSON (or text) as its data. */
  | { readonly data: unknown }
  | { readonly json: unknown }
  /** Milliseconds. */
  | { readonly wait: number }
  | { readonly repeat: string; readonly times: number }
  /** The connection is dropped, without the end that HTTP asks for. */
  | { readonly cut: true }
  /** Nothing more comes, and the connection stays open. */
  | { readonly hang: true };

export interface Answer {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  /** Line ending of `data` pieces. */
  readonly eol?: string;
  readonly body: readonly Piece[];
}

/** By `METHOD /path`. A list is played one by one, its last entry again and again. What isn't there is a 404. */
export interface Routes {
  readonly [route: string]: Answer | readonly Answer[];
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Playing {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  /** Resolves when a client hangs up before its answer is complete. */
  readonly dropped: Promise<void>;
  close(): Promise<void>;
}

/** Where to listen instead: `::1`, or the path of a Unix socket. */
export interface Place {
  readonly host?: string;
  readonly socket?: string;
}

export type Player = (seen: Seen, count: number) => Answer | undefined;

export async function startServer(player: Player, place: Place = {}): Promise<Playing> {
  const seen: Seen[] = [];
  const counts = new Map<string, number>();
  const dropped = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.once('close', () => (response.writableFinished ? undefined : dropped.resolve()));
    void (async () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: await bodyOf(request) };
      seen.push(one);
      const route = `${one.method} ${one.path}`;
      const count = counts.get(route) ?? 0;
      counts.set(route, count + 1);
      await play(player(one, count) ?? NOT_FOUND, response);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (place.socket === undefined) server.listen(0, place.host ?? '127.0.0.1', resolve);
    else server.listen(place.socket, resolve);
  });
  const address = server.address();
  const port = portOf(address);
  return {
    url: place.host === '::1' ? `http://[::1]:${port}` : `http://127.0.0.1:${port}`,
    port,
    seen,
    dropped: dropped.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Plays routes from data. */
export function startRoutes(routes: Routes, place: Place = {}): Promise<Playing> {
  return startServer((seen, count) => {
    const entry = routes[`${seen.method} ${seen.path}`];
    return isList(entry) ? (entry[count] ?? entry.at(-1)) : entry;
  }, place);
}

/** The bytes of an answer's body, as far as it is sent without a wait, a cut or a hang. */
export function bytesOf(answer: Answer): Uint8Array {
  return Buffer.concat(answer.body.map((piece) => pieceBytes(piece, answer.eol ?? '\n')));
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
export const EVENT_TYPE = { 'content-type': 'text/event-stream; charset=utf-8' } as const;

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, headers: JSON_TYPE, body: [{ json: value }] };
}

const NOT_FOUND: Answer = jsonAnswer({ detail: 'Not Found' }, 404);

async function play(answer: Answer, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status ?? 200, { 'content-type': 'text/event-stream', ...answer.headers });
  response.flushHeaders();
  for (const piece of answer.body) {
    if (response.destroyed) return;
    if (typeof piece === 'object' && 'wait' in piece) await sleep(piece.wait, undefined, { ref: false });
    else if (typeof piece === 'object' && 'cut' in piece) return void setImmediate(() => response.destroy());
    else if (typeof piece === 'object' && 'hang' in piece) return;
    else if (typeof piece === 'object' && 'repeat' in piece) await flood(response, piece.repeat, piece.times);
    else await written(response, pieceBytes(piece, answer.eol ?? '\n'));
  }
  response.end();
}

/** In pieces of about 256 KiB, as fast as the client takes them. */
async function flood(response: ServerResponse, text: string, times: number): Promise<void> {
  const per = Math.max(1, Math.floor(262_144 / text.length));
  for (let sent = 0; sent < times && !response.destroyed; sent += per) await written(response, Buffer.from(text.repeat(Math.min(per, times - sent))));
}

function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.write(bytes) || response.destroyed) return resolve();
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.once('drain', go).once('close', go);
  });
}

function pieceBytes(piece: Piece, eol: string): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece);
  if ('base64' in piece) return Buffer.from(piece.base64, 'base64');
  if ('data' in piece) return Buffer.from(`data: ${typeof piece.data === 'string' ? piece.data : JSON.stringify(piece.data)}${eol}${eol}`);
  if ('json' in piece) return Buffer.from(JSON.stringify(piece.json));
  if ('repeat' in piece) return Buffer.from(piece.repeat.repeat(piece.times));
  return new Uint8Array(0);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function isList(entry: Answer | readonly Answer[] | undefined): entry is readonly Answer[] {
  return Array.isArray(entry);
}
