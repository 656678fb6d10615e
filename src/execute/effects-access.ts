// Names what of access lists, attributes and capabilities lands otherwise than it was tried. Looks only at what the
// run wrote. A change that would give a group rights that it has neither here nor there is refused.
import type { Unlandable } from '../model/effects.ts';
import { attributesOf, NO_ATTRIBUTES, type Attributes } from './effects-attributes.ts';
import type { Sides, Walked } from './effects-walk.ts';

export interface Access {
  readonly limits: readonly string[];
  readonly unlandable: readonly Unlandable[];
}

const GROUP_RIGHTS = 0o070n;
/** More aren't named one by one. */
const MOST_NAMED = 100;

/** @throws the signal's reason. */
export async function accessOf({ upper, base, before }: Sides, { looked, changes }: Walked, signal?: AbortSignal): Promise<Access> {
  const gone = changes.flatMap(({ change, path, type }) => (change === 'deleted' && type === 'folder' ? [path] : []));
  if (looked.size + gone.length === 0) return { limits: [], unlandable: [] };
  const paths = [...looked.keys()];
  const old = paths.filter((path) => looked.get(path)?.was !== null);
  const [now, was] = await Promise.all([attributesOf(upper, paths, signal), attributesOf(base, ['.', ...old, ...gone], signal)]);
  if (now === null || was === null) return { limits: ["attributes: access lists and attributes can't be looked at here (there is no tar that reads them), so they may be lost"], unlandable: [] };
  const said = new Said(before !== undefined);
  for (const [path, entry] of looked) {
    const attributes = now.get(path);
    if (attributes !== undefined) said.one(path, entry, attributes, entry.was === null ? null : (was.get(path) ?? NO_ATTRIBUTES));
    else if ((entry.after.mode & GROUP_RIGHTS) !== 0n) said.limit('access list', `${path} is closed, so whether it has one can't be looked at`);
  }
  for (const path of gone) if (lists(was.get(path))) said.limit('access list', `${path} is a folder with one, which an undo doesn't bring back; its group gets no rights then`);
  if (was.get('.')?.handedOn !== '' && was.has('.') && old.length < paths.length) said.limit('access list', "what is new gets the one that the workspace's own folder hands on, as far as the system allows");
  return { limits: said.words(), unlandable: said.unlandable };
}

function lists(attributes: Attributes | undefined): boolean {
  return attributes !== undefined && (attributes.access !== '' || attributes.handedOn !== '');
}

type Looked = Walked['looked'] extends ReadonlyMap<string, infer One> ? One : never;

class Said {
  readonly unlandable: Unlandable[] = [];
  readonly #limits: string[] = [];
  readonly #inCopy: boolean;

  /** @param inCopy what was there before has none of it in a full copy. */
  constructor(inCopy: boolean) {
    this.#inCopy = inCopy;
  }

  limit(about: 'access list' | 'attributes', words: string): void {
    this.#limits.push(`${about}: ${words}`);
  }

  one(path: string, { was, after, folder, rewritten }: Looked, now: Attributes, old: Attributes | null): void {
    if (was === null || old === null) return this.#fresh(path, folder, now);
    const copied = this.#inCopy ? NO_ATTRIBUTES : old;
    if (now.access !== copied.access && now.access !== '' && ((was.mode ^ after.mode) & GROUP_RIGHTS) !== 0n) {
      this.unlandable.push({ path, why: 'its access list was changed; without it, its new permissions would give its group other rights' });
    } else if (now.access !== copied.access || now.handedOn !== copied.handedOn) this.limit('access list', `${path} keeps the one that it has in the workspace, or none; what the command did to it doesn't land`);
    if (now.rest !== copied.rest) this.limit('attributes', `${path} keeps those that it has in the workspace; what the command did to them doesn't land`);
    if (now.capability !== '' && now.capability !== copied.capability) this.limit('attributes', `${path} was given capabilities, which never land`);
    else if (old.capability !== '' && rewritten) this.limit('attributes', `${path} loses its capabilities, as a file does that is written to`);
  }

  #fresh(path: string, folder: boolean, now: Attributes): void {
    if (this.#inCopy && now.access !== '') this.unlandable.push({ path, why: 'it was given an access list in a full copy, which is never landed' });
    else if (now.access !== '' || now.handedOn !== '') this.limit('access list', folder ? `${path} has one; where it isn't the one that the workspace hands on, it doesn't land, and its group gets no rights` : `${path} has one, which lands with it`);
    if (now.rest !== '') this.limit('attributes', folder || this.#inCopy ? `${path} has some, which don't land` : `${path} has some, which land with it`);
    if (now.capability !== '') this.limit('attributes', `${path} has capabilities, which never land`);
  }

  words(): readonly string[] {
    if (this.#limits.length <= MOST_NAMED) return this.#limits;
    // The lasting ones count for the undo, so they go first.
    const sorted = this.#limits.toSorted((a, b) => Number(LOST.test(b)) - Number(LOST.test(a)));
    return [...sorted.slice(0, MOST_NAMED), `access list: ${sorted.length - MOST_NAMED} more have lists or attributes of which the same is true`];
  }
}

/** Of these an undo doesn't bring everything back for certain. */
export const LOST = /^(?:attributes: .*(?:loses its capabilities|may be lost)|access list: .* an undo doesn't bring back)/;
