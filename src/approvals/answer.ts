// A person's answer to what waits: invoke, deny with a reason, or edit. Recorded once; whoever holds the
// session's turn then carries it on. No tool can reach this: an answer needs a door and a credential.
import type { Log, PayloadInputs, Tx } from '../audit/log.ts';
import { isExpired } from '../model/clock.ts';
import type { Effects } from '../model/effects.ts';
import type { Door } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { ownOwner } from '../storage/owner.ts';
import { chosenOf, piecesBytes, type PartOf } from './pieces.ts';
import { effectsBytes, isStranded, pendingActions, readAction, recordEnd, recordProposal, type ActionRow } from './actions.ts';

export interface Answerer {
  readonly door: Door;
  /** Which credential answered: the log's word for who. */
  readonly credential: string;
}

/**
 * The person says yes to exactly what is on record; or once more, where a crash has cut off what followed. Throws `action.not-waiting`, `action.expired` or `action.changed`.
 * @param seen the row whose card was shown. Meanwhile another door may have answered, and the house asked again for something else.
 * @param part the yes is for this much of what was shown, and for nothing else.
 * @param more further payloads of the answer (see pace.ts).
 */
export function invoke(log: Log, id: Id, by: Answerer, seen?: Pick<ActionRow, 'effects'>, part?: PartOf, more: PayloadInputs = {}): Promise<ActionRow> {
  return log.commit((tx) => {
    const row = takeWaiting(tx, id, true);
    if (seen !== undefined && seen.effects !== row.effects) throw new Fault('action.changed', `action ${id} is not what you saw: it would do something else now`, 'look at it again');
    // Once more, after a crash: what the yes was for stands.
    const before = part === undefined && row.state === 'answered' ? agreedPart(log, row) : {};
    const body = { type: 'action.answered', action: id, answer: 'invoke', ...by } as const;
    const { payloads } = tx.append(body, { ...more, ...before, ...(part === undefined ? {} : { pieces: piecesBytes(part.pieces), effects: effectsBytes(part.effects) }) });
    tx.db.prepare(`UPDATE actions SET state = 'answered', agreed = coalesce(?, effects), owner = ? WHERE id = ?`).run(payloads['effects']?.digest ?? null, ownOwner(), row.id);
    return readAction(tx.db, id);
  });
}

/** Payloads of a yes to a part that nobody has carried out. */
function agreedPart(log: Log, { id, agreed }: ActionRow): PayloadInputs {
  const pieces = chosenOf(log, id);
  if (pieces === null) return {};
  const effects = agreed === null ? null : log.read(agreed);
  if (effects === null) throw new Fault('action.erased', `what of action ${id} was to land was erased`, 'deny it, and ask again');
  return { pieces: piecesBytes(pieces), effects };
}

/** The person says no, or takes a yes back that nobody is carrying out; the reason reaches the model. Throws as `invoke` does. */
export function deny(log: Log, id: Id, why: string, by: Answerer): Promise<ActionRow> {
  return log.commit((tx) => {
    takeWaiting(tx, id, true);
    tx.append({ type: 'action.answered', action: id, answer: 'deny', ...by }, { why });
    const text = why === '' ? 'The person denied this and gave no reason.' : `The person denied this. Reason: ${why}`;
    recordEnd(tx, id, { kind: 'refused', text, label: PERSON, duration: 0 }, 'person', null);
    return readAction(tx.db, id);
  });
}

/**
 * The person changes the action and says yes to the changed one, having been shown `effects`. The old proposal
 * ends as edited; the new one is judged like any other, and both versions are on record.
 */
export function edit(log: Log, id: Id, changed: Omit<Proposal, 'id' | 'by' | 'editedFrom'>, effects: Effects, by: Answerer, more: PayloadInputs = {}): Promise<ActionRow> {
  return log.commit((tx) => {
    takeWaiting(tx, id);
    const proposal: Proposal = { ...changed, id: newId(), by: 'person', editedFrom: id };
    tx.append({ type: 'action.answered', action: id, answer: 'edit', ...by });
    const fresh = recordProposal(tx, proposal);
    const text = `The person changed this; see action ${proposal.id}.`;
    recordEnd(tx, id, { kind: 'refused', text, label: PERSON, duration: 0 }, 'edited', null);
    // The model hears one result per call: that of the version which the person made.
    tx.db.prepare('UPDATE actions SET heard = 1 WHERE id = ?').run(id);
    const shown = tx.append({ type: 'action.answered', action: proposal.id, answer: 'invoke', ...by }, { ...more, effects: effectsBytes(effects) });
    tx.db.prepare(`UPDATE actions SET state = 'answered', agreed = ?, owner = ?, seq = (SELECT seq FROM actions WHERE id = ?) WHERE id = ?`).run(shown.payloads['effects']?.digest ?? null, ownOwner(), id, fresh.id);
    return readAction(tx.db, fresh.id);
  });
}

/** Put on record what the person was shown, byte for byte. */
export function recordShown(log: Log, id: Id, door: Door, card: string): Promise<void> {
  return log.commit((tx) => {
    tx.append({ type: 'action.shown', action: id, door }, { card });
  });
}

/** Looks at an action that are compared. A page shows a card once for each of its states. */
const LOOKS = 20;

/** The same, where this very text is not on record at this door yet. @returns whether it is now for the first time. */
export function recordShownOnce(log: Log, id: Id, door: Door, card: string): Promise<boolean> {
  return log.commit((tx) => {
    const before = log.events({ limit: LOOKS, newestFirst: true, action: id, types: ['action.shown'] });
    const bytes = Buffer.from(card);
    const known = before.some(({ body, payloads: { card: ref } }) => body.type === 'action.shown' && body.door === door && ref?.size === bytes.length && log.read(ref.digest)?.every((byte, at) => byte === bytes[at]) === true);
    if (!known) tx.append({ type: 'action.shown', action: id, door }, { card });
    return !known;
  });
}

/** Deny all that waited too long, or was made before the clock went back. Returns what ended. */
export function expire(log: Log, now: number): Promise<ActionRow[]> {
  const late = (row: ActionRow): boolean => row.expires !== null && isExpired(now, row.made, row.expires);
  if (!pendingActions(log.store.db).some(late)) return Promise.resolve([]);
  return log.commit((tx) => {
    const ended = pendingActions(tx.db).filter(late);
    for (const row of ended) endExpired(tx, row.id);
    return ended;
  });
}

function endExpired(tx: Tx, id: Id): void {
  recordEnd(tx, id, { kind: 'refused', text: 'Nobody answered in time, so this is refused.', label: PERSON, duration: 0 }, 'expired', null);
}

/** @param again also one with a yes that nobody is carrying out. */
function takeWaiting(tx: Tx, id: Id, again = false): ActionRow {
  const row = readAction(tx.db, id);
  if (row.state !== 'pending' && !(again && isStranded(tx.db, row))) {
    const state = row.state === 'ended' ? `it ended: ${row.outcome ?? 'unknown'} (${row.why ?? ''})` : `it is ${row.state}`;
    throw new Fault('action.not-waiting', `action ${id} does not wait for an answer: ${state}`, row.state === 'answered' ? `go on with what it belongs to: pwb resume ${row.session}` : `see \`pwb show ${id}\``);
  }
  // The sweep will end it; until then it is simply too late to say yes.
  if (row.expires !== null && isExpired(tx.now, row.made, row.expires)) {
    throw new Fault('action.expired', `action ${id} waited too long and is refused`, 'ask again');
  }
  return row;
}
