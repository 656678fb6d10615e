// A file that is gone and a new one with the same bytes are one file that moved, as far as a person is concerned.
import type { Change } from '../model/effects.ts';
import { nameOf } from '../model/path.ts';

type Created = Extract<Change, { change: 'created' }>;

/**
 * Joins pairs of a deletion and a creation of equal content into renames; the same name elsewhere goes first. Empty
 * files aren't paired: they are all alike.
 * @param modes of what was there before: a file that got other permissions on its way isn't only moved.
 */
export function joinRenames(changes: readonly Change[], modes: ReadonlyMap<string, number>): Change[] {
  const named = new Map<string, Created[]>();
  const alike = new Map<string, Created[]>();
  for (const change of changes.toReversed()) {
    if (change.change !== 'created' || change.type === 'folder' || change.size === 0) continue;
    const key = `${change.type} ${change.mode} ${change.after}`;
    put(alike, key, change);
    put(named, `${key} ${nameOf(change.path)}`, change);
  }
  const gone = new Set<Change>();
  const renames: Change[] = [];
  const join = (among: Map<string, Created[]>, withName: boolean): void => {
    for (const from of changes) {
      if (from.change !== 'deleted' || from.type === 'folder' || gone.has(from)) continue;
      const key = `${from.type} ${modes.get(from.path) ?? -1} ${from.before}`;
      const left = among.get(withName ? `${key} ${nameOf(from.path)}` : key) ?? [];
      let to = left.pop();
      while (to !== undefined && gone.has(to)) to = left.pop();
      if (to === undefined) continue;
      gone.add(from).add(to);
      renames.push({ change: 'renamed', path: from.path, to: to.path, type: from.type, before: from.before });
    }
  };
  join(named, true);
  join(alike, false);
  return [...changes.filter((change) => !gone.has(change)), ...renames];
}

function put(map: Map<string, Created[]>, key: string, change: Created): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [change]);
  else list.push(change);
}
