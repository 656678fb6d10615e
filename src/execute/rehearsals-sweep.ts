// Ends what a crash cut off, and throws away what no open action needs any more. Nothing that another living process
// uses: what is kept goes with its action, and a view with its process.
import { join } from 'node:path';
import type { Recovered } from '../approvals/recover.ts';
import type { Id } from '../model/id.ts';
import { isAlive } from '../storage/owner.ts';
import { namesIn } from './names-in.ts';
import { LAYER } from './places.ts';
import type { Inner } from './rehearsals.ts';

/** Before anything lands: by action, whether its landing ended as before or as landed. Costs nothing where nothing was cut off. */
export async function recoverAll({ log, places }: Inner): Promise<ReadonlyMap<Id, Recovered>> {
  const { recoverLandings } = await import('./commit.ts');
  const ended = namesIn(places.journal).length === 0 ? [] : await recoverLandings(places);
  const { sealAfter, unsealed } = await import('./undo-before.ts');
  // Of what couldn't be rehearsed and was cut off: what is there now is what an undo starts from. What can't be sealed stays as it is, and says so when it is asked for.
  const underWay = (id: Id): boolean => {
    const row = log.store.db.prepare(`SELECT owner FROM actions WHERE id = ? AND state = 'granted'`).get(id);
    return row !== undefined && row['owner'] !== null && isAlive(String(row['owner']));
  };
  for (const id of unsealed(places).filter((one) => !underWay(one))) await sealAfter(id, places).catch(() => undefined);
  return new Map(ended.map(({ id, ended: how, left, why = '' }) => [id, { ended: how, words: [...left.map((path) => `${path} was left as it is, since it changed meanwhile.`), why].join(' ').trim() }]));
}

export async function sweepAll(inner: Inner): Promise<void> {
  const { log: { store: { db } }, places } = inner;
  const over = namesIn(places.kept).filter((name) => {
    const row = db.prepare('SELECT state FROM actions WHERE id = ?').get(name.endsWith(LAYER) ? name.slice(0, -LAYER.length) : name);
    return row === undefined || row['state'] === 'ended';
  });
  if (over.length > 0 || namesIn(places.scratch).length > 0) {
    const { removeTree } = await import('./overlay-remove.ts');
    for (const name of over) await removeTree(join(places.kept, name));
    await (await import('./rehearse-folder.ts')).sweepRehearsals(places.scratch);
  }
  if (namesIn(places.undo).length > 0) await prune(inner);
}

/** Pre-images that are too old or too many, on record. */
async function prune({ log, places, undo }: Inner): Promise<void> {
  const { pruneUndo } = await import('./undo-list.ts');
  const { days, bytes: mostBytes } = undo();
  const pruned = await pruneUndo(places, { olderThan: Date.now() - days * 86_400_000, mostBytes });
  if (pruned.length === 0) return;
  await log.commit((tx) => {
    tx.append({ type: 'undo.pruned', landings: pruned.map(({ id }) => id), bytes: pruned.reduce((sum, { bytes }) => sum + bytes, 0) });
    for (const { id } of pruned) tx.db.prepare('UPDATE landings SET pruned = ? WHERE id = ?').run(tx.now, id);
  });
}
