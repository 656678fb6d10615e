// Takes a landing back: the old content returns to every name that still is what the landing made of it. Where a
// later edit is in the way it says so and changes nothing, unless the person says `over` for that name.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { canonicalText } from '../model/canonical.ts';
import type { Change } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { copyOpen, openOurs, wasOf } from './commit-content.ts';
import type { Stage } from './commit-stage.ts';
import { digestOfSide } from './commit-steps.ts';
import type { Syncs } from './commit-sync.ts';
import { carryOut, type Ended, type Options, type Places } from './commit-transaction.ts';
import { Drifted, shown } from './files-refused.ts';
import type { Move, Was } from './journal.ts';
import { linkOld } from './pre-images.ts';
import { openRecord, undoFolder, type Record } from './undo-record.ts';
import { changesOf, damagedIn, inverse, isOver, MOST_ROUNDS, rulesOf, settle } from './undo-steps.ts';

export interface UndoOptions extends Options {
  /** Names whose later edits are replaced (kept by the undo, which can itself be undone), or left out where they can't be. */
  readonly over?: readonly WorkPath[];
  /** What it is known by, and can itself be undone by: the action's own. Without it a new id. */
  readonly id?: Id;
  /** What was judged (the changes of `foreseeUndo`): if it would do anything else by now, Drifted is thrown and nothing is done. */
  readonly expected?: readonly Change[];
}

/** `undo` is the id by which this undo itself can be undone; absent when there was nothing left to do. */
export type Undone = Ended & { readonly undo?: Id };

/** Throws Refused and Drifted (nothing was changed), Fault `undo.none` and `undo.damaged`, and as carryOut does. */
export async function undo(id: Id, places: Places, options: UndoOptions = {}): Promise<Undone> {
  const record = openRecord(places.undo, id);
  const folder = undoFolder(places.undo, id);
  const byPath = new Map(record.moves.map((move) => [move.path, move]));
  const over = new Set(options.over);
  let steps = inverse(record);
  const own = options.id ?? newId();
  // Each time round, every conflict that the person gave leave for is settled; a new one may show then.
  for (let round = 1; ; round += 1) {
    const damaged = await damagedIn(folder, record, steps);
    const ended: Ended = damaged.length > 0 ? { conflicts: damaged } : await carryOut({
      op: 'undo', id: own, action: options.id ?? record.action, root: record.root, steps, rules: rulesOf(record), retires: folder,
      ...(options.expected === undefined ? {} : { judge: judgeBy(options.expected, record) }),
      supply: (move, stage, syncs) => fromRecord(folder, byPath.get(move.path), move, stage, syncs),
      times: ({ path }) => BigInt(known(path, byPath.get(path)).was.mtime),
    }, places, options);
    if (!('conflicts' in ended)) return ended.touched.length === 0 ? ended : { ...ended, undo: own };
    if (round >= MOST_ROUNDS || !ended.conflicts.every((one) => isOver(over, one))) return ended;
    steps = settle(steps, ended.conflicts);
  }
}

/** The very changes that were judged, in the workspace as it is under our lock. */
function judgeBy(expected: readonly Change[], record: Record): (moves: readonly Move[]) => void {
  const judged = new Map(expected.map((change) => [`${change.path} ${change.change}`, textOf(change)]));
  return (moves) => {
    const now = changesOf(record, moves);
    const other = now.find((change) => judged.get(`${change.path} ${change.change}`) !== textOf(change)) ?? expected.find((change) => !now.some(({ path, change: what }) => path === change.path && what === change.change));
    if (other !== undefined) throw new Drifted(other.path, `${shown(other.path)} isn't as it was when this undo was judged, so nothing was done. Look at it again.`);
  };
}

function textOf(change: Change): string {
  return canonicalText({ ...change });
}

function known(path: WorkPath, old: Move | undefined): { readonly old: Move; readonly was: Was } {
  if (old === undefined || old.was === null) throw new Fault('undo.damaged', `nothing is known of what ${shown(path)} was`, 'take the file from your own backup');
  return { old, was: old.was };
}

async function fromRecord(folder: string, found: Move | undefined, move: Move, stage: Stage, syncs: Syncs): Promise<{ readonly fresh: Was; readonly owned: boolean }> {
  // A folder that somebody removed since, and that is needed.
  if (found === undefined && move.wanted.type === 'folder') return { fresh: stage.makeFolder(move.staged, move.wanted.mode ?? 0o755, BigInt(Date.now()) * 1_000_000n), owned: true };
  const { old, was } = known(move.path, found);
  const mtime = BigInt(was.mtime);
  switch (was.type) {
    case 'folder':
      return { fresh: stage.makeFolder(move.staged, was.mode, mtime), owned: true };
    case 'link':
      return { fresh: stage.link(move.staged, was.target ?? '', mtime), owned: true };
    case 'file':
      return restoreFile(join(folder, `${old.n}`), old, move, stage, syncs, was);
  }
}

async function restoreFile(kept: string, old: Move, move: Move, stage: Stage, syncs: Syncs, was: Was): Promise<{ readonly fresh: Was; readonly owned: boolean }> {
  const to = stage.folder.at(move.staged);
  if (old.kept === 'moved' && linkOld(kept, to)) {
    const entry = stage.folder.peek(move.staged);
    const fresh = entry === null ? null : wasOf(entry.stat, null);
    if (fresh !== null) return { fresh, owned: true };
  }
  const open = openOurs(kept);
  if (open === null) throw lost(move.path);
  try {
    const copied = await copyOpen(open.fd, open.stat, to, { mode: was.mode & 0o777, mtime: BigInt(was.mtime), owner: { uid: was.uid, gid: was.gid } }, syncs);
    const fresh = wasOf(copied.stat, null);
    if (fresh === null || copied.digest !== digestOfSide(old.base)) throw lost(move.path);
    return { fresh, owned: copied.owned };
  } finally {
    closeSync(open.fd);
  }
}

function lost(path: WorkPath): Drifted {
  return new Drifted(path, `the kept copy of ${shown(path)} isn't what was kept any more, so nothing was done.`);
}
