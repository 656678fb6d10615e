// Standing rules: what a person has said may go without asking from now on. Data, and whether it covers a question.
// It never makes a deny an allow, and covers nothing whose effects aren't all known, all within it, and all to be undone.
import type { Action, ActionKind, WorkPath, Write } from '../model/action.ts';
import { canonicalText } from '../model/canonical.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Change, Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { isInside } from '../model/path.ts';
import type { Question, World } from './policy.ts';
import { isGit } from './rules.ts';

export type StandingKind = Extract<ActionKind, 'run' | 'write' | 'commit'>;
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
  /** Each path itself. */
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
};

/** As a decision names it. */
export function nameOfStanding({ id }: Pick<Standing, 'id'>): string {
  return `always.${id}`;
}

/** Is the rule of a decision one of the person's? */
export function isStandingName(rule: string): boolean {
  return rule.startsWith('always.');
}

/** Does what would otherwise be asked go without asking? Only at the workspace's door: a rehearsal has its own rules. */
export function covers(rule: StandingBody, { stage, into, proposal, effects, world }: Question): boolean {
  const { action, by, call, label } = proposal;
  if (stage !== 'land' || into !== 'workspace' || world.profile === 'strict') return false;
  if (action.kind !== rule.kind || action.workspace !== rule.workspace || action.root !== rule.root) return false;
  if (rule.by === 'person' && !isTyped({ by, call })) return false;
  if (label.integrity === 'outside' || whyNever(action, effects, world) !== null) return false;
  return isSame(rule.same, action) && effects.changes.every((change) => isWithin(rule, change));
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
  for (const change of effects.changes) {
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

function isSame(same: Same, action: Action): boolean {
  switch (same.as) {
    case 'argv':
      return action.kind === 'run' && action.cwd === same.cwd && action.argv.length === same.argv.length && action.argv.every((word, at) => word === same.argv[at]);
    case 'call':
      return action.kind === 'write' && action.op === same.op && callDigest(action) === same.digest;
    case 'op':
      return action.kind === 'write' && action.op === same.op;
    case 'program':
      return action.kind === 'run' && action.argv[0] === same.program && action.cwd === same.cwd;
    case 'any':
      return true;
  }
}

function isWithin({ paths, folders, changes, executable }: StandingBody, change: Change): boolean {
  if (!changes.includes(change.change) || (gainsExecution(change) && !executable)) return false;
  return namesOf(change).every((path) => paths.includes(path) || folders.some((folder) => isBelow(folder, path)));
}

/** Bytes are compared: no case is folded, and a path that isn't a plain one is below nothing. */
function isBelow(folder: WorkPath, path: WorkPath): boolean {
  return path !== '.' && isInside(path) && (folder === '.' || path.startsWith(`${folder}/`));
}
