// From judged changes to steps: for each name, what must be there and what it becomes. Refuses a list that
// contradicts itself, a path that leaves the workspace, and modes that lend rights (setuid, setgid on a file).
import type { WorkPath } from '../model/action.ts';
import { isDigest, type Digest } from '../model/digest.ts';
import type { Change, FileType } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { isInside, parentOf } from '../model/path.ts';
import { Refused, shown } from './files-refused.ts';

/** One side of a step. A mode of null is not said: any mode as a base, that of the content as what is wanted. */
export type Side =
  | { readonly type: 'none' }
  | { readonly type: 'file'; readonly digest: Digest; readonly mode: number | null }
  | { readonly type: 'link'; readonly digest: Digest }
  | { readonly type: 'folder'; readonly mode: number | null };

export interface Step {
  readonly path: WorkPath;
  readonly base: Side;
  readonly wanted: Side;
  /** A folder that stays gets another time. What happens in one moves its time anyway, and is no change of it. */
  readonly timed: boolean;
}

const NONE: Side = { type: 'none' };

interface Half {
  base?: Side;
  wanted?: Side;
  timed?: boolean;
}

/** One step per name, sorted by path (a folder before what is in it). Throws Refused, or Fault `commit.unclear`. */
export function stepsOf(changes: readonly Change[]): readonly Step[] {
  const halves = new Map<WorkPath, Half>();
  const say = (path: WorkPath, which: 'base' | 'wanted', side: Side, timed = false): void => {
    if (!isInside(path) || path === '.') throw new Refused('outside', `${shown(path)} isn't a path inside the workspace.`);
    const half = halves.get(path) ?? {};
    if (half[which] !== undefined) throw unclear(`${shown(path)} is named twice`);
    half[which] = side;
    half.timed = timed;
    halves.set(path, half);
  };
  for (const one of changes) {
    switch (one.change) {
      case 'created':
        say(one.path, 'wanted', sideOf(one.path, one.type, one.after, one.mode));
        break;
      case 'changed':
        say(one.path, 'base', sideOf(one.path, one.type, one.before, null));
        say(one.path, 'wanted', sideOf(one.path, one.type, one.after, one.mode), one.type === 'folder' && one.only === 'times');
        break;
      case 'deleted':
        say(one.path, 'base', sideOf(one.path, one.type, one.before, null));
        break;
      case 'renamed':
        say(one.path, 'base', sideOf(one.path, one.type, one.before, null));
        say(one.to, 'wanted', sideOf(one.to, one.type, one.before, null));
        break;
    }
  }
  const steps = [...halves].map(([path, { base = NONE, wanted = NONE, timed = false }]) => ({ path, base, wanted, timed }));
  return inOrder(steps);
}

/** Sorts, and refuses what would put something below a name that is no folder in the end. */
export function inOrder(steps: readonly Step[]): readonly Step[] {
  const wanted = new Map(steps.map((step) => [step.path, step.wanted.type]));
  for (const { path, wanted: { type } } of steps) {
    const above = wanted.get(parentOf(path));
    if (type !== 'none' && above !== undefined && above !== 'folder') throw unclear(`${shown(path)} would be in something that is no folder`);
  }
  return steps.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Takes a file or link out of its name without putting another in. */
export function takes({ base, wanted }: Step): boolean {
  return isLeaf(base) && !isLeaf(wanted);
}

export function makes({ base, wanted }: Step): boolean {
  return wanted.type === 'folder' && base.type !== 'folder';
}

export function removes({ base, wanted }: Step): boolean {
  return base.type === 'folder' && wanted.type !== 'folder';
}

/** A file or a link: a name whose content is put in place whole. */
export function isLeaf(side: Side): side is Extract<Side, { type: 'file' | 'link' }> {
  return side.type === 'file' || side.type === 'link';
}

export function digestOfSide(side: Side): Digest | null {
  return isLeaf(side) ? side.digest : null;
}

function sideOf(path: WorkPath, type: FileType, digest: Digest, mode: number | null): Side {
  if (!isDigest(digest)) throw unclear(`${shown(path)} has no digest`);
  switch (type) {
    case 'file':
      if (mode !== null && (mode & ~0o777) !== 0) throw new Refused('special', `${shown(path)} would get special rights (mode ${mode.toString(8)}), which never lands.`);
      return { type, digest, mode };
    case 'link':
      return { type, digest };
    case 'folder':
      if (mode !== null && (mode & ~0o3777) !== 0) throw new Refused('special', `${shown(path)} would get special rights (mode ${mode.toString(8)}), which never lands.`);
      return { type, mode };
  }
}

function unclear(words: string): Fault {
  return new Fault('commit.unclear', `these changes contradict themselves: ${words}`, 'rehearse the action again');
}
