// Lets the person's browser reach a port of a running service, whose network is empty and its own. A relay of ours
// stands in that network, out of the service's sight, and takes over a listener on loopback. It opens no way out:
// bytes flow only on connections that were made from here.
//
// Not on 127.0.0.1: a browser sends the cookies of a host to all its ports, and what a service is sent it can keep.
import { spawn, type ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Fault, wordsOf } from '../model/fault.ts';
import { birthOf } from './limits-watch.ts';
import { findProgram } from './overlay-mount.ts';

export interface Forward {
  /** The service's. */
  readonly port: number;
  /** As a browser is told it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Processes, by their ids outside. */
export interface Place {
  /** bubblewrap's own, in whose user namespace the service's network was made. */
  readonly house: number;
  /** The first of the service's process namespace. */
  readonly init: number;
  /** Of the init: another process may have its number later. */
  readonly birth: string;
}

const HOST = '127.0.0.2';
const MOST_PORT = 65_535;
const MOST_CONNECTIONS = 128;
const HINT = 'See that the service still runs, then try again.';
const READY = 'ready';
/** Milliseconds until a relay that says nothing is given up. */
const PATIENCE = 10_000;
/** Runs as a process of its own. It ends with the channel to us, and refuses to stand in our own network. */
const RELAY = `
const net = require('node:net');
const [outside, port] = process.argv.slice(1);
if (require('node:fs').readlinkSync('/proc/self/ns/net') === outside) process.exit(3);
process.on('disconnect', () => process.exit(0));
const reach = (from, [host, ...others]) => {
  const to = net.connect({ host, port: Number(port), allowHalfOpen: true });
  let met = false;
  to.once('connect', () => { met = true; from.pipe(to); to.pipe(from); });
  to.on('error', () => met || others.length === 0 ? from.destroy() : reach(from, others));
  to.on('close', () => { if (met) from.destroy(); });
  from.once('close', () => to.destroy());
};
process.on('message', (_, server) => {
  server.maxConnections = ${MOST_CONNECTIONS};
  server.on('connection', (from) => {
    from.allowHalfOpen = true;
    from.on('error', () => from.destroy());
    reach(from, ['127.0.0.1', '::1']);
  });
  process.send('${READY}');
});`;

/** @throws `service.port` for a number that is none, `service.forward` when the service has ended or can't be reached. */
export async function openForward({ house, init, birth }: Place, port: number): Promise<Forward> {
  if (!Number.isInteger(port) || port < 1 || port > MOST_PORT) throw new Fault('service.port', `${port} is no port`, `Use a number from 1 to ${MOST_PORT}.`);
  if (birthOf(init) !== birth) throw new Fault('service.forward', 'the service has ended', 'Start it again.');
  const server = await listen();
  const address = server.address();
  const nsenter = findProgram('nsenter');
  const words = ['--target', String(house), '--user', '--preserve-credentials', '--', nsenter, '--target', String(init), '--net', '--', process.execPath, '-e', RELAY, readlinkSync('/proc/self/ns/net'), String(port)];
  const relay = spawn(nsenter, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: {}, cwd: '/', detached: true });
  try {
    await handOver(relay, server);
  } catch (error) {
    await close(relay);
    throw error;
  } finally {
    // It is the relay's now: with its end the port is closed.
    server.close();
  }
  return { port, url: `http://${HOST}:${typeof address === 'object' && address !== null ? address.port : 0}/`, close: () => close(relay) };
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Fault('service.forward', `no port could be opened on ${HOST}: ${wordsOf(error)}`, undefined, { cause: error })));
    server.listen({ host: HOST, port: 0 }, resolve);
  });
  return server;
}

function handOver(relay: ChildProcess, server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    const fail = (why: string): void => reject(new Fault('service.forward', `the service's network can't be reached: ${why}`, HINT));
    const timer = setTimeout(() => fail('its relay says nothing'), PATIENCE);
    relay.stderr?.on('data', (chunk: Uint8Array) => {
      if (words.length < 1000) words += Buffer.from(chunk).toString('utf8');
    });
    relay.once('error', (error) => fail(wordsOf(error)));
    relay.once('close', () => {
      clearTimeout(timer);
      fail(words.trim().slice(0, 300) || 'its relay ended');
    });
    relay.once('message', (message) => {
      clearTimeout(timer);
      if (message === READY) resolve();
    });
    relay.send('listen', server, (error) => {
      if (error !== null) fail(wordsOf(error));
    });
  });
}

async function close(relay: ChildProcess): Promise<void> {
  if (relay.pid === undefined || relay.exitCode !== null || relay.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => relay.once('exit', () => resolve()));
  relay.kill('SIGKILL');
  await gone;
}
