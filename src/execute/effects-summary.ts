// Ten thousand changes told by folder, beside the list itself, which is never cut.
import type { Change, FolderSummary } from '../model/effects.ts';
import { partsOf } from '../model/path.ts';

/** Fewer are read as a list. */
export const MANY_CHANGES = 1000;
/** Lines that a person reads at a glance. */
const MOST_FOLDERS = 24;

/** Folders as deep as still makes few enough of them. */
export function summarise(changes: readonly Change[]): readonly FolderSummary[] {
  let best = byFolder(changes, 0);
  for (let depth = 1; depth <= 8; depth++) {
    const finer = byFolder(changes, depth);
    if (finer.length > MOST_FOLDERS) break;
    best = finer;
  }
  return best;
}

function byFolder(changes: readonly Change[], depth: number): readonly FolderSummary[] {
  const found = new Map<string, { created: number; changed: number; deleted: number; renamed: number; bytes: number }>();
  for (const change of changes) {
    const folder = partsOf(change.path).slice(0, -1).slice(0, depth).join('/') || '.';
    const sum = found.get(folder) ?? { created: 0, changed: 0, deleted: 0, renamed: 0, bytes: 0 };
    found.set(folder, sum);
    sum[change.change]++;
    if (change.change === 'created' || change.change === 'changed') sum.bytes += change.size;
  }
  return [...found].map(([folder, sum]) => ({ folder, ...sum })).toSorted((a, b) => (a.folder < b.folder ? -1 : 1));
}
