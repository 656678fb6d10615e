// The words in which a run is asked for, planned and told. Nothing here acts.
import type { Writable } from 'node:stream';
import type { Marks } from '../approvals/marks.ts';
import type { Label } from '../model/label.ts';
import type { LimitHit } from '../model/outcome.ts';
import type { Limits } from './limits.ts';
import type { OutsideRule } from './outside.ts';
import type { OutputKeeper } from './sandbox-output.ts';

export interface SandboxSpec {
  /** The workspace: absolute, links resolved. It is seen at this very path inside. */
  readonly root: string;
  /** Where the root is looked at for the plan, when the run will see another than the real one: see sandbox-sight.ts. */
  readonly seen?: string;
  /** Relative to the root. */
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly access: 'read' | 'write';
  readonly limits: Limits;
  /** Absolute folders, mounted read-only; a `bin` in one leads PATH. */
  readonly toolchains: readonly string[];
  /** Patterns of hidden.ts. */
  readonly hide: readonly string[];
  /** The product's own state and configuration: never visible, even when the workspace holds them. */
  readonly never: readonly string[];
  /** What is looked for besides, to know what the run may read: by rule, and marked. `clean`: all of that is hidden from it. */
  readonly outside?: { readonly rule: OutsideRule; readonly marks: Marks; readonly clean: boolean };
  /** More that is mounted read-only. */
  readonly also?: readonly { readonly host: string; readonly inside: string }[];
  readonly stdin?: Uint8Array;
  /** Added to the clean environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Matters for a run that writes. `read` (the default): repositories can't be changed. `write`: they can,
   * but for configuration, hooks, submodules and worktrees; see sandbox-git.ts for what that leaves open.
   */
  readonly git?: 'read' | 'write';
}

export interface Plan {
  /** What is started, to the letter. */
  readonly argv: readonly string[];
  /** Names only. */
  readonly environment: readonly string[];
  /** What is masked, relative to the root. */
  readonly hidden: readonly string[];
  /** Folders that were too many or too deep to be searched for secrets. */
  readonly unsearched: number;
  /** The join over all from outside that the run can see. */
  readonly seen: Label;
  /** Names that it can see although they may be somebody else's words: of files hidden from it one by one. */
  readonly names: readonly string[];
  /** HOME inside. */
  readonly home: string;
}

export interface SandboxResult {
  /** The command's exit code (as a shell tells it: 128 + n after signal n); null when the house ended it or a limit did. */
  readonly exit: number | null;
  /** The signal that ended it, or empty. */
  readonly signal: string;
  readonly limits: readonly LimitHit[];
  /** Milliseconds. */
  readonly duration: number;
  /** Standard output and error in true order. When more was written than is kept: the beginning and the end, with words between. */
  readonly output: Uint8Array;
  /** All that was written. */
  readonly outputBytes: number;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly onOutput?: (chunk: Uint8Array) => void;
  /** bubblewrap's process id, as soon as there is one. */
  readonly started?: (pid: number) => void;
  /** The process id, outside, of the namespace's init, as soon as there is one. */
  readonly inside?: (init: number) => void;
  /** Its input stays open, and here is the end to write to. In place of `stdin`. */
  readonly input?: (end: Writable) => void;
  /** Keeps its output, so that it can be read while it runs. */
  readonly keeper?: OutputKeeper;
  /** What becomes of one that writes without end: it is ended (the default), or it waits until what it wrote was taken. */
  readonly flood?: 'end' | 'wait';
  /** Milliseconds between a polite end and the sure one. */
  readonly grace?: number;
  /** Without it the run is in the real workspace. */
  readonly world?: World;
}

/** Mounts of its own, in which the root holds something else than the real workspace. */
export interface World {
  /** The words that start a program in there; bubblewrap's own follow. They keep its process id. */
  readonly enter: readonly string[];
  /** A folder on the file system that a run's writes go to. */
  readonly disk: string;
}

/** A place inside and the bubblewrap arguments that make it. */
export interface Mount {
  readonly path: string;
  readonly args: readonly string[];
}

export const STATUS_FD = 3;
export const FILTER_FD = 4;
