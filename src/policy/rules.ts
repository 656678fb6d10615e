// Guards: what no rule of anybody's loosens, since it is about the house itself. And the questions: why a person is asked
// where no rule speaks. Neither reads a command's text: what it does is judged.
import { resolve } from 'node:path';
import { isOutside, pathsOf, type Action, type WorkPath } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import type { Effects } from '../model/effects.ts';
import type { Question } from './policy.ts';

export interface Asking {
  readonly id: string;
  /** Shown to the person and told to the model. */
  readonly reason: string;
  /** Of what it speaks, for a person who reads the rules: "… when". */
  readonly when: string;
  /** A plain question: a standing rule of the person may answer it, where no other rule asks or denies. */
  readonly waivable?: true;
  matches(question: Question): boolean;
}

export interface Guard extends Asking {
  readonly verdict: Exclude<Verdict, 'allow'>;
}

const kindIs = (action: Action, kind: Action['kind'], op?: string): boolean =>
  action.kind === kind && (op === undefined || ('op' in action && action.op === op));

export const GUARDS: readonly Guard[] = [
  {
    id: 'outside',
    verdict: 'deny',
    reason: 'The path is outside the workspace.',
    when: 'an action names a path outside its workspace',
    matches: ({ proposal }) => pathsOf(proposal.action).some(isOutside),
  },
  {
    id: 'no-workspace',
    verdict: 'deny',
    reason: 'The folder is no workspace any more: it was removed.',
    when: 'the workspace is not registered, or not at that folder any more',
    matches: ({ proposal: { action }, world }) => action.kind !== 'infer' && !world.isWorkspace(action.workspace, action.root),
  },
  {
    id: 'closed',
    verdict: 'deny',
    reason: "The path belongs to the workbench's own state or configuration, which no action may reach.",
    when: "an action names a path in the workbench's own state or configuration",
    matches: ({ proposal: { action }, world }) =>
      action.kind !== 'infer' && pathsOf(action).some((path) => world.isClosed(resolve(action.root, path))),
  },
  {
    id: 'root',
    verdict: 'deny',
    reason: 'The workspace itself is not moved or deleted.',
    when: 'a file tool would move or delete the workspace itself',
    matches: ({ proposal: { action } }) => action.kind === 'write' && pathsOf(action).includes('.') && action.op !== 'mkdir',
  },
  {
    id: 'git-internals',
    verdict: 'deny',
    reason: 'Files inside .git can make programs run outside the sandbox later.',
    when: 'a file tool names a path inside .git',
    matches: ({ proposal: { action } }) => action.kind === 'write' && pathsOf(action).some(isGit),
  },
  {
    // A repository that a model makes or changes runs its programs when the person's own git next looks at it.
    id: 'git-effects',
    verdict: 'deny',
    reason: 'It changed files inside .git, which can make programs run outside the sandbox later. Run it yourself: pwb run -- …',
    when: 'what was not typed by the person changed something inside .git when it was tried',
    matches: ({ stage, proposal: { action, by }, effects }) =>
      stage === 'land' && by !== 'person' && (action.kind === 'run' || action.kind === 'write') && effects.changes.some((change) => isGit(change.path) || (change.change === 'renamed' && isGit(change.to))),
  },
  {
    id: 'rules-files',
    verdict: 'deny',
    reason: 'Files inside .proworkbench are rules about the workspace, which no tool changes.',
    when: 'a file tool names a path inside .proworkbench',
    matches: ({ proposal: { action } }) => action.kind === 'write' && pathsOf(action).some(isRules),
  },
  {
    id: 'rules-effects',
    verdict: 'deny',
    reason: 'It changed files inside .proworkbench, which are rules about the workspace. Change them yourself.',
    when: 'what was not typed by the person changed something inside .proworkbench when it was tried',
    matches: ({ stage, proposal: { action, by }, effects }) =>
      stage === 'land' && by !== 'person' && (action.kind === 'run' || action.kind === 'write') && effects.changes.some((change) => isRules(change.path) || (change.change === 'renamed' && isRules(change.to))),
  },
  {
    // A draft takes what was rehearsed without a question, and its later actions see it: under a plain name anybody would read it.
    id: 'secret-moved',
    verdict: 'deny',
    reason: 'A file whose name says that it holds secrets would be seen under another name. Move it yourself, outside the draft.',
    when: 'a file tool would give a file with a secret name another name, in a draft',
    matches: ({ stage, into, proposal: { action }, effects, world }) =>
      stage === 'land' && into === 'draft' && action.kind === 'write' && action.op === 'move' &&
      ((world.isSecret(action.path) && !world.isSecret(action.to)) || effects.changes.some((change) => change.change === 'renamed' && world.isSecret(change.path) && !world.isSecret(change.to))),
  },
  {
    // Landing is an action with a session of its own, which has another profile.
    id: 'sealed.draft',
    verdict: 'deny',
    reason: 'What was made under the profile sealed is not landed. Set the session to another profile first, if you trust it.',
    when: 'the draft of a session of the profile sealed is to be landed',
    matches: ({ proposal: { action }, world }) => action.kind === 'commit' && world.isSealed?.(action.draft) === true,
  },
  {
    id: 'no-sandbox',
    verdict: 'deny',
    reason: 'There is no sandbox on this machine, so nothing that starts a process is offered (see `pwb doctor`).',
    when: 'something would start a process and there is no sandbox',
    matches: ({ proposal: { action }, world }) => !world.sandbox && (action.kind === 'run' || kindIs(action, 'read', 'search')),
  },
  {
    id: 'infer.remote',
    verdict: 'deny',
    reason: 'This model is not on this machine and no rule of yours allows it.',
    when: 'a model elsewhere is to be asked, at an address that is not in the configuration under `remote`',
    matches: ({ proposal: { action }, world }) => action.kind === 'infer' && action.locality !== 'local' && !isAllowedOrigin(action.url, world.remote),
  },
  {
    id: 'rehearse.copy',
    verdict: 'ask',
    reason: 'No layered view of this workspace can be had here, so the whole workspace is copied first (`pwb doctor` says why).',
    when: 'a command is to be tried where only a full copy can be made',
    matches: ({ stage, proposal: { action }, world }) => stage === 'rehearse' && action.kind === 'run' && action.copy !== true && world.means(action.root) === 'copy',
  },
];

/** Where no rule speaks, a person is asked: by the names of these, which decide nothing. */
export const ASKING: readonly Asking[] = [
  {
    id: 'rehearse.strict',
    reason: 'The profile strict asks before anything is rehearsed.',
    when: 'a command or a change of files is to be tried, in the profile strict',
    matches: ({ stage, proposal: { action }, world }) => stage === 'rehearse' && isTried(action) && world.profile === 'strict',
  },
  {
    id: 'rehearse.hosts',
    reason: 'It reaches hosts, which is not undone by throwing a rehearsal away.',
    when: 'a command that may reach hosts is to be tried',
    matches: ({ stage, proposal: { action } }) => stage === 'rehearse' && hostsOf(action).length > 0,
  },
  {
    id: 'write.workspace',
    reason: 'It changes files in the workspace.',
    when: 'a file tool would change the workspace',
    waivable: true,
    matches: ({ stage, into, proposal: { action }, effects }) => stage === 'land' && into === 'workspace' && action.kind === 'write' && !isNothing(effects),
  },
  {
    id: 'run.workspace',
    reason: 'It ran in a copy, and would now change these files in the workspace.',
    when: 'a command was tried and would change the workspace',
    waivable: true,
    matches: ({ stage, into, proposal: { action }, effects }) => stage === 'land' && into === 'workspace' && action.kind === 'run' && action.access === 'write' && effects.certainty === 'known' && !isNothing(effects),
  },
  {
    id: 'run.unrehearsed',
    reason: 'No copy of this workspace can be made here, so it runs in the workspace itself and can change any file there.',
    when: 'a command would run in the workspace itself, untried',
    matches: ({ stage, proposal: { action }, effects }) => stage === 'land' && action.kind === 'run' && action.access === 'write' && effects.certainty !== 'known',
  },
  {
    id: 'commit.workspace',
    reason: "It lands the draft's changes in the workspace.",
    when: "a session's draft is to be landed in the workspace",
    waivable: true,
    matches: ({ proposal: { action } }) => action.kind === 'commit',
  },
  {
    id: 'undo.conflict',
    reason: 'Files were changed since; undoing would replace those changes (and keep them).',
    when: 'a landing is to be taken back, and files were changed since, or it was not the person who asked',
    matches: ({ proposal: { action, by }, effects }) => action.kind === 'undo' && (by !== 'person' || effects.certainty !== 'known' || effects.conflicts !== undefined),
  },
  {
    id: 'fetch.address',
    reason: 'It reads a URL, which tells its server what the URL says.',
    when: 'a URL is to be read that is not in your own words, nor in the answer to them',
    waivable: true,
    matches: ({ proposal: { action } }) => action.kind === 'fetch',
  },
];

/** Tried in a copy of the workspace first. */
export function isTried(action: Action): boolean {
  return action.kind === 'write' || (action.kind === 'run' && action.access === 'write');
}

function isNothing({ certainty, changes }: Effects): boolean {
  return certainty === 'known' && changes.length === 0;
}

function hostsOf(action: Action): readonly string[] {
  return action.kind === 'run' ? (action.hosts ?? []) : [];
}

/** Any spelling: some disks fold case. */
export function isGit(path: WorkPath): boolean {
  return /(^|\/)\.git(\/|$)/i.test(path);
}

/** Any spelling, at any depth: a folder in a workspace may be one of its own. */
function isRules(path: WorkPath): boolean {
  return /(^|\/)\.proworkbench(\/|$)/i.test(path);
}

/** Exact origins only: scheme, host and port. A URL that doesn't parse is allowed nothing. */
export function isAllowedOrigin(url: string, allowed: readonly string[]): boolean {
  return URL.canParse(url) && allowed.includes(new URL(url).origin);
}
