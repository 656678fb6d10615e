// The head of a request to the proxy: which host it means, and what of it is passed on. Only one exact form each is
// understood; what could be read in two ways is refused, since the host may read it in the other (smuggling).
import type { IncomingMessage } from 'node:http';
import { isSameHost, parseHost, printHost, type HostRule } from '../model/host.ts';

export interface Asked {
  readonly kind: 'asked';
  readonly rule: HostRule;
  /** Origin form. */
  readonly path: string;
  /** Names and values in turn, as they are sent to the host. */
  readonly headers: readonly string[];
}

export interface WrongHead {
  readonly kind: 'wrong';
  readonly status: number;
  readonly why: string;
  /** As far as it could be read, for the record. */
  readonly host: string;
  readonly port: number;
  readonly path: string | null;
}

const HTTP = 80;
/** Between two hops only (RFC 9110, 7.6.1), or set anew here. Whatever begins with `proxy-` as well. */
const NOT_PASSED = ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect', 'host'];
/** A `Connection` header can't take these away: where a body ends isn't for it to say. */
const KEPT = ['content-length'];
/** Characters of an unreadable name that go on record. */
const MOST_NAME = 300;

/** @param bound the host of the tunnel that the request came through, or null. */
export function readRequest(request: IncomingMessage, bound: HostRule | null, most: number): Asked | WrongHead {
  const target = bound === null ? readTarget(request.url ?? '') : readOrigin(request.url ?? '', bound);
  if (target.kind === 'wrong') return target;
  const { rule, path } = target;
  const wrong = (why: string, status = 400): WrongHead => ({ kind: 'wrong', status, why, host: rule.host, port: rule.port, path });
  const { rawHeaders: raw, method = '', httpVersion } = request;
  if (raw.length / 2 > most) return wrong(`it has more than ${most} headers`, 431);
  if (method === 'TRACE') return wrong('TRACE shows what other hops add', 405);
  const hosts = valuesOf(raw, 'host');
  if (hosts.length > 1 || (hosts.length === 0 && (bound !== null || httpVersion !== '1.0'))) return wrong(`it has ${hosts.length} Host headers`);
  const [named] = hosts.map((text) => parseHost(text, HTTP));
  if (named !== undefined && (named.kind === 'wrong' || !isSameHost(named.rule, rule))) return wrong(`its Host header says ${quoted(hosts[0] ?? '')}, its target ${printHost(rule)}`);
  const encodings = valuesOf(raw, 'transfer-encoding');
  if (encodings.length > 1 || (encodings[0] !== undefined && (encodings[0].toLowerCase() !== 'chunked' || httpVersion === '1.0'))) return wrong('where its body ends can be read in two ways');
  if (encodings.length + valuesOf(raw, 'content-length').length > 1) return wrong('it says twice how long its body is');
  if (valuesOf(raw, 'upgrade').some((text) => /websocket/i.test(text))) return wrong('a WebSocket needs an encrypted connection (wss:) here', 501);
  const framing = encodings.length === 0 ? [] : ['Transfer-Encoding', 'chunked'];
  const authority = rule.port === HTTP ? printHost(rule).replace(/:80$/, '') : printHost(rule);
  return { kind: 'asked', rule, path, headers: ['Host', authority, ...passedOn(raw), ...framing, 'Connection', 'close'] };
}

/** The target of a CONNECT. */
export function readConnect({ url = '', rawHeaders, httpVersion }: IncomingMessage, most: number): HostRule | WrongHead {
  const read = parseHost(url, null);
  if (read.kind === 'wrong') return unread(url, read.why);
  const { rule } = read;
  const wrong = (why: string, status = 400): WrongHead => ({ kind: 'wrong', status, why, host: rule.host, port: rule.port, path: null });
  if (rawHeaders.length / 2 > most) return wrong(`it has more than ${most} headers`, 431);
  const hosts = valuesOf(rawHeaders, 'host');
  // Some clients leave the port out here, and those of HTTP/1.0 the whole header.
  const named = hosts.map((text) => parseHost(text, rule.port));
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== '1.0')) return wrong(`it has ${hosts.length} Host headers`);
  if (named.some((one) => one.kind === 'wrong' || !isSameHost(one.rule, rule))) return wrong(`its Host header says ${quoted(hosts[0] ?? '')}, its target ${printHost(rule)}`);
  if (valuesOf(rawHeaders, 'transfer-encoding').length + valuesOf(rawHeaders, 'content-length').length > 0) return wrong('a CONNECT has no body');
  return rule;
}

/** What of a head goes to the next hop. @returns names and values in turn. */
export function passedOn(raw: readonly string[]): readonly string[] {
  const dropped = new Set([...NOT_PASSED, ...valuesOf(raw, 'connection').flatMap((value) => value.toLowerCase().split(',')).map((name) => name.trim())]);
  for (const name of KEPT) dropped.delete(name);
  const passed: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (!dropped.has(name) && !name.startsWith('proxy-')) passed.push(raw[at] ?? '', raw[at + 1] ?? '');
  }
  return passed;
}

type Target = { readonly kind: 'target'; readonly rule: HostRule; readonly path: string };

function readTarget(url: string): Target | WrongHead {
  const match = /^http:\/\/([^/?#]*)([^#]*)$/i.exec(url);
  if (match === null) return unread(url, url.startsWith('/') ? 'it names no host: this is a proxy' : 'its target is not of the form http://host/path; https goes by CONNECT');
  const [, authority = '', rest = ''] = match;
  const read = parseHost(authority, HTTP);
  if (read.kind === 'wrong') return unread(url, read.why);
  return { kind: 'target', rule: read.rule, path: rest.startsWith('/') ? rest : `/${rest}` };
}

function readOrigin(url: string, rule: HostRule): Target | WrongHead {
  if (url.startsWith('/') && !url.includes('#')) return { kind: 'target', rule, path: url };
  return { kind: 'wrong', status: 400, why: 'in a tunnel its target is a path', host: rule.host, port: rule.port, path: url };
}

function unread(url: string, why: string): WrongHead {
  return { kind: 'wrong', status: 400, why: `${quoted(url)}: ${why}`, host: '', port: 0, path: null };
}

function valuesOf(raw: readonly string[], name: string): readonly string[] {
  return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
}

/** What an attacker wrote, for people. */
export function quoted(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length <= MOST_NAME ? `“${plain}”` : `“${plain.slice(0, MOST_NAME)}” (and ${plain.length - MOST_NAME} characters more)`;
}
