// What an undo needs: one folder for each landing (0700), in it the record and the old files, each by its number.
// An old file is kept itself where it can be (see docs/decisions/0007), else as a copy.
import { closeSync, linkSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../model/fault.ts';
import { nameOf } from '../model/path.ts';
import { syncFolder } from '../storage/durable.ts';
import type { Root } from './beneath.ts';
import { copyOpen, openPlain } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import type { Stage } from './commit-stage.ts';
import type { Syncs } from './commit-sync.ts';
import { Drifted, inWords, shown } from './files-refused.ts';
import type { Move } from './journal.ts';

/** Can an old file itself be moved there, or does it lie on another disk? Tried, since bind mounts and containers hide it. */
export function canMove(stage: Stage, folder: string): boolean {
  const [from, to] = [stage.folder.at('probe'), join(folder, 'probe')];
  writeFileSync(from, '', { flag: 'wx', mode: 0o600 });
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EACCES'].includes(systemCode(error))) throw error;
    return false;
  } finally {
    rmSync(to, { force: true });
    rmSync(from, { force: true });
  }
}

/**
 * How each old file is kept; those that are copied are copied now. A file with other names is copied, since it can
 * be written through them later. Throws Drifted when one is no longer what was compared.
 */
export async function keepOld(root: Root, moves: readonly Move[], folder: string, movable: boolean, syncs: Syncs): Promise<readonly Move[]> {
  const parents = new Parents(root);
  const kept: Move[] = [];
  try {
    for (const move of moves) {
      const moved = move.kept === 'copied' && movable && move.was?.links === 1;
      if (move.kept === 'copied' && !moved) await copyOld(parents, move, join(folder, `${move.n}`), syncs);
      kept.push(moved ? { ...move, kept: 'moved' } : move);
    }
    return kept;
  } finally {
    parents.close();
  }
}

async function copyOld(parents: Parents, { path, base, was }: Move, to: string, syncs: Syncs): Promise<void> {
  const folder = parents.of(path);
  const open = folder === null ? null : openPlain(folder.at(nameOf(path)));
  if (open === null || was === null || base.type !== 'file') throw gone(path);
  try {
    const { digest } = await copyOpen(open.fd, open.stat, to, { mode: 0o600, mtime: BigInt(was.mtime), owner: null }, syncs);
    if (digest !== base.digest) throw gone(path);
  } catch (error) {
    throw inWords(error, path);
  } finally {
    closeSync(open.fd);
  }
}

/** Moves the old files on from the stage. May be begun again. */
export function moveOn(stage: Stage, moves: readonly Move[], folder: string): void {
  for (const { n, kept } of moves) {
    if (kept !== 'moved' || stage.folder.peek(`o${n}`) === null) continue;
    renameSync(stage.folder.at(`o${n}`), join(folder, `${n}`));
  }
  syncFolder(folder);
}

export function isMovedOn(folder: string, { n, kept }: Move): boolean {
  return kept === 'moved' && lstatSync(join(folder, `${n}`), { throwIfNoEntry: false }) !== undefined;
}

/** Gives an old file to a stage: itself where it was kept so, else a copy with its looks. False when it must be copied. */
export function linkOld(path: string, to: string): boolean {
  try {
    linkSync(path, to);
    return true;
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error))) throw error;
    return false;
  }
}

export function removeUndo(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function gone(path: string): Drifted {
  return new Drifted(path, `${shown(path)} changed while it was being kept for undo, so nothing was done.`);
}
