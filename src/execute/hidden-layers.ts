// What findHidden would find in a view of layers, found in the layers themselves: they are plain folders, which tell of
// a change where a view doesn't. A name is in the view only if it is in a layer, and what it is there, the view says.
import { lstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemCode } from '../model/fault.ts';
import { ruleIn } from './hidden.ts';
import { findMarks, foundOf, marksOf, partsOf, type Found, type Met } from './hidden-walk.ts';
import { outsideIn, type OutsideRule } from './outside.ts';
import type { Sight } from './sandbox-sight.ts';

/**
 * @param layers the folders that the view at `sight` is made of.
 * @returns paths at `sight`. @throws the system's error when a layer can't be read.
 */
export async function findInLayers(sight: Sight, layers: readonly string[], globs: readonly string[], outside: OutsideRule | null = null): Promise<Found> {
  const names = new Map<string, Set<Met['kind']>>();
  let unsearched = 0;
  let unknown = 0;
  for (const layer of layers) {
    const part = await findMarks(layer, globs, [], undefined, undefined, outside);
    unsearched += part.unsearched;
    unknown += part.unknown;
    for (const { path, kind } of part.met) {
      const name = path.slice(layer.length);
      names.set(name, (names.get(name) ?? new Set()).add(kind));
    }
  }
  const met = new Map<string, Met>();
  const real = new Map<string, boolean>();
  for (const [name, kinds] of names) for (const one of inView(sight, name, kinds, globs, outside, real)) met.set(`${one.kind} ${one.path}`, one);
  return { ...(await foundOf([...met.values()], sight.at, async (path) => sight.resolve(path))), unsearched, unknown };
}

/** @param kinds what layers hold under that name. @param real whether a folder is reached without a link, as far as that is known. */
function inView(sight: Sight, name: string, kinds: ReadonlySet<Met['kind']>, globs: readonly string[], outside: OutsideRule | null, real: Map<string, boolean>): readonly Met[] {
  const path = sight.at + name;
  const folder = dirname(path);
  try {
    // Below a link it is another file, which is found under its own name.
    if (!real.has(folder)) real.set(folder, sight.resolve(folder) === folder);
    const stat = real.get(folder) === true ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat === undefined) return [];
    if (kinds.has('closed') && stat.isDirectory()) return [{ path, kind: 'closed' }];
    const parts = partsOf(dirname(name));
    return marksOf(ruleIn(globs, parts), outside === null ? null : outsideIn(outside, parts), parts, basename(name), stat).map(({ kind }) => ({ path, kind }));
  } catch (error) {
    if (systemCode(error) === 'ENOTDIR') return [];
    if (systemCode(error) !== 'EACCES') throw error;
    // The draft closed a folder above it; a run could open that again.
    return [{ path: closedAbove(folder, sight.at), kind: 'closed' }];
  }
}

/** The folder on the way that can be named, but not passed. */
function closedAbove(folder: string, top: string): string {
  for (let path = folder; path !== top; path = dirname(path)) {
    try {
      lstatSync(path);
      return path;
    } catch {
      // Out of reach itself.
    }
  }
  return folder;
}
