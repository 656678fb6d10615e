// All or nothing: looks, stages, decides, renames, finishes. Until the intent is decided nothing in the workspace
// has changed; from then on a crash ends with all of it done, unless we turned back, and then with none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { withRoot, type Root } from './beneath.ts';
import { carryAttributes } from './commit-attributes.ts';
import { lookAtBases, type Conflict, type Rules } from './commit-bases.ts';
import { carryBack, carryForward, type Carriage } from './commit-carry.ts';
import { makePrivate } from './commit-private.ts';
import { finish, recoverSlot } from './commit-recover.ts';
import { Stage, stagePlace } from './commit-stage.ts';
import { isLeaf, type Step } from './commit-steps.ts';
import { Syncs } from './commit-sync.ts';
import { Drifted, inWords, Refused, shown } from './files-refused.ts';
import { takeSlot, type Header, type Intent, type Move, type Slot, type Was } from './journal.ts';
import { canMove, isMovedOn, keepOld, removeUndo } from './pre-images.ts';
import { undoFolder, writeRecord } from './undo-record.ts';

export interface Places {
  /** Both absolute, in the state folder. */
  readonly journal: string;
  readonly undo: string;
}

export interface Options {
  /** Heard until the first name changes. */
  readonly signal?: AbortSignal;
  /** Absolute folders that are closed to all landings, as in Reach. */
  readonly never?: readonly string[];
}

/** `link-broken`: other names of the file keep the old content. `owner-changed`: the system lets no user give a file to another. */
export interface Note {
  readonly path: WorkPath;
  readonly note: 'link-broken' | 'owner-changed';
}

export type Ended = { readonly touched: readonly WorkPath[]; readonly notes: readonly Note[] } | { readonly conflicts: readonly Conflict[] };

/** When what stays in place is to have been changed last, in nanoseconds. Throws Drifted. */
export type Times = (move: Move) => bigint;

/** Puts what a step wants into the stage as `move.staged`, checked against its digest. Throws Refused or Drifted. */
export type Supply = (move: Move, stage: Stage, syncs: Syncs) => Promise<{ readonly fresh: Was; readonly owned: boolean }>;

export interface Order {
  readonly op: Header['op'];
  readonly id: Id;
  readonly action: Id;
  readonly root: string;
  readonly steps: readonly Step[];
  readonly rules: Rules;
  readonly supply: Supply;
  readonly times: Times;
  /** Where what is new comes from, laid out as the workspace is. */
  readonly source?: string;
  /** Looks at what exactly would be done, under the lock. Throws Drifted when that isn't what was judged. */
  readonly judge?: (moves: readonly Move[]) => void;
  /** The pre-images that this uses up. */
  readonly retires: string | null;
}

/** What is to be done, ready in the stage. */
interface Ready {
  readonly stage: Stage;
  readonly intent: Intent;
  readonly notes: readonly Note[];
}

/** Throws Refused (nothing was changed), or Fault: `commit.unfinished` when a disk fails half-way and the next start has to end it. */
export async function carryOut(order: Order, places: Places, options: Options): Promise<Ended> {
  makePrivate(places.journal);
  makePrivate(places.undo);
  return withRoot({ root: order.root, never: options.never ?? [] }, async (root) => {
    const undo = undoFolder(places.undo, order.id);
    // Before the slot names it: what a slot names is cleared away when we crash while staging.
    if (existsSync(undo)) throw new Fault('commit.twice', 'this action has landed before', 'propose it again as a new action');
    const { op, id, action, steps, retires } = order;
    const slot = await takeSlot(places.journal, { op, id, action, root: order.root, stage: stagePlace(root, steps), undo, retires }, recoverSlot, options.signal);
    const ground = await beforeAll(slot, async () => {
      const found = await lookAtBases(root, steps, order.rules);
      if (found.conflicts.length === 0) order.judge?.(found.moves);
      return found;
    });
    if (ground.conflicts.length > 0 || ground.moves.length === 0) {
      slot.close();
      return ground.conflicts.length > 0 ? { conflicts: ground.conflicts } : { touched: [], notes: [] };
    }
    const ready = await prepare(root, slot, order, ground, options.signal);
    const conflicts = await rename(root, slot, ready);
    return conflicts === null ? { touched: ready.intent.moves.map(({ path }) => path), notes: ready.notes } : { conflicts };
  });
}

/** Stages and keeps everything, and decides. Whatever fails in here leaves no trace. */
async function prepare(root: Root, slot: Slot, order: Order, { moves, opened }: Awaited<ReturnType<typeof lookAtBases>>, signal?: AbortSignal): Promise<Ready> {
  const { undo } = slot.header;
  let stage: Stage | null = null;
  try {
    makePrivate(undo);
    stage = Stage.make(root, slot.header.stage);
    const syncs = new Syncs(moves.length);
    const kept = await keepOld(root, moves, undo, canMove(stage, undo), syncs);
    const full: Move[] = [];
    const notes: Note[] = [];
    for (const move of kept) {
      signal?.throwIfAborted();
      const { fresh, owned } = await supplyOne(order, moves, move, stage, syncs);
      full.push({ ...move, fresh });
      if (move.base.type === 'file' && isLeaf(move.wanted) && !move.inPlace && (move.was?.links ?? 1) > 1) notes.push({ path: move.path, note: 'link-broken' });
      if (!owned) notes.push({ path: move.path, note: 'owner-changed' });
    }
    const ready = await carryAttributes(root, full, order.source ?? null, stage, syncs, signal);
    for (const { staged, fresh } of ready) if (fresh?.type === 'folder' && stage.folder.peek(staged) !== null) syncs.addReadable(stage.folder.at(staged), stage.folder.at(staged));
    await syncs.done(stage.folder.self());
    stage.sync();
    writeRecord(undo, { op: order.op, id: order.id, action: order.action, root: order.root }, ready);
    signal?.throwIfAborted();
    const intent: Intent = { v: 1, stageIno: stage.ino, moves: [...ready], opened: [...opened] };
    slot.decide(intent);
    return { stage, intent, notes };
  } catch (error) {
    leaveNoTrace(slot, () => {
      slot.undecide();
      // It may be there although making it failed.
      (stage ?? Stage.find(root, slot.header.stage, null))?.remove();
      removeUndo(undo);
    }, error);
    throw inWords(error, '.');
  }
}

async function supplyOne({ supply, times }: Order, moves: readonly Move[], move: Move, stage: Stage, syncs: Syncs): Promise<{ readonly fresh: Was | null; readonly owned: boolean }> {
  const { wanted, was, inPlace, timed } = move;
  if (wanted.type === 'none') return { fresh: null, owned: true };
  try {
    if (was === null || !(inPlace || (wanted.type === 'folder' && was.type === 'folder'))) return await supply(move, stage, syncs);
    // Nothing is made anew: only a mode or a time changes.
    const mtime = inPlace || timed ? times(move) : BigInt(was.mtime);
    return { fresh: { ...was, mode: wanted.type === 'link' ? was.mode : (wanted.mode ?? was.mode), mtime: `${mtime}` === was.mtime ? was.mtime : `${stage.kept(mtime)}` }, owned: true };
  } catch (error) {
    const twin = systemCode(error) === 'EEXIST' ? twinOf(moves, move.path) : null;
    throw twin === null ? inWords(error, move.path) : oneName(move.path, twin);
  }
}

/** Another name that lands there and differs in case or form only. */
function twinOf(moves: readonly Move[], path: WorkPath): WorkPath | null {
  const folded = (one: WorkPath): string => one.normalize('NFC').toLowerCase();
  return moves.find((other) => other.path !== path && other.wanted.type !== 'none' && folded(other.path) === folded(path))?.path ?? null;
}

function oneName(path: WorkPath, twin: WorkPath): Refused {
  return new Refused('bad-name', `${shown(path)} and ${shown(twin)} are one name on this disk, so they can't both land. Nothing was changed.`);
}

/** Null when all is done; else conflicts, and nothing is. */
async function rename(root: Root, slot: Slot, { stage, intent }: Ready): Promise<readonly Conflict[] | null> {
  const carriage: Carriage = { root, stage, intent, strict: true, movedOn: (move) => isMovedOn(slot.header.undo, move), foreign: (conflict) => { throw new InTheWay(conflict); } };
  try {
    carryForward(carriage);
  } catch (error) {
    leaveNoTrace(slot, () => {
      slot.turnBack();
      const left: Conflict[] = [];
      carryBack({ ...carriage, strict: false, foreign: (conflict) => left.push(conflict) });
      if (left.length > 0) throw new Fault('commit.left', `${left.map(({ path }) => path).join(', ')} changed while we turned back; what was taken from there is kept in ${join(slot.header.root, slot.header.stage.folder, slot.header.stage.name)}`, 'look at both and put them right by hand');
      stage.remove();
      removeUndo(slot.header.undo);
    }, error);
    const path = error instanceof InTheWay ? error.conflict.path : error instanceof Drifted ? error.path : null;
    const twin = path === null ? null : twinOf(intent.moves, path);
    if (path !== null && twin !== null) throw oneName(path, twin);
    if (error instanceof InTheWay) return [error.conflict];
    if (error instanceof Drifted) return [{ path: error.path, why: 'appeared', base: null, now: null, wanted: null }];
    throw inWords(error, '.');
  }
  try {
    await finish(root, stage, intent, slot);
  } catch (error) {
    slot.abandon();
    throw unfinished(error);
  }
  return null;
}

class InTheWay extends Error {
  readonly conflict: Conflict;
  constructor(conflict: Conflict) {
    super(conflict.path);
    this.conflict = conflict;
  }
}

async function beforeAll<T>(slot: Slot, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    slot.close();
    throw error;
  }
}

/** Clears up after a failure and ends the slot; when that fails too, recovery has to. */
function leaveNoTrace(slot: Slot, clear: () => void, cause: unknown): void {
  try {
    clear();
    slot.close();
  } catch (error) {
    slot.abandon();
    if (error instanceof Fault && error.code === 'commit.left') throw error;
    throw unfinished(error, cause);
  }
}

function unfinished(error: unknown, cause: unknown = error): Fault {
  return new Fault('commit.unfinished', `the changes could neither be finished nor taken back (${wordsOf(error)})`, 'look at the disk, then start the workbench again: it ends what was begun, all or nothing', { cause });
}
