// Erasing: the event that says so and the end of salt and bytes are one transaction; then blob files and the
// write-ahead file are cleaned, and the search's index. A crash in between is finished by the next process that opens the log.
import type { Digest } from '../model/digest.ts';
import type { Door, EventBody } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { whenFree } from '../storage/patience.ts';
import type { Store } from '../storage/store.ts';
import type { Log, Tx } from './log.ts';
import { BY_DIGEST } from './payloads.ts';

export interface Eraser {
  readonly door: Door;
  readonly credential: string;
  readonly reason: Extract<EventBody, { readonly type: 'payload.erased' }>['reason'];
  /** In the person's words: kept as a payload, so it can be erased as well. */
  readonly why: string;
}

export interface Erasure {
  /** The event that says so; null when all were erased before. */
  readonly seq: number | null;
  readonly erased: readonly Digest[];
  /** `pending`: durable, but another process still reads old pages; finished when it stops, or at the next start. */
  readonly state: 'finished' | 'pending';
}

/** Milliseconds to wait for readers of other processes. */
const PATIENCE = 2000;

/** Throws `log.payload-unknown`; then nothing is erased. What was erased before is passed over. */
export async function erasePayloads(log: Log, digests: readonly Digest[], by: Eraser, also: (tx: Tx) => void = () => undefined): Promise<Erasure> {
  const { door, credential, reason, why } = by;
  const recorded = await log.commit((tx) => {
    const present = [...new Set(digests)].filter((digest) => isPresent(tx, digest)).toSorted();
    also(tx);
    if (present.length === 0) return { seq: null, erased: present };
    const { seq } = tx.append({ type: 'payload.erased', digests: present, door, credential, reason }, { why });
    for (const digest of present) blank(tx, digest, seq);
    return { seq, erased: present };
  });
  return { ...recorded, state: await finishErasures(log.store) };
}

/** Removes what erased payloads left in files. Harmless to repeat. */
export async function finishErasures(store: Store): Promise<Erasure['state']> {
  const rows = store.db.prepare('SELECT digest, blob FROM erasing').all();
  if (rows.length === 0) return 'finished';
  for (const { digest, blob } of rows) if (blob === 1) store.blobs.erase(String(digest));
  const { forgetWords } = await import('./search-forget.ts');
  if (!(await forgetWords(store, rows.map(({ digest }) => String(digest))))) return 'pending';
  try {
    await whenFree(store.path, () => emptyWriteAhead(store), PATIENCE);
  } catch (error) {
    if (error instanceof Fault && error.code === 'storage.busy') return 'pending';
    throw error;
  }
  await store.write((db) => {
    const done = db.prepare('DELETE FROM erasing WHERE digest = ?');
    for (const { digest } of rows) done.run(String(digest));
  });
  return 'finished';
}

function isPresent(tx: Tx, digest: Digest): boolean {
  const row = tx.db.prepare(`SELECT place FROM payloads WHERE ${BY_DIGEST}`).get(digest);
  if (row === undefined) throw new Fault('log.payload-unknown', `there is no payload ${digest}`, 'see the log for what there is: pwb log --json');
  return row['place'] !== 'gone';
}

function blank(tx: Tx, digest: Digest, seq: number): void {
  tx.db.prepare(`INSERT INTO erasing (digest, blob) SELECT digest, place = 'blob' FROM payloads WHERE ${BY_DIGEST}`).run(digest);
  // INVARIANT: zeros of the same length, in place. A shorter row would let SQLite move its neighbours between
  // pages, and a moved row leaves a copy behind that a later erasure wouldn't reach.
  tx.db.prepare(`UPDATE payloads SET place = 'gone', salt = zeroblob(length(salt)), data = zeroblob(length(data)) WHERE ${BY_DIGEST}`).run(digest);
  tx.db.prepare('INSERT INTO erased (digest, seq) VALUES (?, ?)').run(digest, seq);
}

function emptyWriteAhead(store: Store): void {
  const row = store.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  // Told in a row and not as an error; the same patience is meant for both.
  if (row?.['busy'] !== 0) throw Object.assign(new Error('a reader of another process is in the way'), { errcode: 5 });
}

