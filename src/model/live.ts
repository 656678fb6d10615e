// What happens now, for doors to show: passing news about a turn. Nothing here is a record; the log is.
import type { ActionKind } from './action.ts';
import type { ActionState, OutcomeKind } from './outcome.ts';
import type { TurnEnd } from './event.ts';
import type { Id } from './id.ts';

export type Live =
  | { readonly type: 'thinking'; readonly session: Id; readonly model: string }
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
