// The house's own question as facts for Cedar: its actions, what they did when they were tried, and the proposer's label.
// What has no effect by construction is a reading; what can't be undone fully removes something.
import { posix } from 'node:path';
import { pathsOf, type Action } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { QUIET, type Effect, type Facts } from './cedar-facts.ts';
import type { Question } from './policy.ts';
import { isAllowedOrigin } from './rules.ts';
import { callDigest, gainsExecution, isTyped, namesOf, whyNever } from './standing.ts';

/** @returns facts of which those in `flow` are as the session's words have it; without it, what chooses and what is carried counts as nothing special, but for a URL. */
export function factsOfQuestion({ stage, proposal, effects, into, world, flow = {} }: Question): Facts {
  const { action, by, tool, label } = proposal;
  const touched = [...new Set(effects.changes.flatMap(namesOf))];
  const paths = [...new Set([...pathsOf(action), ...touched])];
  const reads = action.kind === 'read' && action.op !== 'list';
  return {
    ...QUIET,
    effect: effectOf(action, stage, effects), by, tool, stage, into, kind: action.kind, profile: world.profile,
    workspace: action.kind === 'infer' ? (world.workspace ?? '') : action.workspace,
    // What changed meanwhile was not seen, whatever else is known.
    certainty: effects.conflicts === undefined ? effects.certainty : 'unknown',
    remote: action.kind === 'infer' && action.locality !== 'local',
    integrity: label.integrity, secrecy: label.secrecy, carries: label.secrecy,
    secretFile: (reads || (stage === 'land' && into === 'workspace')) && paths.some((path) => world.isSecret(path)),
    paths, hosts: hostsOf(action),
    means: action.kind === 'infer' ? 'none' : world.means(action.root),
    agreed: action.kind === 'infer' && isAllowedOrigin(action.url, world.remote),
    fetches: action.kind === 'fetch', closedAddress: action.kind === 'fetch' && world.closedUrl(action.url),
    typed: isTyped(proposal), ordinary: stage === 'land' && whyNever(action, effects, world) === null,
    ...(action.kind === 'run' ? { command: JSON.stringify(action.argv), program: action.argv[0] ?? '', cwd: action.cwd } : {}),
    ...(action.kind === 'fetch' ? { url: action.url } : {}),
    ...(action.kind === 'write' ? { op: action.op, call: callDigest(action) } : {}),
    executable: effects.changes.some(gainsExecution),
    changes: [...new Set(effects.changes.map(({ change }) => change))], folders: [...new Set(touched.map((path) => posix.dirname(path)))], changed: touched,
    // A URL that nobody has looked at is the model's own.
    ...(action.kind === 'fetch' && by !== 'person' ? { destination: 'composed' } : {}),
    ...flow,
  };
}

function hostsOf(action: Action): readonly string[] {
  if (action.kind === 'run') return action.hosts ?? [];
  return action.kind === 'fetch' && URL.canParse(action.url) ? [new URL(action.url).host] : [];
}

function effectOf(action: Action, stage: Question['stage'], effects: Effects): Effect {
  switch (action.kind) {
    case 'infer':
      return 'infer';
    case 'read':
    case 'service':
      return 'read';
    case 'run':
      if (action.access === 'read') return 'read';
      return stage === 'rehearse' || effects.certainty !== 'known' ? 'exec' : changed(effects);
    case 'write':
      return stage === 'rehearse' ? 'write' : changed(effects);
    case 'fetch':
      return 'egress';
    case 'commit':
    case 'undo':
      return 'write';
  }
}

function changed(effects: Effects): Effect {
  if (effects.certainty === 'known' && effects.changes.length === 0) return 'read';
  return effects.undo === 'fully' ? 'write' : 'destructive';
}
