// Runs a command in the sandbox and puts what came of it into words for the model.
import { canonicalBytes } from '../model/canonical.ts';
import { Fault } from '../model/fault.ts';
import type { Run } from '../model/action.ts';
import { UNKNOWN_EFFECTS, NO_EFFECTS } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { label } from '../model/label.ts';
import type { Foreseen, Landed } from './landing.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Containment } from './containment.ts';
import type { Limits } from './limits.ts';
import { planSandbox, runSandboxed, type SandboxResult, type SandboxSpec } from './sandbox.ts';

export interface RunSettings {
  readonly containment: Containment;
  readonly limits: Limits;
  readonly toolchains: readonly string[];
  readonly hide: readonly string[];
  readonly never: readonly string[];
}

/** The model hears the head and the tail of long output; all that was kept is in the log. Characters. */
const HEARD = 16_000;

export async function foreseeRun(action: Run, { id, session, by }: Pick<Proposal, 'id' | 'session' | 'by'>, settings: RunSettings): Promise<Foreseen> {
  const { containment } = settings;
  // A repository can be made to run programs when the person's own git next looks at it, so only what the person
  // typed may write to one; see sandbox-git.ts for what even that can't touch.
  const git = by === 'person' ? action.access : 'read';
  const spec = specOf(action, git, settings);
  const plan = await planSandbox(spec, containment);
  const command = canonicalBytes({
    argv: action.argv, cwd: action.cwd, access: action.access, environment: plan.environment, hidden: plan.hidden, unsearched: plan.unsearched,
    limits: { ...spec.limits }, containment: { sandbox: containment.sandbox, processes: containment.processes }, sandbox: plan.argv,
  });
  return {
    effects: action.access === 'read' ? NO_EFFECTS : UNKNOWN_EFFECTS,
    command,
    async land(granted, watch): Promise<Landed> {
      if (granted.kind !== 'run') throw new Error('not a run');
      // What was planned is of the very action that was granted, or nothing runs. Both were
      // parsed from canonical bytes, so the same action has the same text.
      if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was planned');
      return landed(await runSandboxed(spec, plan, containment, options(watch, session, id)), granted, git);
    },
  };
}

function specOf({ root, cwd, argv, access, timeout }: Run, git: Run['access'], { limits, toolchains, hide, never }: RunSettings): SandboxSpec {
  return { root, cwd, argv, access, limits: { ...limits, time: Math.min(timeout, limits.time) }, toolchains, hide, never, git };
}

function options(watch: Watch, session: Id, action: Id): { signal: AbortSignal; onOutput: (chunk: Uint8Array) => void } {
  const decoder = new TextDecoder();
  return { signal: watch.signal, onOutput: (chunk) => watch.hear({ type: 'output', session, action, text: decoder.decode(chunk, { stream: true }) }) };
}

function landed(result: SandboxResult, action: Run, git: Run['access']): Landed {
  const { exit, signal, limits, duration, output } = result;
  const words = [endWords(result)];
  if (exit !== 0 && /read-only file system/i.test(new TextDecoder().decode(output.subarray(-4096)))) {
    if (action.access === 'read') words.push('The workspace was read-only for this run; call it without readonly to ask the person for a run that can write.');
    else if (git === 'read') words.push('A repository (.git) is read-only for your commands; where it must change, ask the person to run it: pwb run -- git …');
  }
  const text = heard(new TextDecoder().decode(output));
  return {
    // What the house had to end isn't done; a child that fails by itself is, and its code says so.
    outcome: { kind: exit === null && limits.length > 0 ? 'failed' : 'done', text: `${words.join(' ')}\n${text}`, label: label('workspace', 'private', 'run'), exit, ...(signal === '' ? {} : { signal }), limits, duration },
    output,
  };
}

function endWords({ exit, signal, limits }: SandboxResult): string {
  const hit = limits.length === 0 ? '' : ` It was ended by its limit: ${limits.join(', ')}.`;
  return exit === null ? `Ended by signal ${signal}.${hit}` : `Exit code ${exit}.${hit}`;
}

/** What was dropped from a flood is said inside the output already. */
function heard(text: string): string {
  if (text.length <= HEARD) return text;
  const half = HEARD / 2;
  return `${text.slice(0, half)}\n(… ${text.length - HEARD} characters left out here; narrow the command to see them …)\n${text.slice(-half)}`;
}
