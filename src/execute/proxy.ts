// The way of a run to the hosts that it was granted: a proxy on a socket in a private folder, which is all of the
// network that its sandbox can reach. Each request names its host anew, so a redirect is checked as the first was.
// It adds no credential, remembers nothing from one run to the next, and looks into nothing encrypted.
import { chmodSync, closeSync, constants, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { proxyEnvironment } from './proxy-environment.ts';
import { answerRefused, forward } from './proxy-forward.ts';
import { readRequest } from './proxy-head.ts';
import type { HostRule } from '../model/host.ts';
import { PROXY_LIMITS, type ProxyLimits } from './proxy-limits.ts';
import { dialAddresses, reachHost, resolveName, type Reach, type Reached } from './proxy-reach.ts';
import { ProxyRecord, type SeenUse } from './proxy-record.ts';
import { NO_ROOM, refusalBytes } from './proxy-refusal.ts';
import { behindRelay, RELAY_PLACES, RELAY_PORT, relayText } from './proxy-relay.ts';
import { dismiss, openTunnel } from './proxy-tunnel.ts';

export { parseHost, printHost, type HostRule } from '../model/host.ts';
export type { SeenUse } from './proxy-record.ts';

export interface Proxying {
  readonly hosts: readonly HostRule[];
  /** For this proxy alone; made when it isn't there, removed by `close`. */
  readonly folder: string;
  /** When it aborts, the proxy is closed. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ProxyLimits>;
  /** How names and connections are had, where not from the system. */
  readonly resolve?: Reach['resolve'];
  readonly dial?: Reach['dial'];
}

export interface OpenedProxy {
  /** What the sandbox has to mount (`also` of its spec). */
  readonly also: readonly { readonly host: string; readonly inside: string }[];
  readonly environment: Readonly<Record<string, string>>;
  /** The command that is to be run instead. */
  readonly wrap: (argv: readonly string[]) => readonly string[];
  /** All that was asked, and how it went so far; final after `close`. */
  readonly seen: () => readonly SeenUse[];
  /** Ends every connection. Safe to call twice. */
  readonly close: () => Promise<void>;
}

const SOCKET = 'socket';
const PROGRAM = 'relay.cjs';
/** Milliseconds between two looks for heads that take too long. */
const LOOK = 500;
const PAUSE = 5_000;

/** @throws `proxy.folder`, `proxy.listen`. Nothing is left open or behind then. */
export async function openProxy({ hosts, folder, signal, limits: more, resolve = resolveName, dial = dialAddresses }: Proxying): Promise<OpenedProxy> {
  const limits = { ...PROXY_LIMITS, ...more };
  const ended = new AbortController();
  const way = new Way({ hosts, resolve, dial, limits, signal: ended.signal });
  makeFolder(folder, relayText(limits.connections));
  try {
    await listenIn(way.server, folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Fault('proxy.listen', `the proxy's socket couldn't be made in ${folder} (${systemCode(error) || wordsOf(error)})`, 'Check that the disk of the state folder can hold sockets.', { cause: error });
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= way.close().finally(() => rmSync(folder, { recursive: true, force: true })));
  const end = (): void => {
    ended.abort();
    // It can't fail: see Way.close; what is left of the folder is swept with its parent.
    close().catch(() => undefined);
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return {
    also: [
      { host: join(folder, SOCKET), inside: RELAY_PLACES.socket },
      { host: join(folder, PROGRAM), inside: RELAY_PLACES.program },
      { host: process.execPath, inside: RELAY_PLACES.node },
    ],
    environment: proxyEnvironment(RELAY_PORT, hosts),
    wrap: behindRelay,
    seen: () => way.record.seen(),
    async close() {
      signal.removeEventListener('abort', end);
      ended.abort();
      await close();
    },
  };
}

class Way {
  readonly server: Server;
  readonly record: ProxyRecord;
  readonly #reach: Reach;
  readonly #ends = new Set<Socket>();
  /** Connections that are tunnels by now, with the host that they lead to, connected for the first request. */
  readonly #tunnels = new WeakMap<object, { readonly rule: HostRule; far: Socket | null }>();

  constructor(reach: Reach) {
    const { limits } = reach;
    this.#reach = reach;
    this.record = new ProxyRecord(limits);
    this.server = createServer({
      maxHeaderSize: limits.headBytes, headersTimeout: limits.head, requestTimeout: 0, connectionsCheckingInterval: LOOK, keepAliveTimeout: PAUSE,
      // Said out loud, since a flag of the command line could turn it round. That a Host is missing is for readRequest to say.
      insecureHTTPParser: false, requireHostHeader: false,
    });
    // Node drops what is over this number without a word; the size is bounded, and the number is checked by us.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = limits.connections;
    // The host's side is given up first, so that the run still hears of it.
    this.server.setTimeout(2 * limits.idle);
    this.server.on('connection', (socket) => this.#keep(socket));
    this.server.on('request', (request, response) => void this.#serve(request, response));
    this.server.on('checkContinue', (request, response) => void this.#serve(request, response));
    this.server.on('connect', (request, socket, head) => void this.#tunnel(request, socket, head));
    this.server.on('clientError', (error, socket) => this.#complain(error, socket));
  }

  /** Never rejects. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.#ends) socket.destroy();
    return closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { limits } = this.#reach;
    const tunnel = this.#tunnels.get(request.socket);
    request.on('error', () => response.destroy());
    response.on('error', () => response.destroy());
    const asked = readRequest(request, tunnel?.rule ?? null, limits.headers);
    const { host, port } = asked.kind === 'asked' ? asked.rule : asked;
    const use = this.record.open({ method: request.method ?? '', host, port, path: asked.path });
    if (use === null) return answerRefused(response, 403, NO_ROOM);
    if (asked.kind === 'wrong') {
      use.refuse(asked.why);
      return answerRefused(response, asked.status, asked.why);
    }
    const ready = tunnel?.far;
    if (tunnel !== undefined) tunnel.far = null;
    const reached: Reached = ready === null || ready === undefined || ready.destroyed ? await this.#connect(asked.rule) : { kind: 'connected', socket: ready };
    if (reached.kind !== 'connected') {
      if (reached.kind === 'refused') use.refuse(reached.why);
      else use.note(reached.why);
      return answerRefused(response, reached.kind === 'refused' ? 403 : 502, reached.why);
    }
    if (response.destroyed) {
      reached.socket.destroy();
      return use.note('the run gave it up');
    }
    if (request.headers.expect !== undefined) response.writeContinue();
    forward(request, response, asked, reached.socket, use, { record: this.record, limits });
  }

  #tunnel(request: IncomingMessage, near: Duplex, head: Uint8Array): Promise<void> {
    near.on('error', () => near.destroy());
    if (this.#tunnels.has(near)) {
      this.record.open({ method: 'CONNECT', host: '', port: 0, path: null })?.refuse('a tunnel was asked for inside of a tunnel');
      dismiss(near, refusalBytes(400, 'a tunnel was asked for inside of a tunnel'));
      return Promise.resolve();
    }
    return openTunnel(request, near, head, {
      record: this.record, limits: this.#reach.limits, reach: (rule) => this.#connect(rule),
      readPlain: (end, far, rule) => {
        this.#tunnels.set(end, { rule, far });
        this.server.emit('connection', end);
        end.resume();
      },
    });
  }

  async #connect(rule: HostRule): Promise<Reached> {
    const reached = await reachHost(rule, this.#reach);
    if (reached.kind === 'connected') this.#keep(reached.socket);
    return reached;
  }

  #keep(socket: Socket): void {
    if (this.#ends.has(socket)) return;
    this.#ends.add(socket);
    socket.once('close', () => this.#ends.delete(socket));
    if (this.#reach.signal.aborted) socket.destroy();
  }

  /** What isn't HTTP, or too much or too slow of it, is on record; a line that broke isn't. */
  #complain(error: Error, socket: Duplex): void {
    const code = systemCode(error);
    const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
    if (!code.startsWith('HPE_') && status === 400) return void socket.destroy();
    const why = status === 431 ? 'its head is too long' : status === 408 ? 'its head didn’t come in time' : `it is not plain HTTP (${code})`;
    this.record.open({ method: '', host: '', port: 0, path: null })?.refuse(why);
    if (socket.writable) dismiss(socket, refusalBytes(status, why));
    else socket.destroy();
  }
}

function makeFolder(folder: string, program: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    // Left by a proxy of before that had no time to tidy up.
    for (const name of [SOCKET, PROGRAM]) rmSync(join(folder, name), { force: true });
    writeFileSync(join(folder, PROGRAM), program, { flag: 'wx', mode: 0o400 });
  } catch (error) {
    throw new Fault('proxy.folder', `the proxy's folder ${folder} can't be made (${systemCode(error) || wordsOf(error)})`, 'Check that the state folder is yours and has room.', { cause: error });
  }
}

/**
 * A socket's path may have 107 bytes; by way of the folder's descriptor it is short wherever the folder is.
 * INVARIANT: the descriptor stays open as long as the server: at its end the socket is removed by this path, and
 * under that number another folder could stand by then.
 */
async function listenIn(server: Server, folder: string): Promise<void> {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(`/proc/self/fd/${descriptor}/${SOCKET}`, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.once('close', () => closeSync(descriptor));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
