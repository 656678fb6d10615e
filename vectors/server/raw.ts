// Test support: HTTP as bytes on a socket, so that a test can send what no decent client would.
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** In order; a name may come twice. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
}

export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Writes text and reads until the other side closes (or resets, when it has said enough). */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = await open(port);
  return new Promise((resolve) => {
    let heard = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (heard += part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(heard));
    socket.write(text);
  });
}

/** One request on a connection of its own. `Host` and `Content-Length` are added unless given. */
export async function send(port: number, { method = 'GET', path = '/', headers = [], body }: RawRequest): Promise<RawAnswer> {
  const given = headers.map(([name]) => name.toLowerCase());
  const all: (readonly [string, string])[] = [...headers, ['Connection', 'close']];
  if (!given.includes('host')) all.unshift(['Host', `127.0.0.1:${port}`]);
  if (body !== undefined && !given.includes('content-length') && !given.includes('transfer-encoding')) all.push(['Content-Length', String(Buffer.byteLength(body))]);
  const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return parse(await exchange(port, `${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`));
}

export function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...rows] = text.slice(0, Math.max(end, 0)).split('\r\n');
  const headers = Object.fromEntries(rows.map((row) => [row.slice(0, row.indexOf(':')).toLowerCase(), row.slice(row.indexOf(':') + 1).trim()]));
  return { status: Number(line.split(' ')[1] ?? 0), headers, body: text.slice(end + 4) };
}

/** The code of a refusal, or the status of anything else. */
export function codeOf({ status, body }: RawAnswer): string {
  try {
    return String((JSON.parse(body) as { error: { code: string } }).error.code);
  } catch {
    return String(status);
  }
}
