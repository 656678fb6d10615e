// Takes a landing back: the old content returns to every name that still is what the landing made of it. Where a
// later edit is in the way it says so and changes nothing, unless the person says `over` for that name.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { copyOpen, digestOfOpen, openPlain, wasOf } from './commit-content.ts';
import type { Conflict } from './commit-bases.ts';
import type { Stage } from './commit-stage.ts';
import { digestOfSide, inOrder, type Side, type Step } from './commit-steps.ts';
import type { Syncs } from './commit-sync.ts';
import { carryOut, type Ended, type Options, type Places } from './commit-transaction.ts';
import { Drifted, shown } from './files-refused.ts';
import type { Move, Record, Was } from './journal.ts';
import { linkOld, openRecord, undoFolder } from './pre-images.ts';

export interface UndoOptions extends Options {
  /** Names whose later edits are replaced (kept by the undo, which can itself be undone), or left out where they can't be. */
  readonly over?: readonly WorkPath[];
}

/** `undo` is the id by which this undo itself can be undone. */
export type Undone = Ended & { readonly undo?: Id };

/** Throws Refused (nothing was changed), Fault `undo.none`, and as carryOut does. */
export async function undo(id: Id, places: Places, options: UndoOptions = {}): Promise<Undone> {
  const record = openRecord(places.undo, id);
  const folder = undoFolder(places.undo, id);
  const byPath = new Map(record.moves.map((move) => [move.path, move]));
  const over = new Set(options.over);
  let steps = inverse(record);
  const own = newId();
  // Each time round, every conflict that the person gave leave for is settled; a new one may show then.
  for (let round = 0; ; round += 1) {
    const damaged = await damagedIn(folder, record, steps);
    const ended: Ended = damaged.length > 0 ? { conflicts: damaged } : await carryOut({
      op: 'undo', id: own, action: record.action, root: record.root, steps, rules: { started: Number.POSITIVE_INFINITY, breakLinks: false }, retires: folder,
      supply: (move, stage, syncs) => fromRecord(folder, byPath.get(move.path), move, stage, syncs),
      times: ({ path }) => BigInt(known(path, byPath.get(path)).was.mtime),
    }, places, options);
    if (!('conflicts' in ended)) return { ...ended, undo: own };
    if (round >= 3 || !ended.conflicts.every(({ path }) => over.has(path))) return ended;
    steps = settle(steps, ended.conflicts);
  }
}

/** What the landing made is the base now, and what it found is wanted. */
function inverse({ moves }: Record): readonly Step[] {
  return inOrder(moves.map(({ path, base, wanted, was, fresh, timed }) => ({ path, base: withMode(wanted, fresh), wanted: withMode(base, was), timed })));
}

function withMode(side: Side, was: Was | null): Side {
  return side.type === 'file' || side.type === 'folder' ? { ...side, mode: was?.mode ?? side.mode } : side;
}

/** Over a later edit: what is there becomes the base. What can't be replaced (a folder that is in use, a lost pre-image) is left out. */
function settle(steps: readonly Step[], conflicts: readonly Conflict[]): readonly Step[] {
  const found = new Map(conflicts.map((one) => [one.path, one]));
  return steps.flatMap((step) => {
    const conflict = found.get(step.path);
    if (conflict === undefined) return [step];
    const base = baseNow(step.base, conflict);
    return base === null || (base.type === 'none' && step.wanted.type === 'none') ? [] : [{ ...step, base }];
  });
}

function baseNow(base: Side, { why, now }: Conflict): Side | null {
  switch (why) {
    case 'gone':
      return { type: 'none' };
    case 'kept':
      return null;
    case 'changed':
    case 'mode':
      if (now === null || base.type === 'folder' || base.type === 'none') return null;
      return base.type === 'file' ? { type: 'file', digest: now, mode: null } : { type: 'link', digest: now };
    case 'appeared':
    case 'type':
      // Only a file can be taken out of the way as one; anything else is left to the person.
      return now === null ? null : { type: 'file', digest: now, mode: null };
  }
}

/** Every pre-image is read once before anything is touched: one that was written to since isn't what was kept. */
async function damagedIn(folder: string, { moves }: Record, steps: readonly Step[]): Promise<readonly Conflict[]> {
  const concerned = new Map(steps.map((step) => [step.path, step]));
  const damaged: Conflict[] = [];
  for (const { path, n, kept, base } of moves) {
    const step = concerned.get(path);
    if (kept === 'none' || step === undefined) continue;
    const open = openPlain(join(folder, `${n}`));
    try {
      const now = open === null ? null : await digestOfOpen(open.fd, open.stat);
      if (now !== digestOfSide(base)) damaged.push({ path, why: 'kept', base: digestOfSide(step.base), now, wanted: digestOfSide(step.wanted) });
    } finally {
      if (open !== null) closeSync(open.fd);
    }
  }
  return damaged;
}

function known(path: WorkPath, old: Move | undefined): { readonly old: Move; readonly was: Was } {
  if (old === undefined || old.was === null) throw new Fault('undo.damaged', `nothing is known of what ${shown(path)} was`, 'take the file from your own backup');
  return { old, was: old.was };
}

async function fromRecord(folder: string, found: Move | undefined, move: Move, stage: Stage, syncs: Syncs): Promise<{ readonly fresh: Was; readonly owned: boolean }> {
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
  const open = openPlain(kept);
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
