// File actions: what a read gives, what a write would do, and landing exactly what was judged. All of it beneath
// the workspace's root; see beneath.ts for how that is held.
import { isOutside, pathsOf, type Read, type WorkPath, type Write } from '../model/action.ts';
import { canonicalText, type Json } from '../model/canonical.ts';
import { UNKNOWN_EFFECTS, type Change, type Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { withRoot, type Reach, type Root } from './beneath.ts';
import { planDelete } from './files-delete.ts';
import { planFolder } from './files-folder.ts';
import { listFolder } from './files-list.ts';
import { planMove } from './files-move.ts';
import { isHiddenName } from './files-near.ts';
import { judgedModes, ownModes, undoOf, type Modes, type Planned } from './files-plan.ts';
import { readFile } from './files-read.ts';
import { Drifted, inWords, Refused, shown, type RefusedCode } from './files-refused.ts';
import { planEdit, planWrite } from './files-write.ts';

export { Drifted, Refused, REFUSALS, type RefusedCode } from './files-refused.ts';

export interface FileResult {
  /** What the model hears. */
  readonly text: string;
  /** What was read or changed: as asked for, and where it really was. */
  readonly touched: readonly WorkPath[];
  /** Of a listing: all that it names. */
  readonly named?: readonly WorkPath[];
  /** Of a read: some of what was asked for is left out. */
  readonly cut?: true;
}

export interface FileOptions {
  /** Absolute folders of the product itself: no tool enters, moves or deletes them. */
  readonly never?: readonly string[];
  /**
   * Is this path kept from models? Of a link's target nothing is read, since policy only saw the link's name; of
   * an edit that can't be done nothing of the text is told. Without it the names of hidden.ts count.
   */
  readonly hidden?: (path: WorkPath) => boolean;
  /** The root as a rehearsal sees it: see Reach. */
  readonly seen?: string;
  /** For tests of the way without descriptors. */
  readonly means?: Reach['means'];
}

export interface ReadOptions extends FileOptions {
  /** Most lines where no end is asked for (400), and most bytes of text (32 KiB). */
  readonly lines?: number;
  readonly bytes?: number;
  readonly signal?: AbortSignal;
}

/** Lists or reads. Throws Refused with words for the model, or a Fault. */
export async function readFiles(action: Extract<Read, { op: 'list' | 'read' }>, options: ReadOptions = {}): Promise<FileResult> {
  return await onRoot(action, options, (root) => (action.op === 'list' ? listFolder(root, action, options) : readFile(root, action, options)));
}

/**
 * What a write would do, with diffs. Changes nothing. Throws Refused with words for the model, or a Fault. A path that
 * is outside by its name isn't looked at: its effects are unknown, so that policy denies it and the log says by which rule.
 */
export async function previewWrite(action: Write, options: FileOptions = {}): Promise<Effects> {
  if (pathsOf(action).some(isOutside)) return UNKNOWN_EFFECTS;
  return await onRoot(action, options, async (root) => {
    const { changes, diffs: make } = await plan(root, action, ownModes(), options);
    const diffs = await make();
    return { certainty: 'known', changes, diffs, undo: undoOf(changes, diffs) };
  });
}

/**
 * Lands exactly the judged effects: they are worked out again from the files as they are now, and anything else than
 * the judged changes is Drifted. Throws Drifted or Refused, having changed nothing unless `touched` says so, or a Fault.
 */
export async function applyWrite(action: Write, effects: Effects, options: FileOptions = {}): Promise<FileResult> {
  if (effects.certainty !== 'known') throw new Fault('files.unjudged', `the effects of ${action.op} ${shown(action.path)} were not known when it was judged`, 'ask for it again');
  return await onRoot(action, options, async (root) => {
    const planned = await planAgain(root, action, judgedModes(effects), options);
    const other = difference(effects.changes, planned.changes);
    if (other !== null) throw new Drifted(other, `${shown(other)} has changed since this was judged, so nothing was done. Look at it again.`);
    return await planned.land();
  });
}

async function plan(root: Root, action: Write, modes: Modes, { hidden = isHiddenName }: FileOptions): Promise<Planned> {
  switch (action.op) {
    case 'write':
      return await planWrite(root, action, modes);
    case 'edit':
      return await planEdit(root, action, hidden(action.path));
    case 'move':
      return await planMove(root, action, modes);
    case 'delete':
      return await planDelete(root, action);
    case 'mkdir':
      return planFolder(root, action, modes);
  }
}

/** Refusals that can only come from a change since the judgement, where a plan was possible. */
const DRIFT: ReadonlySet<RefusedCode> = new Set(['not-found', 'exists', 'is-folder', 'not-folder', 'link', 'special', 'binary', 'no-match', 'many-matches', 'no-change', 'too-many', 'changing']);

async function planAgain(root: Root, action: Write, modes: Modes, options: FileOptions): Promise<Planned> {
  try {
    return await plan(root, action, modes, options);
  } catch (error) {
    if (error instanceof Refused && DRIFT.has(error.code)) throw new Drifted(action.path, `${shown(action.path)} has changed since this was judged, so nothing was done. ${error.message}`);
    throw error;
  }
}

/** The path of the first change that isn't the same in both. */
function difference(judged: readonly Change[], now: readonly Change[]): WorkPath | null {
  const text = (change: Change | undefined): string => (change === undefined ? '' : canonicalText({ ...change } satisfies Json));
  for (let i = 0; i < Math.max(judged.length, now.length); i += 1) {
    if (text(judged[i]) !== text(now[i])) return judged[i]?.path ?? now[i]?.path ?? '.';
  }
  return null;
}

async function onRoot<T>(action: Read | Write, options: FileOptions, work: (root: Root) => Promise<T>): Promise<T> {
  const reach: Reach = { root: action.root, ...(options.seen === undefined ? {} : { seen: options.seen }), ...(options.never === undefined ? {} : { never: options.never }), ...(options.means === undefined ? {} : { means: options.means }) };
  try {
    return await withRoot(reach, work);
  } catch (error) {
    throw inWords(error, action.path);
  }
}
