// For tests of the way to hosts: a proxy whose hosts all lead to one server of ours on loopback, whatever address
// their names are said to have, and a client that says exactly what it is told to. What is dialled is on record.
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProxy, type HostRule, type OpenedProxy, type Proxying, type SeenUse } from '../../src/execute/proxy.ts';

export interface Stage {
  readonly proxy: OpenedProxy;
  readonly folder: string;
  readonly socket: string;
  /** Every connection that the proxy made. */
  readonly dialled: readonly { readonly addresses: readonly string[]; readonly port: number }[];
  /** Every name that the proxy looked up. */
  readonly asked: readonly string[];
  /** What reached the server, a text for each connection. */
  readonly heard: readonly string[];
  /** Says it and hears all until the end. */
  say(raw: string | Uint8Array): Promise<string>;
  open(): Promise<Socket>;
  last(): SeenUse | undefined;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Staging extends Partial<Omit<Proxying, 'hosts' | 'folder'>> {
  readonly hosts: readonly HostRule[];
  /** Names and their addresses; any other name is one of 8.8.8.8. */
  readonly names?: { readonly [name: string]: readonly string[] };
  /** Serves what the proxy connects to. */
  readonly serve?: (socket: Socket) => void;
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export async function openStage({ hosts, names = {}, serve, ...more }: Staging): Promise<Stage> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-proxy-test-')));
  const folder = join(top, 'way');
  const heard: string[] = [];
  const asked: string[] = [];
  const dialled: { readonly addresses: readonly string[]; readonly port: number }[] = [];
  const served = new Set<Socket>();
  const server = await listen((socket) => {
    served.add(socket.once('close', () => served.delete(socket)));
    const at = heard.push('') - 1;
    socket.on('data', (chunk) => (heard[at] += chunk.toString('latin1')));
    if (serve !== undefined) return serve(socket);
    socket.on('data', () => heard[at]?.includes('\r\n\r\n') === true && socket.end(OK));
  });
  const stop = new AbortController();
  const proxy = await openProxy({
    hosts, folder, signal: stop.signal,
    resolve: async (name) => {
      asked.push(name);
      return names[name] ?? ['8.8.8.8'];
    },
    dial: (addresses, port) => {
      dialled.push({ addresses, port });
      return connect({ host: '127.0.0.1', port: portOf(server), allowHalfOpen: true });
    },
    ...more,
  });
  const socket = join(folder, 'socket');
  const open = (): Promise<Socket> => openSocket(socket);
  return {
    proxy, folder, socket, dialled, asked, heard, open,
    say: async (raw) => allOf(await open(), raw),
    last: () => proxy.seen().at(-1),
    async [Symbol.asyncDispose]() {
      await proxy.close();
      for (const one of served) one.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** On loopback. */
export async function listen(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** Says it, then hears all until the other end has gone. */
export function allOf(socket: Socket, raw: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.once('end', () => socket.end());
    socket.once('close', () => resolve(text));
    socket.write(typeof raw === 'string' ? Buffer.from(raw, 'latin1') : raw);
  });
}

export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
}
