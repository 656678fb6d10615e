// A yes to a part of a card: what it would land, before it is said, and its landing afterwards. It refuses what can't be
// taken apart, and lands nothing that isn't, to the byte, what the person agreed to.
import { effectsBytes, readAction, readProposal, type ActionRow } from '../approvals/actions.ts';
import { hasPieces, leftOutWords, type PartOf, type Pieces } from '../approvals/pieces.ts';
import { findRehearsal, judgedEffects, keptText, type Kept } from '../approvals/rehearsals.ts';
import type { Composed } from '../execute/draft-hunks.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import { landForeseen, type Acted } from './act.ts';
import type { House } from './house.ts';
import { forget, intoOf } from './rehearse.ts';

/**
 * A yes to a part: put together anew from what is kept, and landed where that is to the byte what the person agreed to.
 * Null where it isn't any more, or can't be: then all of it is asked about again.
 */
export async function landPart(house: House, proposal: Proposal, kept: Kept, whole: Effects, chosen: Pieces, watch: Watch): Promise<Acted | null> {
  const { rehearsals } = house.hands;
  let part: Composed;
  try {
    part = await rehearsals.compose(proposal, kept, whole, chosen);
  } catch {
    return null;
  }
  try {
    // What was left out may have been changed meanwhile: it is none of this.
    const { drifted } = await rehearsals.reread(proposal, kept, part.effects);
    if (drifted) return await withoutPart(part);
  } catch {
    // The whole looks again, and says what is wrong.
    return withoutPart(part);
  }
  const text = [keptText(house.log, kept), leftOutWords(whole, part.effects, chosen)].filter((words) => words !== '').join('\n');
  const acted = await landForeseen(house, proposal, await rehearsals.landing(proposal, kept, whole, text, part), 'workspace', watch, []);
  if (acted.state !== 'ended') return null;
  await forget(house, proposal.id);
  return acted;
}

async function withoutPart(part: Composed): Promise<null> {
  await part.discard();
  return null;
}

/**
 * What a yes to some pieces of a card would land, for who asks before saying it. Nothing is kept of it.
 * @throws `pieces.not` for what can't land in part, `pieces.none`, `pieces.path`, `pieces.hunk`.
 */
export async function partOf(house: House, id: Id, pieces: Pieces): Promise<PartOf | undefined> {
  const { log, hands: { rehearsals } } = house;
  const row = readAction(log.store.db, id);
  if (pieces.paths.length + pieces.hunks.length === 0) throw new Fault('pieces.none', 'a yes to nothing is none', 'name paths or hunks, or deny it');
  const kept = findRehearsal(log.store.db, id);
  const { proposal } = readProposal(log, row);
  const whole = row.state === 'pending' && row.effects !== null && kept !== undefined && rehearsals.takes(proposal) ? judgedEffects(log, row) : null;
  if (kept === undefined || whole === null || !hasPieces(whole) || intoOf(house, proposal, whole) !== 'workspace') {
    throw new Fault('pieces.not', `action ${id} is not one that can land in part`, proposal.action.kind === 'commit' ? 'propose to commit the pieces of the draft instead' : 'invoke it whole, edit it, or deny it');
  }
  const part = await rehearsals.compose(proposal, kept, whole, pieces);
  await part.discard();
  // All of its pieces are no part.
  return Buffer.from(effectsBytes(part.effects)).equals(effectsBytes(whole)) ? undefined : { pieces, effects: part.effects };
}

/** Would pieces be taken of this one? For cards. */
export function isInPieces(house: House, row: ActionRow, effects: Effects | null): boolean {
  if (row.state !== 'pending' || effects === null || !hasPieces(effects) || findRehearsal(house.log.store.db, row.id) === undefined) return false;
  const { proposal } = readProposal(house.log, row);
  return house.hands.rehearsals.takes(proposal) && intoOf(house, proposal, effects) === 'workspace';
}
