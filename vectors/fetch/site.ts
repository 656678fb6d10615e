// For tests of the fetch: a server on loopback that says for each path exactly what it is told to, byte by byte, and a way
// by which the names of hosts lead to it, whatever addresses they are said to have. What is looked up and dialled is on record.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { FetchWay } from '../../src/execute/fetch-ask.ts';

export interface Site {
  readonly port: number;
  /** Every request, whole. */
  readonly heard: readonly string[];
  readonly asked: readonly string[];
  readonly dialled: readonly { readonly addresses: readonly string[]; readonly port: number }[];
  readonly way: FetchWay;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A whole answer as text or bytes, or what it does with the connection. */
export type Said = string | Uint8Array | ((socket: Socket) => void);

/** @param names of hosts and their addresses; any other one is at 8.8.8.8. */
export async function openSite(pages: { readonly [path: string]: Said }, names: { readonly [name: string]: readonly string[] } = {}, serve: (socket: Socket) => Socket = (socket) => socket): Promise<Site> {
  const heard: string[] = [];
  const asked: string[] = [];
  const dialled: { readonly addresses: readonly string[]; readonly port: number }[] = [];
  const open = new Set<Socket>();
  const server = createServer((raw) => {
    open.add(raw.once('close', () => open.delete(raw)));
    raw.on('error', () => undefined);
    const socket = serve(raw).on('error', () => undefined);
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      heard.push(request);
      const said = pages[/^GET (\S+)/.exec(request)?.[1] ?? ''] ?? page(404, 'text/plain', 'not here');
      if (typeof said === 'function') said(socket);
      else socket.end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port, heard, asked, dialled,
    way: {
      resolve: async (name) => {
        asked.push(name);
        return names[name] ?? ['8.8.8.8'];
      },
      dial: (addresses, to) => {
        dialled.push({ addresses, port: to });
        return connect({ host: '127.0.0.1', port });
      },
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function page(status: number, type: string, body: string | Uint8Array, ...more: readonly string[]): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return Buffer.concat([Buffer.from([`HTTP/1.1 ${status} Said`, ...(type === '' ? [] : [`Content-Type: ${type}`]), `Content-Length: ${bytes.length}`, ...more, '', ''].join('\r\n')), bytes]);
}

export function redirect(status: number, to: string): string {
  return `HTTP/1.1 ${status} Said\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
}
