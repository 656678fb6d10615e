// The one way to the server: same origin, JSON, refusals as `Refused`. It takes no address from anywhere (THREATS 1).
import { visible } from '../../../src/model/visible.ts';

/** What the server said no with: stable code, words for the person, the next step. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  /** Seconds, where the server named them. */
  readonly retryAfter: number | null;

  constructor(status: number, code: string, words: string, hint: string, retryAfter: number | null) {
    super(words);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }
}

export type Method = 'GET' | 'POST' | 'DELETE';

/** Throws `Refused`; status 0 when the server doesn't answer. Without a session the sign-in page opens. */
export async function ask<T>(method: Method, path: `/api/${string}`, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(method, path, body, signal);
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok) return value as T;
  throw refusedBy(answer, value);
}

/** The bytes of an answer that is no JSON. */
export async function askBytes(path: `/api/${string}`): Promise<Blob> {
  const answer = await send('GET', path);
  if (answer.ok) return answer.blob();
  throw refusedBy(answer, await answer.json().catch(() => null));
}

/** Sends a file as it is. The browser reads it as it goes, so it may be larger than memory. */
export async function sendFile<T>(path: `/api/${string}`, file: Blob): Promise<T> {
  const answer = await reach(path, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file });
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok) return value as T;
  throw refusedBy(answer, value);
}

function send(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  // What changes something says that it is JSON, also with nothing to say.
  const init: RequestInit = { method, headers: method === 'GET' ? {} : { 'content-type': 'application/json' } };
  if (method !== 'GET') init.body = JSON.stringify(body ?? {});
  if (signal !== undefined) init.signal = signal;
  return reach(path, init);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(path, init);
    if (answer.status === 401) location.replace('/sign-in');
    return answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refused(0, 'server.gone', 'The workbench does not answer.', 'see whether `pwb start` still runs; this page goes on by itself when it is back', null);
  }
}

function refusedBy(answer: Response, value: unknown): Refused {
  const { error } = (value ?? {}) as { readonly error?: { readonly code: string; readonly words: string; readonly hint: string } };
  const after = Number(answer.headers.get('retry-after') ?? NaN);
  return new Refused(answer.status, error?.code ?? 'server.answer', error?.words ?? `The server answered ${answer.status}.`, error?.hint ?? 'try again', Number.isFinite(after) ? after : null);
}

/** What went wrong, as words and next step. They may name what somebody else named: a path, a model, a host. */
export function faultOf(error: unknown): { readonly words: string; readonly hint: string } {
  if (error instanceof Refused) return { words: visible(error.message, '\n'), hint: visible(error.hint, '\n') };
  return { words: visible(error instanceof Error ? error.message : String(error), '\n'), hint: 'try again, or reload the page' };
}
