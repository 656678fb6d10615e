// The renames: carries a decided intent forward, or back. Each step looks at what is there and in the stage before
// it acts, so that either way can be begun again after a crash at any point. INVARIANT: `n…` in the stage is content
// not placed yet (a made folder with all that is in it), `o…` is what was taken; the two say how far a step came.
import { linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { systemCode } from '../model/fault.ts';
import { nameOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import type { Entry, Folder } from './beneath-folder.ts';
import type { Conflict } from './commit-bases.ts';
import { digestAt, isStill, isWas } from './commit-content.ts';
import { chmodFolder, setLooks } from './commit-modes.ts';
import { inParents, type Parents } from './commit-parents.ts';
import type { Stage } from './commit-stage.ts';
import { digestOfSide, isLeaf, makes, removes, takes } from './commit-steps.ts';
import { giveName } from './files-land.ts';
import { inWords, Drifted } from './files-refused.ts';
import type { Intent, Move, Was } from './journal.ts';

export interface Carriage {
  readonly root: Root;
  readonly stage: Stage;
  readonly intent: Intent;
  /** Has this taken file been moved on to the pre-images already? */
  movedOn(move: Move): boolean;
  /** Something is in the way that isn't ours. While landing this throws; in recovery it is left alone and named. */
  foreign(conflict: Conflict): void;
  /** False in recovery: a crash in the middle moved change times. */
  readonly strict: boolean;
}

/** What a disk without hard links answers, or a kernel that only links a user's own files. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

export function carryForward(carriage: Carriage): void {
  const { moves } = carriage.intent;
  openUp(carriage);
  each(carriage, moves.filter(takes), take, isOut);
  each(carriage, moves.filter(removes).toReversed(), removeFolder, isGone);
  each(carriage, moves.filter((move) => makes(move) && !move.inside), makeFolder, isIn);
  each(carriage, moves.filter(({ wanted, inPlace, inside }) => isLeaf(wanted) && !inPlace && !inside), put, isIn);
  each(carriage, moves.filter(({ inPlace }) => inPlace), (_, folder, move) => setLooks(folder, nameOf(move.path), move, move.fresh), isGone);
  closeUp(carriage, false);
}

export function carryBack(carriage: Carriage): void {
  const { moves } = carriage.intent;
  openUp(carriage);
  each(carriage, moves.filter(({ inPlace }) => inPlace), (_, folder, move) => setLooks(folder, nameOf(move.path), move, move.was), isGone);
  each(carriage, moves.filter(({ wanted, inPlace }) => isLeaf(wanted) && !inPlace).toReversed(), putBack, isNotHeld);
  each(carriage, moves.filter(makes).toReversed(), unmakeFolder, isGone);
  each(carriage, moves.filter(removes), restoreFolder, isNeeded);
  each(carriage, moves.filter(takes), takeBack, isNotHeld);
  closeUp(carriage, true);
}

type Act = (carriage: Carriage, folder: Folder, move: Move) => void;
/** Where a name's folder is gone: has this step nothing (left) to do there? */
type Settled = (carriage: Carriage, move: Move) => boolean;

function each(carriage: Carriage, moves: readonly Move[], act: Act, settled: Settled): void {
  inParents(carriage.root, (parents) => {
    for (const move of moves) {
      const folder = parents.of(move.path);
      try {
        if (folder !== null) act(carriage, folder, move);
        else if (!settled(carriage, move)) inTheWay(carriage, move, 'gone');
      } catch (error) {
        throw inWords(error, move.path);
      }
    }
  });
}

const isOut: Settled = (carriage, move) => isHeld(carriage, move) || carriage.movedOn(move);
const isIn: Settled = ({ stage }, { staged }) => stage.folder.peek(staged) === null;
const isGone: Settled = () => true;
const isNotHeld: Settled = (carriage, move) => !isHeld(carriage, move);
const isNeeded: Settled = () => false;

function isHeld({ stage }: Carriage, { n }: Move): boolean {
  return stage.folder.peek(`o${n}`) !== null;
}

/** A file or link goes from its name to the stage; what was taken is looked at again there, where nobody else comes. */
function take(carriage: Carriage, folder: Folder, move: Move): void {
  const { stage } = carriage;
  const { taken, now } = state(carriage, folder, move);
  if (taken) return;
  if (now === null || !isBase(carriage, now, move)) return inTheWay(carriage, move, now === null ? 'gone' : 'changed');
  folder.check();
  renameSync(folder.at(nameOf(move.path)), stage.folder.at(`o${move.n}`));
  if (isTaken(stage, move)) return;
  giveName(stage.folder, `o${move.n}`, folder, nameOf(move.path));
  inTheWay(carriage, move, 'changed');
}

function put(carriage: Carriage, folder: Folder, move: Move): void {
  const { stage } = carriage;
  const name = nameOf(move.path);
  const fresh = move.staged;
  const { now, taken, ready } = state(carriage, folder, move);
  if (!ready) return;
  folder.check();
  if (now !== null && move.fresh !== null && isSame(now, move.fresh)) return unlinkSync(stage.folder.at(fresh));
  if (!isLeaf(move.base) || (now === null && taken)) {
    if (now !== null) return inTheWay(carriage, move, 'appeared');
    return giveName(stage.folder, fresh, folder, name);
  }
  if (now === null || !isBase(carriage, now, move)) return inTheWay(carriage, move, now === null ? 'gone' : 'changed');
  if (!taken) {
    const wholly = hold(stage, folder, move);
    if (!isTaken(stage, move)) {
      // What we hold isn't what was judged: it stays, or gets its name back.
      if (wholly) giveName(stage.folder, `o${move.n}`, folder, name);
      else unlinkSync(stage.folder.at(`o${move.n}`));
      return inTheWay(carriage, move, 'changed');
    }
    if (wholly) return giveName(stage.folder, fresh, folder, name);
  }
  // The name never is without a file. If we crash before this the old one stands, after it the new one.
  renameSync(stage.folder.at(fresh), folder.at(name));
}

/** Holds the old file by a second name; true when the disk has no such thing and the file had to be taken out of its own. */
function hold(stage: Stage, folder: Folder, { path, n }: Move): boolean {
  try {
    linkSync(folder.at(nameOf(path)), stage.folder.at(`o${n}`));
    return false;
  } catch (error) {
    if (!NO_LINKS.has(systemCode(error))) throw error;
    renameSync(folder.at(nameOf(path)), stage.folder.at(`o${n}`));
    return true;
  }
}

function putBack(carriage: Carriage, folder: Folder, move: Move): void {
  const { stage } = carriage;
  const at = folder.at(nameOf(move.path));
  const { now, ready } = state(carriage, folder, move);
  const held = isHeld(carriage, move);
  const ours = now !== null && move.fresh !== null && isSame(now, move.fresh);
  folder.check();
  if (held && (ours || now === null)) renameSync(stage.folder.at(`o${move.n}`), at);
  else if (ours) unlinkSync(at);
  else if (now !== null && !ready && !(move.was !== null && isWas(now.stat, move.was))) inTheWay(carriage, move, 'changed');
}

function takeBack(carriage: Carriage, folder: Folder, move: Move): void {
  if (!isHeld(carriage, move)) return;
  folder.check();
  try {
    giveName(carriage.stage.folder, `o${move.n}`, folder, nameOf(move.path));
  } catch (error) {
    if (!(error instanceof Drifted)) throw error;
    inTheWay(carriage, move, 'appeared');
  }
}

/** A made folder comes from the stage too, so that it is known for ours by its inode. */
function makeFolder(carriage: Carriage, folder: Folder, move: Move): void {
  const { now, ready } = state(carriage, folder, move);
  if (!ready) return;
  if (now !== null) return inTheWay(carriage, move, 'appeared');
  folder.check();
  renameSync(carriage.stage.folder.at(move.staged), folder.at(nameOf(move.path)));
}

function unmakeFolder(carriage: Carriage, folder: Folder, move: Move): void {
  const now = folder.peek(nameOf(move.path));
  if (now !== null && move.fresh !== null && isSame(now, move.fresh)) removeFolder(carriage, folder, move);
}

function restoreFolder(carriage: Carriage, folder: Folder, move: Move): void {
  const now = folder.peek(nameOf(move.path));
  if (now?.type === 'folder') return;
  if (now !== null) return inTheWay(carriage, move, 'appeared');
  folder.check();
  mkdirSync(folder.at(nameOf(move.path)), 0o700);
}

function removeFolder(carriage: Carriage, folder: Folder, move: Move): void {
  folder.check();
  try {
    rmdirSync(folder.at(nameOf(move.path)));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || (code === 'ENOTDIR' && !carriage.strict)) return;
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(code)) throw error;
    inTheWay(carriage, move, 'changed');
  }
}

/** Folders that we work in and may not write to are opened to ourselves for the time being; a crash leaves that to the recovery. */
function openUp({ root, intent }: Carriage): void {
  inParents(root, (parents) => {
    for (const { path, mode } of intent.opened) setMode(parents, path, mode | 0o700, null, null);
    // Once closed as they were meant to be, folders that we made don't let us work in them.
    for (const { path, wanted, was, fresh } of intent.moves) if (wanted.type === 'folder' && fresh !== null) setMode(parents, path, (was?.type === 'folder' ? was.mode : 0) | 0o700, null, fresh.ino);
  });
}

/** Modes and times of folders come last, the deepest first, since our own work in them moves their times. */
function closeUp({ root, intent }: Carriage, back: boolean): void {
  const last = new Map<WorkPath, { readonly mode: number; readonly mtime: bigint | null; readonly ino: string | null }>();
  for (const { path, mode } of intent.opened) last.set(path, { mode, mtime: null, ino: null });
  for (const move of intent.moves) {
    const { path, base, wanted, was, fresh, timed } = move;
    if (back && base.type === 'folder' && was !== null) last.set(path, { mode: was.mode, mtime: removes(move) || timed ? BigInt(was.mtime) : null, ino: null });
    if (!back && wanted.type === 'folder' && fresh !== null) last.set(path, { mode: fresh.mode, mtime: makes(move) || timed ? BigInt(fresh.mtime) : null, ino: fresh.ino });
  }
  inParents(root, (parents) => {
    for (const [path, { mode, mtime, ino }] of [...last].toSorted(([a], [b]) => (a < b ? 1 : -1))) setMode(parents, path, mode, mtime, ino);
  });
}

function setMode(parents: Parents, path: WorkPath, mode: number, mtime: bigint | null, ino: string | null): void {
  const folder = parents.folder(path);
  // Gone by now, or another: then there is nothing of ours to set.
  if (folder !== null && (ino === null || `${folder.stat.ino}` === ino)) chmodFolder(folder, mode, mtime);
}

interface State {
  readonly now: Entry | null;
  /** The old one is in our hands. */
  readonly taken: boolean;
  /** The new one is still in the stage. */
  readonly ready: boolean;
}

function state(carriage: Carriage, folder: Folder, move: Move): State {
  const { stage } = carriage;
  // While landing nothing has been begun that isn't in our hands.
  if (carriage.strict) return { now: folder.peek(nameOf(move.path)), taken: false, ready: true };
  return { now: folder.peek(nameOf(move.path)), taken: isOut(carriage, move), ready: stage.folder.peek(move.staged) !== null };
}

/** What has more names was perhaps handled by another of them: then its content is looked at once we hold it. */
function isBase({ strict }: Carriage, { stat }: Entry, { was, recent }: Move): boolean {
  return was !== null && (strict && !(recent && was.links > 1) ? isStill(stat, was) : isWas(stat, was));
}

function isTaken(stage: Stage, { n, was, base, recent }: Move): boolean {
  const entry = stage.folder.peek(`o${n}`);
  if (entry === null || was === null || !isWas(entry.stat, was)) return false;
  return !recent || base.type !== 'file' || digestAt(stage.folder, `o${n}`) === base.digest;
}

function isSame({ stat }: Entry, { ino, dev }: Was): boolean {
  return `${stat.ino}` === ino && `${stat.dev}` === dev;
}

function inTheWay({ foreign }: Carriage, { path, base, wanted }: Move, why: Conflict['why']): void {
  foreign({ path, why, base: digestOfSide(base), now: null, wanted: digestOfSide(wanted) });
}
