// Standing rules: what a person has said may go without asking from now on, as data of which the Cedar text is made
// (standing-cedar.ts). And what no such rule ever speaks of, which is a fact that each of them asks for.
import type { Action, ActionKind, WorkPath, Write } from '../model/action.ts';
import { canonicalText } from '../model/canonical.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Change, Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { isInside } from '../model/path.ts';
import type { World } from './policy.ts';
import { isGit } from './rules.ts';

export type StandingKind = Extract<ActionKind, 'run' | 'write' | 'commit' | 'fetch'>;
export const CHANGE_KINDS = ['created', 'changed', 'deleted', 'renamed'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What must be the same as it was. */
export type Same =
  /** A command word for word, begun in this folder. */
  | { readonly as: 'argv'; readonly argv: readonly string[]; readonly cwd: WorkPath }
  /** A file tool's call with all that it would write, see `callDigest`. */
  | { readonly as: 'call'; readonly op: Write['op']; readonly digest: Digest }
  /** A file tool, whatever it writes. */
  | { readonly as: 'op'; readonly op: Write['op'] }
  /** The program, with any arguments, begun in this folder. */
  | { readonly as: 'program'; readonly program: string; readonly cwd: WorkPath }
  /** A fetch of this URL, as WHATWG's URL prints it. */
  | { readonly as: 'url'; readonly url: string }
  /** A fetch of whatever begins so: an https address up to a slash. */
  | { readonly as: 'site'; readonly prefix: string }
  | { readonly as: 'any' };

/** What a person agreed to, without who and when. */
export type StandingBody = {
  /** Both: a folder that is registered anew is another workspace. */
  readonly workspace: Id;
  readonly root: string;
  readonly kind: StandingKind;
  /** `person`: only what a person typed. */
  readonly by: 'person' | 'anyone';
  readonly same: Same;
  /** Each path itself. Of a fetch there are none, nor folders, nor changes. */
  readonly paths: readonly WorkPath[];
  /** What is below them, not they themselves. `.` is the workspace. */
  readonly folders: readonly WorkPath[];
  readonly changes: readonly ChangeKind[];
  /** May files get permission to be executed? */
  readonly executable: boolean;
};

export type Standing = StandingBody & {
  readonly id: Id;
  /** The action that it was made from. */
  readonly from: Id;
  /** Milliseconds since 1970. */
  readonly made: number;
  /** The rule itself, without its @id. */
  readonly cedar: string;
};

/** As a decision names it. */
export function nameOfStanding({ id }: Pick<Standing, 'id'>): string {
  return `always.${id}`;
}

/** Is the rule of a decision one of the person's? */
export function isStandingName(rule: string): boolean {
  return rule.startsWith('always.');
}

/** Typed by a person, and not a call of a model that a person changed. */
export function isTyped({ by, call }: { readonly by: string; readonly call: string }): boolean {
  return by === 'person' && call === '';
}

/** Why no standing rule ever speaks of this, in words; null when one may. INVARIANT: whatever a rule's data says. */
export function whyNever(action: Action, effects: Effects, world: Pick<World, 'isSecret'>): string | null {
  if (action.kind !== 'run' && action.kind !== 'write' && action.kind !== 'commit') return 'only commands, changes of files and landings of a draft ask in a way that a rule can answer';
  if (effects.certainty !== 'known') return 'what it changes is not known before it is done';
  if (effects.changes.length === 0) return 'it changes nothing, so that it needs no yes';
  if (action.kind === 'run' && ((action.hosts ?? []).length > 0 || action.service === true || action.terminal === true)) return 'it reaches hosts, stays, or needs a terminal';
  if ((effects.network ?? []).length > 0) return 'it asked something of a host';
  if ((effects.conflicts ?? []).length > 0) return 'the workspace was changed meanwhile';
  if ((effects.unlandable ?? []).length > 0 || (effects.limits ?? []).length > 0) return 'it may have gone otherwise than the real thing would';
  if (effects.undo !== 'fully') return 'it could not be undone fully';
  // Half a surrogate pair is another character on its way to the rules, so that two commands would be one.
  if (action.kind === 'run' && ![...action.argv, action.cwd].every((word) => word.isWellFormed())) return 'its words are no text';
  for (const change of effects.changes) {
    if (namesOf(change).some((path) => path === '.' || !isInside(path))) return 'it changes the workspace itself, or something that is no plain path in it';
    if (namesOf(change).some((path) => isGit(path) || world.isSecret(path))) return 'it changes files inside .git, or files that usually hold secrets';
    if (change.type === 'link') return 'it makes or changes links';
    if ('mode' in change && (change.mode & 0o7000) !== 0) return 'it sets special permissions';
  }
  return null;
}

/** Every name that a change has to do with. */
export function namesOf(change: Change): readonly WorkPath[] {
  return change.change === 'renamed' ? [change.path, change.to] : [change.path];
}

/** Of all arguments of a file tool's call. */
export function callDigest(call: Write): Digest {
  return sha256(canonicalText({ ...call, workspace: '', root: '' }));
}

/** Does the change make something executable that was not? */
export function gainsExecution(change: Change): boolean {
  if ((change.change !== 'created' && change.change !== 'changed') || change.type === 'folder') return false;
  if ((change.mode & 0o111) === 0) return false;
  return change.change === 'created' || (change.modeBefore !== undefined && (change.modeBefore & 0o111) === 0);
}
