// Would it land? Looks at the workspace as a landing does, and changes nothing.
import { withRoot } from './beneath.ts';
import { lookAtBases, type Conflict } from './commit-bases.ts';
import { stepsOf } from './commit-steps.ts';
import type { Landing, Options } from './commit.ts';

/** What changed underneath, as `land` would find it now. @throws what land throws before it changes anything. */
export async function conflictsOf({ root, changes, started, later }: Landing, { never = [] }: Options): Promise<readonly Conflict[]> {
  if (changes.length === 0) return [];
  const { conflicts } = await withRoot({ root, never }, (open) => lookAtBases(open, stepsOf(changes), { started, breakLinks: true, ...(later === undefined ? {} : { later }) }));
  return conflicts;
}
