// A route: what is asked with which right, in strict shapes, and who answers. One table of them is the whole API;
// matching, checking and the OpenAPI document all read it.
import * as z from 'zod/mini';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import type { Aside } from './aside.ts';
import type { Credential, Credentials, Right } from './credentials.ts';
import type { Method } from './guard.ts';
import type { Opened } from './opened.ts';
import type { Presents } from './present.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import type { Turns } from './turns.ts';

/** What a handler may use. */
export interface Call {
  readonly workbench: Workbench;
  readonly turns: Turns;
  readonly presents: Presents;
  readonly opened: Opened;
  readonly aside: Aside;
  readonly credentials: Credentials;
  readonly port: number;
  /** The table itself, for the route that describes it. */
  readonly routes: readonly Route[];
  /** Null for a route that needs no credential. */
  readonly credential: Credential | null;
  /** Counts a wrong credential; true when there were too many of late. */
  countWrong(): boolean;
  /** Drops the event streams of a credential that was just revoked. */
  endStreams(credential: Id): void;
}

export type Given =
  | { readonly gives: 'json'; readonly value: unknown; readonly headers?: { readonly [name: string]: string } }
  | { readonly gives: 'bytes'; readonly bytes: Uint8Array; readonly name: string }
  /** A download of a length that isn't known beforehand. Who sees the connection break has a part of it. */
  | { readonly gives: 'stream'; readonly chunks: AsyncIterable<Uint8Array>; readonly name: string }
  /** Events after this seq; null: from now on. */
  | { readonly gives: 'events'; readonly after: number | null };

export interface Raw {
  readonly params: { readonly [name: string]: string };
  readonly query: unknown;
  readonly body: unknown;
  /** Of a route that takes bytes: the body as it comes. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface Route {
  readonly method: Method;
  /** `/api/sessions/:id`: a part that begins with a colon stands for anything. */
  readonly path: string;
  readonly summary: string;
  /** `none`: needs no credential. */
  readonly right: Right | 'none';
  /** Of success. */
  readonly status: 200 | 201 | 202;
  readonly gives: Given['gives'];
  /** `bytes`: the body is a file of any size, as `application/octet-stream`. */
  readonly takes: 'json' | 'bytes';
  readonly shapes: { readonly params: z.ZodMiniType; readonly query: z.ZodMiniType; readonly body: z.ZodMiniType; readonly answer: z.ZodMiniType };
  handle(call: Call, raw: Raw): Promise<Given | Refusal>;
}

interface Spec<P extends z.ZodMiniType, Q extends z.ZodMiniType, B extends z.ZodMiniType, R> extends Pick<Route, 'method' | 'path' | 'summary' | 'right'> {
  readonly status?: Route['status'];
  readonly takes?: Route['takes'];
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly handle: (call: Call, input: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B>; readonly bytes: AsyncIterable<Uint8Array> }) => R | Promise<R>;
}

const NOTHING = z.strictObject({});
/** To be spread into a route that takes nothing, or only some of the three. */
export const PLAIN = { params: NOTHING, query: NOTHING, body: NOTHING } as const;

/** A route that answers JSON of the shape `answer`, or with a refusal. */
export function route<P extends z.ZodMiniType, Q extends z.ZodMiniType, B extends z.ZodMiniType>(spec: Spec<P, Q, B, unknown> & { readonly answer: z.ZodMiniType }): Route {
  return build(spec, 'json', spec.answer, (value) => (isRefusal(value) ? value : { gives: 'json', value }));
}

/** A route whose handler says itself what it gives. */
export function specialRoute<P extends z.ZodMiniType, Q extends z.ZodMiniType, B extends z.ZodMiniType>(spec: Spec<P, Q, B, Given | Refusal> & { readonly gives: Given['gives']; readonly answer?: z.ZodMiniType }): Route {
  return build(spec, spec.gives, spec.answer ?? z.string(), (given) => given);
}

function build<P extends z.ZodMiniType, Q extends z.ZodMiniType, B extends z.ZodMiniType, R>(spec: Spec<P, Q, B, R>, gives: Given['gives'], answer: z.ZodMiniType, wrap: (result: R) => Given | Refusal): Route {
  const { method, path, summary, right, status = 200, takes = 'json', params, query, body } = spec;
  const handle: Route['handle'] = async (call, raw) => {
    const input = { params: parse(params, raw.params, 'path'), query: parse(query, raw.query, 'query'), body: parse(body, raw.body, 'body') };
    if (!input.params.ok) return input.params.refusal;
    if (!input.query.ok) return input.query.refusal;
    if (!input.body.ok) return input.body.refusal;
    return wrap(await spec.handle(call, { params: input.params.value, query: input.query.value, body: input.body.value, bytes: raw.bytes }));
  };
  return { method, path, summary, right, status, gives, takes, shapes: { params, query, body, answer }, handle };
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

const ASKED = 'asked: ';

/** For a check of a shape: what is expected, for a person who mistyped it. */
export function asks(words: string): string {
  return `${ASKED}${words}`;
}

function parse<S extends z.ZodMiniType>(shape: S, value: unknown, where: string): Parsed<z.output<S>> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const words = parsed.error.issues.slice(0, 5).map((issue) => `${nameOf(where, issue.path)}: ${issueWords(issue)}`);
  return { ok: false, refusal: refuse(where === 'path' ? 404 : 400, where === 'path' ? 'request.unknown' : 'request.shape', `${words.join('; ')}.`, 'see /api/openapi.json for what is expected') };
}

/** A person knows the names in an address; where they stand says nothing to them. */
function nameOf(where: string, path: readonly PropertyKey[]): string {
  return where === 'query' && path.length > 0 ? path.map(String).join('.') : [where, ...path.map(String)].join('.');
}

function issueWords(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith(ASKED)) return issue.message.slice(ASKED.length);
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown ${issue.keys.slice(0, 3).map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}`;
    case 'invalid_type':
      return `${issue.expected} is expected`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')} is expected`;
    case 'too_big':
      return issue.origin === 'string' ? `too long; the most is ${String(issue.maximum)} characters` : `too large; the most is ${String(issue.maximum)}`;
    case 'too_small':
      return issue.origin === 'string' ? `too short; the least is ${String(issue.minimum)} ${issue.minimum === 1 ? 'character' : 'characters'}` : `too small; the least is ${String(issue.minimum)}`;
    case 'invalid_format':
      return 'it has the wrong form';
    default:
      return 'it is not valid';
  }
}

/** The route of a path, with what stands in for its colons. `wrong-method`: the path is there, but not so. */
export function match(routes: readonly Route[], method: Method, path: string): { readonly route: Route; readonly params: { readonly [name: string]: string } } | 'unknown' | 'wrong-method' {
  let found: 'unknown' | 'wrong-method' = 'unknown';
  for (const candidate of routes) {
    const params = fit(candidate.path, path);
    if (params === null) continue;
    if (candidate.method === method) return { route: candidate, params };
    found = 'wrong-method';
  }
  return found;
}

function fit(pattern: string, path: string): { readonly [name: string]: string } | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: { [name: string]: string } = {};
  for (const [at, want] of wanted.entries()) {
    const part = given[at] ?? '';
    if (want.startsWith(':')) params[want.slice(1)] = part;
    else if (want !== part) return null;
  }
  return params;
}

/** A query as an object, for a strict shape; null when a name comes twice. */
export function readQuery(query: string): { readonly [name: string]: string } | null {
  const values: { [name: string]: string } = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in values) return null;
    values[name] = value;
  }
  return values;
}
