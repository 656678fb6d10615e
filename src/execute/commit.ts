// Lands judged effects in the workspace: all of them or none, byte for byte as judged, with the old content kept for
// undo. Refuses by name what can't be done so; what changed underneath is a conflict and is never overwritten.
import { closeSync, realpathSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import type { Change } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { nameOf } from '../model/path.ts';
import { Root } from './beneath.ts';
import { readLink, type Folder } from './beneath-folder.ts';
import { copyOpen, identityOf, openOurs, wasOf } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import type { Stage } from './commit-stage.ts';
import { stepsOf } from './commit-steps.ts';
import type { Syncs } from './commit-sync.ts';
import { carryOut, type Ended, type Options, type Places } from './commit-transaction.ts';
import { Drifted, Refused, shown } from './files-refused.ts';
import type { Move, Was } from './journal.ts';

export type { Conflict } from './commit-bases.ts';
export type { Ended, Note, Options, Places } from './commit-transaction.ts';
export { recoverLandings, type Recovered } from './commit-recover.ts';
export { undo, type Undone, type UndoOptions } from './undo.ts';

export interface Landing {
  /** The action: what it changes can be undone by this id. */
  readonly id: Id;
  /** Absolute, links resolved. */
  readonly root: string;
  /** The folder with the judged content, laid out as the workspace is. Only read where `changes` say so. */
  readonly source: string;
  /** All that is to happen, and nothing else will. */
  readonly changes: readonly Change[];
  /**
   * Wall ms before the rehearsal read anything. A base that changed later is a conflict, so when an earlier part of
   * the same draft has landed since, this is the time after that.
   */
  readonly started: number;
  /** What we landed in between, of actions on which this one was rehearsed, and the wall ms after that. */
  readonly later?: { readonly paths: ReadonlySet<WorkPath>; readonly at: number };
}

/**
 * Lands it. Without changes nothing is touched and the id isn't used up. A name that is to be deleted and is gone
 * already is a conflict like any other: whoever deleted it, there would be nothing to undo. Throws Refused and Drifted (nothing
 * was changed), or Fault (see carryOut).
 */
export async function land(landing: Landing, places: Places, options: Options = {}): Promise<Ended> {
  const { id, root, changes, started, later } = landing;
  if (changes.length === 0) return { touched: [], notes: [] };
  const source = new Root({ root: realpathSync(landing.source) });
  const parents = new Parents(source);
  try {
    return await carryOut({ op: 'land', id, action: id, root, steps: stepsOf(changes), rules: { started, ...(later === undefined ? {} : { later }), breakLinks: true }, supply: (move, stage, syncs) => fromSource(parents, move, stage, syncs), times: (move) => timeInSource(parents, move), source: source.top.realPath(), retires: null }, places, options);
  } finally {
    parents.close();
    source.close();
  }
}

async function fromSource(parents: Parents, move: Move, stage: Stage, syncs: Syncs): Promise<{ readonly fresh: Was; readonly owned: boolean }> {
  const { path, wanted, staged } = move;
  const folder = parents.of(path);
  if (wanted.type === 'file' && folder !== null) return copyFile(folder, move, wanted, stage, syncs);
  const entry = folder?.peek(nameOf(path)) ?? null;
  // A folder may be known by the changes alone, where there was no need to keep it.
  if (wanted.type === 'folder' && entry?.type !== 'folder') return { fresh: stage.makeFolder(staged, wanted.mode ?? 0o755, BigInt(Date.now()) * 1_000_000n), owned: true };
  if (folder === null || entry === null) throw drifted(path, 'is missing');
  switch (wanted.type) {
    case 'none':
      throw drifted(path, 'should not be');
    case 'folder':
      return { fresh: stage.makeFolder(staged, wanted.mode ?? Number(entry.stat.mode) & 0o1777, entry.stat.mtimeNs), owned: true };
    case 'link': {
      const target = entry.type === 'link' ? readLink(folder, nameOf(path), path) : null;
      if (target === null || sha256(target) !== wanted.digest) throw drifted(path, 'is another');
      return { fresh: stage.link(staged, target, entry.stat.mtimeNs), owned: true };
    }
    case 'file':
      return copyFile(folder, move, wanted, stage, syncs);
  }
}

function timeInSource(parents: Parents, { path, wanted }: Move): bigint {
  const entry = parents.of(path)?.peek(nameOf(path)) ?? null;
  if (entry?.type !== wanted.type) throw drifted(path, entry === null ? 'is missing' : 'is another');
  return entry.stat.mtimeNs;
}

async function copyFile(folder: Folder, { path, was, staged }: Move, wanted: { readonly digest: string; readonly mode: number | null }, stage: Stage, syncs: Syncs): Promise<{ readonly fresh: Was; readonly owned: boolean }> {
  const open = openOurs(folder.at(nameOf(path)));
  if (open === null) throw drifted(path, 'is no file');
  try {
    if ((open.stat.mode & 0o7000n) !== 0n) throw new Refused('special', `${shown(path)} carries special rights (setuid, setgid, sticky), which never land.`);
    const mode = wanted.mode ?? Number(open.stat.mode) & 0o777;
    const owner = was?.type === 'file' ? { uid: was.uid, gid: was.gid } : null;
    const copied = await copyOpen(open.fd, open.stat, stage.folder.at(staged), { mode, mtime: open.stat.mtimeNs, owner }, syncs);
    const fresh = wasOf(copied.stat, null);
    // INVARIANT: the bytes that will land are digested as they are written, so what was judged is what lands.
    if (fresh === null || copied.digest === null || (copied.digest !== wanted.digest && identityOf(open.stat) !== wanted.digest)) throw drifted(path, 'has other content');
    return { fresh, owned: copied.owned };
  } finally {
    closeSync(open.fd);
  }
}

function drifted(path: WorkPath, what: string): Drifted {
  return new Drifted(path, `${shown(path)} ${what} in the rehearsal than what was judged, so nothing was done. Rehearse it again.`);
}
