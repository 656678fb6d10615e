// Paths as a request names them, as paths of a workspace: relative to its root, or absolute in it. One that leads out,
// or that two readers could read as two, is refused before anything is looked at.
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { isInside, workPath } from '../model/path.ts';
import { visible } from '../model/visible.ts';

/** Throws `path.outside` and `path.wrong`. */
export function workPaths(root: string, named: readonly string[]): readonly WorkPath[] {
  return named.map((word) => {
    const read = workPath(root, word);
    const shown = visible(word.slice(0, 200));
    if (!read.ok) throw new Fault('path.wrong', `${shown}: ${read.error}`, 'name a path relative to the root of the workspace');
    if (!isInside(read.path)) throw new Fault('path.outside', `${shown} is not in the workspace ${root}`, 'name a path in it, relative to its root');
    return read.path;
  });
}
