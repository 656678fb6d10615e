// Runs a command in the sandbox and puts what came of it into words for the model: in a view of the workspace where
// that can be had, so that it is judged by what it did; otherwise in the workspace itself, once that is granted.
import { canonicalBytes } from '../model/canonical.ts';
import { Fault } from '../model/fault.ts';
import type { Run } from '../model/action.ts';
import { UNKNOWN_EFFECTS, NO_EFFECTS, type Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { joinAll, label, type Label } from '../model/label.ts';
import { askedLabel } from './file-labels.ts';
import type { Foreseen, Landed } from './landing.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Containment } from './containment.ts';
import type { Limits } from './limits.ts';
import type { OutsideRule } from './outside.ts';
import { planRehearsal, rehearseRun, type Prepared, type Rehearsed } from './rehearse.ts';
import { planSandbox, runSandboxed, type Plan, type SandboxResult, type SandboxSpec } from './sandbox.ts';

export interface RunSettings {
  readonly containment: Containment;
  readonly limits: Limits;
  readonly toolchains: readonly string[];
  readonly hide: readonly string[];
  readonly never: readonly string[];
  /** Files of a workspace that are from outside by their names. */
  readonly outside: OutsideRule;
}

/** What there is from outside for a run to see. */
export type Outside = NonNullable<SandboxSpec['outside']>;

/** A run in a view, planned. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly command: Uint8Array;
  run(watch: Watch): Promise<Rehearsed>;
}

export type { Rehearsed };

/** A limit for the person to know of; the model is none the wiser for it. */
const UNSEARCHED = 'secrets';

/** The model hears the head and the tail of long output; all that was kept is in the log. Characters. */
const HEARD = 16_000;

/** In the workspace itself, or read-only. */
export async function foreseeRun(action: Run, proposal: Pick<Proposal, 'id' | 'session' | 'by' | 'label' | 'editedFrom'>, settings: RunSettings, outside: Outside): Promise<Foreseen> {
  const { containment } = settings;
  const spec = specOf(action, proposal, settings, null, outside);
  const plan = await planSandbox(spec, containment);
  return {
    effects: action.access === 'read' ? NO_EFFECTS : UNKNOWN_EFFECTS,
    command: commandBytes(action, spec, plan, containment),
    async land(granted, watch): Promise<Landed> {
      if (granted.kind !== 'run') throw new Error('not a run');
      // What was planned is of the very action that was granted, or nothing runs. Both were
      // parsed from canonical bytes, so the same action has the same text.
      if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was planned');
      const result = await runSandboxed(spec, plan, containment, optionsOf(watch, proposal));
      return landed(result, granted, spec, labelOfRun(plan, proposal, result.output));
    },
  };
}

/** In a view. @param view may still be on its way when there is no draft below. */
export async function planRun(action: Run, proposal: Pick<Proposal, 'id' | 'session' | 'by'>, settings: RunSettings, view: Promise<Prepared>, bare: boolean, network: Network | null, outside: Outside): Promise<PlannedRun> {
  const { containment } = settings;
  const spec = specOf(action, proposal, settings, network, outside);
  const [prepared, plan] = bare
    ? await Promise.all([view, planSandbox(spec, containment)])
    : [await view, await planRehearsal(spec, await view, containment)];
  if (action.terminal === true) return atTerminal(action, spec, prepared, containment, proposal);
  return {
    plan,
    command: commandBytes(action, spec, plan, containment),
    async run(watch) {
      const done = await rehearseRun(spec, plan, prepared.view, containment, { ...optionsOf(watch, proposal), prepared });
      return plan.unsearched === 0 ? done : { ...done, effects: { ...done.effects, limits: [...(done.effects.limits ?? []), unsearchedWords(plan.unsearched)] } };
    },
  };
}

export function unsearchedWords(folders: number): string {
  return `${UNSEARCHED}: ${folders === 1 ? '1 folder is' : `${folders} folders are`} too many or too deep to be searched for secret files, so a command could read such files there`;
}

async function atTerminal(action: Run, spec: SandboxSpec, prepared: Prepared, containment: Containment, { by }: Pick<Proposal, 'by'>): Promise<PlannedRun> {
  if (by !== 'person') throw new Fault('terminal.person', 'only what a person typed gets a terminal');
  const { planTerminal, runInTerminal } = await import('./terminal.ts');
  const plan = await planTerminal(spec, prepared, containment);
  return { plan, command: commandBytes(action, spec, plan, containment), run: ({ signal }) => runInTerminal(spec, plan, prepared, containment, { signal }) };
}

/** A way out of the sandbox, to the hosts that were granted. */
export interface Network {
  readonly also: readonly { readonly host: string; readonly inside: string }[];
  readonly environment: Readonly<Record<string, string>>;
  readonly wrap: (argv: readonly string[]) => readonly string[];
}

export function specOf({ root, cwd, argv, access, timeout, service }: Run, { by }: Pick<Proposal, 'by'>, { limits, toolchains, hide, never }: RunSettings, network: Network | null, outside: Outside): SandboxSpec {
  // A repository can be made to run programs when the person's own git next looks at it, so only what the person
  // typed may write to one; see sandbox-git.ts for what even that can't touch.
  const git = by === 'person' ? access : 'read';
  const time = service === true ? SERVICE_TIME : Math.min(timeout, limits.time);
  const spec = { root, cwd, argv, access, limits: { ...limits, time }, toolchains, hide, never, git, outside };
  return network === null ? spec : { ...spec, argv: network.wrap(argv), also: network.also, environment: network.environment };
}

/** Milliseconds: a day. Then even a dev server is stopped. */
const SERVICE_TIME = 86_400_000;

export function commandBytes({ argv, cwd, access, hosts }: Run, { limits }: SandboxSpec, { environment, hidden, unsearched, argv: sandbox }: Plan, containment: Containment): Uint8Array {
  return canonicalBytes({ argv, cwd, access, ...(hosts === undefined ? {} : { hosts }), environment, hidden, unsearched, limits: { ...limits }, containment: { sandbox: containment.sandbox, processes: containment.processes }, sandbox });
}

export function optionsOf(watch: Watch, { session, id }: { readonly session: Id; readonly id: Id }): { signal: AbortSignal; onOutput: (chunk: Uint8Array) => void } {
  const decoder = new TextDecoder();
  return { signal: watch.signal, onOutput: (chunk) => watch.hear({ type: 'output', session, action: id, text: decoder.decode(chunk, { stream: true }) }) };
}

function landed(result: SandboxResult, action: Run, spec: SandboxSpec, heardAs: Label): Landed {
  const { exit, signal, limits, duration, output } = result;
  const words = [endWords(result), ...hints(result, action, spec.git === 'read')];
  const text = heard(new TextDecoder().decode(output));
  return {
    // What the house had to end isn't done; a child that fails by itself is, and its code says so.
    outcome: { kind: exit === null && limits.length > 0 ? 'failed' : 'done', text: `${words.join(' ')}\n${text}`, label: heardAs, exit, ...(signal === '' ? {} : { signal }), limits, duration },
    output,
    // In the workspace itself, where nobody has looked before and after.
    ...(action.access === 'write' ? { unseen: true } : {}),
  };
}

const RUN_LABEL: Label = label('workspace', 'private', 'run');

/**
 * Of what a command says: all from outside that it could see is in there, what hosts answered it, and the words that a
 * model began it with. Of a file that is hidden from a clean run its name is left; where that is shown, or written, it counts.
 */
export function labelOfRun({ seen, names }: Pick<Plan, 'seen' | 'names'>, proposal: Pick<Proposal, 'by' | 'label' | 'editedFrom'>, output: Uint8Array | null, { changes, diffs, network = [] }: Pick<Effects, 'changes' | 'diffs' | 'network'> = NO_EFFECTS): Label {
  const told = new Set(network.filter(({ verdict }) => verdict === 'allowed').map(({ host }) => host));
  const heardAs = joinAll([RUN_LABEL, seen, askedLabel(proposal), ...[...told].map((host) => label('outside', 'private', `host:${host}`))]);
  if (names.length === 0) return heardAs;
  const text = [output === null ? '' : new TextDecoder().decode(output), ...changes.map((change) => (change.change === 'renamed' ? change.to : change.path)), ...diffs.map(({ unified }) => unified)].join('\n');
  return joinAll([heardAs, ...names.filter((name) => text.includes(name)).map((name) => label('outside', 'private', `file:${name}`))]);
}

/**
 * Half a result isn't what anybody asked for: what the house ended isn't whole, nor what failed at a limit that the kernel
 * holds. What met one and went on to end well is.
 */
export function isWhole({ exit, limits }: SandboxResult): boolean {
  return exit === 0 || (exit !== null && limits.length === 0);
}

/** What the model hears of a rehearsed run, were it to land; of one that a limit ended, that nothing does. */
export function heardOf(result: SandboxResult, effects: Effects, action: Run, by: Proposal['by']): string {
  const ended = !isWhole(result);
  const words = [
    endWords(result),
    ...(ended ? ['Nothing that it did was kept: the workspace is as it was.'] : hints(result, action, by !== 'person')),
    ...(ended ? [] : (effects.unlandable ?? []).map(({ path, why }) => `Not kept: ${path} (${why}).`)),
    ...(ended ? [] : (effects.limits ?? []).filter((limit) => !limit.startsWith(UNSEARCHED)).map((limit) => `Note: ${limit}.`)),
  ];
  return `${words.join(' ')}\n${heard(new TextDecoder().decode(result.output))}`;
}

function hints({ exit, output }: SandboxResult, action: Run, gitIsRead: boolean): string[] {
  const said = exit === 0 ? [] : new TextDecoder().decode(output.subarray(-4096)).split('\n').filter((line) => /read-only file system/i.test(line));
  if (said.length === 0) return [];
  if (action.access === 'read') return ['The workspace was read-only for this run.'];
  // Much else is read-only for a command too: its own programs, and files that are hidden from it.
  return gitIsRead && said.some((line) => /\.git\b/.test(line)) ? ['A repository (.git) is read-only for your commands; where it must change, ask the person to run it: pwb run -- git …'] : [];
}

function endWords({ exit, signal, limits }: SandboxResult): string {
  const hit = limits.length === 0 ? '' : exit === 0 ? ` It met its limit: ${limits.join(', ')}.` : ` It was ended by its limit: ${limits.join(', ')}.`;
  return exit === null ? `Ended by signal ${signal}.${hit}` : `Exit code ${exit}.${hit}`;
}

/** What was dropped from a flood is said inside the output already. */
function heard(text: string): string {
  if (text.length <= HEARD) return text;
  const half = HEARD / 2;
  return `${text.slice(0, half)}\n(… ${text.length - HEARD} characters left out here; narrow the command to see them …)\n${text.slice(-half)}`;
}
