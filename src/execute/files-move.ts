// Move: a file, link or folder gets another name. Nothing is ever replaced, and nothing is copied.
import { renameSync } from 'node:fs';
import type { Write } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import { EMPTY_SHA256, type Change } from '../model/effects.ts';
import { childOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { readLink, same } from './beneath-folder.ts';
import { openFile, typeWords } from './beneath-open.ts';
import type { Found } from './beneath-walk.ts';
import { drifted, giveName, makeFolders, moveName, syncFolder } from './files-land.ts';
import { notFound } from './files-near.ts';
import { fileDigest, needWritable, newFolders, unchanged, type Modes, type Planned } from './files-plan.ts';
import { inWords, Refused, shown } from './files-refused.ts';

/** Plans a move. Folders that the new path needs are made. Throws Refused: exists, not-found, other-disk… */
export async function planMove(root: Root, { path, to }: Extract<Write, { op: 'move' }>, modes: Modes): Promise<Planned> {
  const from = root.find(path, 'refuse');
  if (from.entry === null) throw notFound(from);
  if (from.entry.type === 'special') throw typeWords(from);
  if (from.name === '') throw new Refused('outside', "the workspace's own folder can't be moved.");
  if (to === path) throw new Refused('no-change', `${shown(path)} has this name already.`);
  if (to.startsWith(`${path}/`)) throw new Refused('exists', `${shown(path)} can't be moved into itself.`);
  if (from.entry.type === 'folder') keepOpen(root, from);

  const target = root.find(to, 'refuse');
  const recased = target.entry !== null && same(target.entry.stat, from.entry.stat) && sameButCase(from, target);
  if (target.entry !== null && !recased) {
    const inside = target.entry.type === 'folder' ? ` To move into that folder, say to: ${shown(childOf(to, from.name))}.` : ' Nothing is replaced by a move.';
    throw new Refused('exists', `${shown(to)} exists.${inside}`);
  }
  if (target.folder.stat.dev !== from.entry.stat.dev) throw new Refused('other-disk', `${shown(to)} is on another disk than ${shown(path)}: write the new file and delete the old one instead.`);
  needWritable(from.folder);
  needWritable(target.folder);
  const { type, stat } = from.entry;
  const renamed: Change = { change: 'renamed', path, to, type, before: await judgedBy(from) };
  return {
    changes: [...(recased ? [] : newFolders(target, modes, false)), renamed],
    diffs: async () => [],
    land: async () => {
      const now = from.folder.peek(from.name);
      if (now === null || !unchanged(now.stat, stat)) throw drifted(path);
      const { inner, made, takeBack } = recased ? { inner: target.folder, made: [], takeBack: () => {} } : makeFolders(target, modes.folder, false);
      const name = target.rest.at(-1) ?? target.name;
      try {
        from.folder.check();
        inner.check();
        if (recased) renameSync(from.folder.at(from.name), inner.at(name));
        else if (type === 'folder') moveName(from.folder, from.name, inner, name);
        else giveName(from.folder, from.name, inner, name);
      } catch (error) {
        takeBack();
        throw inWords(error, path);
      }
      // If we crash between the two, the move stands or not as a whole; only its durability is open.
      syncFolder(inner);
      syncFolder(from.folder);
      return { text: `moved ${shown(path)} to ${shown(to)}`, touched: [...made, path, to] };
    },
  };
}

/** The same entry under a name that differs in case or Unicode form only: a disk that folds names says "exists". */
function sameButCase(a: Found, b: Found): boolean {
  const fold = (name: string): string => name.normalize('NFC').toLowerCase();
  return same(a.folder.stat, b.folder.stat) && a.name !== b.name && fold(a.name) === fold(b.name);
}

/** A folder that the product's own lies in isn't moved; `enter` refuses one that is it. */
function keepOpen(root: Root, { folder, name }: Found): void {
  const inner = folder.enter(name);
  if (inner === null) return;
  root.keepClosed(inner);
  inner.close();
}

async function judgedBy(found: Found): Promise<Digest> {
  switch (found.entry?.type) {
    case 'file': {
      const { handle, stat } = await openFile(found);
      try {
        return await fileDigest(handle, stat);
      } finally {
        await handle.close();
      }
    }
    case 'link':
      return sha256(readLink(found.folder, found.name, found.path) ?? '');
    default:
      return EMPTY_SHA256;
  }
}
