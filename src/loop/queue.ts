// The turn's proposals, carried out in the order in which the model made them. Nothing is both pending and
// running: while one waits for a person, those behind it are judged, so that a batch can be reviewed as one.
import { readAction, readProposal, textOf } from '../approvals/actions.ts';
import type { Id } from '../model/id.ts';
import { join, joinAll, label as labelled, parseLabel, PERSON, type Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import { messageBytes } from '../providers/message.ts';
import { act, type EndedRow } from './act.ts';
import { heardOf } from './heard.ts';
import type { House } from './house.ts';
import { Repeats } from './repeats.ts';
import type { Thread } from './thread.ts';

export interface Done {
  /** What waits for a person, in order; empty when all are done. */
  readonly waiting: readonly Id[];
  /** How many results the model is going to hear of. */
  readonly heard: number;
}

/** Everything of this session that the model hasn't heard the result of, from the record. */
export function openProposals(house: House, session: Id): Proposal[] {
  const { db } = house.log.store;
  const rows = db.prepare(`SELECT id FROM actions WHERE session = ? AND heard = 0 AND kind <> 'infer' ORDER BY seq, rowid`).all(session);
  return rows.map((row) => readProposal(house.log, readAction(db, String(row['id']))).proposal);
}

/** @param fresh true when the proposals were made by this very process just now and were never judged. */
export async function actInOrder(house: House, thread: Thread, proposals: readonly Proposal[], fresh: boolean, repeats: Repeats, watch: Watch): Promise<Done> {
  const waiting: Id[] = [];
  /** What has not ended, in order: what comes behind is judged as if it had. */
  const ahead: Id[] = [];
  let heard = 0;
  for (const proposal of proposals) {
    const acted = await act(house, fresh ? proposal : proposal.id, watch, ahead);
    if (acted.state === 'pending') waiting.push(proposal.id);
    if (acted.state !== 'ended') ahead.push(proposal.id);
    if (ahead.length > 0 || acted.state !== 'ended') continue;
    const text = acted.landed?.outcome.text ?? textOf(house.log, acted.row.result);
    await hear(house, thread, proposal, acted.row, text, acted.landed?.outcome.label ?? recordedLabel(house, proposal, acted.row), repeats);
    if (proposal.call !== '') heard++;
    if (watch.signal.aborted) break;
  }
  return { waiting, heard };
}

/** What ended after its turn was over (cancelled, stopped) and was never told: every call has its answer before more is said. */
export async function hearEnded(house: House, thread: Thread): Promise<void> {
  const { db } = house.log.store;
  const rows = db.prepare(`SELECT id FROM actions WHERE session = ? AND heard = 0 AND kind <> 'infer' AND state = 'ended' ORDER BY seq, rowid`).all(thread.session);
  const repeats = new Repeats();
  for (const { id } of rows) {
    const row = readAction(db, String(id));
    // Whose words were erased has nothing to be heard of; a call without an answer is the lesser evil.
    if (house.log.read(row.proposal) === null) continue;
    const { proposal } = readProposal(house.log, row);
    await hear(house, thread, proposal, row, textOf(house.log, row.result), recordedLabel(house, proposal, row), repeats);
  }
}

/**
 * Of a result that is heard from the record, by another process or after a crash, where nobody remembers its label.
 * INVARIANT: it is no better than the one that was lost. Only a refusal's words are the house's and the person's own.
 */
export function recordedLabel(house: House, proposal: Proposal, { outcome, label }: EndedRow): Label {
  const { action, session } = proposal;
  if (label !== null) return parseLabel(label);
  if (outcome === 'refused') return PERSON;
  if (action.kind !== 'read') return house.hands.rehearsals.label(proposal);
  const own = labelled('workspace', action.op === 'read' && house.world(session).isSecret(action.path) ? 'secret' : 'private', `file:${action.path}`);
  return join(own, house.hands.failureLabel(proposal, null));
}

/** The result enters the context as the answer to the model's call; a person's own action has no call to answer. */
async function hear(house: House, thread: Thread, proposal: Proposal, row: EndedRow, result: string, labelOfResult: Label, repeats: Repeats): Promise<void> {
  if (proposal.call !== '') {
    const { text, label } = heardOf(proposal, row.outcome, { text: result, label: labelOfResult });
    const words = proposal.editedFrom === null ? text : `(The person edited this call; it was carried out as ${JSON.stringify(proposal.action)}.)\n${text}`;
    repeats.count(proposal.tool, JSON.stringify(proposal.action), row.outcome === 'done' && (row.exit ?? 0) === 0, result);
    // Said again, an edited call has in it what the model had written, and what it passed on unread.
    const told = proposal.editedFrom === null ? label : joinAll([label, proposal.label, ...(proposal.handles ?? []).map((handle) => handle.label)]);
    await thread.add('tool', messageBytes({ role: 'tool', call: proposal.call, name: proposal.tool, content: words }, false), told, row.id);
  }
  house.log.note((tx) => void tx.db.prepare('UPDATE actions SET heard = 1 WHERE id = ?').run(row.id));
}
