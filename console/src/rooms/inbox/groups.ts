// What waits, in groups: cards of one answer of a model stand together, and those are by conversation; the newest first.
import type { InboxAnswer, Waiting } from '../../api/inbox.ts';

export interface Group {
  readonly key: string;
  readonly session: string;
  readonly title: string;
  readonly root: string;
  /** More than one of them can be reviewed as one. */
  readonly batch: string | null;
  /** In the order in which they would be carried out. */
  readonly waiting: readonly Waiting[];
}

export function groupsOf({ waiting }: InboxAnswer): readonly Group[] {
  const groups = new Map<string, Waiting[]>();
  for (const one of waiting) {
    const key = one.batch ?? one.id;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [one]);
    else known.push(one);
  }
  return [...groups]
    .map(([key, all]) => ({ key, session: all[0]?.session ?? '', title: all[0]?.title ?? '', root: all[0]?.root ?? '', batch: all[0]?.batch ?? null, waiting: all }))
    .toSorted((a, b) => (newest(b) < newest(a) ? -1 : newest(b) > newest(a) ? 1 : 0));
}

function newest({ waiting }: Group): string {
  return waiting.reduce((last, { proposed }) => (proposed > last ? proposed : last), '');
}

/** As the list shows them, one after the other. */
export function inOrder(groups: readonly Group[], { stranded }: InboxAnswer): readonly Waiting[] {
  return [...groups.flatMap(({ waiting }) => waiting), ...stranded];
}
