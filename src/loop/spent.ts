// What a turn has spent so far: requests, tokens and time, for its limits and for whoever watches it.
import type { Id } from '../model/id.ts';
import type { Live, Watch } from '../model/live.ts';
import type { House } from './house.ts';
import type { Thought } from './think.ts';
import type { Thread } from './thread.ts';

export interface Spent {
  steps: number;
  /** Prompts and answers together, as the server counts or as estimated. */
  tokens: number;
  /** As the server counts them, of the whole turn; an estimate counts as read. */
  read: number;
  written: number;
  /** When the turn began, in milliseconds since 1970. */
  readonly since: number;
  /** What the server counted of the latest prompt, and that prompt's messages in bytes. */
  prompt?: number;
  bytes?: number;
}

/** Of a turn that begins now. */
export function spentNothing({ clock }: House): Spent {
  return { steps: 0, tokens: 0, read: 0, written: 0, since: clock.now() };
}

/** Of a turn that goes on, from the record. */
export function spentOn(house: House, { session, turn }: Thread): Spent {
  const { log, clock } = house;
  const row = log.store.db.prepare(`SELECT count(*) AS steps, coalesce(sum(tokens), 0) AS tokens FROM actions WHERE session = ? AND turn = ? AND kind = 'infer'`).get(session, turn);
  const said = log.events({ session, types: ['message.added'], newestFirst: true, limit: 1000 }).find(({ body }) => body.type === 'message.added' && body.role === 'user' && body.turn === turn);
  const counted = answeredTokens(house, session, said?.seq ?? -1, Number.MAX_SAFE_INTEGER);
  return { steps: Number(row?.['steps'] ?? 0), tokens: Number(row?.['tokens'] ?? 0), read: counted.prompt, written: counted.output, since: said === undefined ? clock.now() : Date.parse(said.time) };
}

/** Tokens that servers counted in a session, between two events. */
export function answeredTokens({ log }: Pick<House, 'log'>, session: Id, after: number, before: number): { readonly prompt: number; readonly output: number } {
  let [prompt, output] = [0, 0];
  for (const { body } of log.events({ session, after, before, types: ['model.answered'], limit: 10_000 })) {
    if (body.type !== 'model.answered') continue;
    prompt += body.promptTokens ?? 0;
    output += body.outputTokens ?? 0;
  }
  return { prompt, output };
}

export function addThought(spent: Spent, { reply, tokens }: Thought): void {
  spent.steps++;
  spent.tokens += tokens;
  spent.read += reply.usage?.prompt ?? tokens;
  spent.written += reply.usage?.output ?? 0;
}

/** @param step the request that it is about, from 1. */
export function stepOf({ session, turn }: Thread, { budgets }: House, { read, written, since }: Spent, step: number): Live {
  return { type: 'step', session, turn, step, steps: budgets.steps, prompt: read, output: written, since };
}

/** A server that counts fewer tokens for a longer prompt has cut it (some do so silently): then its window must be told. */
export function noticeCut(before: Thread, spent: Spent, { reply, thread }: Thought, watch: Watch): void {
  const prompt = reply.usage?.prompt;
  const grown = before === thread && spent.bytes !== undefined && before.bytes > spent.bytes;
  if (prompt !== undefined && prompt > 0 && spent.prompt !== undefined && grown && prompt < spent.prompt) {
    watch.hear({ type: 'notice', session: thread.session, words: `The server read ${prompt} tokens of a prompt that had ${spent.prompt} before and has grown since: it cuts what doesn't fit its window without saying so. Tell the window: pwb models add URL --window TOKENS` });
  }
  spent.prompt = prompt ?? 0;
  spent.bytes = thread.bytes;
}
