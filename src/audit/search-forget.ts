// Erasing reaches the search too: the events that told erased words are taken out of the index, overwritten there, and
// taken in again as they are now. An index that can't be mended is removed; it is built again from what is left.
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Digest } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import { whenFree } from '../storage/patience.ts';
import type { Store } from '../storage/store.ts';
import { isBroken, openSearchFile, removeSearchFile, searchFileId, searchPath } from './search-file.ts';
import { LogSource } from './search-source.ts';
import { key, searchableOf } from './search-words.ts';

/** Milliseconds to wait for a batch of another thread or process, and that SQLite may block this one. */
const PATIENCE = 2000;
const BLOCK = 2;
/** Pages that are merged in one step. */
const MERGED = 16;

/** After the payloads were blanked in the store. False: somebody else holds the index; to be tried again. Harmless to repeat. */
export async function forgetWords({ db, home }: Pick<Store, 'db' | 'home'>, digests: readonly Digest[]): Promise<boolean> {
  if (searchFileId(home.state) === '') return true;
  try {
    await forgetIn(new LogSource(db, home.state), home.state, digests);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'storage.busy') return false;
    if (!isBroken(error)) throw error;
    removeSearchFile(home.state);
    return true;
  }
}

async function forgetIn(source: LogSource, state: string, digests: readonly Digest[]): Promise<void> {
  const index = await whenFree(searchPath(state), () => openSearchFile(state, BLOCK), PATIENCE);
  try {
    await whenFree(searchPath(state), () => index.exec('BEGIN IMMEDIATE'), PATIENCE);
    try {
      retake(index, source, digests);
      index.exec('COMMIT');
    } finally {
      if (index.isTransaction) index.exec('ROLLBACK');
    }
    await rewrite(index, state);
    // The words are in the write-ahead file too until it is emptied.
    await whenFree(searchPath(state), () => emptyWriteAhead(index), PATIENCE);
  } finally {
    index.close();
  }
}

/**
 * Where a page of the index begins, the beginning of its first word is kept apart, also when that word has gone. So all of
 * it is merged into one, in small steps with pauses: some seconds for a log of a million events.
 */
async function rewrite(index: DatabaseSync, state: string): Promise<void> {
  const changes = index.prepare('SELECT total_changes() AS changes');
  const merge = index.prepare(`INSERT INTO found (found, rank) VALUES ('merge', ?)`);
  // Below zero once: all segments are meant, not only those that are due. FTS5 says by the number of changes whether anything was left to do.
  for (let pages = -MERGED, before = -1, after = 0; before === -1 || after - before >= 2; pages = MERGED) {
    before = Number(changes.get()?.['changes']);
    const step = pages;
    await whenFree(searchPath(state), () => merge.run(step), PATIENCE);
    after = Number(changes.get()?.['changes']);
    await breathe();
  }
}

/** Every event of an action that lost words is made anew: the others' keys (its tool, its label) come from its proposal. */
function retake(index: DatabaseSync, source: LogSource, digests: readonly Digest[]): void {
  const size = Number(index.prepare('SELECT size FROM mark WHERE id = 1').get()?.['size']);
  const remove = index.prepare('DELETE FROM found WHERE rowid = ?');
  const insert = index.prepare('INSERT INTO found (rowid, words, keys) VALUES (?, ?, ?)');
  const rows = new Map(digests.flatMap((digest) => {
    const seq = source.firstNamed(digest);
    const [first] = seq === null ? [] : source.rows(seq, 1);
    if (first === undefined) return [];
    const { body } = first.event;
    return 'action' in body && body.action !== undefined ? source.ofAction(body.action, size - 1) : [first];
  }).filter(({ seq }) => seq < size).map((row) => [row.seq, row]));
  for (const seq of rows.keys()) remove.run(seq);
  // INVARIANT: what is removed is overwritten when FTS5 writes it out, which a savepoint makes it do. Were an event put in
  // again before that, its words would stay where they are.
  index.exec('SAVEPOINT removed; RELEASE removed');
  // In order, since a decision counts for what comes after it.
  for (const [seq, row] of [...rows].toSorted(([a], [b]) => a - b)) {
    const { words, keys } = searchableOf(row, source);
    insert.run(seq, words, keys);
  }
  // A tool's name is a word of a model too.
  const used = index.prepare('SELECT 1 FROM found WHERE found MATCH ? LIMIT 1');
  const unlist = index.prepare('DELETE FROM tools WHERE name = ?');
  for (const { name } of index.prepare('SELECT name FROM tools').all()) if (used.get(`keys : "${key('tool', String(name))}"`) === undefined) unlist.run(String(name));
}

function emptyWriteAhead(index: DatabaseSync): void {
  const row = index.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (row?.['busy'] !== 0) throw Object.assign(new Error('a reader is in the way'), { errcode: 5 });
}
