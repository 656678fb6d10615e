// What happens now, for doors to show: passing news about a turn. Nothing here is a record; the log is.
import type { ActionKind } from './action.ts';
import type { ActionState, OutcomeKind } from './outcome.ts';
import type { TurnEnd } from './event.ts';
import type { Id } from './id.ts';

export type Live =
  | { readonly type: 'thinking'; readonly session: Id; readonly model: string }
  /** Before each request of a turn and after its answer: which one it is of at most `steps`, the turn's tokens so far, and when the turn began (milliseconds since 1970). */
  | { readonly type: 'step'; readonly session: Id; readonly turn: number; readonly step: number; readonly steps: number; readonly prompt: number; readonly output: number; readonly since: number }
  | { readonly type: 'text'; readonly session: Id; readonly text: string }
  | { readonly type: 'reasoning'; readonly session: Id; readonly text: string }
  | { readonly type: 'calling'; readonly session: Id; readonly name: string; readonly bytes: number }
  | { readonly type: 'action'; readonly session: Id; readonly action: Id; readonly kind: ActionKind; readonly state: ActionState; readonly outcome?: OutcomeKind; readonly exit?: number | null }
  | { readonly type: 'output'; readonly session: Id; readonly action: Id; readonly text: string }
  | { readonly type: 'notice'; readonly session: Id; readonly words: string }
  | { readonly type: 'rest'; readonly session: Id; readonly state: 'waiting' | TurnEnd };

/** Handed along the path: cancels it, and hears what happens. */
export interface Watch {
  readonly signal: AbortSignal;
  hear(live: Live): void;
}
