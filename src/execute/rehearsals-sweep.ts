// Ends what a crash cut off, and throws away what no open action needs any more. Nothing that another living process
// uses: what is kept goes with its action, and a view with its process.
import { join } from 'node:path';
import { findAction } from '../approvals/actions.ts';
import { recordRecovered, type Recovered } from '../approvals/recover.ts';
import type { Log } from '../audit/log.ts';
import { wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { isAlive } from '../storage/owner.ts';
import { namesIn } from './names-in.ts';
import { nameRules } from './file-labels.ts';
import { LAYER, type StatePlaces } from './places.ts';
import type { Inner } from './rehearsals.ts';
import { readAbout, undoFolder } from './undo-record.ts';

/** Before anything lands: by action, whether its landing ended as before or as landed. Costs nothing where nothing was cut off. */
export async function recoverAll(inner: Inner): Promise<ReadonlyMap<Id, Recovered>> {
  const { log, places } = inner;
  const { recoverLandings } = await import('./commit.ts');
  const cutOff = namesIn(places.journal).length === 0 ? [] : await recoverLandings(places);
  const ended = new Map(cutOff.map(({ id, ended: how, left, why = '' }): [Id, Recovered] => [id, { ended: how, words: [...left.map((path) => `${path} was left as it is, since it changed meanwhile.`), why].join(' ').trim() }]));
  const { sealAfter, unsealed } = await import('./undo-before.ts');
  // Of what couldn't be rehearsed and was cut off: what is there now is what an undo starts from. What can't be sealed stays as it is, and says so when it is asked for.
  const underWay = (id: Id): boolean => {
    const row = log.store.db.prepare(`SELECT owner FROM actions WHERE id = ? AND state = 'granted'`).get(id);
    return row !== undefined && row['owner'] !== null && isAlive(String(row['owner']));
  };
  for (const id of unsealed(places).filter((one) => !underWay(one))) await sealAfter(id, places).catch(() => undefined);
  // Of what was cut off after its landing had ended, or before it began, there is no slot. Pre-images say that it landed:
  // those of one that didn't go with its slot.
  for (const id of orphansOf(log)) if (!ended.has(id)) ended.set(id, landedBy(places, id));
  await recordLate(inner, ended);
  return ended;
}

/** Granted to processes that are gone: what lands from a rehearsal, a draft or an undo. */
function orphansOf({ store: { db } }: Log): readonly Id[] {
  const rows = db.prepare(`SELECT id, owner FROM actions WHERE state = 'granted' AND (kind IN ('commit', 'undo') OR id IN (SELECT action FROM rehearsals))`).all();
  return rows.filter(({ owner }) => owner === null || !isAlive(String(owner))).map((row) => String(row['id']));
}

function landedBy(places: StatePlaces, id: Id): Recovered {
  try {
    return { ended: readAbout(undoFolder(places.undo, id)) === null ? 'old' : 'new', words: '' };
  } catch (error) {
    return { ended: 'waiting', words: wordsOf(error) };
  }
}

/** What an earlier start couldn't end, and gave up as unknown, has landed now. */
async function recordLate({ log, settings }: Inner, ended: ReadonlyMap<Id, Recovered>): Promise<void> {
  const late = [...ended].filter(([, how]) => how.ended === 'new').map(([id]) => findAction(log.store.db, id)).filter((row) => row?.state === 'ended');
  if (late.length > 0) await log.commit((tx) => late.forEach((row) => row !== undefined && recordRecovered(log, tx, row, nameRules(settings))));
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
