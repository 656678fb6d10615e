// Ends what a crash cut off: a decided landing goes forward, one that had turned back goes on back, and one that was
// still being staged is cleared away. Never overwrites what somebody changed since.
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { nameOf, parentOf } from '../model/path.ts';
import { Root } from './beneath.ts';
import { carryBack, carryForward, type Carriage } from './commit-carry.ts';
import { inParents } from './commit-parents.ts';
import { Stage } from './commit-stage.ts';
import { Syncs } from './commit-sync.ts';
import { syncFolder } from './files-land.ts';
import { brokenSlots, type Intent, type Open, type Slot } from './journal.ts';
import { isMovedOn, moveOn, removeUndo } from './pre-images.ts';

export interface Recovered {
  /** The action whose landing or undo it was. */
  readonly id: Id;
  readonly op: 'land' | 'undo';
  /** `waiting`: it can't be ended yet (the disk is not there, or fails); the next start tries again. */
  readonly ended: 'old' | 'new' | 'waiting';
  /** Names that somebody else changed after the crash: they were left as they are. */
  readonly left: readonly WorkPath[];
  readonly why?: string;
}

/** At start-up, before anything lands: ends every landing and undo whose process is gone. */
export function recoverLandings(places: { readonly journal: string }): Promise<readonly Recovered[]> {
  const ended: Recovered[] = [];
  for (const slot of brokenSlots(places.journal)) {
    try {
      ended.push(recoverSlot(slot.read()));
    } catch (error) {
      ended.push({ id: slot.header.action, op: slot.header.op, ended: 'waiting', left: [], why: wordsOf(error) });
    }
  }
  return Promise.resolve(ended);
}

/** Ends one. Throws what keeps it from being ended; it may be tried again. */
export function recoverSlot(open: Open): Recovered {
  const { slot } = open;
  const { header } = slot;
  const root = new Root({ root: header.root });
  const left: WorkPath[] = [];
  try {
    const stage = Stage.find(root, header.stage, open.phase === 'staging' ? null : open.intent.stageIno);
    // Without its stage a decided landing is one that had come to its end.
    if (open.phase !== 'staging' && stage !== null) {
      const carriage: Carriage = { root, stage, intent: open.intent, strict: false, movedOn: (move) => isMovedOn(header.undo, move), foreign: ({ path }) => left.push(path) };
      if (open.phase === 'forward') carryForward(carriage);
      else carryBack(carriage);
    }
    if (open.phase === 'forward') {
      syncParents(root, open.intent);
      finishNow(stage, open.intent, slot);
    } else {
      if (left.length > 0) throw new Fault('commit.left', `${left.join(', ')} changed meanwhile; what was taken from there is kept in ${join(header.root, header.stage.folder, header.stage.name)}`, 'look at both and put them right by hand');
      stage?.remove();
      removeUndo(header.undo);
    }
    slot.close();
    return { id: header.action, op: header.op, ended: open.phase === 'forward' ? 'new' : 'old', left };
  } finally {
    root.close();
  }
}

/** All names are as wanted: makes that durable, puts the old files among the pre-images and ends the slot. */
export async function finish(root: Root, stage: Stage, intent: Intent, slot: Slot): Promise<void> {
  // What came inside a made folder was synced in the stage.
  const folders = foldersOf(intent);
  const files = intent.moves.filter(({ inPlace }) => inPlace);
  const syncs = new Syncs(folders.length + files.length);
  const at = (path: WorkPath): string => join(slot.header.root, path);
  inParents(root, (parents) => {
    for (const path of folders) {
      const folder = parents.folder(path);
      if (folder !== null) syncs.addReadable(folder.self(), at(path));
    }
  });
  inParents(root, (parents) => {
    for (const { path } of files) {
      const folder = parents.of(path);
      if (folder?.peek(nameOf(path))?.type === 'file') syncs.addReadable(folder.at(nameOf(path)), at(path));
    }
  });
  await syncs.done(stage.folder.self());
  finishNow(stage, intent, slot);
  slot.close();
}

function syncParents(root: Root, intent: Intent): void {
  inParents(root, (parents) => {
    for (const path of foldersOf(intent)) {
      const folder = parents.folder(path);
      if (folder !== null) syncFolder(folder);
    }
  });
}

/** Whose names, modes or times changed, sorted. */
function foldersOf({ moves }: Intent): readonly WorkPath[] {
  return [...new Set(moves.flatMap(({ path, inside, wanted }) => (inside ? [] : wanted.type === 'folder' ? [parentOf(path), path] : [parentOf(path)])))].toSorted();
}

// If we crash in here, the names are all as wanted, and the next start does the rest again.
function finishNow(stage: Stage | null, intent: Intent, { header }: Slot): void {
  if (stage !== null) {
    moveOn(stage, intent.moves, header.undo);
    stage.remove();
  }
  if (header.retires !== null) removeUndo(header.retires);
}
