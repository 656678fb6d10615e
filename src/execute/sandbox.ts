// Runs a planned command in bubblewrap and tells how it ended. Whatever ends the run ends every process of it,
// since their namespace dies as a whole. It refuses to start anything without a sandbox.
import { constants as system } from 'node:os';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { fixFor } from './containment-probe.ts';
import { houseOurselves } from './limits-cgroup.ts';
import { followRun, type Ending } from './sandbox-follow.ts';
import { launchSandbox } from './sandbox-launch.ts';
import { refillPipes } from './sandbox-pipe.ts';
import { checkPlan } from './sandbox-plan.ts';
import type { Plan, RunOptions, SandboxResult, SandboxSpec } from './sandbox-spec.ts';

export { LIMITS, type Limits } from './limits.ts';
export { planSandbox } from './sandbox-plan.ts';
export type { Plan, RunOptions, SandboxResult, SandboxSpec } from './sandbox-spec.ts';

/** What a shell adds to a signal's number. */
const SIGNALLED = 128;

/**
 * @returns how it ended, also when a limit or a cancel ended it or the command wasn't found (exit 127).
 * @throws `sandbox.none`, `sandbox.drifted` (and what planSandbox throws) when the workspace isn't as planned, `sandbox.setup` when bubblewrap couldn't build it, `sandbox.start` when it couldn't be
 * started, `sandbox.pipe`, `sandbox.group`, `sandbox.stuck` when processes can't be killed. The command never ran
 * in any of these but the last.
 */
export async function runSandboxed(spec: SandboxSpec, plan: Plan, containment: Containment, options: RunOptions): Promise<SandboxResult> {
  const { bwrap, folder } = containment;
  if (bwrap === undefined || folder === undefined || plan.argv[0] !== bwrap.path) {
    throw new Fault('sandbox.none', `there is no sandbox for this plan: ${containment.why}`, 'Run "pwb doctor" to see what is missing.');
  }
  if (options.signal.aborted) return { exit: null, signal: '', limits: ['cancelled'], duration: 0, output: new Uint8Array(0), outputBytes: 0 };
  const begin = performance.now();
  await checkPlan(spec, plan, containment);
  if (containment.group !== undefined) await houseOurselves(containment.group, spec.limits).catch(groupFault);
  try {
    const launched = await launchSandbox(spec, plan, folder, options);
    options.started?.(launched.child.pid ?? 0);
    const ending = await followRun(launched, spec, containment.group ?? null, options);
    return resultOf(ending, Math.round(performance.now() - begin));
  } finally {
    // Off the run's path; if the stock can't be filled, taking the next pipe says why.
    setImmediate(() => void refillPipes(folder.pipes).catch(() => undefined));
  }
}

function groupFault(error: unknown): never {
  throw new Fault('sandbox.group', `the workbench couldn't be put into its control group: ${wordsOf(error)}`, 'Run "pwb doctor"; start the workbench again if the machine\'s control groups changed.', { cause: error });
}

function resultOf(ending: Ending, duration: number): SandboxResult {
  const { exit: code, ended, errors, killedBy } = ending;
  if (code === null && !ended && killedBy === '') {
    throw new Fault('sandbox.setup', `the sandbox couldn't be built: ${errors.trim() || 'bubblewrap said nothing'}`, fixFor(errors));
  }
  const limits = new Set(ending.limits);
  if (code === SIGNALLED + system.signals.SIGXFSZ) limits.add('disk');
  const signal = code === null ? killedBy || 'SIGKILL' : signalOf(code);
  const { output, outputBytes } = ending;
  return { exit: ended ? null : code, signal: ended && signal === '' ? 'SIGTERM' : signal, limits: [...limits], duration, output, outputBytes };
}

function signalOf(code: number): string {
  if (code <= SIGNALLED) return '';
  return Object.entries(system.signals).find(([, number]) => number === code - SIGNALLED)?.[0] ?? '';
}
