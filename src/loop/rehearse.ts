// The path of what is tried before anybody is asked: rehearsed in a copy of the world, judged by what it did there.
// Nothing done is done; what goes to the draft is asked about when that is landed; the rest waits for a person.
import { findAction, readAction, readProposal } from '../approvals/actions.ts';
import { recordMarks, wouldMark } from '../approvals/marks.ts';
import { chosenOf } from '../approvals/pieces.ts';
import { findRehearsal, forgetRehearsal, judgedEffects, keptText, recordRehearsed, type Kept } from '../approvals/rehearsals.ts';
import { recordDecision, settleRehearsal } from '../approvals/settle.ts';
import type { Tx } from '../audit/log.ts';
import type { Landed, Rehearsal, Rehearsing } from '../execute/landing.ts';
import type { Decision } from '../model/decision.ts';
import { UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Into } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { join, type Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import { drafts } from '../model/profile.ts';
import type { Proposal } from '../model/proposal.ts';
import { end, failed, hearState, landForeseen, refused, type Acted } from './act.ts';
import { waitAgain, waitWhileAbsent } from './absent.ts';
import { flowOf, originsOf } from './words.ts';
import type { House } from './house.ts';

/** Null when this workspace turns out to allow no rehearsal: then it is asked about before it runs. */
export async function actInView(house: House, proposal: Proposal, watch: Watch, before: readonly Id[]): Promise<Acted | null> {
  const { rehearsals } = house.hands;
  const { db } = house.log.store;
  // What only reads leaves no ground behind.
  const ahead = before.filter((id) => !['read', 'fetch'].includes(readAction(db, id).kind));
  const kept = findRehearsal(db, proposal.id);
  if (kept !== undefined) {
    // What it stood on may have landed just now, with its end not committed yet.
    if (kept.over.length > 0) await house.log.settle();
    if (rehearsals.stands(kept, ahead)) return landKept(house, proposal, kept, watch, before, ahead);
    await forget(house, proposal.id);
  }
  // It can't be tried on ground that nobody has seen yet, nor on secrets under a new name that nobody has allowed.
  if (ahead.some((id) => findRehearsal(db, id) === undefined || readAction(db, id).rules?.split(' ').includes('secret-file') === true)) return hold(house, proposal);
  // Nor on what came from outside and isn't marked yet: what it says would count as the workspace's own.
  if (proposal.label.integrity !== 'outside' && ahead.some((id) => isShaped(house, id))) return hold(house, proposal);
  // What can't be thrown away and tried anew waits until its ground is firm.
  if (before.length > 0 && isLasting(proposal, readState(house, proposal.id))) return hold(house, proposal);
  return tryOut(house, proposal, watch, before, ahead);
}

/** Would what was tried and waits bring something from outside to where nobody looks for it? When in doubt, it would. */
function isShaped({ log, hands }: House, id: Id): boolean {
  const row = readAction(log.store.db, id);
  if (row.effects === null || log.read(row.effects) === null || log.read(row.proposal) === null) return true;
  const { proposal } = readProposal(log, row);
  const label = findRehearsal(log.store.db, id)?.label ?? hands.rehearsals.label(proposal);
  return wouldMark(log.store.db, { proposal, label, changes: judgedEffects(log, row).changes }, hands.names);
}

/** A command that stays, or that reaches hosts once a person has said yes to that: to try it is more than a try. */
function isLasting({ action }: Proposal, state: string): boolean {
  return action.kind === 'run' && (action.service === true || ((action.hosts ?? []).length > 0 && state === 'answered'));
}

export async function forget(house: House, id: Id): Promise<void> {
  await house.hands.rehearsals.drop(id);
  house.log.note((tx) => forgetRehearsal(tx, id));
}

/** What an action would do, tried and thrown away; `UNKNOWN_EFFECTS` for what isn't known before it runs. Throws in words what can't be done. */
export async function effectsOfTrying(house: House, proposal: Proposal): Promise<Effects> {
  const { rehearsals } = house.hands;
  if (proposal.action.kind === 'run' || !rehearsals.takes(proposal)) return (await house.hands.foresee(proposal)).effects;
  const rehearsing = await rehearsals.prepare(proposal, []);
  const rehearsal = await rehearsing.run({ signal: new AbortController().signal, hear: () => undefined });
  await rehearsal.discard();
  if (!rehearsal.whole) throw new Fault('edit.refused', rehearsal.text, 'change the arguments');
  return rehearsal.effects;
}

async function hold(house: House, { id }: Proposal): Promise<Acted> {
  await house.log.settle();
  return { state: 'held', row: readAction(house.log.store.db, id) };
}

/** @param before all that has not ended before it. @param ahead those of them on whose effects it stands. */
async function tryOut(house: House, proposal: Proposal, watch: Watch, before: readonly Id[], ahead: readonly Id[]): Promise<Acted | null> {
  const world = house.world(proposal.session);
  const flow = await flowOf(house, proposal);
  const decision = house.policy.decide({ stage: 'rehearse', proposal, effects: UNKNOWN_EFFECTS, into: 'nothing', world, ...(flow === undefined ? {} : { flow }) });
  const origins = decision.verdict === 'ask' ? await originsOf(house, proposal) : null;
  const { rehearsals } = house.hands;
  const means = rehearsals.means(rootOf(proposal));
  let rehearsing: Rehearsing | null = null;
  // What a person has to be asked about first is made ready when they have said yes.
  if (decision.verdict === 'allow' || (decision.verdict === 'ask' && readState(house, proposal.id) === 'answered')) {
    try {
      rehearsing = await rehearsals.prepare(proposal, ahead);
    } catch (error) {
      // There is no view to be had here: it is judged anew, as what it can be.
      if (!rehearsals.takes(proposal)) return null;
      if (rehearsals.means(rootOf(proposal)) !== means) return tryOut(house, proposal, watch, before, ahead);
      await house.log.settle();
      const absent = await waitWhileAbsent(house, proposal);
      if (absent !== null) return { state: 'pending', row: absent };
      return end(house, proposal, failed(house, proposal, error), 'fault', watch);
    }
  }
  const settled = await settleRehearsal(house.log, { proposal, decision, origins, profile: world.profile, command: rehearsing?.command ?? null, hold: before.length > 0 }, house.budgets.patience);
  if (settled.kind !== 'go' || rehearsing === null) {
    await rehearsing?.discard();
    if (settled.kind === 'go') throw new Fault('grant.retargeted', 'what was not made ready is not rehearsed');
    hearState(watch, proposal, settled.row);
    return settled.kind === 'refused' ? refused(proposal, settled.row) : { state: settled.kind, row: settled.row };
  }
  hearState(watch, proposal, { state: 'rehearsing' });
  let rehearsal: Rehearsal;
  try {
    rehearsal = await rehearsing.run(watch);
  } catch (error) {
    rehearsals.failed(proposal, error);
    if (!rehearsals.takes(proposal)) return null;
    return end(house, proposal, failedAfter(house, proposal, error, rehearsals.label(proposal)), watch.signal.aborted ? 'cancelled' : 'fault', watch);
  }
  return judge(house, proposal, rehearsal, watch, before);
}

function rootOf({ action }: Proposal): string {
  return action.kind === 'infer' ? '' : action.root;
}

/** One that isn't on disk yet waits for nobody. */
function readState(house: House, id: Id): string {
  return findAction(house.log.store.db, id)?.state ?? 'proposed';
}

async function judge(house: House, proposal: Proposal, rehearsal: Rehearsal, watch: Watch, before: readonly Id[]): Promise<Acted> {
  const { effects, ending } = rehearsal;
  const { id, session } = proposal;
  const output = rehearsal.output === null ? null : await house.log.put(rehearsal.output);
  const onRecord = (tx: Tx): void => recordRehearsed(tx, id, session, ending, rehearsal.ground, rehearsal.text, output, rehearsal.label, effects.network);
  if (!rehearsal.whole) {
    await rehearsal.discard();
    const cancelled = ending.limits.includes('cancelled') || watch.signal.aborted;
    return end(house, proposal, landedOf(rehearsal, 'failed', 'nothing'), cancelled ? 'cancelled' : 'ran', watch, (tx) => {
      onRecord(tx);
      forgetRehearsal(tx, id);
    });
  }
  const { into, decision } = await ask(house, proposal, effects);
  if (decision.verdict === 'allow' && into !== 'workspace' && before.length === 0) {
    try {
      if (into === 'draft') await rehearsal.accept();
      else await rehearsal.discard();
    } catch (error) {
      return lost(house, proposal, rehearsal, error, watch, onRecord);
    }
    return endUnlanded(house, proposal, landedOf(rehearsal, 'done', into), effects, watch, (tx) => {
      onRecord(tx);
      decided(tx, house, proposal, effects, decision);
      forgetRehearsal(tx, id);
    });
  }
  try {
    await rehearsal.keep();
  } catch (error) {
    return lost(house, proposal, rehearsal, error, watch, onRecord);
  }
  house.log.note(onRecord);
  // Durable with the question, or with what is held. Not `rehearsing` any more, so that a crash from here on doesn't take it for one that was cut off.
  house.log.note((tx) => void tx.db.prepare(`UPDATE actions SET state = CASE WHEN agreed IS NULL THEN 'proposed' ELSE 'answered' END, owner = NULL WHERE id = ? AND state = 'rehearsing'`).run(id));
  if (decision.verdict === 'allow' && before.length > 0) {
    house.log.note((tx) => decided(tx, house, proposal, effects, decision));
    return hold(house, proposal);
  }
  const kept: Kept = { action: id, session, ...ending, ...rehearsal.ground, result: null, output: null, label: rehearsal.label };
  return landAsJudged(house, proposal, kept, effects, rehearsal.text, watch, before);
}

/** A fault once it has run: its words may name what it made, and that it may have called whatever it had seen. */
function failedAfter(house: House, proposal: Proposal, error: unknown, seen: Label): Landed {
  const landed = failed(house, proposal, error);
  return { ...landed, outcome: { ...landed.outcome, label: join(landed.outcome.label, seen) } };
}

/** What it wrote can't be kept (a full disk, a draft that can't be changed): nothing of it is to land. */
async function lost(house: House, proposal: Proposal, rehearsal: Rehearsal, error: unknown, watch: Watch, onRecord: (tx: Tx) => void): Promise<Acted> {
  await rehearsal.discard();
  return end(house, proposal, failedAfter(house, proposal, error, rehearsal.label), 'fault', watch, (tx) => {
    onRecord(tx);
    forgetRehearsal(tx, proposal.id);
  });
}

/** What was rehearsed before, in this process or another, and still stands. */
async function landKept(house: House, proposal: Proposal, kept: Kept, watch: Watch, before: readonly Id[], ahead: readonly Id[]): Promise<Acted | null> {
  const { rehearsals } = house.hands;
  const row = readAction(house.log.store.db, proposal.id);
  const judged = judgedEffects(house.log, row);
  const { into, decision } = await ask(house, proposal, judged);
  if (before.length > 0) return row.state === 'pending' ? { state: 'pending', row } : { state: 'held', row };
  if (into === 'draft' && kept.means === 'copy') {
    // What is kept of a copy is laid out for the workspace, not as a layer.
    await forget(house, proposal.id);
    return tryOut(house, proposal, watch, before, ahead);
  }
  if (decision.verdict === 'allow' && into !== 'workspace') {
    try {
      if (into === 'draft') await rehearsals.accept(proposal, judged);
      else await rehearsals.drop(proposal.id);
    } catch (error) {
      await rehearsals.drop(proposal.id);
      return end(house, proposal, failedAfter(house, proposal, error, kept.label ?? rehearsals.label(proposal)), 'fault', watch, (tx) => forgetRehearsal(tx, proposal.id));
    }
    return endUnlanded(house, proposal, keptOf(house, proposal, kept, into), judged, watch, (tx) => forgetRehearsal(tx, proposal.id));
  }
  const chosen = row.state === 'answered' && into === 'workspace' ? chosenOf(house.log, row.id) : null;
  const partly = chosen === null ? null : await (await import('./pieces.ts')).landPart(house, proposal, kept, judged, chosen, watch);
  if (partly !== null) return partly;
  let reread;
  try {
    reread = await rehearsals.reread(proposal, kept, judged);
  } catch (error) {
    const absent = await waitAgain(house, proposal, error);
    if (absent !== null) return { state: 'pending', row: absent };
    await rehearsals.drop(proposal.id);
    return end(house, proposal, failedAfter(house, proposal, error, kept.label ?? rehearsals.label(proposal)), 'fault', watch, (tx) => forgetRehearsal(tx, proposal.id));
  }
  if (reread.drifted && (proposal.action.kind === 'write' || kept.means === 'copy')) {
    // A command runs once where that can be; a file tool is better done anew on what is there now.
    await forget(house, proposal.id);
    return tryOut(house, proposal, watch, before, ahead);
  }
  const { started } = reread;
  if (reread.drifted) house.log.note((tx) => void tx.db.prepare('UPDATE rehearsals SET started = ? WHERE action = ?').run(started, proposal.id));
  return landAsJudged(house, proposal, { ...kept, started }, reread.effects, keptText(house.log, kept), watch, before);
}

/** What it did went into the draft, or was nothing. */
async function endUnlanded(house: House, proposal: Proposal, landed: Landed, { changes }: Effects, watch: Watch, also: (tx: Tx) => void): Promise<Acted> {
  const { log, hands: { names } } = house;
  const { into, label } = landed.outcome;
  const marks = into === 'draft' && wouldMark(log.store.db, { proposal, label, changes }, names);
  const acted = await end(house, proposal, landed, 'ran', watch, (tx) => {
    also(tx);
    if (into === 'draft') recordMarks(tx, { proposal, label, changes, into }, names);
  });
  // INVARIANT: whatever looks at the draft next finds them marked, also a command that is made ready before anything else is put on record.
  if (marks) await log.settle();
  return acted;
}

async function landAsJudged(house: House, proposal: Proposal, kept: Kept, effects: Effects, text: string, watch: Watch, before: readonly Id[]): Promise<Acted> {
  const foreseen = await house.hands.rehearsals.landing(proposal, kept, effects, text);
  const acted = await landForeseen(house, proposal, foreseen, 'workspace', watch, before);
  if (acted.state === 'ended') await forget(house, proposal.id);
  return acted;
}

/** Where it would go, and what the rules say to that. */
async function ask(house: House, proposal: Proposal, effects: Effects): Promise<{ readonly into: Into; readonly decision: Decision }> {
  const into = intoOf(house, proposal, effects);
  const flow = await flowOf(house, proposal);
  return { into, decision: house.policy.decide({ stage: 'land', proposal, effects, into, world: house.world(proposal.session), ...(flow === undefined ? {} : { flow }) }) };
}

/** Where what an action did would go. */
export function intoOf(house: House, proposal: Proposal, { changes }: Effects): Into {
  if (changes.length === 0) return 'nothing';
  const world = house.world(proposal.session);
  return (drafts(world.profile) && world.means(rootOf(proposal)) === 'view') || house.hands.rehearsals.hasDraft(proposal.session) ? 'draft' : 'workspace';
}

function decided(tx: Tx, house: House, proposal: Proposal, effects: Effects, decision: Decision): void {
  recordDecision(tx, readAction(tx.db, proposal.id), 'land', { proposal, effects, decision, profile: house.world(proposal.session).profile });
}

function landedOf({ ending, text, label, effects }: Rehearsal, kind: 'done' | 'failed', into: Into): Landed {
  const { exit, signal, limits, duration } = ending;
  return { outcome: { kind, text, label, exit, ...(signal === '' ? {} : { signal }), limits, duration, into, ...(into === 'nothing' ? {} : { touched: effects.changes.map(({ path }) => path) }) }, output: null };
}

function keptOf(house: House, proposal: Proposal, kept: Kept, into: Into): Landed {
  const { exit, signal, limits, duration } = kept;
  const text = keptText(house.log, kept);
  return { outcome: { kind: 'done', text, label: kept.label ?? house.hands.rehearsals.label(proposal), exit, ...(signal === '' ? {} : { signal }), limits, duration, into }, output: null };
}
