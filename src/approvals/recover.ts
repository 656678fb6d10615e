// Start-up recovery: what a process that is gone had begun and not ended becomes `unknown`. It is shown to the
// person and never retried silently. It writes through the same `recordEnd` as every normal end.
import type { Log } from '../audit/log.ts';
import { PERSON } from '../model/label.ts';
import { isAlive } from '../storage/owner.ts';
import { recordEnd, type ActionRow } from './actions.ts';

/** Ends every orphan. Indexed, so its cost follows what is open and not the log. Returns those of which the effect is not known. */
export async function recover(log: Log): Promise<ActionRow[]> {
  if (orphans(log).length === 0) return [];
  return log.commit((tx) => {
    const found = orphans(log);
    for (const row of found) {
      if (row.state === 'rehearsing') {
        recordEnd(tx, row.id, { kind: 'failed', text: 'The workbench stopped while this was being rehearsed. Nothing of it was kept: the workspace is as it was.', label: PERSON, duration: 0 }, 'crashed', null);
        continue;
      }
      const text = 'The workbench stopped while this was being carried out, so it is not known whether it took effect. It is not tried again by itself.';
      recordEnd(tx, row.id, { kind: 'unknown', text, label: PERSON, duration: 0 }, 'crashed', null);
    }
    return found.filter(({ state }) => state === 'granted');
  });
}

function orphans(log: Log): ActionRow[] {
  const rows = log.store.db.prepare(`SELECT * FROM actions WHERE state IN ('granted', 'rehearsing')`).all() as unknown as ActionRow[];
  return rows.filter(({ owner }) => owner === null || !isAlive(owner));
}
