// A tunnel (CONNECT): encrypted bytes both ways between a run and one host, or plain HTTP, which is then read
// request by request. It refuses every other protocol, and TLS that names another host. What is inside TLS isn't
// seen, so the house knows host, port, sizes and times of it and no more.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TlsGate } from './proxy-gate.ts';
import { readConnect } from './proxy-head.ts';
import type { HostRule } from '../model/host.ts';
import type { ProxyLimits } from './proxy-limits.ts';
import type { ProxyRecord, Use } from './proxy-record.ts';
import type { Reached } from './proxy-reach.ts';
import { NO_ROOM, refusalBytes } from './proxy-refusal.ts';

export interface Tunnels {
  readonly record: ProxyRecord;
  readonly limits: ProxyLimits;
  readonly reach: (rule: HostRule) => Promise<Reached>;
  /** Takes over a tunnel whose first byte, put back into `near`, is of plain HTTP. `far` is connected. */
  readonly readPlain: (near: Duplex, far: Socket, rule: HostRule) => void;
}

const TLS = 22;
const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';
/** TLS: fatal, access denied. A client then says so, and not that the line broke. */
const DENIED = Uint8Array.of(21, 3, 1, 0, 2, 2, 49);

/** @param near the run's end of the tunnel, @param head what came with the request. Never throws. */
export async function openTunnel(request: IncomingMessage, near: Duplex, head: Uint8Array, tunnels: Tunnels): Promise<void> {
  const { record, limits, reach } = tunnels;
  const rule = readConnect(request, limits.headers);
  const isWrong = 'kind' in rule;
  const use = record.open({ method: 'CONNECT', host: rule.host, port: rule.port, path: null });
  if (isWrong || use === null) {
    if (isWrong) use?.refuse(rule.why);
    return dismiss(near, isWrong ? refusalBytes(rule.status, rule.why) : refusalBytes(403, NO_ROOM));
  }
  const reached = await reach(rule);
  if (reached.kind !== 'connected') {
    if (reached.kind === 'refused') use.refuse(reached.why);
    else use.note(reached.why);
    return dismiss(near, refusalBytes(reached.kind === 'refused' ? 403 : 502, reached.why));
  }
  const { socket: far } = reached;
  if (near.destroyed) {
    far.destroy();
    use.note('the run gave it up');
    return;
  }
  const giveUp = (): void => void far.destroy();
  near.once('close', giveUp);
  near.write(ESTABLISHED);
  const late = setTimeout(() => {
    use.refuse('nothing was said in the tunnel in time');
    near.destroy();
  }, limits.head);
  near.once('close', () => clearTimeout(late));
  const begin = (first: Uint8Array): void => {
    if (first[0] === TLS) {
      near.off('close', giveUp);
      use.through(far);
      return watch(near, far, first, rule, use, { record, limits, late });
    }
    clearTimeout(late);
    if (!isLetter(first[0] ?? 0)) {
      use.refuse('neither TLS nor HTTP was spoken in the tunnel');
      near.destroy();
      return;
    }
    use.note('plain HTTP: each request in it is told by itself');
    near.pause();
    near.unshift(first);
    tunnels.readPlain(near, far, rule);
  };
  if (head.length > 0) begin(head);
  else near.once('data', begin);
}

/** Says this, and is gone. */
export function dismiss(near: Duplex, bytes: string | Uint8Array): void {
  near.end(bytes, () => near.destroy());
}

/** A method of HTTP begins so. */
function isLetter(byte: number): boolean {
  return byte >= 65 && byte <= 90;
}

/** When one end breaks, so does the other; when it is gone, the other goes once it has sent what it was given. */
function bindEnds(near: Duplex, far: Socket): void {
  for (const [one, other] of [[near, far], [far, near]] as const) {
    one.on('error', () => other.destroy());
    one.once('close', () => {
      if (other.writableFinished) other.destroy();
      else other.once('finish', () => other.destroy()).end();
    });
  }
}

interface Watching {
  readonly record: ProxyRecord;
  readonly limits: ProxyLimits;
  readonly late: NodeJS.Timeout;
}

function watch(near: Duplex, far: Socket, first: Uint8Array, rule: HostRule, use: Use, { record, limits, late }: Watching): void {
  const gate = new TlsGate(rule.host);
  bindEnds(near, far);
  const stop = (): void => {
    near.destroy();
    far.destroy();
  };
  const send = (to: Duplex, from: Duplex, bytes: Uint8Array): void => {
    if (bytes.length === 0 || to.destroyed) return;
    if (!record.pass(bytes.length)) {
      use.note('cut off: the run moved as many bytes as it may');
      return stop();
    }
    if (to.write(bytes)) return;
    from.pause();
    to.once('drain', () => from.resume());
  };
  let isHeard = false;
  const hear = (): void => {
    if (isHeard || !gate.isGreeted()) return;
    isHeard = true;
    clearTimeout(late);
    far.on('data', (chunk: Uint8Array) => send(near, far, gate.fromServer(chunk)));
    far.once('end', () => near.end(gate.left()));
  };
  const say = (chunk: Uint8Array): void => {
    const passed = gate.fromClient(chunk);
    if (passed.kind === 'refuse') {
      use.refuse(passed.why);
      far.destroy();
      return dismiss(near, DENIED);
    }
    send(far, near, passed.bytes);
    hear();
  };
  // An idle connection costs a place that another could have.
  far.setTimeout(limits.idle, stop);
  near.on('data', say);
  near.once('end', () => far.end());
  say(first);
}
