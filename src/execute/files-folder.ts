// Make folder: with its parents; one that is there already is done without a change.
import type { Write } from '../model/action.ts';
import type { Root } from './beneath.ts';
import { makeFolders } from './files-land.ts';
import { needWritable, newFolders, nothing, type Modes, type Planned } from './files-plan.ts';
import { Refused, shown } from './files-refused.ts';

/** Plans a folder. Throws Refused when something else has the name. */
export function planFolder(root: Root, { path }: Extract<Write, { op: 'mkdir' }>, modes: Modes): Planned {
  const found = root.find(path, 'refuse');
  if (found.entry?.type === 'folder') return nothing(`${shown(path)}/ is there already; nothing was changed.`);
  if (found.entry !== null) throw new Refused('exists', `${shown(path)} exists and is a ${found.entry.type === 'special' ? 'special file' : found.entry.type}, not a folder.`);
  needWritable(found.folder);
  return {
    changes: newFolders(found, modes, true),
    diffs: async () => [],
    land: async () => {
      const { made } = makeFolders(found, modes.folder, true);
      return { text: `made ${made.map((one) => `${shown(one)}/`).join(', ')}`, touched: made };
    },
  };
}
