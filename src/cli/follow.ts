// Follows a turn that another process carries on, by the log, until it rests.
import { carryOn } from '../loop/desk.ts';
import { isHeld, readSession } from '../loop/session.ts';
import type { Rest } from '../loop/turn.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';

/** Milliseconds that a session may lie unheld before this process takes it over. */
const TAKE_OVER = 1_500;
const PAUSE = 50;

export async function followTurn(bench: Workbench, session: Id, watch: Watch): Promise<Rest> {
  watch.hear({ type: 'notice', session, words: 'Another process carries this session on; following it.' });
  let unheld = 0;
  for (;;) {
    if (watch.signal.aborted) return { state: 'cancelled', text: 'Stopped following; the other process goes on.' };
    const row = readSession(bench.log.store.db, session);
    if (row.state === 'idle') return { state: row.ended ?? 'answered', text: '' };
    unheld = isHeld(row) ? 0 : unheld + PAUSE;
    const pending = bench.log.store.db.prepare(`SELECT id FROM actions WHERE session = ? AND state = 'pending' ORDER BY seq`).all(session);
    if (unheld > 0 && pending.length > 0) return { state: 'waiting', pending: pending.map((action) => String(action['id'])) };
    if (unheld >= TAKE_OVER) {
      const rest = await carryOn(bench, session, watch);
      if (rest !== null) return rest;
      unheld = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
