// A file tool in a view of the workspace: it is carried out there by ourselves, and what came of it is read as of
// any rehearsal.
import type { Write } from '../model/action.ts';
import type { Ending } from '../approvals/rehearsals.ts';
import { NO_EFFECTS, type Change, type Effects } from '../model/effects.ts';
import { join, type Label } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { effectsOf } from './effects.ts';
import { failureLabel, knownIn, writeLabel, type Knowing } from './file-labels.ts';
import { applyWrite, previewWrite, Refused } from './files.ts';
import { isHidden } from './hidden.ts';
import { submounts, type Prepared } from './rehearse.ts';
import type { RunSettings } from './run.ts';
import { planSandbox, runSandboxed } from './sandbox.ts';

export interface RehearsedWrite {
  readonly effects: Effects;
  readonly ending: Ending;
  /** False when it can't be done; `text` says why. */
  readonly whole: boolean;
  readonly text: string;
  readonly label: Label;
  readonly output: null;
  readonly upper: string;
  readonly started: number;
  discard(): Promise<void>;
}

/** The kernel stamps files by a clock that lags behind ours by a tick. Milliseconds. */
const TICK = 10;

/** Never throws for what the action asks; nothing is left of the view when it throws. */
export async function rehearseWrite(proposal: Proposal, action: Write, knowing: Knowing & { readonly settings: RunSettings }, prepared: Prepared, signal: AbortSignal): Promise<RehearsedWrite> {
  const { settings } = knowing;
  const known = knownIn(knowing, proposal.session, action.root);
  const start = performance.now();
  const started = Math.min(Date.now(), prepared.mounted) - TICK;
  const { sides, upper } = prepared;
  const base = { label: writeLabel(known, proposal), output: null, upper, started, discard: () => prepared.discard() };
  const ending = (): Ending => ({ exit: null, signal: '', limits: [], duration: performance.now() - start });
  try {
    const text = await carryOut(action, settings, prepared, signal);
    const effects = timeless(await effectsOf(sides, submounts(action.root), signal));
    return { ...base, effects, ending: ending(), whole: true, text };
  } catch (error) {
    if (error instanceof Refused) return { ...base, label: join(base.label, failureLabel(known, proposal, error)), effects: NO_EFFECTS, ending: ending(), whole: false, text: error.message };
    await prepared.discard();
    throw error;
  }
}

/** That of the moment is another each time, and a yes to one rehearsal is to hold for the same done anew. */
function timeless(effects: Effects): Effects {
  return { ...effects, changes: effects.changes.map(withoutTime) };
}

function withoutTime(change: Change): Change {
  if (change.change !== 'changed' || change.time === undefined) return change;
  const { time, ...rest } = change;
  void time;
  return rest;
}

async function carryOut(action: Write, settings: RunSettings, prepared: Prepared, signal: AbortSignal): Promise<string> {
  const options = { never: [], hidden: (path: string) => isHidden(path, settings.hide), seen: prepared.sides.merged };
  try {
    const preview = await previewWrite(action, options);
    return (await applyWrite(action, preview, options)).text;
  } catch (error) {
    // In a layered view, files and folders seem to be on different disks, and a folder that was there before can't be renamed as one.
    if (action.op === 'move' && error instanceof Refused && error.code === 'other-disk') return moveByCopy(action, settings, prepared, signal);
    throw error;
  }
}

/** Fixed words; the paths come as arguments. */
const MOVE = 'mkdir -p -- "$(dirname -- "$2")" && mv -T -n -- "$1" "$2"';

/** `mv` copies and removes where it can't rename. In the sandbox, so that no link leads it astray. All that can be refused was looked at before. */
async function moveByCopy(action: Extract<Write, { op: 'move' }>, { containment, limits, hide, never }: RunSettings, { sides, world }: Prepared, signal: AbortSignal): Promise<string> {
  const argv = ['/bin/sh', '-c', MOVE, 'sh', `./${action.path}`, `./${action.to}`];
  const spec = { root: action.root, seen: sides.merged, cwd: '.', argv, access: 'write', limits, toolchains: [], hide, never } as const;
  const plan = await planSandbox(spec, containment);
  const { exit, output } = await runSandboxed(spec, plan, containment, { signal, world });
  if (exit !== 0) throw new Refused('busy', `${action.path} can't be moved: ${new TextDecoder().decode(output).trim() || 'it was stopped'}`);
  return `moved ${action.path} to ${action.to}`;
}

