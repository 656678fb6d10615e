// Settles a judged proposal: a rule or a recorded answer of a person mints a Grant, a denial ends it, and all
// else waits for a person. The only caller of the mint. Silence is never yes.
import type { Log, Tx } from '../audit/log.ts';
import type { Decision } from '../model/decision.ts';
import type { Effects } from '../model/effects.ts';
import { isExpired, timeText } from '../model/clock.ts';
import { PERSON } from '../model/label.ts';
import type { EndWhy, EventBody } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Digest } from '../model/digest.ts';
import type { Id } from '../model/id.ts';
import { proposalBytes, type Proposal } from '../model/proposal.ts';
import type { Profile } from '../policy/policy.ts';
import { ownOwner } from '../storage/owner.ts';
import { effectsBytes, readAction, recordEnd, type ActionRow } from './actions.ts';
import { Grant, GRANT_LIFE } from './grant.ts';

export type Settled =
  | { readonly kind: 'granted'; readonly grant: Grant; readonly target: { readonly action: Id; readonly proposal: Digest; readonly effects: Digest | null } }
  /** Allowed, but its turn has not come; nothing was minted or recorded. */
  | { readonly kind: 'held'; readonly row: ActionRow }
  | { readonly kind: 'pending'; readonly row: ActionRow }
  | { readonly kind: 'refused'; readonly row: ActionRow };

export interface Judged {
  readonly proposal: Proposal;
  readonly effects: Effects;
  readonly decision: Decision;
  readonly profile: Profile;
  /** What exactly would be started, for the log; null when nothing is. */
  readonly command: Uint8Array | null;
  /** Judge only: what a rule or an answer allows waits for its turn. */
  readonly hold: boolean;
}

/**
 * One transaction: the decision, and with it either the grant (durable before this resolves, so before the
 * effect), the end, or the wait. `patience` is how long a proposal may wait for a person, in milliseconds.
 */
export function settle(log: Log, judged: Judged, patience: number): Promise<Settled> {
  return log.commit((tx): Settled => {
    const { proposal, decision } = judged;
    const row = readAction(tx.db, proposal.id);
    // Another process or an answer was quicker: what is on record stands.
    if (row.state === 'granted' || row.state === 'ended') return { kind: 'refused', row };
    const halted = haltedSince(tx, row);
    if (halted !== null) {
      recordEnd(tx, row.id, { kind: 'refused', text: 'The person stopped this before it began.', label: PERSON, duration: 0 }, halted, null);
      return { kind: 'refused', row: readAction(tx.db, row.id) };
    }
    if (judged.hold && (decision.verdict === 'allow' || row.state === 'answered')) return { kind: 'held', row };
    const agreed = isAgreed(log, tx, row, judged.effects);
    const effects = recordDecision(tx, row, judged);
    switch (decision.verdict) {
      case 'deny':
        recordEnd(tx, row.id, refusal(decision), 'rule', null);
        return { kind: 'refused', row: readAction(tx.db, row.id) };
      case 'allow':
        return grant(log, tx, row, judged, effects, 'rule');
      case 'ask':
        if (agreed) return grant(log, tx, row, judged, effects, 'person');
        tx.db
          .prepare(`UPDATE actions SET state = 'pending', agreed = NULL, expires = coalesce(expires, ?) WHERE id = ?`)
          .run(tx.now + patience, row.id);
        return { kind: 'pending', row: readAction(tx.db, row.id) };
    }
  });
}

/** A cancel or a stop that came after the proposal holds from the moment that it is on record, whoever has heard of it. */
function haltedSince(tx: Tx, { id, session, seq }: ActionRow): EndWhy | null {
  const rows = tx.db.prepare(`SELECT leaf FROM events WHERE type IN ('stop.asked', 'cancel.asked') AND seq > ?`).all(seq);
  for (const { leaf } of rows) {
    const { body }: { readonly body: EventBody } = JSON.parse(String(leaf));
    if (body.type === 'stop.asked') return 'stopped';
    if (body.type === 'cancel.asked' && (body.target === id || body.target === session)) return 'cancelled';
  }
  return null;
}

function recordDecision(tx: Tx, row: ActionRow, { proposal, effects, decision, profile }: Judged): string | null {
  // Where there are none by construction and nobody is asked, they need no payload.
  const known = effects.certainty !== 'none' || decision.verdict === 'ask';
  const body = { type: 'action.decided', action: proposal.id, stage: 'land', verdict: decision.verdict, rules: decision.rules, profile } as const;
  const recorded = tx.append(body, { reason: decision.reason, ...(known ? { effects: effectsBytes(effects) } : {}) });
  const digest = recorded.payloads['effects']?.digest ?? null;
  tx.db
    .prepare('UPDATE actions SET effects = ?, reason = ?, rules = ? WHERE id = ?')
    .run(digest, recorded.payloads['reason']?.digest ?? null, decision.rules.join(' '), row.id);
  return digest;
}

function grant(log: Log, tx: Tx, row: ActionRow, { proposal, command }: Judged, effects: string | null, by: 'rule' | 'person'): Settled {
  // INVARIANT: the grant holds the bytes whose salted digest is on record, not just any that parse alike.
  const bytes = proposalBytes(proposal);
  const onRecord = log.read(row.proposal);
  if (onRecord === null || !Buffer.from(onRecord).equals(bytes)) throw new Fault('grant.retargeted', `action ${row.id} is not what was proposed`);
  const minted = Grant.mint(row.id, row.proposal, effects, bytes);
  const expires = timeText(tx.now + GRANT_LIFE);
  tx.append({ type: 'action.granted', action: row.id, grant: minted.id, proposal: row.proposal, ...(effects === null ? {} : { effects }), by, expires });
  if (command !== null) tx.append({ type: 'action.started', action: row.id }, { command });
  // `grant_id` is unique and set once: no action is ever granted twice.
  const changed = tx.db
    .prepare(`UPDATE actions SET state = 'granted', grant_id = ?, owner = ? WHERE id = ? AND grant_id IS NULL`)
    .run(minted.id, ownOwner(), row.id).changes;
  if (changed !== 1) throw new Fault('grant.used', `action ${row.id} was granted before`);
  return { kind: 'granted', grant: minted, target: { action: row.id, proposal: row.proposal, effects } };
}

/**
 * A person's yes holds for the very effects that were shown, and no longer than the question did. Anything else has
 * drifted or gone stale and asks again. A row that merely says so is no yes: the log has to, since the last question.
 */
function isAgreed(log: Log, tx: Tx, row: ActionRow, effects: Effects): boolean {
  if (row.state !== 'answered' || row.agreed === null) return false;
  if (row.expires !== null && isExpired(tx.now, row.made, row.expires)) return false;
  const [last] = log.events({ limit: 1, newestFirst: true, action: row.id, types: ['action.answered', 'action.decided'] });
  if (last?.body.type !== 'action.answered' || last.body.answer !== 'invoke') return false;
  const shown = log.read(row.agreed);
  return shown !== null && Buffer.from(shown).equals(effectsBytes(effects));
}

function refusal(decision: Decision): { kind: 'refused'; text: string; label: typeof PERSON; duration: number } {
  return { kind: 'refused', text: `Refused by rule ${decision.rules.join(', ')}: ${decision.reason}`, label: PERSON, duration: 0 };
}
