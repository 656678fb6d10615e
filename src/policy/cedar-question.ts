// The house's own question as facts for Cedar: its actions, what they did when they were tried, and the proposer's label.
// What has no effect by construction is a reading; what can't be undone fully removes something.
import { pathsOf, type Action } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { QUIET, type Effect, type Facts } from './cedar-facts.ts';
import type { Question } from './policy.ts';

export function factsOfQuestion({ stage, proposal, effects, into, world }: Question): Facts {
  const { action, by, tool, label } = proposal;
  const paths = [...new Set([...pathsOf(action), ...effects.changes.flatMap((change) => (change.change === 'renamed' ? [change.path, change.to] : [change.path]))])];
  const reads = action.kind === 'read' && action.op !== 'list';
  return {
    ...QUIET,
    effect: effectOf(action, stage, effects), by, tool, stage, into, kind: action.kind, profile: world.profile,
    workspace: action.kind === 'infer' ? '' : action.workspace,
    // What changed meanwhile was not seen, whatever else is known.
    certainty: effects.conflicts === undefined ? effects.certainty : 'unknown',
    remote: action.kind === 'infer' && action.locality !== 'local',
    integrity: label.integrity, secrecy: label.secrecy, carries: label.secrecy,
    secretFile: (reads || (stage === 'land' && into === 'workspace')) && paths.some((path) => world.isSecret(path)),
    paths, hosts: action.kind === 'run' ? (action.hosts ?? []) : [],
  };
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
    case 'commit':
    case 'undo':
      return 'write';
  }
}

function changed(effects: Effects): Effect {
  if (effects.certainty === 'known' && effects.changes.length === 0) return 'read';
  return effects.undo === 'fully' ? 'write' : 'destructive';
}
