// The built-in rules. Each looks at one thing and says allow, ask, deny or nothing; the strictest wins.
// No rule reads a command's text: what it does is judged, or a person is asked.
import { resolve } from 'node:path';
import { isOutside, pathsOf, type Action } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import type { Question } from './policy.ts';

export interface Rule {
  readonly id: string;
  readonly verdict: Verdict;
  /** Shown to the person and told to the model. */
  readonly reason: string;
  matches(question: Question): boolean;
}

const kindIs = (action: Action, kind: Action['kind'], op?: string): boolean =>
  action.kind === kind && (op === undefined || ('op' in action && action.op === op));

export const RULES: readonly Rule[] = [
  {
    id: 'outside',
    verdict: 'deny',
    reason: 'The path is outside the workspace.',
    matches: ({ proposal }) => pathsOf(proposal.action).some(isOutside),
  },
  {
    id: 'no-workspace',
    verdict: 'deny',
    reason: 'The folder is no workspace any more: it was removed.',
    matches: ({ proposal: { action }, world }) => action.kind !== 'infer' && !world.isWorkspace(action.workspace, action.root),
  },
  {
    id: 'closed',
    verdict: 'deny',
    reason: "The path belongs to the workbench's own state or configuration, which no action may reach.",
    matches: ({ proposal: { action }, world }) =>
      action.kind !== 'infer' && pathsOf(action).some((path) => world.isClosed(resolve(action.root, path))),
  },
  {
    id: 'root',
    verdict: 'deny',
    reason: 'The workspace itself is not moved or deleted.',
    matches: ({ proposal: { action } }) => action.kind === 'write' && pathsOf(action).includes('.') && action.op !== 'mkdir',
  },
  {
    id: 'git-internals',
    verdict: 'deny',
    reason: 'Files inside .git can make programs run outside the sandbox later.',
    matches: ({ proposal: { action } }) => action.kind === 'write' && pathsOf(action).some((path) => /(^|\/)\.git(\/|$)/i.test(path)),
  },
  {
    id: 'no-sandbox',
    verdict: 'deny',
    reason: 'There is no sandbox on this machine, so nothing that starts a process is offered (see `pwb doctor`).',
    matches: ({ proposal: { action }, world }) => !world.sandbox && (action.kind === 'run' || kindIs(action, 'read', 'search')),
  },
  {
    id: 'infer.remote',
    verdict: 'deny',
    reason: 'This model is not on this machine and no rule of yours allows it.',
    matches: ({ proposal: { action }, world }) => action.kind === 'infer' && action.locality !== 'local' && !isAllowedOrigin(action.url, world.remote),
  },
  {
    id: 'secret-file',
    verdict: 'ask',
    reason: 'Files with this name usually hold secrets.',
    matches: ({ proposal: { action }, world }) =>
      ((action.kind === 'read' && action.op !== 'list') || action.kind === 'write') && pathsOf(action).some((path) => world.isSecret(path)),
  },
  {
    id: 'infer.remote-allowed',
    verdict: 'allow',
    reason: 'A rule of yours allows this remote model.',
    matches: ({ proposal: { action }, world }) => action.kind === 'infer' && action.locality === 'remote' && isAllowedOrigin(action.url, world.remote),
  },
  {
    id: 'infer.local',
    verdict: 'allow',
    reason: 'The model runs on this machine.',
    matches: ({ proposal: { action } }) => action.kind === 'infer' && action.locality === 'local',
  },
  {
    id: 'read.workspace',
    verdict: 'allow',
    reason: 'Reading inside the workspace has no effect.',
    matches: ({ proposal: { action } }) => action.kind === 'read',
  },
  {
    id: 'run.read-only',
    verdict: 'allow',
    reason: 'The workspace is mounted read-only and there is no network, so the run has no effect.',
    matches: ({ proposal: { action } }) => action.kind === 'run' && action.access === 'read',
  },
  {
    id: 'no-change',
    verdict: 'allow',
    reason: 'It changes nothing.',
    matches: ({ proposal: { action }, effects }) => action.kind === 'write' && effects.certainty === 'known' && effects.changes.length === 0,
  },
  {
    id: 'write.workspace',
    verdict: 'ask',
    reason: 'It changes files in the workspace.',
    matches: ({ proposal: { action }, effects }) => action.kind === 'write' && !(effects.certainty === 'known' && effects.changes.length === 0),
  },
  {
    id: 'run.workspace',
    verdict: 'ask',
    reason: 'It runs a program that can change files in the workspace.',
    matches: ({ proposal: { action } }) => action.kind === 'run' && action.access === 'write',
  },
];

/** Exact origins only: scheme, host and port. A URL that doesn't parse is allowed nothing. */
function isAllowedOrigin(url: string, allowed: readonly string[]): boolean {
  return URL.canParse(url) && allowed.includes(new URL(url).origin);
}
