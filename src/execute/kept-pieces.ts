// Pieces of what was kept of a rehearsal: exactly the judged bytes of some paths, and files put together from some of
// their hunks. Refuses what it can't put together; a rename is never taken half-way.
import { existsSync, realpathSync } from 'node:fs';
import type { Pieces } from '../approvals/pieces.ts';
import type { Kept } from '../approvals/rehearsals.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { composeHunks, type Composed } from './draft-hunks.ts';
import { piecesOf, type Whose } from './draft-pieces.ts';
import { shown } from './files-refused.ts';
import { keptFolder } from './places.ts';
import type { Inner, Tried } from './rehearsals.ts';

const OF_CARD: Whose = {
  path: 'pieces.path', hunk: 'pieces.hunk', isNot: 'is not among what this would change', hint: 'name paths as the card lists them',
  hunkHint: 'hunks are counted from 1 as its diff shows them; or name the file whole',
};

/** @param whole what was judged of it. @throws `pieces.path`, `pieces.hunk`. Nothing is left behind then. */
export async function composeKept({ places }: Inner, { action: { root } }: Tried, { action, over }: Kept, whole: Effects, { paths, hunks }: Pieces): Promise<Composed> {
  const source = keptFolder(places, action);
  if (hunks.length === 0) return { effects: piecesOf(whole, paths, OF_CARD), source, discard: async () => undefined };
  const clash = hunks.find(({ path }) => whole.conflicts?.some((one) => one.path === path) === true);
  // What would be taken apart is what somebody has changed since.
  if (clash !== undefined) throw new Fault('pieces.hunk', `${shown(clash.path)} was changed since it was worked out, so it can't be taken apart`, 'name the file whole, or leave it out');
  const under = over.map((id) => keptFolder(places, id)).filter((folder) => existsSync(folder)).map((folder) => realpathSync(folder));
  return composeHunks({ effects: whole, source: realpathSync(source) }, hunks, paths, { root, scratch: places.scratch, under, whose: OF_CARD });
}
