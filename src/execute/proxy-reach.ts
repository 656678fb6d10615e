// From a host that a request names to a connection, or to the words why there is none. The name is resolved once,
// every address it has is checked, and it is one of these that is connected to (THREATS 19).
import { lookup } from 'node:dns/promises';
import { connect as open, isIP, type Socket } from 'node:net';
import { systemCode, wordsOf } from '../model/fault.ts';
import { LOOPBACK } from './http-address.ts';
import { whyClosed } from './proxy-address.ts';
import { isSameHost, printHost, type HostRule } from '../model/host.ts';
import type { ProxyLimits } from './proxy-limits.ts';

export type Reached =
  | { readonly kind: 'connected'; readonly socket: Socket }
  | { readonly kind: 'refused'; readonly why: string }
  /** It was allowed, and didn't come about. */
  | { readonly kind: 'failed'; readonly why: string };

export interface Reach {
  readonly hosts: readonly HostRule[];
  /** All addresses of a name. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Connects to the first of these addresses that answers, and to nothing else. */
  readonly dial: (addresses: readonly string[], port: number) => Socket;
  readonly limits: ProxyLimits;
  readonly signal: AbortSignal;
}

const MOST_ADDRESSES = 32;
/** Milliseconds until the next address is tried. */
const ATTEMPT = 2_000;

export function resolveName(host: string): Promise<readonly string[]> {
  return lookup(host, { all: true }).then((found) => found.map(({ address }) => address));
}

export function dialAddresses(addresses: readonly string[], port: number): Socket {
  const pinned = addresses.map((address) => ({ address, family: isIP(address) }));
  return open({
    // INVARIANT: the name is for messages only; what is connected to comes from `pinned`.
    host: 'checked.invalid', port, allowHalfOpen: true, noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ATTEMPT,
    lookup: (_name, { all }, done) => (all === true ? done(null, pinned) : done(null, pinned[0]?.address ?? '', pinned[0]?.family)),
  });
}

/** Never throws. */
export async function reachHost(rule: HostRule, reach: Reach): Promise<Reached> {
  if (!reach.hosts.some((one) => isSameHost(one, rule))) return { kind: 'refused', why: `${printHost(rule)} is not among the hosts of this run` };
  const end = AbortSignal.any([reach.signal, AbortSignal.timeout(reach.limits.connect)]);
  let addresses: readonly string[];
  try {
    addresses = await orEnd(addressesOf(rule.host, reach), end);
  } catch (error) {
    return { kind: 'failed', why: `the address of ${rule.host} wasn’t found (${systemCode(error) || wordsOf(error)})` };
  }
  if (addresses.length === 0 || addresses.length > MOST_ADDRESSES) return { kind: 'failed', why: `${rule.host} has ${addresses.length} addresses` };
  for (const address of addresses) {
    const why = isNamed(address, rule, reach.hosts) ? null : whyClosed(address);
    // One is enough: a name that has a public and a private address is how one is smuggled in beside the other.
    if (why !== null) return { kind: 'refused', why: `${rule.host} leads to ${address}: ${why}. Such a host has to be named by its address as well` };
  }
  return connected(reach.dial(addresses, rule.port), rule, end);
}

async function addressesOf(host: string, { resolve }: Reach): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  return host === 'localhost' ? LOOPBACK.map(({ address }) => address) : resolve(host);
}

/** True for an address that the person named, and for `localhost` itself. */
function isNamed(address: string, { host, port }: HostRule, hosts: readonly HostRule[]): boolean {
  return host === 'localhost' || hosts.some((one) => isSameHost(one, { host: address, port }));
}

function connected(socket: Socket, rule: HostRule, end: AbortSignal): Promise<Reached> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      socket.destroy();
      resolve({ kind: 'failed', why: `${printHost(rule)} couldn’t be connected to (${systemCode(error) || wordsOf(error)})` });
    };
    const stop = (): void => fail(end.reason);
    end.addEventListener('abort', stop, { once: true });
    if (end.aborted) stop();
    // Stays: an error after the connection stands has its own listeners, and this one then does nothing more.
    socket.on('error', fail);
    socket.once('connect', () => {
      end.removeEventListener('abort', stop);
      resolve({ kind: 'connected', socket });
    });
  });
}

function orEnd<T>(work: Promise<T>, end: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(end.reason);
    end.addEventListener('abort', stop, { once: true });
    if (end.aborted) stop();
    work.then(resolve, reject).finally(() => end.removeEventListener('abort', stop)).catch(() => undefined);
  });
}
