// The lines of the Timeline as the server gives them.
import { ask } from '../../api/ask.ts';
import type { EventType, Outcome } from '../../api/types.ts';

export interface Line {
  readonly seq: number;
  readonly time: string;
  readonly type: EventType;
  readonly session: string | null;
  readonly action: string | null;
  readonly turn: number | null;
  readonly tool: string | null;
  readonly kind: string | null;
  readonly who: 'person' | 'model' | 'house';
  /** One line, drawn. */
  readonly words: string;
  readonly tone: 'plain' | 'quiet' | 'good' | 'warn' | 'bad';
  readonly verdict: 'allow' | 'ask' | 'deny' | null;
  readonly outcome: Outcome | null;
  readonly label: { readonly integrity: string; readonly secrecy: string } | null;
  /** By which it can be undone. */
  readonly undo: string | null;
  readonly main: boolean;
  /** Around what was searched for, drawn; what fits stands between U+2068 and U+2069. */
  readonly found: string | null;
}

export interface Page {
  /** Events of the log, and how many of them the search knows. */
  readonly size: number;
  readonly indexed: number;
  readonly lines: readonly Line[];
  /** `before` of the next page. */
  readonly next: number | null;
}

export const PAGE = 200;

/** @param place `before=SEQ` or `after=SEQ`, or nothing: the newest. */
export function readPage(query: string, place: string, signal: AbortSignal): Promise<Page> {
  return ask<Page>('GET', `/api/timeline?${[query, place, `limit=${PAGE}`].filter((part) => part !== '').join('&')}`, undefined, signal);
}

export const WHO: { readonly [who in Line['who']]: string } = { person: 'you', model: 'model', house: 'house' };
