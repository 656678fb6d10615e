// What a conversation is made of, as `GET /api/sessions/:id/thread` gives it.
import type { ActionKind, ActionState, Label, Outcome, SessionLine } from '../../api/types.ts';

interface Placed {
  readonly seq: number;
  readonly time: string;
  /** False: the conversation was taken back to before it. */
  readonly current: boolean;
}

export interface Tokens {
  readonly prompt: number;
  readonly output: number;
}

export interface MessageItem extends Placed {
  readonly item: 'message';
  /** Where it stands in what the model knows; null: the model doesn't know of it any more. */
  readonly index: number | null;
  readonly turn: number;
  readonly role: 'user' | 'assistant';
  /** Null: erased. */
  readonly text: string | null;
  readonly reasoning: string | null;
  readonly files: readonly { readonly path: string; readonly size: number; readonly digest: string }[];
  readonly calls: readonly { readonly name: string; readonly action: string | null }[];
  readonly action: string | null;
  readonly model: string | null;
  readonly label: Label;
  readonly tokens: Tokens | null;
  /** Milliseconds. */
  readonly duration: number | null;
}

export interface ActionItem extends Placed {
  readonly item: 'action';
  readonly id: string;
  readonly turn: number;
  readonly kind: ActionKind;
  readonly tool: string;
  readonly by: 'person' | 'model' | 'house';
  readonly heading: string;
  readonly state: ActionState;
  readonly outcome: Outcome | null;
  readonly ended: string | null;
  readonly into: 'workspace' | 'draft' | 'nothing' | null;
  readonly verdict: 'allow' | 'ask' | 'deny' | null;
  readonly duration: number | null;
  /** Paths. */
  readonly changed: number | null;
  readonly words: string | null;
  readonly editedFrom: string | null;
}

export interface EndItem extends Placed {
  readonly item: 'end';
  readonly turn: number;
  readonly why: string;
  readonly words: string;
  readonly steps: number;
  readonly tokens: Tokens;
  readonly duration: number;
}

export interface NoticeItem extends Placed {
  readonly item: 'notice';
  readonly words: string;
}

export type Item = MessageItem | ActionItem | EndItem | NoticeItem;

/** How it stands with the turn: what was told before the page listened. */
export interface Now {
  readonly step: number;
  readonly steps: number;
  readonly prompt: number;
  readonly output: number;
  /** Milliseconds since 1970. */
  readonly since: number | null;
  readonly model: string | null;
  /** Or the id of an action. */
  readonly doing: 'thinking' | 'calling' | (string & {}) | null;
}

export interface Thread {
  readonly session: SessionLine;
  /** Null: no turn runs in this server. */
  readonly now: Now | null;
  /** Oldest first. */
  readonly items: readonly Item[];
  /** There are older ones. */
  readonly more: boolean;
}

export type Standing = 'running' | 'waiting' | 'cut' | 'idle';

/** How it stands with a conversation. */
export function standingOf({ held, waiting, state }: SessionLine): Standing {
  if (waiting.length > 0) return 'waiting';
  if (held) return 'running';
  return state === 'open' ? 'cut' : 'idle';
}

/** The last words of the person's that can still be said anew. */
export function lastSaid(items: readonly Item[]): MessageItem | undefined {
  return items.findLast((item): item is MessageItem => item.item === 'message' && item.role === 'user' && item.current && item.index !== null);
}
