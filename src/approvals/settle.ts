// Settles a judged proposal: a rule or a recorded answer of a person mints a Grant, a denial ends it, and all
// else waits for a person. The only caller of the mint. Silence is never yes.
import type { Log, Tx } from '../audit/log.ts';
import type { Decision } from '../model/decision.ts';
import type { Effects } from '../model/effects.ts';
import { isExpired, timeText } from '../model/clock.ts';
import { PERSON } from '../model/label.ts';
import type { EndWhy, EventBody, Stage } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { canonicalBytes, type Json } from '../model/canonical.ts';
import type { Origins } from '../model/origin.ts';
import type { Digest } from '../model/digest.ts';
import type { Id } from '../model/id.ts';
import { proposalBytes, type Proposal } from '../model/proposal.ts';
import type { Profile } from '../policy/policy.ts';
import { isStandingName } from '../policy/standing.ts';
import { isAlive, ownOwner } from '../storage/owner.ts';
import { UNKNOWN_EFFECTS } from '../model/effects.ts';
import { effectsBytes, readAction, recordEnd, type ActionRow } from './actions.ts';
import { changedSince } from './changed-words.ts';
import { Grant, GRANT_LIFE } from './grant.ts';
import { isPartly } from './pieces.ts';
import { countUses } from './standing.ts';

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
  /** Where its words come from, for the card; null: not told, or a person's own. */
  readonly origins?: Origins | null;
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
    const { proposal } = judged;
    const row = readAction(tx.db, proposal.id);
    const over = overBefore(tx, row);
    if (over !== null) return { kind: 'refused', row: over };
    const { decision } = judged;
    if (judged.hold && (decision.verdict === 'allow' || row.state === 'answered')) return { kind: 'held', row };
    const agreed = isAgreed(log, tx, row, judged.effects) || hasSeen(log, tx, row, judged.effects);
    const settled = agreed ? decision : sayingWhy(log, row, heedingPart(log, row, decision), judged.effects);
    const effects = recordDecision(tx, row, 'land', { ...judged, decision: settled });
    switch (settled.verdict) {
      case 'deny':
        recordEnd(tx, row.id, refusal(settled), 'rule', null);
        return { kind: 'refused', row: readAction(tx.db, row.id) };
      case 'allow':
        return grant(log, tx, row, judged, effects, 'rule');
      case 'ask':
        if (agreed) return grant(log, tx, row, judged, effects, 'person');
        tx.db
          .prepare(`UPDATE actions SET state = 'pending', owner = NULL, agreed = NULL, expires = coalesce(expires, ?) WHERE id = ?`)
          .run(tx.now + patience, row.id);
        return { kind: 'pending', row: readAction(tx.db, row.id) };
    }
  });
}

/** By which such a question is asked. */
export const PART_CHANGED = { id: 'part.changed', reason: 'You said yes to a part of this only, and it is not what you saw any more.' } as const;

/** What a person left out of this very action doesn't land because they let such things go before: they are asked again. */
function heedingPart(log: Log, row: ActionRow, decision: Decision): Decision {
  if (decision.verdict !== 'allow' || !decision.rules.some(isStandingName) || row.state !== 'answered' || !isPartly(log, row.id)) return decision;
  return { ...decision, verdict: 'ask', rules: [PART_CHANGED.id], reason: PART_CHANGED.reason };
}

function effectsIn(bytes: Uint8Array): Effects {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Who said yes and is asked again reads why first. */
function sayingWhy(log: Log, row: ActionRow, decision: Decision, effects: Effects): Decision {
  if (decision.verdict !== 'ask' || row.agreed === null) return decision;
  const [last] = log.events({ limit: 1, newestFirst: true, action: row.id, types: ['action.answered'] });
  if (last?.body.type !== 'action.answered' || last.body.answer !== 'invoke') return decision;
  const bytes = log.read(row.agreed);
  const seen = bytes === null ? null : effectsIn(bytes);
  // A yes to the trying was for no effects yet.
  if (seen === null || seen.certainty === 'unknown') return decision;
  const words = changedSince(seen, effectsIn(effectsBytes(effects)));
  return words === '' ? decision : { ...decision, reason: `It changed since you said yes: ${words}. ${decision.reason}` };
}

export type Rehearsable =
  /** It is on record as being rehearsed by this process. */
  | { readonly kind: 'go' }
  | { readonly kind: 'held' | 'pending' | 'refused'; readonly row: ActionRow };

/**
 * May it be rehearsed? Nothing of a rehearsal lasts, so it needs no grant; it is on record before it begins, and what
 * a process that is gone was rehearsing has failed.
 */
export function settleRehearsal(log: Log, judged: Omit<Judged, 'effects'>, patience: number): Promise<Rehearsable> {
  return log.commit((tx): Rehearsable => {
    const { proposal, decision, command } = judged;
    const row = readAction(tx.db, proposal.id);
    const over = overBefore(tx, row);
    if (over !== null) return { kind: 'refused', row: over };
    // Who was shown what it does, and said yes to that, need not be asked whether it may be tried.
    const agreed = isAgreed(log, tx, row, UNKNOWN_EFFECTS) || hasSeen(log, tx, row, null);
    const effects = recordDecision(tx, row, 'rehearse', { ...judged, effects: UNKNOWN_EFFECTS });
    if (decision.verdict === 'deny') {
      recordEnd(tx, row.id, refusal(decision), 'rule', null);
      return { kind: 'refused', row: readAction(tx.db, row.id) };
    }
    if (decision.verdict === 'ask' && !agreed) {
      tx.db.prepare(`UPDATE actions SET state = 'pending', owner = NULL, effects = ?, agreed = NULL, expires = coalesce(expires, ?) WHERE id = ?`).run(effects, tx.now + patience, row.id);
      return { kind: 'pending', row: readAction(tx.db, row.id) };
    }
    tx.append({ type: 'action.started', action: row.id, stage: 'rehearse' }, command === null ? {} : { command });
    tx.db.prepare(`UPDATE actions SET state = 'rehearsing', owner = ? WHERE id = ?`).run(ownOwner(), row.id);
    return { kind: 'go' };
  });
}

/** Another process, an answer or a stop was quicker: what is on record then stands. */
function overBefore(tx: Tx, row: ActionRow): ActionRow | null {
  if (row.state === 'granted' || row.state === 'ended' || isElsewhere(row)) return row;
  const halted = haltedSince(tx, row);
  if (halted === null) return null;
  recordEnd(tx, row.id, { kind: 'refused', text: 'The person stopped this before it began.', label: PERSON, duration: 0 }, halted, null);
  return readAction(tx.db, row.id);
}

/** Another living process is at it. */
function isElsewhere({ state, owner }: ActionRow): boolean {
  return state === 'rehearsing' && owner !== null && owner !== ownOwner() && isAlive(owner);
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

/** Put the answer of the rules on record. @returns the digest of the effects that were judged, where they are kept. */
export function recordDecision(tx: Tx, row: ActionRow, stage: Stage, { proposal, effects, decision, profile, origins }: Pick<Judged, 'proposal' | 'effects' | 'decision' | 'profile' | 'origins'>): string | null {
  // Where there are none, or none are known yet, and nobody is asked, they need no payload.
  const known = decision.verdict === 'ask' || (stage === 'land' && effects.certainty !== 'none');
  const body = { type: 'action.decided', action: proposal.id, stage, verdict: decision.verdict, rules: decision.rules, profile } as const;
  const recorded = tx.append(body, {
    reason: decision.reason, ...(known ? { effects: effectsBytes(effects) } : {}),
    ...(decision.facts === undefined || proposal.action.kind === 'infer' ? {} : { facts: canonicalBytes(decision.facts) }),
    ...(decision.verdict === 'ask' && origins ? { origins: canonicalBytes(jsonOf(origins)) } : {}),
  });
  const digest = recorded.payloads['effects']?.digest ?? null;
  tx.db
    .prepare('UPDATE actions SET effects = ?, reason = ?, rules = ? WHERE id = ?')
    .run(digest, recorded.payloads['reason']?.digest ?? null, decision.rules.join(' '), row.id);
  countUses(tx, decision.rules);
  return digest;
}

function jsonOf({ arguments: named, outside }: Origins): Json {
  return { arguments: named.map((one) => ({ ...one, bytes: one.bytes === null ? null : [...one.bytes] })), outside: outside.map((one) => ({ ...one })) };
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
  const said = log.events({ limit: 8, newestFirst: true, action: row.id, types: ['action.answered', 'action.decided'] });
  const last = said.find(({ body }) => body.type === 'action.answered' || (body.type === 'action.decided' && body.verdict === 'ask'));
  if (last?.body.type !== 'action.answered' || last.body.answer !== 'invoke') return false;
  // Who could attack: somebody who points the row of a yes to a part at the whole.
  const part = last.payloads['effects']?.digest;
  if (part !== undefined && part !== row.agreed) return false;
  const shown = log.read(row.agreed);
  return shown !== null && Buffer.from(shown).equals(effectsBytes(effects));
}

/**
 * A person who changed an action was shown what the changed one does, and that is on record with the yes: it holds for
 * the very same effects, also where the rules ask before it is tried. @param effects null: is there any such yes?
 */
function hasSeen(log: Log, tx: Tx, row: ActionRow, effects: Effects | null): boolean {
  if (row.state !== 'answered' || row.agreed === null || row.edited_from === null) return false;
  if (row.expires !== null && isExpired(tx.now, row.made, row.expires)) return false;
  const said = log.events({ limit: 8, newestFirst: true, action: row.id, types: ['action.answered', 'action.decided'] });
  const last = said.find(({ body }) => body.type === 'action.answered' || (body.type === 'action.decided' && body.verdict === 'ask' && (effects === null || body.stage === 'land')));
  if (last?.body.type !== 'action.answered' || last.body.answer !== 'invoke') return false;
  const digest = last.payloads['effects']?.digest;
  const shown = digest === undefined ? null : log.read(digest);
  return shown !== null && (effects === null ? !Buffer.from(shown).equals(effectsBytes(UNKNOWN_EFFECTS)) : Buffer.from(shown).equals(effectsBytes(effects)));
}

function refusal(decision: Decision): { kind: 'refused'; text: string; label: typeof PERSON; duration: number } {
  return { kind: 'refused', text: `Refused by rule ${decision.rules.join(', ')}: ${decision.reason}`, label: PERSON, duration: 0 };
}
