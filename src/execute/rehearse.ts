// Runs a command in a throw-away copy of the world and reads from it what it did. Nothing of it is in the real
// workspace; what is to last must be taken from the upper folder before it is discarded.
import { lstatSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Effects } from '../model/effects.ts';
import { Fault, systemCode } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { effectsOf } from './effects.ts';
import { isWithin } from './hidden-walk.ts';
import { hearRefusals } from './rehearse-heard.ts';
import { mountsIn } from './rehearse-mounts.ts';
import { prepareView, withSides, type Prepared, type View } from './rehearse-view.ts';
import { planSandbox, runSandboxed, type Plan, type RunOptions, type SandboxResult, type SandboxSpec } from './sandbox.ts';

export { canRehearse, rehearsalEngine, type Engine } from './rehearse-probe.ts';
export { prepareView, type Prepared, type View } from './rehearse-view.ts';
export { sweepRehearsals } from './rehearse-folder.ts';

export interface Rehearsed {
  readonly result: SandboxResult;
  readonly effects: Effects;
  /** What was written, as an overlay keeps it. Rename it away to keep it. */
  readonly upper: string;
  /** Milliseconds on the wall clock, before the first read: a real file that changed later may have shown through. */
  readonly started: number;
  /** Removes all that is left of the rehearsal. */
  discard(): Promise<void>;
}

export interface RehearseOptions extends Omit<RunOptions, 'world'> {
  /** Made ready before, for the same view; used up by this. */
  readonly prepared?: Prepared;
}

/** The kernel stamps files by a clock that lags behind ours by a tick. Milliseconds. */
const TICK = 10;

/** What a run in this view will be, for the log before it: a draft may hold folders and secrets that the real workspace doesn't. @throws as planSandbox. */
export async function planRehearsal(spec: SandboxSpec, prepared: Prepared, containment: Containment): Promise<Plan> {
  return planSandbox(seeing(spec, prepared), containment);
}

/** Without a draft the view is the workspace, which is faster to look at itself. */
function seeing(spec: SandboxSpec, { view, sides }: Prepared): SandboxSpec {
  return view.lower.length === 0 ? spec : { ...spec, seen: sides.merged };
}

/**
 * @param plan of planRehearsal; without a draft, of planSandbox too.
 * @returns also when a limit or a cancel ended the run: `effects` then hold what it had done.
 * @throws what prepareView and runSandboxed throw, `rehearsal.root` when the view is of another workspace. Nothing is left behind then.
 */
export async function rehearseRun(spec: SandboxSpec, plan: Plan, view: View, containment: Containment, options: RehearseOptions): Promise<Rehearsed> {
  const { prepared: given, ...run } = options;
  if (spec.root !== view.root || (given !== undefined && !isSameView(given.view, view))) {
    await given?.discard();
    throw new Fault('rehearsal.root', `the view is not of ${spec.root}`, 'Prepare it again.');
  }
  const prepared = given ?? (await prepareView(view));
  try {
    // A draft is looked at while a run is planned, so what was seen then may be what the run sees.
    const started = Math.min(Date.now(), view.lower.length > 0 ? prepared.mounted : Infinity) - TICK;
    // A plan of which nobody knows what it looked at is made again, and must come out the same.
    const exact = given === undefined && view.lower.length > 0 ? { ...plan } : plan;
    const heard = hearRefusals();
    const onOutput = (chunk: Uint8Array): void => {
      heard.hear(chunk);
      run.onOutput?.(chunk);
    };
    const result = await runSandboxed(seeing(spec, prepared), exact, containment, { ...run, onOutput, world: prepared.world });
    removeMountPoints(spec.root, plan, prepared);
    const effects = await effectsOf(prepared.sides, [...submounts(view.root), ...heard.limits()]);
    // What is left of the mount goes while the caller thinks; discard() waits for it.
    const closed = prepared.close();
    closed.catch(() => undefined);
    return { result, effects, upper: prepared.upper, started, discard: () => prepared.discard() };
  } catch (error) {
    await prepared.discard();
    throw error;
  }
}

/**
 * What an upper folder of before means over its view.
 * @throws what prepareView throws, and the signal's reason.
 */
export async function readEffects(view: View, upper: string, signal?: AbortSignal): Promise<Effects> {
  return withSides(view, upper, (sides) => effectsOf(sides, submounts(view.root), signal));
}

function isSameView(a: View, b: View): boolean {
  return a.root === b.root && a.folder === b.folder && a.lower.length === b.lower.length && a.lower.every((layer, index) => layer === b.lower[index]);
}

/** Folders of the house that aren't there are closed by mounts, for which bubblewrap makes empty folders. They aren't the command's doing. */
export function removeMountPoints(root: string, plan: Plan, { sides, upper }: Pick<Prepared, 'sides' | 'upper'>): void {
  const house = plan.argv.slice(0, plan.argv.indexOf('--'));
  for (const [index, word] of house.entries()) {
    const point = house[index + 1] ?? '';
    if (word !== '--tmpfs' || point === root || !isWithin(point, root)) continue;
    for (let path = point.slice(root.length + 1); path !== '.'; path = dirname(path)) {
      if (lstatSync(join(sides.base, path), { throwIfNoEntry: false }) !== undefined) break;
      try {
        rmdirSync(join(upper, path));
      } catch (error) {
        // Not empty: the command made something beside it.
        if (systemCode(error) !== 'ENOENT') break;
      }
    }
  }
}

/** An overlay shows a folder, not what is mounted in it. */
export function submounts(root: string): readonly string[] {
  return mountsIn(root).map(({ path }) => notSeen(path));
}

export function notSeen(path: string): string {
  return `another file system: what is mounted at ${path} was not to be seen in the rehearsal`;
}
