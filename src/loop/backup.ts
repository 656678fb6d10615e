// A backup of all that the workbench is: log, key, configuration, what waits, drafts, undo. Taken while it runs, and on
// record in what it holds.
import type { Answerer } from '../approvals/answer.ts';
import { packWork } from '../execute/backup-work.ts';
import { placesIn } from '../execute/places.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { timeText } from '../model/clock.ts';
import { backupOf } from '../storage/backup-write.ts';
import type { Workbench } from './workbench.ts';

export interface Backup {
  /** A file name for it. */
  readonly name: string;
  /** The file as it comes. Throws `backup.*`, `storage.*`; then what came is of no use. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** INVARIANT: it is on record before a byte of it is given out, since it holds the key of the log. */
export async function beginBackup({ log, home, clock, version }: Workbench, { door, credential }: Answerer): Promise<Backup> {
  const made = timeText(clock.now());
  await log.commit((tx) => tx.append({ type: 'state.saved', door, credential }, { detail: canonicalBytes({ version }) }));
  const chunks = backupOf({
    store: log.store,
    about: { version, made, origin: log.vkey().split('+')[0] ?? '' },
    work(snapshot) {
      const find = snapshot.prepare(`SELECT 1 FROM actions WHERE id = ? AND state <> 'ended'`);
      return packWork(placesIn(home.state), home.state, (action) => find.get(action) !== undefined);
    },
  });
  return { name: `proworkbench-${made.slice(0, 19).replaceAll(':', '-')}Z.tar`, chunks };
}
