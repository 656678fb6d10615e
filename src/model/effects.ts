// Effects: what an action did or would do, as data. A card shows them, policy judges them, a grant is bound to them.
import type { Digest } from './digest.ts';
import type { WorkPath } from './action.ts';

/** `sha256` of content here is unsalted and never logged by itself: Effects as a whole are a payload. */
export type Change =
  | Detail & { readonly change: 'created'; readonly path: WorkPath; readonly type: FileType; readonly mode: number; readonly size: number; readonly after: Digest }
  | Detail & { readonly change: 'changed'; readonly path: WorkPath; readonly type: FileType; readonly mode: number; readonly size: number; readonly before: Digest; readonly after: Digest }
  | { readonly change: 'deleted'; readonly path: WorkPath; readonly type: FileType; readonly before: Digest }
  | { readonly change: 'renamed'; readonly path: WorkPath; readonly to: WorkPath; readonly type: FileType; readonly before: Digest };

/** What a 'changed' may say beside, and what some changes carry. */
export interface Detail {
  /** Content is the same (`before` is `after`): permissions, or times and nothing else. */
  readonly only?: 'mode' | 'times';
  /** Of times and nothing else: when it is said to have been changed last, in milliseconds since 1970. */
  readonly time?: number;
  /** Permissions before, where they were others. */
  readonly modeBefore?: number;
  /** What a link leads to, as written. */
  readonly target?: string;
}

/** Something that a rehearsal made and that can't land, by name. */
export interface Unlandable {
  /** For people: what isn't text in a name is written as `\xff`. */
  readonly path: string;
  readonly why: string;
}

/** Many changes, told by folder. */
export interface FolderSummary {
  readonly folder: WorkPath;
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  readonly renamed: number;
  /** Of what is created or changed. */
  readonly bytes: number;
}

/** Where the workspace isn't what the action saw any more. Each side's digest; null: nothing was there, or it can't be told. */
export interface Clash {
  readonly path: WorkPath;
  readonly why: 'changed' | 'appeared' | 'gone' | 'type' | 'mode' | 'kept';
  readonly base: Digest | null;
  readonly now: Digest | null;
  readonly wanted: Digest | null;
  /** What the action did to the file that it saw, where that was text: the third side. */
  readonly judged?: string;
}

/** One request of a run to a host, or an attempt. */
export interface NetworkUse {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** Null where it was encrypted. */
  readonly path: string | null;
  readonly status: number | null;
  /** Bytes. */
  readonly sent: number;
  readonly received: number;
  readonly verdict: 'allowed' | 'refused';
  readonly why: string;
}

export type FileType = 'file' | 'folder' | 'link';

/** A text diff for the card: unified format, or the reason why there is none. */
export interface Diff {
  readonly path: WorkPath;
  readonly unified: string;
  readonly note?: 'binary' | 'too-large';
}

export type Undo = 'fully' | 'partly' | 'not';

export interface Effects {
  /** `known`: these are all. `none`: no effect by construction. `unknown`: can't be said before it runs. */
  readonly certainty: 'known' | 'none' | 'unknown';
  readonly changes: readonly Change[];
  readonly diffs: readonly Diff[];
  readonly undo: Undo;
  /** In words: where the rehearsal may have gone otherwise than the real thing would. Absent: nowhere. */
  readonly limits?: readonly string[];
  /** Absent: all can land. */
  readonly unlandable?: readonly Unlandable[];
  /** Beside `changes`, which always holds all of them, when there are very many. */
  readonly summary?: readonly FolderSummary[];
  /** What changed underneath since it was rehearsed, and would be replaced (and kept). Absent: nothing. */
  readonly conflicts?: readonly Clash[];
  /** What the run asked of hosts. Absent: it had no network. */
  readonly network?: readonly NetworkUse[];
}

export const NO_EFFECTS: Effects = { certainty: 'none', changes: [], diffs: [], undo: 'fully' };
export const UNKNOWN_EFFECTS: Effects = { certainty: 'unknown', changes: [], diffs: [], undo: 'not' };

/** The digest of the empty string, used as `before`/`after` of folders. */
export const EMPTY_SHA256: Digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
