// The diff of one file of an action, for a person who asks for it by name.
import { readAction, readProposal } from '../approvals/actions.ts';
import { findRehearsal } from '../approvals/rehearsals.ts';
import { diffOfKept } from '../execute/kept-diff.ts';
import type { WorkPath } from '../model/action.ts';
import type { Diff, Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import type { Workbench } from './workbench.ts';

/**
 * What is on record; where that had no room, what is kept while the action waits.
 * @returns undefined when there is none. @throws what diffOfKept throws.
 */
export async function findDiff({ log, home }: Workbench, id: Id, { changes, diffs }: Effects, path: WorkPath): Promise<Diff | undefined> {
  const known = diffs.find((one) => one.path === path);
  if (known?.note !== 'too-large') return known;
  const kept = findRehearsal(log.store.db, id);
  const change = changes.find((one) => one.path === path && one.type === 'file');
  const { action } = readProposal(log, readAction(log.store.db, id)).proposal;
  return kept === undefined || change === undefined || action.kind === 'infer' ? known : diffOfKept(home.state, kept, action.root, change);
}
