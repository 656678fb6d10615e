// A workspace that isn't there just now (renamed, a disk that is not mounted) ends nothing: what is kept stays, a yes
// is void, and the action waits again until the folder is back or a person says no.
import { findAction, readAction, type ActionRow } from '../approvals/actions.ts';
import { findRehearsal, judgedEffects } from '../approvals/rehearsals.ts';
import { recordDecision } from '../approvals/settle.ts';
import { UNKNOWN_EFFECTS } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Proposal } from '../model/proposal.ts';
import type { House } from './house.ts';
import { checkPresent } from './workspaces.ts';

/** The faults that say so. */
const ABSENT: ReadonlySet<string> = new Set(['workspace.gone', 'workspace.missing', 'workspace.moved']);

/** The row, waiting again; null when its workspace is there, or there is nothing yet that could be lost. */
export async function waitWhileAbsent(house: House, proposal: Proposal): Promise<ActionRow | null> {
  if (proposal.action.kind === 'infer') return null;
  try {
    checkPresent(proposal.action);
    return null;
  } catch (error) {
    return waitAgain(house, proposal, error);
  }
}

/** The same, for a fault that was met on the way; null for any other. */
export async function waitAgain(house: House, proposal: Proposal, error: unknown): Promise<ActionRow | null> {
  if (!(error instanceof Fault) || !ABSENT.has(error.code)) return null;
  const { log } = house;
  const known = findAction(log.store.db, proposal.id);
  if (known === undefined || (known.state !== 'answered' && findRehearsal(log.store.db, proposal.id) === undefined)) return null;
  const { profile } = house.world(proposal.session);
  return log.commit((tx) => {
    const row = readAction(tx.db, proposal.id);
    if (row.state !== 'answered' && row.state !== 'proposed') return row.state === 'pending' ? row : null;
    const effects = row.effects === null ? UNKNOWN_EFFECTS : judgedEffects(log, row);
    const before = row.rules?.split(' ').filter((rule) => rule !== 'workspace-gone') ?? [];
    const reason = `${error.message}, so nothing was done and nothing that is kept for it was thrown away. Put the folder back, and say yes again.`;
    recordDecision(tx, row, effects.certainty === 'unknown' ? 'rehearse' : 'land', { proposal, effects, decision: { verdict: 'ask', rules: [...before, 'workspace-gone'].toSorted(), reason }, profile });
    tx.db.prepare(`UPDATE actions SET state = 'pending', owner = NULL, agreed = NULL, expires = coalesce(expires, ?) WHERE id = ?`).run(tx.now + house.budgets.patience, row.id);
    return readAction(tx.db, row.id);
  });
}
