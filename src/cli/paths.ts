// Paths as a person types them, from the current folder, as paths of a workspace.
import { relative, resolve } from 'node:path';
import type { Commit, WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { usageFault, type Command } from './command.ts';
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

/** `PATH:1,3`. @param shows the command that shows them. Throws a usage fault. */
export function hunkNamed(command: Pick<Command, 'usage'>, root: string, word: string, shows: string): Commit['hunks'][number] {
  const at = word.lastIndexOf(':');
  const take = word.slice(at + 1).split(',').map(Number);
  if (at < 1 || take.some((number) => !Number.isInteger(number) || number < 1)) throw usageFault(command, `--hunk takes PATH:N or PATH:N,N…, counted from 1 as \`${shows}\` shows them`);
  const [path = ''] = workPaths(root, [word.slice(0, at)]);
  return { path, take: [...new Set(take)].toSorted((a, b) => a - b) };
}
