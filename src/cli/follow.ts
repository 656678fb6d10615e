// Follows a turn that another process carries on, by the record, until it rests.
import { openActions } from '../approvals/actions.ts';
import { readContext } from '../audit/context.ts';
import { carryOn } from '../loop/desk.ts';
import { isHeld, readSession, type SessionRow } from '../loop/session.ts';
import type { Rest } from '../loop/turn.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import { findServer } from '../server/running.ts';

/** Milliseconds that a session may lie unheld before this process takes it over. */
const TAKE_OVER = 1_500;
const PAUSE = 50;

/** Go on with a session: the server does if it runs, else this process. */
export async function goOn(bench: Workbench, session: Id, watch: Watch): Promise<Rest> {
  const own = findServer(bench.home) === null ? await carryOn(bench, session, watch) : null;
  return own ?? followTurn(bench, session, watch);
}

export async function followTurn(bench: Workbench, session: Id, watch: Watch): Promise<Rest> {
  watch.hear({ type: 'notice', session, words: 'Another process carries this session on; following it.' });
  let unheld = 0;
  for (;;) {
    if (watch.signal.aborted) return { state: 'cancelled', text: 'Stopped following; the other process goes on.' };
    const row = readSession(bench.log.store.db, session);
    if (row.state === 'idle') return ended(bench, row, watch);
    unheld = isHeld(row) ? 0 : unheld + PAUSE;
    // What waits is the person's turn only when nothing stands before it.
    const open = openActions(bench.log.store.db, session);
    const pending = open.filter(({ state }) => state === 'pending').map(({ id }) => id);
    if (unheld > 0 && open[0]?.state === 'pending') return { state: 'waiting', pending };
    if (unheld >= TAKE_OVER) {
      const rest = await carryOn(bench, session, watch);
      if (rest !== null) return rest;
      unheld = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** The other process heard the model's words as they came; here they are shown from the record. */
function ended(bench: Workbench, { id, epoch, ended: state }: SessionRow, watch: Watch): Rest {
  const last = readContext(bench.log.store.db, id, epoch).at(-1);
  const bytes = last?.role === 'assistant' ? bench.log.read(last.digest) : null;
  const wire: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes).replace(/^,/, ''));
  const content: unknown = typeof wire === 'object' && wire !== null ? Reflect.get(wire, 'content') : '';
  const text = state === 'answered' && typeof content === 'string' ? content : '';
  if (text !== '') watch.hear({ type: 'text', session: id, text });
  return { state: state ?? 'answered', text };
}
