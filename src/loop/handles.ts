// Values by handle: what a model has read with `keep` it can pass on, without having seen it. A handle is the id of the
// action that read it, good in its own session only; it gives nothing that holds secrets.
import { findAction, readProposal, type ActionRow } from '../approvals/actions.ts';
import type { Id } from '../model/id.ts';
import { isId } from '../model/id.ts';
import { keepsUnread } from '../model/proposal.ts';
import type { Kept } from '../tools/tool.ts';
import type { House } from './house.ts';
import { recordedLabel } from './queue.ts';

/** What the session's model may pass on. Whether an action of another session exists isn't told. */
export function keptIn(house: House, session: Id): Kept {
  return (handle) => {
    const row = isId(handle) ? findAction(house.log.store.db, handle) : undefined;
    const proposal = row === undefined || row.session !== session || house.log.read(row.proposal) === null ? undefined : readProposal(house.log, row).proposal;
    if (row === undefined || proposal === undefined || !keepsUnread(proposal.action)) return none(`nothing is kept as ${JSON.stringify(handle.slice(0, 40))}; read or fetch it with keep, and give the handle that comes back`);
    if (row.state !== 'ended' || row.outcome !== 'done') return none(`nothing was kept as ${handle}, since ${row.state === 'ended' ? 'that failed' : 'that is not over'}`);
    const text = textIn(house, row);
    if (text === null) return none(`what was kept as ${handle} was erased`);
    const label = recordedLabel(house, proposal, row);
    if (label.secrecy === 'secret') return none(`what was kept as ${handle} may hold secrets, and is not passed on`);
    return { ok: true, text, source: { from: row.id, label } };
  };
}

function textIn({ log }: House, { result }: ActionRow): string | null {
  const bytes = result === null ? null : log.read(result);
  // A byte order mark at the front is part of what was read.
  return bytes === null ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function none(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}
