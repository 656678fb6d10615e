// How a workspace is looked at before a run: as it is, or through a view in other mounts that shows a draft over it.
// There, links are resolved by hand: the system would follow them in our own mounts, where something else may lie.
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { isWithin } from './hidden-walk.ts';

export interface Sight {
  /** Where the root's entries are looked at. */
  readonly at: string;
  /** The place of what is at `path`, a path at `at`. */
  inside(path: string): string;
  /** Where a path in the root is looked at. */
  look(path: string): string;
  /** The plain folders of which the view is made, topmost first; undefined when it isn't one, or that isn't known. */
  readonly layers: readonly string[] | undefined;
  /** All links resolved; empty when it isn't there. Outside the root it stays as it is. */
  resolve(path: string): string;
}

const MOST_LINKS = 40;
/** Views that are mounted now, by where they are looked at. */
const views = new Map<string, readonly string[]>();

/** Says what a view is made of, until it ends. @returns what ends it. */
export function showLayers(seen: string, layers: readonly string[]): () => void {
  views.set(seen, layers);
  return () => void views.delete(seen);
}

/** @param seen where another view shows the root, or undefined to look at the root itself. */
export function sightOf(root: string, seen: string | undefined): Sight {
  const at = seen ?? root;
  const inside = (path: string): string => (isWithin(path, at) ? root + path.slice(at.length) : path);
  const look = (path: string): string => (isWithin(path, root) ? at + path.slice(root.length) : path);
  return { at, inside, look, layers: seen === undefined ? undefined : views.get(seen), resolve: (path) => (seen === undefined ? realOrNone(path) : look(resolveIn(inside(path), look))) };
}

function realOrNone(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return '';
  }
}

function resolveIn(path: string, look: (path: string) => string): string {
  const rest = path.split('/');
  const done: string[] = [];
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const here = look(`/${[...done, name].join('/')}`);
    const stat = lstatSync(here, { throwIfNoEntry: false });
    if (stat === undefined) return '';
    if (!stat.isSymbolicLink()) {
      done.push(name);
      continue;
    }
    if (++links > MOST_LINKS) return '';
    const target = readlinkSync(here);
    if (target.startsWith('/')) done.length = 0;
    rest.unshift(...target.split('/'));
  }
  return `/${done.join('/')}`;
}
