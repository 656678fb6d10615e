// Actions: the closed union of all that the house can do. Tools are what a model may say; policy judges
// and hands carry out actions only, so no tool, plugin or door can invent a power.
import type { Id } from './id.ts';
import type { Digest } from './digest.ts';

/**
 * A path as the house speaks of it: relative to the workspace's root, `/` between parts, no `.`, `..` or
 * empty parts, NFC not applied (bytes are kept). `.` is the root itself. A path that points outside is kept
 * absolute (`~/…` as written), so that policy can refuse it by name and the log says what was asked for.
 */
export type WorkPath = string;

export interface Place {
  /** The registered workspace. */
  readonly workspace: Id;
  /** Its root at the time of the proposal: absolute, links resolved. Checked again at use. */
  readonly root: string;
}

/**
 * Ask a model. The request's exact bytes are head ‖ messages ‖ tail. The messages are the first `messages`
 * entries of the session's context in `epoch`; `chain` binds their digests in order (see contextChain), so a
 * request costs the same on record however long the session is.
 */
export interface Infer {
  readonly kind: 'infer';
  readonly provider: string;
  readonly dialect: string;
  /** Base URL, without credentials; empty for an engine inside the house. */
  readonly url: string;
  readonly model: string;
  readonly locality: Locality;
  readonly head: Digest;
  readonly tail: Digest;
  readonly epoch: number;
  readonly messages: number;
  readonly chain: Digest;
  /** Length of the whole request body. */
  readonly bytes: number;
}

/** `local`: loopback or embedded. `remote`: anything else, also a local server that passes through to a cloud. */
export type Locality = 'local' | 'remote';

export type Read = { readonly kind: 'read' } & Place &
  (
    | { readonly op: 'list'; readonly path: WorkPath; readonly depth: number }
    /** Lines count from 1; `to` is inclusive; 0 means to the end or the limit. `keep`: see Fetch. */
    | { readonly op: 'read'; readonly path: WorkPath; readonly from: number; readonly to: number; readonly keep?: true }
    | { readonly op: 'search'; readonly path: WorkPath; readonly pattern: string; readonly glob: string; readonly literal: boolean; readonly ignoreCase: boolean }
  );

export type Write = { readonly kind: 'write' } & Place &
  (
    | { readonly op: 'write'; readonly path: WorkPath; readonly content: string }
    | { readonly op: 'edit'; readonly path: WorkPath; readonly old: string; readonly new: string; readonly all: boolean }
    | { readonly op: 'move'; readonly path: WorkPath; readonly to: WorkPath }
    | { readonly op: 'delete'; readonly path: WorkPath }
    | { readonly op: 'mkdir'; readonly path: WorkPath }
  );

/** Start a program in the sandbox. Never a string that the house itself would split or expand. */
export interface Run extends Place {
  readonly kind: 'run';
  readonly argv: readonly string[];
  /** Working folder, relative to the root. */
  readonly cwd: WorkPath;
  /** `read`: the workspace is mounted read-only, so the run has no effect by construction. */
  readonly access: 'read' | 'write';
  /** Wall-clock limit in milliseconds. */
  readonly timeout: number;
  /** Hosts that it may reach through the house's proxy, each as `name:port`, exactly. Absent: none. */
  readonly hosts?: readonly string[];
  /** In a view without the files that are marked as from outside: then its output isn't either. */
  readonly clean?: true;
  /** In a full copy of the workspace instead of a layered view, which can't do everything. */
  readonly copy?: true;
  /** It stays: a dev server, a watcher. What it writes is not kept. */
  readonly service?: true;
  /** At the person's own terminal. Only what a person proposed. */
  readonly terminal?: true;
}

/** Read a URL: GET, without credentials, only where the house's proxy would connect to. Its server learns the URL, so it is egress. */
export interface Fetch extends Place {
  readonly kind: 'fetch';
  /** As WHATWG's URL prints it; http or https, without user, password or fragment. */
  readonly url: string;
  /** The model is given a handle (the action's id) instead of what was read, to pass it on unread. */
  readonly keep?: true;
}

/** Land a session's draft in the real workspace, whole or by piece. */
export interface Commit extends Place {
  readonly kind: 'commit';
  /** The session whose draft it is. */
  readonly draft: Id;
  /** Empty: all of it. A folder stands for what is in it. */
  readonly paths: readonly WorkPath[];
  /** Of these files only some hunks, counted from 1 as the diff shows them. */
  readonly hunks: readonly { readonly path: WorkPath; readonly take: readonly number[] }[];
}

/** Take a landing (or an undo) back. */
export interface Undo extends Place {
  readonly kind: 'undo';
  /** What the landing is known by. */
  readonly landing: Id;
  /** Names whose later edits are replaced, and kept. */
  readonly over: readonly WorkPath[];
}

/** Hear or stop a command that stays, of the same session. */
export interface AskService extends Place {
  readonly kind: 'service';
  readonly op: 'output' | 'stop';
  /** The run that began it. */
  readonly service: Id;
  /** From this byte of its output on. */
  readonly from: number;
}

export type Action = Infer | Read | Write | Run | Fetch | Commit | Undo | AskService;
export type ActionKind = Action['kind'];

/** Every path that an action names, for policy and for the log. */
export function pathsOf(action: Action): readonly WorkPath[] {
  switch (action.kind) {
    case 'infer':
    case 'service':
    case 'fetch':
      return [];
    case 'read':
      return [action.path];
    case 'write':
      return action.op === 'move' ? [action.path, action.to] : [action.path];
    case 'run':
      return [action.cwd];
    case 'commit':
      return [...action.paths, ...action.hunks.map(({ path }) => path)];
    case 'undo':
      return action.over;
  }
}

/** True for a path that points outside its workspace (see WorkPath). A folder named `~` inside can't be told from home, so it counts as outside. */
export function isOutside(path: WorkPath): boolean {
  return path.startsWith('/') || path === '..' || path.startsWith('../') || path === '~' || path.startsWith('~/');
}
