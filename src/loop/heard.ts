// What a model hears of a result: all of it, but of what was kept unread only that it is there.
import type { OutcomeKind } from '../model/outcome.ts';
import { label as labelled, type Label } from '../model/label.ts';
import { keepsUnread, type Proposal } from '../model/proposal.ts';

export interface Heard {
  readonly text: string;
  readonly label: Label;
}

/**
 * INVARIANT: nothing of what was kept is in these words but its length, and whether it came; nor anything that the model
 * chose itself, which would come back to it as a result. So they are the house's, whatever the label of what was kept.
 */
export function heardOf({ id, action }: Pick<Proposal, 'id' | 'action'>, outcome: OutcomeKind | null, { text, label }: Heard): Heard {
  if (!keepsUnread(action)) return { text, label };
  const own = labelled('workspace', 'private', `handle:${id}`);
  if (outcome === 'done') return { text: `Kept as ${id}: ${text.length.toLocaleString('en')} characters, not shown. Pass it on with write and from.`, label: own };
  // What a server says instead is no more to be read than what was asked for.
  if (outcome === 'failed' && action.kind === 'fetch') return { text: 'Nothing was kept: the fetch failed, and what came instead is not shown. Fetch it without keep to see why.', label: own };
  return { text, label };
}
