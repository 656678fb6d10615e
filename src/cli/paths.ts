// Paths as a person types them, from the current folder, as paths of a workspace.
import { relative, resolve } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { currentFolder } from './where.ts';

/** From the current folder where that lies in the workspace, else from its root. Throws `usage.path` for one that leads out. */
export function workPaths(root: string, typed: readonly string[]): readonly WorkPath[] {
  const here = currentFolder();
  const base = here === root || here.startsWith(`${root}/`) ? here : root;
  return typed.map((word) => {
    const path = relative(root, resolve(base, word));
    if (path === '..' || path.startsWith('../')) throw new Fault('usage.path', `${word} is not in the workspace ${root}`, 'name a path in it');
    return path === '' ? '.' : path;
  });
}
