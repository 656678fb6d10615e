// What of a workspace's files from outside a run would see, and the masks that keep a clean run from seeing any. What
// can't be masked is seen, and counts.
import { lstatSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { labelOfMark } from '../approvals/marks.ts';
import { Fault, systemCode } from '../model/fault.ts';
import { BOTTOM, join, label, MANY_SOURCES, type Label } from '../model/label.ts';
import { isHidden } from './hidden.ts';
import { isWithin } from './hidden-walk.ts';
import { isOutsideName } from './outside.ts';
import type { Sight } from './sandbox-sight.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

export interface Seen {
  readonly label: Label;
  /** To be masked, as paths of the run. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly names: readonly string[];
}

const NOTHING: Seen = { label: BOTTOM, files: [], folders: [], names: [] };

/**
 * @param found by rule, as paths of the run. @param unknown folders that nobody has looked into.
 * @throws `sandbox.clean` when nothing would be left to see.
 */
export function seenOf({ root, hide, outside }: SandboxSpec, sight: Sight, found: readonly string[], unknown: number): Seen {
  if (outside === undefined) return NOTHING;
  const { marks, rule, clean } = outside;
  if (found.length === 0 && unknown === 0 && marks.all.length === 0) return NOTHING;
  const nameOf = (path: string): string => (path === root ? '.' : path.slice(root.length + 1));
  const all = new Map<string, { readonly label: Label; readonly words: boolean; readonly named: boolean }>();
  const add = (path: string, one: Label, words: boolean, named: boolean): void => {
    const known = all.get(path) ?? { label: one, words, named };
    all.set(path, { label: join(known.label, one), words: known.words || words, named: known.named || named });
  };
  for (const path of found) add(path, label('outside', 'private', `file:${nameOf(path)}`), true, isOutsideName(nameOf(path), rule));
  for (const mark of marks.all) {
    // Of a folder above, what it is called is no part of this workspace.
    if (!isWithin(mark.path, root) && !mark.words) continue;
    const path = isWithin(mark.path, root) ? mark.path : root;
    if (!isHidden(nameOf(path), hide)) add(path, labelOfMark(mark, nameOf(path)), mark.words, mark.named);
  }
  const least = unknown === 0 ? BOTTOM : label('outside', 'private', 'unsearched');
  if (!clean) return { ...NOTHING, label: joinThere(all, least, (path) => statAt(sight.look(path)) !== undefined) };
  const there = [...all].flatMap(([path, one]) => {
    const stat = statAt(sight.look(path));
    // What lies in a closed folder is masked with that: a run could open it again.
    return stat === undefined || stat === 'closed' ? [] : [{ path, ...one, stat }];
  });
  if (there.some(({ path, words }) => path === root && words)) throw new Fault('sandbox.clean', `all of ${root} is marked as from outside, so a clean run would see nothing`, 'Run it without clean, or look at what is marked: pwb label list');
  // A mask is no link's: what a link leads to is another file, and where it leads is to be read all the same.
  const [held, bare] = [there.filter(({ stat }) => !stat.isSymbolicLink()), there.filter(({ stat }) => stat.isSymbolicLink())];
  const masked = held.filter(({ words }) => words);
  return {
    label: bare.reduce((sum, one) => join(sum, one.label), least),
    files: masked.filter(({ stat }) => !stat.isDirectory()).map(({ path }) => path),
    folders: masked.filter(({ stat }) => stat.isDirectory()).map(({ path }) => path),
    names: held.filter(({ named }) => named).map(({ path }) => basename(path)),
  };
}

function statAt(path: string): Stats | 'closed' | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) === 'EACCES') return 'closed';
    throw error;
  }
}

/** Looks at no more of them than it takes to know the join: it can't get any worse. */
function joinThere(all: ReadonlyMap<string, { readonly label: Label }>, least: Label, isThere: (path: string) => boolean): Label {
  const most = [...all.values()].reduce((sum, one) => join(sum, one.label), least);
  let now = least;
  for (const [path, { label: own }] of all) {
    if (now.integrity === most.integrity && now.secrecy === most.secrecy && now.sources.includes(MANY_SOURCES)) break;
    if (isThere(path)) now = join(now, own);
  }
  return now;
}
