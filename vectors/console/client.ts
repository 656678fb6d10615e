// Test support: what a person does by the page, done by the same routes, so that a journey can begin in the middle.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestConsole } from './console.ts';

export interface Hand {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  /** Begins a session and says something. */
  talk(text: string, profile?: string): Promise<string>;
  say(session: string, text: string): Promise<void>;
  /** The ids that wait in a session, as soon as there are so many. */
  waiting(session: string, count?: number): Promise<readonly string[]>;
  /** When the session rests. */
  rest(session: string): Promise<void>;
  invoke(action: string): Promise<void>;
  deny(action: string, why: string): Promise<void>;
}

interface Line { readonly id: string; readonly held: boolean; readonly state: string; readonly waiting: readonly string[] }

export function handOf({ house, served }: Pick<TestConsole, 'house' | 'served'>): Hand {
  const bearer = readFileSync(join(house.bench.home.state, 'credential'), 'utf8').trim();
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${served.url}${path}`, { method, headers: { authorization: `Bearer ${bearer}`, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) }, ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }) });
    const value: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(value)}`);
    return value as T;
  };
  const get = <T>(path: string): Promise<T> => ask<T>('GET', path);
  const post = <T>(path: string, body?: unknown): Promise<T> => ask<T>('POST', path, body);
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (let tries = 0; tries < 600; tries++) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(50);
    }
    throw new Error(`${what} didn't come`);
  };
  const line = async (session: string): Promise<Line> => (await get<{ readonly session: Line }>(`/api/sessions/${session}`)).session;
  return {
    get, post,
    async talk(text, profile) {
      const { id } = await post<Line>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url, title: text.slice(0, 60), ...(profile === undefined ? {} : { profile }) });
      await post(`/api/sessions/${id}/messages`, { text });
      return id;
    },
    async say(session, text) {
      await post(`/api/sessions/${session}/messages`, { text });
    },
    waiting: (session, count = 1) => until(`${count} that wait`, async () => {
      const { waiting } = await line(session);
      return waiting.length >= count ? waiting : undefined;
    }),
    rest: (session) => until('the end of the turn', async () => {
      const { held, state, waiting } = await line(session);
      return !held && state === 'idle' && waiting.length === 0 ? true : undefined;
    }).then(() => undefined),
    async invoke(action) {
      const { seen } = await get<{ readonly seen: string }>(`/api/actions/${action}`);
      await post(`/api/actions/${action}/invoke`, { seen });
    },
    async deny(action, why) {
      await post(`/api/actions/${action}/deny`, { why });
    },
  };
}
