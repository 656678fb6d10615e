// What the server's routes give, as far as several rooms of the console use it; docs/api.md and /api/openapi.json
// say it in full. A room keeps the types that only it needs beside its own code.
import type { Action } from '../../../src/model/action.ts';
import type { Effects } from '../../../src/model/effects.ts';
import type { Label } from '../../../src/model/label.ts';
import type { Origins } from '../../../src/model/origin.ts';
import type { Handle } from '../../../src/model/proposal.ts';

export type { Action, ActionKind } from '../../../src/model/action.ts';
export type { Change, Clash, Diff, Effects } from '../../../src/model/effects.ts';
export type { Label } from '../../../src/model/label.ts';
export type { LogEvent, EventType } from '../../../src/model/event.ts';
export type { Live as LiveNews } from '../../../src/model/live.ts';

export type ActionState = 'proposed' | 'rehearsing' | 'pending' | 'answered' | 'granted' | 'ended';
export type Outcome = 'done' | 'failed' | 'refused' | 'unknown';
export type Profile = string;

export type Tone = 'plain' | 'added' | 'removed' | 'changed' | 'warning' | 'quiet' | 'mark' | 'heading';
/** A heading and what belongs to it, drawn by the server: every hidden character in it is spelled already. */
export interface Part {
  readonly tone: Tone;
  readonly heading: string;
  readonly lines: readonly { readonly tone: Tone; readonly lead?: string; readonly text: string }[];
  readonly verbatim?: true;
}

/** What a person is asked about, as data. Its strings are raw: draw them with `visible`. */
export interface Card {
  readonly id: string;
  readonly session: string;
  readonly state: ActionState;
  readonly by: 'person' | 'model' | 'house';
  readonly tool: string;
  readonly action: Action;
  readonly why: string;
  readonly label: Label;
  /** Of each argument, and what from outside its writer had read; null: not on record. */
  readonly origins: Origins | null;
  /** Arguments that were passed unread. */
  readonly handles: readonly Handle[];
  /** Of a draft that waits to land: paths that what was read from outside has shaped. */
  readonly shaped: readonly { readonly path: string; readonly action: string; readonly sources: readonly string[] }[];
  readonly editedFrom: string | null;
  readonly effects: Effects | null;
  readonly rehearsal?: { readonly exit: number | null; readonly signal: string | null; readonly limits: readonly string[]; readonly duration: number; readonly output: string } | null;
  /** Of a yes to a part only: what it was for. */
  readonly chosen?: { readonly paths: readonly string[]; readonly hunks: readonly { readonly path: string; readonly take: readonly number[] }[] } | null;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly proposed: string;
  readonly expires: string | null;
  readonly outcome: Outcome | null;
  readonly ended: string | null;
  readonly exit: number | null;
  readonly result: string | null;
}

export interface Shown {
  readonly card: Card;
  readonly text: string;
  /** What invoking needs: the digest of just this card. */
  readonly seen: string;
  /** The tool's arguments as JSON text, to be edited; null where no tool call stands for it. */
  readonly arguments: string | null;
  readonly into: 'workspace' | 'draft' | 'nothing' | null;
  readonly parts: readonly Part[];
  /** Can be invoked by piece. */
  readonly pieces: boolean;
}

export interface SessionLine {
  readonly id: string;
  readonly workspace: string;
  readonly root: string;
  readonly model: string;
  readonly served: string | null;
  readonly title: string;
  readonly made: string;
  readonly used: string;
  readonly turn: number;
  readonly state: 'idle' | 'open';
  readonly ended: string | null;
  readonly profile: Profile | null;
  readonly held: boolean;
  readonly waiting: readonly string[];
}

export interface Workspace {
  readonly id: string;
  readonly root: string;
  readonly added: string;
}
