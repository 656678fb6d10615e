// Who made what in a draft, and which actions stand on which: an action that touched what an earlier one touched, or
// put something in a folder that it made, can't stay without it.
import type { WorkPath } from '../model/action.ts';
import type { Id } from '../model/id.ts';
import type { Note } from './draft-note.ts';
import { above } from './draft-walk.ts';

export interface Noted {
  readonly action: Id;
  readonly note: Note;
}

/** @param layers oldest first. */
export function makersOf(layers: readonly Noted[]): ReadonlyMap<WorkPath, readonly Id[]> {
  const makers = new Map<WorkPath, Id[]>();
  for (const { action, note } of layers) {
    for (const { path } of note.touches) {
      const list = makers.get(path);
      if (list === undefined) makers.set(path, [action]);
      else list.push(action);
    }
  }
  return makers;
}

/** @param layers oldest first. @returns `actions` and all later ones that stand on one of them, oldest first. */
export function closureOf(layers: readonly Noted[], actions: ReadonlySet<Id>): readonly Id[] {
  const touched = new Set<string>();
  const around = new Set<string>();
  return layers.filter(({ action, note }) => {
    const names = [...note.touches, ...note.others.map((path) => ({ path, gone: false }))];
    const goes = actions.has(action) || names.some(({ path, gone }) => touched.has(path) || (gone && around.has(path)) || above(path).some((folder) => touched.has(folder)));
    if (goes) {
      for (const { path } of names) {
        touched.add(path);
        for (const folder of above(path)) around.add(folder);
      }
    }
    return goes;
  }).map(({ action }) => action);
}
