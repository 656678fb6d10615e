// For what can't be rehearsed: copies what stands at some paths before it is changed by other means, and looks
// afterwards at what stands there then, so that the same undo takes it back. What can't be kept is named.
import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import type { Change, Unlandable } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { isId, type Id } from '../model/id.ts';
import { isInside } from '../model/path.ts';
import { withRoot } from './beneath.ts';
import { isStill } from './commit-content.ts';
import { makePrivate } from './commit-private.ts';
import { isLeaf, type Side } from './commit-steps.ts';
import { Syncs } from './commit-sync.ts';
import type { Places } from './commit-transaction.ts';
import { Refused, shown } from './files-refused.ts';
import type { Move, Was } from './journal.ts';
import { namesIn } from './names-in.ts';
import { removeUndo } from './pre-images.ts';
import { copyInto, digestOfFile, digestOfKept } from './undo-before-copy.ts';
import { topsOf, walkFrom, type Seen } from './undo-before-walk.ts';
import { BEFORE_NAME, openRecord, readAbout, readBefore, removeBefore, undoFolder, writeBefore, writeRecord } from './undo-record.ts';
import { changesBetween } from './undo-steps.ts';

export interface KeepOptions {
  /** Absolute folders that are closed to all that a tool does; they are passed over. */
  readonly never?: readonly string[];
  readonly signal?: AbortSignal;
  /** Of all that stands there. */
  readonly most?: { readonly files: number; readonly bytes: number };
}

/** What will not come back, by name. */
export interface Left {
  readonly left: readonly Unlandable[];
}

const MOST = { files: 200_000, bytes: 2 * 1024 ** 3 };

/**
 * Keeps what stands at `paths` (a folder with all that is in it; `.` is everything) as what an undo of `id` goes back
 * to. Durable on return; the workspace isn't changed. If we crash before `sealAfter`, `unsealed` names it.
 * @throws Fault `commit.twice`, `undo.too-large`; Refused.
 */
export async function keepBefore(id: Id, root: string, paths: readonly WorkPath[], places: Pick<Places, 'undo'>, options: KeepOptions = {}): Promise<Left> {
  const folder = undoFolder(places.undo, id);
  if (existsSync(folder)) throw new Fault('commit.twice', 'this action has landed before', 'propose it again as a new action');
  for (const path of paths) if (!isInside(path)) throw new Refused('outside', `${shown(path)} isn't a path inside the workspace.`);
  makePrivate(places.undo);
  makePrivate(folder);
  try {
    return await withRoot({ root, never: options.never ?? [] }, async (open) => {
      const watched = topsOf(open, paths);
      const found: Move[] = [];
      const left: Unlandable[] = [];
      const syncs = new Syncs();
      const { files, bytes } = options.most ?? MOST;
      let total = 0n;
      for await (const seen of walkFrom(open, watched, left)) {
        options.signal?.throwIfAborted();
        total += seen.stat.size;
        if (found.length >= files || total > BigInt(bytes)) throw tooLarge(files, bytes);
        const n = found.length;
        const digest = seen.was.type === 'file' ? await copyInto(seen, join(folder, `${n}`), syncs, left) : '';
        if (digest !== null) found.push({ ...NOTHING, n, path: seen.path, base: sideOf(seen.was, digest), was: seen.was, kept: seen.was.type === 'file' ? 'copied' : 'none' });
      }
      await syncs.done(folder);
      writeBefore(folder, { action: id, root, watched: [...watched], found, left });
      return { left };
    });
  } catch (error) {
    removeUndo(folder);
    throw error;
  }
}

/**
 * Looks at the same paths again: from now on `undo` takes back what changed between. Gives what changed; nothing is
 * kept where nothing did. May be called again after a crash.
 * @throws Fault `undo.none`, `undo.damaged`; Refused `changing` while something still writes there: call it again.
 */
export async function sealAfter(id: Id, places: Pick<Places, 'undo'>, options: Pick<KeepOptions, 'never' | 'signal'> = {}): Promise<Left & { readonly changes: readonly Change[] }> {
  const folder = undoFolder(places.undo, id);
  const before = readBefore(folder);
  if (before !== null && readAbout(folder) !== null) {
    // We crashed right before the end.
    const { moves } = openRecord(places.undo, id);
    clearAway(folder, moves);
    return { changes: changesBetween(moves), left: before.left };
  }
  if (before === null) throw new Fault('undo.none', 'nothing was kept before this action', 'look at `pwb log`');
  return withRoot({ root: before.root, never: options.never ?? [] }, async (open) => {
    const old = new Map(before.found.map((move) => [move.path, move]));
    const unkept = new Set(before.left.map(({ path }) => path));
    const left: Unlandable[] = [...before.left];
    const moves: Move[] = [];
    for await (const seen of walkFrom(open, before.watched, left)) {
      options.signal?.throwIfAborted();
      const was = old.get(seen.path);
      old.delete(seen.path);
      // What stood there couldn't be kept, so what stands there now can't be taken for new.
      if (unkept.has(seen.path)) continue;
      const move = await moveTo(folder, was ?? { ...NOTHING, n: before.found.length + moves.length, path: seen.path }, seen, left);
      if (move !== null) moves.push(move);
    }
    for (const gone of old.values()) moves.push({ ...gone, base: await wholeSide(folder, gone) });
    const sorted = moves.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    if (sorted.length === 0) removeUndo(folder);
    else {
      writeRecord(folder, { op: 'land', id, action: before.action, root: before.root }, sorted);
      clearAway(folder, sorted);
    }
    return { changes: changesBetween(sorted), left: uniqueBy(left) };
  });
}

/** Actions of which it isn't known what came: a crash was between the two. `sealAfter` settles each. */
export function unsealed(places: Pick<Places, 'undo'>): readonly Id[] {
  return namesIn(places.undo).filter(isId).filter((id) => {
    const folder = undoFolder(places.undo, id);
    return existsSync(join(folder, BEFORE_NAME));
  });
}

/** Null when nothing changed there. */
async function moveTo(folder: string, old: Move, seen: Seen, left: Unlandable[]): Promise<Move | null> {
  const { was: fresh } = seen;
  if (old.was !== null && fresh.type === old.was.type) {
    if (fresh.type === 'folder' ? fresh.mode === old.was.mode : fresh.type === 'link' ? fresh.target === old.was.target && fresh.mtime === old.was.mtime : isStill(seen.stat, old.was)) return null;
  }
  const digest = fresh.type === 'file' ? await digestOfFile(seen, left) : '';
  if (digest === null) return null;
  const [base, wanted] = [await wholeSide(folder, old), sideOf(fresh, digest)];
  // Written again with what it was.
  if (base.type === 'file' && wanted.type === 'file' && base.digest === wanted.digest && old.was?.mode === fresh.mode && old.was.mtime === fresh.mtime) return null;
  return { ...old, base, wanted, fresh };
}

/** With the digest of what was kept, where that was copied without being read. */
async function wholeSide(folder: string, { base, n, path }: Move): Promise<Side> {
  return base.type === 'file' && base.digest === '' ? { ...base, digest: await digestOfKept(join(folder, `${n}`), path) } : base;
}

function sideOf({ type, mode, target }: Was, digest: string): Side {
  switch (type) {
    case 'file':
      return { type, digest, mode: mode & 0o777 };
    case 'link':
      return { type, digest: sha256(target ?? '') };
    case 'folder':
      return { type, mode: mode & 0o1777 };
  }
}

// If we crash in here the record stands, and what is left over goes with it.
function clearAway(folder: string, moves: readonly Move[]): void {
  const needed = new Set(moves.filter(({ base }) => isLeaf(base)).map(({ n }) => `${n}`));
  for (const name of namesIn(folder)) if (/^\d+$|\.tmp$/.test(name) && !needed.has(name)) unlinkSync(join(folder, name));
  removeBefore(folder);
}

function uniqueBy(left: readonly Unlandable[]): readonly Unlandable[] {
  return [...new Map(left.map((one) => [one.path, one])).values()];
}

function tooLarge(files: number, bytes: number): Fault {
  return new Fault('undo.too-large', `what would have to be kept for undo is more than ${files} files or ${Math.round(bytes / 1024 ** 2)} MiB`, 'keep a copy of your own, or work in a smaller folder');
}

const NOTHING: Omit<Move, 'n' | 'path'> = { base: { type: 'none' }, wanted: { type: 'none' }, was: null, fresh: null, timed: false, inPlace: false, staged: '', inside: false, recent: false, kept: 'none' };
