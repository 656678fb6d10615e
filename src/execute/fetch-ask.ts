// One GET, to the very address that was looked at: no cookie, no credential, no word of where it comes from, no proxy of
// the environment. What is too long is cut, what is packed is unpacked up to the same length, what is slow is given up.
import { request, type IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { systemCode, wordsOf } from '../model/fault.ts';
import type { HostRule } from '../model/host.ts';
import { visible } from '../model/visible.ts';
import { PROXY_LIMITS } from './proxy-limits.ts';
import { reachHost, type Reach } from './proxy-reach.ts';

/** How names and connections are had, and whose certificates are trusted beside those that Node trusts. */
export interface FetchWay extends Pick<Reach, 'resolve' | 'dial'> {
  readonly authorities?: readonly string[];
}

export interface FetchLimits {
  /** Milliseconds for all of it, with its redirects. */
  readonly time: number;
  /** Of a body, unpacked. */
  readonly bytes: number;
  readonly redirects: number;
}

export const FETCH_LIMITS: FetchLimits = { time: 30_000, bytes: 2_000_000, redirects: 5 };

export interface Heard {
  readonly status: number;
  readonly contentType: string;
  /** Empty: none. */
  readonly location: string;
  readonly body: Uint8Array;
  /** There was more of the body. */
  readonly cut: boolean;
}

export type Asked = { readonly kind: 'heard'; readonly heard: Heard } | { readonly kind: 'failed'; readonly why: string };

const HEADERS = {
  'user-agent': 'ProWorkBench',
  accept: 'text/html, application/xhtml+xml, text/*, application/json, application/xml;q=0.9, */*;q=0.1',
  'accept-encoding': 'identity',
  connection: 'close',
};

/**
 * @param target as readUrl reads it.
 * @param wanted of the answer's head: is its body to be read? Never throws.
 */
export async function askUrl(target: { readonly url: string; readonly host: HostRule; readonly secure: boolean }, way: FetchWay, limits: FetchLimits, signal: AbortSignal, wanted: (status: number, contentType: string) => boolean): Promise<Asked> {
  const { host, secure } = target;
  const reached = await reachHost(host, { hosts: [host], resolve: way.resolve, dial: way.dial, limits: { ...PROXY_LIMITS, connect: limits.time }, signal });
  if (reached.kind !== 'connected') return { kind: 'failed', why: reached.why };
  const { socket } = reached;
  // Stays: whatever comes after the end has nobody to hear it.
  socket.on('error', () => undefined);
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const stream = secure ? await secured(socket, host, way) : socket;
    const response = await answerTo(new URL(target.url), stream);
    const contentType = response.headers['content-type'] ?? '';
    const status = response.statusCode ?? 0;
    const { body, cut } = wanted(status, contentType) ? await bodyOf(response, limits.bytes) : { body: new Uint8Array(0), cut: false };
    return { kind: 'heard', heard: { status, contentType, location: response.headers.location ?? '', body, cut } };
  } catch (error) {
    return { kind: 'failed', why: whyNot(error) };
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

class Unreadable extends Error {}

async function secured(socket: Socket, { host }: HostRule, { authorities }: FetchWay): Promise<Socket> {
  const tls = await import('node:tls');
  const secure = tls.connect({
    socket, host, ...(isIP(host) === 0 ? { servername: host } : {}), ALPNProtocols: ['http/1.1'],
    // Said out loud, because NODE_TLS_REJECT_UNAUTHORIZED in the environment would switch the check off.
    rejectUnauthorized: true,
    ...(authorities === undefined ? {} : { ca: [...authorities] }),
  });
  return new Promise((resolve, reject) => {
    secure.on('error', reject);
    socket.once('close', () => reject(new Unreadable('the connection was dropped')));
    secure.once('secureConnect', () => resolve(secure));
  });
}

function answerTo(url: URL, stream: Socket): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({
      // INVARIANT: nothing is connected to here; the stream leads to the address that was checked.
      createConnection: () => stream,
      method: 'GET', path: `${url.pathname}${url.search}`, headers: { host: url.host, ...HEADERS }, setHost: false,
      // Said out loud, since a flag of the command line could turn it round.
      insecureHTTPParser: false, maxHeaderSize: PROXY_LIMITS.headBytes,
    });
    asking.once('response', resolve);
    asking.on('error', reject);
    asking.once('close', () => reject(new Unreadable('the connection was dropped')));
    asking.end();
  });
}

async function bodyOf(response: IncomingMessage, most: number): Promise<{ readonly body: Uint8Array; readonly cut: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of await unpacked(response)) {
    if (!(part instanceof Uint8Array)) continue;
    parts.push(part.subarray(0, most - length));
    length += part.length;
    if (length > most) break;
  }
  return { body: Buffer.concat(parts), cut: length > most };
}

/** Not asked for, but some servers keep their files packed. Pieces come as they are unpacked, so that no length can surprise. */
async function unpacked(response: IncomingMessage): Promise<Readable> {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return response;
  const zlib = await import('node:zlib');
  const unpack = encoding === 'gzip' || encoding === 'x-gzip' ? zlib.createGunzip() : encoding === 'deflate' ? zlib.createInflate() : encoding === 'br' ? zlib.createBrotliDecompress() : null;
  if (unpack === null) throw new Unreadable(`it answered in the encoding ${visible(encoding.slice(0, 60))}, which was not asked for`);
  const { pipeline } = await import('node:stream');
  // Whichever end breaks, the other one does too, and who reads hears of it.
  return pipeline(response, unpack, () => undefined);
}

function whyNot(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  const code = systemCode(error);
  if (code.startsWith('HPE_')) return `what answers there doesn’t speak HTTP (${code})`;
  if (/^(?:Z_|ERR__ERROR_|ERR_BROTLI|ERR_PADDING)/.test(code)) return `its answer is packed in a way that can’t be read (${code})`;
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO|SELF_SIGNED/.test(code)) return `there is no trusted connection to it (${code})`;
  return `the connection failed (${code || visible(wordsOf(error).slice(0, 200))})`;
}
