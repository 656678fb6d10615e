// The path. Every door and every tool call enters here, and no other code can cause an effect:
// propose → may it be rehearsed → rehearse → may it land → settle (a rule or a person) → land → on record.
import { readAction, readProposal, recordEnd, recordProposal, type ActionRow } from '../approvals/actions.ts';
import { recordMarks } from '../approvals/marks.ts';
import { findRehearsal, recordLanding } from '../approvals/rehearsals.ts';
import { settle } from '../approvals/settle.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { EndWhy } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { BOTTOM, joinAll, label } from '../model/label.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import { parseProposal, proposalBytes, type Proposal } from '../model/proposal.ts';
import type { Question } from '../policy/policy.ts';
import type { PayloadInputs, Tx } from '../audit/log.ts';
import type { Foreseen, Landed } from '../execute/landing.ts';
import { waitWhileAbsent } from './absent.ts';
import { flowOf, originsOf } from './words.ts';
import type { House } from './house.ts';

export type Acted =
  | { readonly state: 'ended'; readonly row: EndedRow; readonly landed: Landed | null }
  | { readonly state: 'pending' | 'held'; readonly row: ActionRow };
export type EndedRow = Pick<ActionRow, 'id' | 'outcome' | 'exit' | 'result' | 'label'>;

/** Put a proposal on record, in the caller's transaction. It is judged when its turn comes, by `act`. */
export function propose(tx: Tx, proposal: Proposal, parts?: PayloadInputs): ActionRow {
  return recordProposal(tx, proposal, parts);
}

/**
 * Carry one recorded proposal as far as it goes: to its end, or to a person. Safe to call again after a restart.
 * @param ahead what comes before it in its turn and has not ended. Then it is only judged: what a person must see
 * is asked now, what a rule allows waits for its turn.
 */
export async function act(house: House, which: Id | Proposal, watch: Watch, ahead: readonly Id[] = []): Promise<Acted> {
  const known = typeof which === 'string' ? recorded(house, which) : which;
  if ('state' in known) return known;
  const proposal = parseProposal(proposalBytes(known));
  const absent = ahead.length === 0 ? await waitWhileAbsent(house, proposal) : null;
  if (absent !== null) return { state: 'pending', row: absent };
  const rehearsed = house.hands.rehearsals.takes(proposal) ? await (await import('./rehearse.ts')).actInView(house, proposal, watch, ahead) : null;
  return rehearsed ?? (await actAtOnce(house, proposal, watch, ahead));
}

/** For what is known beforehand, has no effect, or can't be rehearsed here. */
async function actAtOnce(house: House, proposal: Proposal, watch: Watch, ahead: readonly Id[]): Promise<Acted> {
  const foreseen = await foresee(house, proposal);
  if ('refused' in foreseen) {
    // No commit of a judgement comes between: whoever hears of the end looks the action up.
    await house.log.settle();
    return end(house, proposal, foreseen.refused, 'fault', watch);
  }
  return landForeseen(house, proposal, foreseen, 'workspace', watch, ahead);
}

/** Asks the rules, and where they say so a person; then spends the grant. */
export async function landForeseen(house: House, proposal: Proposal, foreseen: Foreseen, into: Question['into'], watch: Watch, ahead: readonly Id[]): Promise<Acted> {
  const world = house.world(proposal.session);
  const flow = await flowOf(house, proposal);
  const decision = house.policy.decide({ stage: 'land', proposal, effects: foreseen.effects, into, world, ...(flow === undefined ? {} : { flow }) });
  const origins = decision.verdict === 'ask' ? await originsOf(house, proposal) : null;
  const judged = { proposal, effects: foreseen.effects, decision, origins, profile: world.profile, command: foreseen.command, hold: ahead.length > 0 };
  const settled = await settle(house.log, judged, house.budgets.patience);
  if (settled.kind !== 'granted') await foreseen.discard?.();
  hearState(watch, proposal, settled.kind === 'granted' ? { state: 'granted' } : settled.row);
  if (settled.kind === 'pending' || settled.kind === 'held') return { state: settled.kind, row: settled.row };
  if (settled.kind === 'refused') return refused(proposal, settled.row);

  const { grant } = settled;
  const landed = await house.hands.carryOut(grant, settled.target, foreseen, watch).catch((error: unknown) => failed(house, proposal, error));
  return end(house, proposal, landed, endWhy(landed, watch), watch);
}

/** What is on record stands. */
export function refused({ id }: Proposal, row: ActionRow): Acted {
  if (row.state !== 'ended') throw new Fault('action.busy', `action ${id} is being carried out by another process`, `see \`pwb show ${id}\``);
  return { state: 'ended', row, landed: null };
}

function recorded(house: House, id: Id): Proposal | Acted {
  const row = readAction(house.log.store.db, id);
  if (row.state === 'ended') return { state: 'ended', row, landed: null };
  if (row.state === 'pending') return { state: 'pending', row };
  return readProposal(house.log, row).proposal;
}

async function foresee(house: House, proposal: Proposal): Promise<Foreseen | { readonly refused: Landed }> {
  try {
    return await house.hands.foresee(proposal);
  } catch (error) {
    return { refused: failed(house, proposal, error) };
  }
}

/**
 * Record the end. It lands with the next commit at the latest: what follows an effect always commits before the next one.
 * @param also more to be put on record before it, in the same transaction.
 */
export async function end(house: House, proposal: Proposal, landed: Landed, why: EndWhy, watch: Watch, also?: (tx: Tx) => void): Promise<Acted> {
  const { log } = house;
  const { id, session, action: { kind } } = proposal;
  const output = landed.output === null ? null : await log.put(landed.output);
  const received = landed.answer === undefined ? null : await log.put(landed.answer.received);
  log.note((tx) => {
    if (landed.answer !== undefined && received !== null) {
      const { reply, status } = landed.answer;
      const usage = reply.usage === undefined ? {} : { promptTokens: reply.usage.prompt, outputTokens: reply.usage.output };
      tx.append({ type: 'model.answered', action: id, finish: reply.finish, calls: reply.calls.length, status, ...usage }, { response: received, ...(reply.notes.length === 0 ? {} : { notes: canonicalBytes(reply.notes) }) });
    }
    also?.(tx);
    recordEnd(tx, id, landed.outcome, why, output);
    if (landed.landing !== undefined) recordLanding(tx, landed.landing);
    if (landed.landing !== undefined || landed.unseen === true) {
      recordMarks(tx, { proposal, label: landed.outcome.label, changes: landed.landing?.changes ?? null, into: 'workspace' }, house.hands.names);
    }
  });
  // What has landed can be undone from here on, also if we crash; and what looks at it next finds it marked.
  if (landed.landing !== undefined || landed.unseen === true) await log.settle();
  watch.hear({ type: 'action', session, action: id, kind, state: 'ended', outcome: landed.outcome.kind, exit: landed.outcome.exit ?? null });
  return { state: 'ended', row: { id, outcome: landed.outcome.kind, exit: landed.outcome.exit ?? null, result: null, label: JSON.stringify(landed.outcome.label) }, landed };
}

/** Of the house's own words about a workspace. */
const WORDS = label('workspace', 'private', 'house');

/** A fault while carrying out is a failed outcome in words: the path itself doesn't break. They may tell of what is in files, and of what a command that had been tried called those that it made. */
export function failed({ hands, log }: House, proposal: Proposal, error: unknown): Landed {
  const hint = error instanceof Fault && error.hint !== undefined ? ` (${error.hint})` : '';
  return { outcome: { kind: 'failed', text: `${wordsOf(error)}${hint}`, label: joinAll([WORDS, hands.failureLabel(proposal, error), findRehearsal(log.store.db, proposal.id)?.label ?? BOTTOM]), duration: 0 }, output: null };
}

function endWhy(landed: Landed, watch: Watch): EndWhy {
  const { kind, limits } = landed.outcome;
  if (limits?.includes('cancelled') === true || (kind !== 'done' && watch.signal.aborted)) return 'cancelled';
  return landed.drifted === true ? 'drifted' : 'ran';
}

export function hearState(watch: Watch, { id, session, action: { kind } }: Proposal, { state, outcome }: { readonly state: ActionRow['state']; readonly outcome?: ActionRow['outcome'] }): void {
  watch.hear({ type: 'action', session, action: id, kind, state, ...(outcome ? { outcome } : {}) });
}
