// Parts of effects, of a draft or of a card: some paths, each with what it can't land without. Refuses a name that isn't in it.
import type { WorkPath } from '../model/action.ts';
import type { Change, Effects } from '../model/effects.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { isInside } from '../model/path.ts';
import { above } from './draft-walk.ts';
import { MANY_CHANGES, summarise } from './effects-summary.ts';
import { shown } from './files-refused.ts';

/** How a refusal of pieces is said: of a draft, or of a card that waits. */
export interface Whose {
  readonly path: FaultCode;
  readonly hunk: FaultCode;
  readonly isNot: string;
  readonly hint: string;
  readonly hunkHint: string;
}

export const OF_DRAFT: Whose = { path: 'draft.path', hunk: 'draft.hunk', isNot: 'is not in the draft', hint: 'Run "pwb draft" to see what is.', hunkHint: 'Run "pwb draft diff" to see its hunks, or name the file whole.' };

/**
 * Effects cut down to some paths. A folder stands for what is in it; folders that are made on the way come along, with
 * what gives way to them; a rename comes with both its ends. Other limits stay, as they are words about the whole.
 * @throws `draft.path`, or as `whose` says, for a path that isn't in it.
 */
export function piecesOf(effects: Effects, paths: readonly WorkPath[], whose = OF_DRAFT): Effects {
  const named = (path: WorkPath): boolean => paths.some((one) => one === '.' || path === one || path.startsWith(`${one}/`));
  for (const one of paths) {
    const holds = (path: WorkPath): boolean => one === '.' || path === one || path.startsWith(`${one}/`);
    if (!isInside(one) || !effects.changes.some((change) => holds(change.path) || (change.change === 'renamed' && holds(change.to)))) {
      throw new Fault(whose.path, `${shown(one)} ${whose.isNot}`, whose.hint);
    }
  }
  const made = new Map<WorkPath, Change[]>();
  for (const change of effects.changes) made.set(change.path, [...(made.get(change.path) ?? []), change]);
  const taken = new Set<Change>();
  const waiting = effects.changes.filter((change) => named(change.path) || (change.change === 'renamed' && named(change.to)));
  for (let change = waiting.pop(); change !== undefined; change = waiting.pop()) {
    if (taken.has(change)) continue;
    taken.add(change);
    if (change.change === 'deleted') continue;
    for (const folder of above(change.change === 'renamed' ? change.to : change.path)) {
      const here = made.get(folder) ?? [];
      if (here.some((one) => one.change === 'created')) waiting.push(...here);
    }
  }
  return cutTo(effects, (change) => taken.has(change), named);
}

export function cutTo(effects: Effects, keeps: (change: Change) => boolean, named: (path: string) => boolean): Effects {
  const { summary: _, unlandable, conflicts, ...rest } = effects;
  const changes = effects.changes.filter(keeps);
  const paths = new Set(changes.flatMap((change) => (change.change === 'renamed' ? [change.path, change.to] : [change.path])));
  const stuck = unlandable?.filter(({ path }) => named(path)) ?? [];
  const clashes = conflicts?.filter(({ path }) => paths.has(path)) ?? [];
  return {
    ...rest,
    changes,
    diffs: effects.diffs.filter(({ path }) => paths.has(path)),
    ...(stuck.length === 0 ? {} : { unlandable: stuck }),
    ...(clashes.length === 0 ? {} : { conflicts: clashes }),
    ...(changes.length > MANY_CHANGES ? { summary: summarise(changes) } : {}),
  };
}
