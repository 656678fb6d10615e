// What comes back from a model: events for progress while it streams, and one Reply at the end.
// INVARIANT: calls may be carried out only when `finish` is `calls`; every other end leaves them as words.
import type { ModelProblem } from './errors.ts';
import type { ToolCall } from './message.ts';

/** For progress only; what counts is the Reply. */
export type ReplyEvent =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  /** `bytes`: length of the arguments so far, in characters. */
  | { readonly type: 'call'; readonly index: number; readonly name: string; readonly bytes: number }
  /** How much of the prompt the server has read, in tokens. */
  | { readonly type: 'prompt'; readonly done: number; readonly total: number }
  | { readonly type: 'keepalive' }
  /** The request has left this process. */
  | { readonly type: 'sent' }
  /** Nothing has come yet: the server reads the prompt or still loads the model. */
  | { readonly type: 'waiting'; readonly why: 'answer' | 'loading' };

/**
 * `stop`: complete, without calls. `calls`: complete, with calls. `length`: the server's limit cut it.
 * `cut`: the stream broke off. `error`: the server said so, or what it sent can't be read.
 */
export type Finish = 'stop' | 'calls' | 'length' | 'cut' | 'cancelled' | 'error';

/** One word for every quirk that was met and handled. */
export const NOTES = [
  'arguments-object',
  'bad-id',
  'bad-unicode',
  'calls-missing',
  'double-encoded',
  'duplicate-id',
  'empty',
  'filtered',
  'folded-think',
  'function-call',
  'index-missing',
  'junk-after-done',
  'made-id',
  'model-changed',
  'no-arguments',
  'no-done',
  'no-finish',
  'odd-chunk',
  'odd-finish',
  'other-choices',
  'repeated-call',
  'stop-with-calls',
  'too-large',
  'too-many-calls',
  'unclosed-think',
  'unopened-think',
  'unparsed-call',
  'whole-body',
] as const;
export type Note = (typeof NOTES)[number];

export interface Reply {
  readonly text: string;
  readonly reasoning: string;
  /** Ids are unique within the reply and match /^[\x21-\x7e]{1,64}$/. */
  readonly calls: readonly ToolCall[];
  readonly finish: Finish;
  /** Tokens, as the server counts them. */
  readonly usage?: { readonly prompt: number; readonly output: number };
  /** As the server says. */
  readonly model?: string;
  /** Sorted, without repetition. */
  readonly notes: readonly Note[];
  /** With `finish: 'error'`: what the server said. */
  readonly problem?: ModelProblem;
}
