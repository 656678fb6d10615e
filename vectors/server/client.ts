// Test support: a person's browser and a program, as clients of a served workbench. Every answer is held against
// the shape that the API's own description gives it.
import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { match } from '../../src/server/route.ts';
import { ROUTES } from '../../src/server/routes/table.ts';
import { send, type RawAnswer } from './raw.ts';

export type Header = readonly [string, string];

export interface Client {
  readonly headers: readonly Header[];
  /** The JSON of an answer that must be a success. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  /** Whatever the answer is. */
  ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<RawAnswer>;
}

export function clientWith(port: number, headers: readonly Header[]): Client {
  const ask: Client['ask'] = (method, path, body) => {
    const json = method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) };
    return send(port, { method, path, headers: [...headers, ...(method === 'GET' ? [] : [['Content-Type', 'application/json'] as const])], ...json });
  };
  const value = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const answer = await ask(method, path, body);
    const found = match(ROUTES, method, path.split('?')[0] ?? '');
    assert.ok(typeof found === 'object', `${method} ${path} is no route`);
    assert.equal(answer.status, found.route.status, `${method} ${path}: ${answer.body}`);
    const json: unknown = JSON.parse(Buffer.from(answer.body, 'latin1').toString('utf8'));
    const parsed = found.route.shapes.answer.safeParse(json);
    assert.ok(parsed.success, `${method} ${path} doesn't answer as described: ${JSON.stringify(parsed.error?.issues)}`);
    return json as T;
  };
  return { headers, ask, get: (path) => value('GET', path), post: (path, body) => value('POST', path, body) };
}

/** Opens a sign-in link as the page does. */
export async function signIn(link: string): Promise<{ readonly client: Client; readonly cookie: string; readonly answer: RawAnswer }> {
  const { port, hash, pathname } = new URL(link);
  assert.equal(pathname, '/sign-in');
  const own = `http://127.0.0.1:${port}`;
  const headers: readonly Header[] = [['Origin', own], ['Sec-Fetch-Site', 'same-origin'], ['Content-Type', 'application/json']];
  const answer = await send(Number(port), { method: 'POST', path: '/api/sign-in', headers, body: JSON.stringify({ code: hash.slice(1) }) });
  const cookie = (answer.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  return { client: clientWith(Number(port), [['Cookie', cookie], ['Origin', own], ['Sec-Fetch-Site', 'same-origin']]), cookie, answer };
}

export interface StreamEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

export interface Stream {
  readonly status: number;
  readonly events: readonly StreamEvent[];
  /** The first event that fits, past or to come. */
  until(fits: (event: StreamEvent) => boolean): Promise<StreamEvent>;
  /** Resolves when the server ends it. */
  readonly ended: Promise<void>;
  close(): void;
}

export async function openStream(port: number, path: string, headers: readonly Header[]): Promise<Stream> {
  const [response, close] = await new Promise<[IncomingMessage, () => void]>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent: false, headers: Object.fromEntries(headers) }, (answer) => resolve([answer, () => asked.destroy()]));
    asked.on('error', reject).end();
  });
  const events: StreamEvent[] = [];
  const waiting = new Set<() => void>();
  let text = '';
  let over = false;
  const wake = (): void => waiting.forEach((one) => one());
  response.setEncoding('utf8').on('error', () => undefined).on('data', (part: string) => {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
      text = text.slice(end + 2);
      if (fields.has('data')) events.push({ id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: JSON.parse(fields.get('data') ?? '') });
    }
    wake();
  });
  const ended = new Promise<void>((resolve) => response.on('close', () => {
    over = true;
    wake();
    resolve();
  }));
  return {
    status: response.statusCode ?? 0, events, ended, close,
    async until(fits) {
      for (;;) {
        const found = events.find(fits);
        if (found !== undefined) return found;
        assert.ok(!over, 'the stream ended before that');
        await new Promise<void>((resolve) => {
          const woken = (): void => {
            waiting.delete(woken);
            resolve();
          };
          waiting.add(woken);
        });
      }
    },
  };
}
