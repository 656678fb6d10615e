// Which files of a workspace are from outside by their place or name: what was downloaded, what came by mail. Folders of
// packages count as the workspace's own, unless a pattern of the person's says otherwise. It goes by names only.
import { fold, hiddenRule, hidesPart, type HiddenRule } from './hidden.ts';
import { placeIn, type Place } from './hidden-places.ts';

/** Patterns as in hidden.ts; a leading `/` means the workspace's top, since a program may have a folder for its own mail. */
export const OUTSIDE_GLOBS: readonly string[] = [
  'downloads/', '/mail/', 'maildir/', '*.eml', '*.emlx', '*.mbox', '*.mbx', '*.msg', '*.pst',
  '*.crdownload', '*.part', '*.download',
];

export interface OutsideRule {
  /** All patterns, the person's last. */
  readonly globs: readonly string[];
  /** The person's: the only ones that count among packages and in repositories. */
  readonly own: readonly string[];
}

const known = new WeakMap<readonly string[], OutsideRule>();

export function outsideRule(more: readonly string[]): OutsideRule {
  const before = known.get(more);
  if (before !== undefined) return before;
  const rule = { globs: [...OUTSIDE_GLOBS, ...more], own: more };
  known.set(more, rule);
  return rule;
}

/** True for what a rule calls outside: itself, or for the folder that it lies in. */
export function isOutsideFile(path: string, rule: OutsideRule): boolean {
  return meets(path, rule).at >= 0;
}

/** True where the name itself may be somebody else's words. That of a folder that a pattern has letter by letter isn't. */
export function isOutsideName(path: string, rule: OutsideRule): boolean {
  const { at, last, literal } = meets(path, rule);
  return at >= 0 && !(at === last && literal);
}

/** The first part that a pattern meets; -1: none. */
function meets(path: string, rule: OutsideRule): { readonly at: number; readonly last: number; readonly literal: boolean } {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.').map(fold);
  let place: Place = 'own';
  for (const [at, part] of parts.entries()) {
    const names = rulesAt(rule, place);
    if (hidesPart(names, parts, at, part, true)) return { at, last: parts.length - 1, literal: names.exact.has(part) };
    place = placeIn(place, part);
  }
  return { at: -1, last: parts.length - 1, literal: false };
}

/** For the entries of a folder. Null: it lies in one that is outside itself, or nothing can be met there. @param parts of its path, folded. */
export function outsideIn(rule: OutsideRule, parts: readonly string[]): HiddenRule | null {
  if (parts.length > 0 && meets(parts.join('/'), rule).at >= 0) return null;
  const place = parts.reduce<Place>(placeIn, 'own');
  return place !== 'own' && rule.own.length === 0 ? null : rulesAt(rule, place);
}

function rulesAt({ globs, own }: OutsideRule, place: Place): HiddenRule {
  return hiddenRule(place === 'own' ? globs : own, true);
}
