// The guard: reads nothing but the request line and the raw headers, before any byte of a body. It refuses what
// another site, another name for this address, a proxy or a stranger on this machine sends (THREATS 2–7, 29).
// There are no CORS headers, so no other origin is ever allowed; forwarded headers are not looked at by anyone.
import type { IncomingMessage } from 'node:http';
import type { Credential } from './credentials.ts';
import type { Limits } from './limits.ts';
import { refuse, type Refusal } from './refusal.ts';

export interface Guarded {
  readonly port: number;
  readonly limits: Limits;
  /** Null for anything but a token that is good right now. */
  identify(token: string): Credential | null;
  /** Counts a wrong credential; true when there were too many of late. */
  countWrong(): boolean;
  /** Is this a target that needs no credential? Only the sign-in page and what it asks are. */
  isOpen(method: string, path: string): boolean;
  /** Is a file expected there as the body, and nothing else? */
  takesBytes(method: string, path: string): boolean;
}

export interface Passed {
  readonly refused: false;
  readonly method: Method;
  readonly path: string;
  readonly query: string;
  /** The host as the client names it: one of our own two. */
  readonly host: string;
  /** Null only where none is needed. */
  readonly credential: Credential | null;
}

const METHODS = ['GET', 'POST', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** Headers that decide something; one that comes twice could be read differently by two readers. */
const ONCE = ['host', 'origin', 'sec-fetch-site', 'sec-fetch-mode', 'content-type', 'content-length', 'transfer-encoding', 'content-encoding', 'authorization', 'cookie', 'upgrade', 'last-event-id'];

/** The whole guard, in the order in which it asks. */
export function guard(request: IncomingMessage, door: Guarded): Passed | Refusal {
  const headers = readHeaders(request.rawHeaders);
  const method = METHODS.find((known) => known === request.method);
  const { target, path, query } = splitTarget(request.url ?? '');

  if (headers === null || request.rawHeaders.length / 2 > door.limits.headers) return refuse(431, 'request.headers', 'The request has too many headers, or one of them twice.', 'send each header once');
  if (method === undefined || 'upgrade' in headers) return refuse(405, 'request.method', 'Only GET, POST and DELETE are served, and no upgrade to another protocol.', 'see /api/openapi.json', { allow: METHODS.join(', ') });
  if (!isPlainTarget(target, path, door.limits)) return refuse(400, 'request.target', 'The path of the request is not a plain one.', 'use a path as /api/openapi.json lists it');

  const host = ownHosts(door.port).find((own) => own === headers['host']);
  if (host === undefined) return refuse(403, 'request.host', 'The workbench answers only to its own address.', `use http://127.0.0.1:${door.port}`);
  if (headers['origin'] !== undefined && headers['origin'] !== `http://${host}`) return refuse(403, 'request.origin', 'Another site sent this request, so it is refused.', 'use the page of the workbench itself');
  if (!isOwnSite(headers, method)) return refuse(403, 'request.site', 'Another site sent this request, so it is refused.', `type http://${host} into the address bar, or use the sign-in link`);
  const upload = door.takesBytes(method, path);
  if (upload && !isBytes(headers)) return refuse(415, 'request.type', 'This request takes a file as its body.', 'send content-type: application/octet-stream');
  if (!upload && method !== 'GET' && !isJson(headers)) return refuse(415, 'request.type', 'A request that changes something must be JSON.', 'send content-type: application/json');
  if (method === 'GET' && hasBody(headers)) return refuse(400, 'request.body', 'A request that only reads has no body.', 'leave the body out');
  const most = upload ? door.limits.upload : door.limits.body;
  if (Number(headers['content-length'] ?? 0) > most) return refuse(413, 'request.large', `The body is larger than ${most} bytes.`, 'send less at once');

  const token = tokenOf(headers, door.port);
  const credential = token === null ? null : door.identify(token);
  if (credential === null && !door.isOpen(method, path)) return turnAway(token, door);
  return { refused: false, method, path, query, host, credential };
}

/** Names of session cookies carry the port: cookies of one host are shared by all its ports. */
export function cookieName(port: number): string {
  return `pwb-${port}`;
}

/** Both names of this machine that lead here, exactly as a Host header says them. A name that only resolves here is a rebinding one. */
function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

/** By lower-case name; null when one of those that decide comes twice. */
function readHeaders(raw: readonly string[]): { readonly [name: string]: string } | null {
  const headers: { [name: string]: string } = Object.create(null);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (name in headers && ONCE.includes(name)) return null;
    headers[name] = raw[at + 1] ?? '';
  }
  return headers;
}

function splitTarget(target: string): { readonly target: string; readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at < 0 ? { target, path: target, query: '' } : { target, path: target.slice(0, at), query: target.slice(at + 1) };
}

/** One alphabet, no escapes, no empty or dotted parts: so no path has two spellings. */
function isPlainTarget(target: string, path: string, limits: Limits): boolean {
  return target.length <= limits.target && /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/(?=[^/])|$))*$/.test(path) && /^[\x21-\x7e]*$/.test(target);
}

/**
 * Fetch Metadata (https://www.w3.org/TR/fetch-metadata/): our own page, or the person's own hand on the address
 * bar. Absent from programs that are no browsers: those need the credential that no browser sends by itself.
 */
function isOwnSite(headers: { readonly [name: string]: string }, method: Method): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin') return true;
  return site === 'none' && method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
}

/** Neither a form nor a bare fetch of another site can say this without being asked first, and we never answer yes. */
function isJson(headers: { readonly [name: string]: string }): boolean {
  return /^application\/json(?:; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
}

/** As with JSON: no form can say this, and a fetch of another site would have to ask first. */
function isBytes(headers: { readonly [name: string]: string }): boolean {
  return headers['content-type'] === 'application/octet-stream' && headers['content-encoding'] === undefined;
}

function hasBody(headers: { readonly [name: string]: string }): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

/** A header speaks alone: a wrong one isn't rescued by a good cookie. */
function tokenOf(headers: { readonly [name: string]: string }, port: number): string | null {
  const bearer = headers['authorization'];
  if (bearer !== undefined) return /^Bearer ([\x21-\x7e]{1,200})$/.exec(bearer)?.[1] ?? '';
  const name = `${cookieName(port)}=`;
  const mine = (headers['cookie'] ?? '').split(';').map((part) => part.trim()).filter((part) => part.startsWith(name));
  if (mine.length > 1) return ''; // Somebody planted a second one: neither counts.
  return mine[0]?.slice(name.length) ?? null;
}

function turnAway(token: string | null, door: Guarded): Refusal {
  const hint = 'open the sign-in link that `pwb start` prints, or send the credential of the state folder';
  if (token === null) return refuse(401, 'request.credential', 'This needs a credential.', hint, { 'www-authenticate': 'Bearer' });
  if (door.countWrong()) return refuse(429, 'request.guessing', 'There were too many wrong credentials; wait a minute.', hint, { 'retry-after': '60' });
  return refuse(401, 'request.credential', 'This credential is not valid, or no longer.', hint, { 'www-authenticate': 'Bearer' });
}
