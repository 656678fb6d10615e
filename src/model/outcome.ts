// Outcomes: how an action ended. `unknown` is what a crash while landing leaves; it is shown and never retried.
import type { Into } from './event.ts';
import type { Label } from './label.ts';

export const OUTCOMES = ['done', 'failed', 'refused', 'unknown'] as const;
export type OutcomeKind = (typeof OUTCOMES)[number];

/** proposed → rehearsing → pending (a person is asked) → answered → granted → ended; a rule's yes or no skips the middle. */
export type ActionState = 'proposed' | 'rehearsing' | 'pending' | 'answered' | 'granted' | 'ended';

/** Limits that can end or bend a run. */
export type LimitHit = 'time' | 'output' | 'processes' | 'memory' | 'disk' | 'cancelled';

export interface Outcome {
  readonly kind: OutcomeKind;
  /** What the model (or the person) is told, as text. */
  readonly text: string;
  readonly label: Label;
  /** Of a run: the child's exit code, or null when a signal ended it. */
  readonly exit?: number | null;
  readonly signal?: string;
  readonly limits?: readonly LimitHit[];
  /** Milliseconds. */
  readonly duration: number;
  /** What was touched, relative to the root. */
  readonly touched?: readonly string[];
  /** Where its effects went. */
  readonly into?: Into;
}
