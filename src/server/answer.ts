// Writing answers. Every one, a refusal and a broken request's too, carries the same headers: nothing is kept in a
// cache, framed, sniffed, sent on as a referrer, or readable by another origin.
import type { ServerResponse } from 'node:http';
import { errorJson, type Refusal } from './refusal.ts';

const COMMON: { readonly [name: string]: string } = {
  'cache-control': 'no-store',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
/** Own files only, nothing inline, no text ever taken for markup. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

export type Headers = { readonly [name: string]: string };

export function apiHeaders(type: string): Headers {
  return { ...COMMON, 'content-security-policy': API_POLICY, 'content-type': type };
}

export function pageHeaders(type: string): Headers {
  return { ...COMMON, 'content-security-policy': PAGE_POLICY, 'content-type': type };
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendJson(response: ServerResponse, status: number, value: unknown, more: Headers = {}): void {
  send(response, status, { ...apiHeaders(JSON_TYPE), ...more }, Buffer.from(`${JSON.stringify(value)}\n`));
}

/** Says no and closes the connection, so that a body that we didn't read isn't waited for. */
export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  sendJson(response, refusal.status, errorJson(refusal), { ...refusal.headers, connection: 'close' });
}

export function send(response: ServerResponse, status: number, headers: Headers, bytes: Uint8Array): void {
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  response.end(bytes);
}

/**
 * A download as it comes. A failure on the way breaks the connection, so that a part is never taken for the whole; one
 * before the first byte is thrown, and can still be told in words.
 */
export async function sendChunks(response: ServerResponse, headers: Headers, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    if (!response.headersSent) response.writeHead(200, headers);
    if (response.destroyed) return; // Whoever wanted it went away; leaving ends the source.
    if (!response.write(chunk)) await room(response);
  }
  if (!response.headersSent) response.writeHead(200, headers);
  response.end();
}

/** Until more can be written, or nobody reads any more. */
function room(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

/** A whole answer as bytes on the wire, for a connection whose request couldn't even be read. */
export function rawRefusal(refusal: Refusal, reason: string): string {
  const body = `${JSON.stringify(errorJson(refusal))}\n`;
  const headers = { ...apiHeaders(JSON_TYPE), connection: 'close', 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${refusal.status} ${reason}\r\n${lines.join('')}\r\n${body}`;
}
