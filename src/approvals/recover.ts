// Start-up recovery: what a process that is gone had begun and not ended becomes `unknown`. It is shown to the
// person and never retried silently. It writes through the same `recordEnd` as every normal end.
import type { DatabaseSync } from 'node:sqlite';
import type { Log, Tx } from '../audit/log.ts';
import { joinAll, PERSON, type Label } from '../model/label.ts';
import { isAlive } from '../storage/owner.ts';
import type { Id } from '../model/id.ts';
import type { Proposal } from '../model/proposal.ts';
import { readProposal, recordEnd, type ActionRow } from './actions.ts';
import { recordMarks, type NameRules } from './marks.ts';
import { findRehearsal, judgedEffects, recordLanding } from './rehearsals.ts';

/** What start-up found of a landing that was cut off. */
export interface Recovered {
  /** `waiting`: it can't be ended yet, and the next start tries again. */
  readonly ended: 'old' | 'new' | 'waiting';
  readonly words: string;
}

/** Where what a process that is gone had made may lie. */
export interface Places {
  readonly names: NameRules;
  readonly rehearsals: { drafts(): readonly { readonly session: Id; readonly actions: readonly Id[] }[] };
}

/** Ends every orphan. Indexed, so its cost follows what is open and not the log. Returns those of which the effect is not known. */
export async function recover(log: Log, landings: ReadonlyMap<Id, Recovered>, { names, rehearsals }: Places): Promise<ActionRow[]> {
  if (orphans(log, rehearsals).length === 0) return [];
  return log.commit((tx) => {
    const found = orphans(log, rehearsals);
    for (const row of found) {
      if (row.state !== 'granted' && isInDraft(rehearsals, row)) {
        recordEnd(tx, row.id, { kind: 'unknown', text: 'The workbench stopped just when this had gone into the draft. Look at what is there before it lands.', label: askedOf(log, row), duration: 0, into: 'draft' }, 'crashed', null);
        markDrafted(log, tx, row, names);
        continue;
      }
      // What it asked of hosts can't be taken back, so of that a crash leaves doubt.
      if (row.state === 'rehearsing' && !reachesHosts(log, row)) {
        recordEnd(tx, row.id, { kind: 'failed', text: 'The workbench stopped while this was being rehearsed. Nothing of it was kept: the workspace is as it was.', label: askedOf(log, row), duration: 0 }, 'crashed', null);
        continue;
      }
      const landing = landings.get(row.id);
      recordEnd(tx, row.id, { kind: 'unknown', text: textOf(row.id, landing), label: askedOf(log, row), duration: 0, ...(landing?.ended === 'new' ? { into: 'workspace' } : {}) }, 'crashed', null);
      if (landing?.ended === 'new') recordRecovered(log, tx, row, names);
      else if (landing?.ended !== 'old' && row.state === 'granted') markRecovered(log, tx, row, names, true);
    }
    return found.filter((row) => row.state === 'granted' || reachesHosts(log, row));
  });
}

/** It has landed after all, so it can be undone. */
export function recordRecovered(log: Log, tx: Tx, row: ActionRow, names: NameRules): void {
  const { action } = readProposal(log, row).proposal;
  if (action.kind === 'infer') return;
  const isUndo = action.kind === 'undo';
  const changes = row.effects === null || log.read(row.effects) === null ? [] : judgedEffects(log, row).changes;
  recordLanding(tx, { id: row.id, action: row.id, root: action.root, op: isUndo ? 'undo' : 'land', undoes: isUndo ? action.landing : null, changes });
  tx.db.prepare(`UPDATE actions SET into_ = 'workspace' WHERE id = ?`).run(row.id);
  markRecovered(log, tx, row, names);
}

/** What may have landed is marked as if it had. What a command may have done of which nobody knows the effects, everywhere. */
function markRecovered(log: Log, tx: Tx, row: ActionRow, names: NameRules, doubtful = false): void {
  if (log.read(row.proposal) === null) return;
  const { proposal } = readProposal(log, row);
  if (proposal.action.kind === 'run' && proposal.action.access === 'read') return;
  const effects = row.effects === null || log.read(row.effects) === null ? null : judgedEffects(log, row);
  const label = joinAll([proposal.label, findRehearsal(tx.db, row.id)?.label ?? unheard(proposal)]);
  recordMarks(tx, { proposal, label, changes: effects === null || effects.certainty === 'unknown' ? null : effects.changes, into: 'workspace', ...(doubtful ? { doubtful } : {}) }, names);
}

/** What it changed in the draft, and after seeing what, went with the process. */
function markDrafted(log: Log, tx: Tx, row: ActionRow, names: NameRules): void {
  if (log.read(row.proposal) === null) return;
  const { proposal } = readProposal(log, row);
  recordMarks(tx, { proposal, label: joinAll([proposal.label, unheard(proposal)]), changes: null, into: 'draft' }, names);
}

/** What a command saw went with the process that knew. */
function unheard({ action }: Proposal): Label {
  return action.kind === 'run' ? { integrity: 'outside', secrecy: 'private', sources: ['run'] } : PERSON;
}

/** Its end may be told in words of what it was about. */
function askedOf(log: Log, row: ActionRow): Label {
  return row.by === 'model' && log.read(row.proposal) !== null ? readProposal(log, row).proposal.label : PERSON;
}

function reachesHosts(log: Log, row: ActionRow): boolean {
  try {
    const { action } = readProposal(log, row).proposal;
    return action.kind === 'run' && (action.hosts ?? []).length > 0;
  } catch {
    // Erased meanwhile: when in doubt, there is doubt.
    return true;
  }
}

function textOf(id: Id, landing: Recovered | undefined): string {
  const stopped = 'The workbench stopped while this was being carried out';
  switch (landing?.ended) {
    case undefined:
      return `${stopped}, so it is not known whether it took effect. It is not tried again by itself.`;
    case 'new':
      return `${stopped}. All of it is in the workspace. Take it back with: pwb undo ${id}. ${landing?.words ?? ''}`.trim();
    case 'old':
      return `${stopped}. Nothing of it is in the workspace. ${landing?.words ?? ''}`.trim();
    case 'waiting':
      return `${stopped}, and it can't be ended yet: ${landing?.words ?? ''} The next start tries again.`;
  }
}

function isInDraft(rehearsals: Places['rehearsals'], { id, session: own }: ActionRow): boolean {
  return rehearsals.drafts().some(({ session, actions }) => session === own && actions.includes(id));
}

/** Also what had waited for its turn and just gone into a draft: nothing of its state says so. */
function orphans({ store: { db } }: Log, rehearsals: Places['rehearsals']): ActionRow[] {
  const begun = db.prepare(`SELECT * FROM actions WHERE state IN ('granted', 'rehearsing')`).all() as unknown as ActionRow[];
  const held = db.prepare(`SELECT actions.* FROM actions JOIN rehearsals ON rehearsals.action = actions.id WHERE actions.state IN ('proposed', 'answered', 'pending')`).all() as unknown as ActionRow[];
  return [...begun.filter(({ owner }) => owner === null || !isAlive(owner)), ...held.filter((row) => isInDraft(rehearsals, row) && !isAtWork(db, row))];
}

/** Does a living process go on with its session? */
function isAtWork(db: DatabaseSync, { session }: ActionRow): boolean {
  const owner = db.prepare('SELECT owner FROM sessions WHERE id = ?').get(session)?.['owner'];
  return typeof owner === 'string' && isAlive(owner);
}
