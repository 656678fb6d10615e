// The turn's proposals, carried out in the order in which the model made them. Nothing is both pending and
// running: while one waits for a person, those behind it are judged, so that a batch can be reviewed as one.
import { readAction, readProposal, textOf, type ActionRow } from '../approvals/actions.ts';
import { recordMessage } from '../audit/context.ts';
import type { Id } from '../model/id.ts';
import { PERSON, type Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import { messageBytes } from '../providers/message.ts';
import { act } from './act.ts';
import type { House } from './house.ts';
import type { Repeats } from './repeats.ts';
import { nextIndex, readSession } from './session.ts';

export interface Done {
  /** What waits for a person, in order; empty when all are done. */
  readonly waiting: readonly Id[];
  /** How many results the model is going to hear of. */
  readonly heard: number;
}

export async function actInOrder(house: House, session: Id, repeats: Repeats, watch: Watch): Promise<Done> {
  await house.log.settle();
  const waiting: Id[] = [];
  let heard = 0;
  for (const id of unheard(house, session)) {
    const acted = await act(house, id, watch, waiting.length > 0);
    if (acted.state === 'pending') waiting.push(id);
    if (waiting.length > 0 || acted.state !== 'ended') continue;
    const text = acted.landed?.outcome.text ?? textOf(house.log, acted.row.result);
    if (hear(house, acted.row, text, acted.landed?.outcome.label ?? PERSON, repeats)) heard++;
    if (watch.signal.aborted) break;
  }
  return { waiting, heard };
}

function unheard(house: House, session: Id): Id[] {
  const rows = house.log.store.db.prepare(`SELECT id FROM actions WHERE session = ? AND heard = 0 AND kind <> 'infer' ORDER BY seq, rowid`).all(session);
  return rows.map((row) => String(row['id']));
}

/** The result enters the context as the answer to the model's call; a person's own action has no call to answer. */
function hear(house: House, row: ActionRow, text: string, label: Label, repeats: Repeats): boolean {
  const { proposal } = readProposal(house.log, readAction(house.log.store.db, row.id));
  const words = proposal.editedFrom === null ? text : `(The person edited this call; it was carried out as ${JSON.stringify(proposal.action)}.)\n${text}`;
  if (proposal.call !== '') repeats.count(proposal.tool, JSON.stringify(proposal.action), row.outcome === 'done' && (row.exit ?? 0) === 0, text);
  house.log.note((tx) => {
    if (proposal.call !== '') {
      const { epoch } = readSession(tx.db, row.session);
      const bytes = messageBytes({ role: 'tool', call: proposal.call, name: proposal.tool, content: words }, false);
      recordMessage(tx, { session: row.session, turn: row.turn, epoch, index: nextIndex(tx.db, row.session, epoch), role: 'tool', bytes, label, action: row.id });
    }
    tx.db.prepare('UPDATE actions SET heard = 1 WHERE id = ?').run(row.id);
  });
  return proposal.call !== '';
}
