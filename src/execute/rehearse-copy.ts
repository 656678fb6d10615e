// Runs a command on a full copy of the workspace and reads from it what it did: for what a layered view can't do (a
// folder's rename, hard links, files of others) and where there is none. Costs as much as the workspace is large; one
// that is too large is refused.
import { setTimeout as wait } from 'node:timers/promises';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { effectsOf } from './effects.ts';
import { isWithin } from './hidden-walk.ts';
import { mountInPlace } from './overlay-mount.ts';
import { removeTree } from './overlay-remove.ts';
import { notSeen, removeMountPoints } from './rehearse.ts';
import { fillCopy } from './rehearse-copy-fill.ts';
import { keepChanged } from './rehearse-copy-keep.ts';
import { MOST_COPIED, refuseLarge, type MostCopied } from './rehearse-copy-measure.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';
import { mountsIn } from './rehearse-mounts.ts';
import type { Prepared } from './rehearse-view.ts';
import { planSandbox, runSandboxed, type Plan, type RunOptions, type SandboxResult, type SandboxSpec } from './sandbox.ts';

export { toUpper } from './rehearse-copy-upper.ts';
export type { MostCopied } from './rehearse-copy-measure.ts';

export interface CopyPlace {
  /** Private to this user. Not in the workspace. */
  readonly folder: string;
  /** The view of a draft, which is then copied instead of the workspace. It stays its owner's, and mounted until the effects are read. */
  readonly draft?: Prepared;
  /** 2 GiB or 200,000 entries, unless said otherwise; half of the free disk in any case. */
  readonly most?: MostCopied;
}

export interface CopyOptions extends Omit<RunOptions, 'world'> {
  /** Hears what will be started, before it is. What it throws ends the rehearsal. */
  readonly planned?: (plan: Plan) => void | Promise<void>;
}

export interface CopyRehearsed {
  readonly result: SandboxResult;
  readonly effects: Effects;
  /** The copy as the run left it, laid out as the workspace is. */
  readonly source: string;
  /** Milliseconds on the wall clock, before the first read: a base that changed later isn't what was copied. */
  readonly started: number;
  /**
   * Takes what the changes made out of the copy into a new folder on the same file system, from which they land like from
   * `source`. The copy is of no use then. @throws the system's error.
   */
  keep(to: string): void;
  /** Removes all that is left of the rehearsal. */
  discard(): Promise<void>;
}

/** The kernel stamps files by a clock that lags behind ours by a tick. Milliseconds. */
const TICK = 10;
/** The kernel's own windows, which hold no files. */
const WINDOWS = new Set(['autofs', 'binfmt_misc', 'bpf', 'cgroup', 'cgroup2', 'configfs', 'debugfs', 'devpts', 'devtmpfs', 'efivarfs', 'fusectl', 'hugetlbfs', 'mqueue', 'nsfs', 'proc', 'pstore', 'rpc_pipefs', 'securityfs', 'sysfs', 'tracefs']);

/**
 * @param spec with the real workspace as its root.
 * @returns also when a limit or a cancel ended the run: `effects` then hold what it had done.
 * @throws `rehearsal.large`, `rehearsal.space`, `rehearsal.deep`, `rehearsal.inside`, `rehearsal.folder`, `rehearsal.root`,
 * `overlay.mount`, the signal's reason while the copy is made, and what planSandbox and runSandboxed throw. Nothing is left behind then.
 */
export async function rehearseInCopy(spec: SandboxSpec, containment: Containment, where: CopyPlace, options: CopyOptions): Promise<CopyRehearsed> {
  const { root } = spec;
  const { draft, most = MOST_COPIED } = where;
  if (isWithin(where.folder, root)) throw new Fault('rehearsal.inside', `${root} holds the workbench's own state, so nothing can be rehearsed in it`, 'Register a folder inside it as the workspace, or move the state: set XDG_STATE_HOME.');
  if (draft !== undefined && draft.view.root !== root) throw new Fault('rehearsal.root', `the draft is not of ${root}`, 'Prepare it again.');
  const from = draft?.sides.merged ?? root;
  const folder = makeRehearsalFolder(where.folder);
  try {
    const started = Math.min(Date.now(), draft?.mounted ?? Infinity) - TICK;
    const { skips, limits } = mountedIn(root, draft !== undefined);
    await refuseLarge(from, folder.path, most, skips, options.signal);
    const filled = await fillCopy(from, folder.upper, skips, options.signal);
    // INVARIANT: what the run writes has a later change time than what we put.
    await wait(TICK);
    const { plan, result } = await runIn(folder.upper, spec, containment, options);
    const sides = { upper: folder.upper, merged: folder.upper, base: from, before: filled.record, drafted: draft?.view.lower ?? [] };
    removeMountPoints(root, plan, { sides, upper: folder.upper });
    const effects = await effectsOf(sides, [...limits, ...filled.limits]);
    return { result, effects, source: folder.upper, started, keep: (to) => keepChanged(effects.changes, folder.upper, to), discard: () => removeTree(folder.path) };
  } catch (error) {
    await removeTree(folder.path);
    throw error;
  }
}

async function runIn(copy: string, spec: SandboxSpec, containment: Containment, options: CopyOptions): Promise<{ readonly plan: Plan; readonly result: SandboxResult }> {
  const { planned, ...run } = options;
  const seeing = { ...spec, seen: copy };
  const plan = await planSandbox(seeing, containment);
  await planned?.(plan);
  const mounted = await mountInPlace(copy, spec.root);
  try {
    return { plan, result: await runSandboxed(seeing, plan, containment, { ...run, world: { enter: mounted.enter, disk: copy } }) };
  } finally {
    await mounted.close();
  }
}

/** A draft's view shows nothing of what is mounted in the workspace; otherwise it is copied like all else. */
function mountedIn(root: string, draft: boolean): { readonly skips: ReadonlySet<string>; readonly limits: readonly string[] } {
  const mounts = mountsIn(root);
  const skips = new Set(mounts.filter(({ type }) => WINDOWS.has(type)).map(({ path }) => Buffer.from(path).toString('latin1')));
  const words = (path: string, skipped: boolean): string => (draft || skipped ? notSeen(path) : `another file system: what is mounted at ${path} was one with the rest in the rehearsal`);
  return { skips, limits: mounts.map(({ path, type }) => words(path, WINDOWS.has(type))) };
}
