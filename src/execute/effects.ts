// The effects of a rehearsal as data: every change by name, diffs where they can be read, and what may have gone
// otherwise than in the real world. What isn't landed by a commit is in `unlandable`, never simply missing.
import type { Change, Diff, Effects, Undo } from '../model/effects.ts';
import { accessOf, LOST } from './effects-access.ts';
import { newReading, type Content } from './effects-content.ts';
import { joinRenames } from './effects-rename.ts';
import { MANY_CHANGES, summarise } from './effects-summary.ts';
import { walkUpper, type Sides, type Walked } from './effects-walk.ts';
import { diffOf } from './files-diff.ts';

/** Characters of all diffs together: more isn't read by anybody, and goes into the log. Beyond, each is `too-large`. */
const ALL_DIFFS = 2 * 1024 * 1024;
/** Limits that also mean that an undo doesn't bring everything back. */
const LASTING = /^(hard link|another owner):/;

/**
 * @param limits known from elsewhere, in words.
 * @throws the signal's reason; the system's error when the upper folder can't be read.
 */
export async function effectsOf(sides: Sides, limits: readonly string[] = [], signal?: AbortSignal): Promise<Effects> {
  const walked = await walkUpper(sides, newReading(signal));
  // Sorted first, so that of several alike the same ones are joined whatever order the disk lists them in.
  const changes = joinRenames(walked.changes.toSorted(byPath), walked.modes).toSorted(byPath);
  const access = await accessOf(sides, walked, signal);
  const all = [...limits, ...walked.limits, ...access.limits];
  const unlandable = [...walked.unlandable, ...access.unlandable];
  return {
    certainty: 'known',
    changes,
    diffs: await diffsOf(changes, walked),
    undo: undoOf(changes, all),
    ...(all.length === 0 ? {} : { limits: all }),
    ...(unlandable.length === 0 ? {} : { unlandable }),
    ...(changes.length > MANY_CHANGES ? { summary: summarise(changes) } : {}),
  };
}

/** Where something gave way to something else, the deletion comes first. */
export function byPath(a: Change, b: Change): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return Number(b.change === 'deleted') - Number(a.change === 'deleted');
}

/** For each file whose content changes, in order. What is missing on a side that should have it is taken for nothing. */
export async function diffsOf(changes: readonly Change[], { before, after }: Pick<Walked, 'before' | 'after'>): Promise<readonly Diff[]> {
  const diffs: Diff[] = [];
  let room = ALL_DIFFS;
  for (const change of changes) {
    if (change.type !== 'file' || change.change === 'renamed' || ('only' in change && change.only !== undefined)) continue;
    const { path } = change;
    const was = change.change === 'created' ? null : before.get(path);
    const is = change.change === 'deleted' ? null : after.get(path);
    const size = sizeOf(was) + sizeOf(is);
    const diff = size > room || was?.bytes === null || is?.bytes === null ? tooLarge(path) : await diffOf(path, was?.bytes ?? null, is?.bytes ?? null);
    room -= diff.unified.length;
    diffs.push(diff);
  }
  return diffs;
}

function sizeOf(content: Content | null | undefined): number {
  return content?.bytes?.length ?? 0;
}

function tooLarge(path: string): Diff {
  return { path, unified: '', note: 'too-large' };
}

/** A commit keeps what it replaces, so all comes back but the ties between files, their owners and capabilities. */
function undoOf(changes: readonly Change[], limits: readonly string[]): Undo {
  return changes.length > 0 && limits.some((words) => LASTING.test(words) || LOST.test(words)) ? 'partly' : 'fully';
}
