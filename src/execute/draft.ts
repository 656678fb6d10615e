// A session's draft: accepted rehearsals, one layer an action, over which the next is rehearsed and from which a person
// lands what is wanted. It is never the workspace itself, and nothing of it counts that wasn't taken in whole.
import { existsSync, lstatSync, renameSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { Fault, systemCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { isInside } from '../model/path.ts';
import { Absences } from './draft-absence.ts';
import { basesOf, clashesOf } from './draft-bases.ts';
import { closureOf, makersOf, type Noted } from './draft-depend.ts';
import { readLayer, readMerged, type Laid } from './draft-effects.ts';
import { DraftFolder, type Layer, type Whole } from './draft-folder.ts';
import { withDraftLock } from './draft-lock.ts';
import { mergeLayer } from './draft-merge.ts';
import { leftBy, readNote, touchesOf, writeNote, type Note } from './draft-note.ts';
import { checkRemovable, isFolderIn, removeFrom, resumeRemoval } from './draft-remove.ts';
import { leaveUnsaid, openFolders, sayAbsences } from './draft-say.ts';
import { shown } from './files-refused.ts';
import { readEffects } from './rehearse.ts';

export { composeHunks, type Composed, type HunksOf } from './draft-hunks.ts';
export { piecesOf } from './draft-pieces.ts';

export interface DraftPlace {
  /** Private to this user; made when something is accepted. */
  readonly folder: string;
  /** The workspace: absolute, links resolved. */
  readonly root: string;
  /** Where views are mounted, on the same file system as `folder`. */
  readonly scratch: string;
}

export interface DraftEffects {
  /** With `conflicts` where the workspace isn't any more what the actions saw of it. */
  readonly effects: Effects;
  /** The folder that holds what is to land. It goes when the draft is changed. */
  readonly source: string;
  /** Wall ms before anything was read. */
  readonly started: number;
}

/** What changes it waits for other processes that do, and a look that they disturbed is made again; at last they throw `draft.busy`. */
export interface Draft {
  /** Accepted actions, oldest first. Empty when nothing was accepted. Reads names only. */
  layers(): readonly Id[];
  /** For View.lower: nothing, or one folder, whose name is another whenever the draft is. */
  lower(): Promise<readonly string[]>;
  /**
   * Takes the upper folder of a rehearsal over `lower()` in, by rename. Whole or not at all, whenever we crash.
   * @param judged what the rehearsal did, where it is known; else it is read.
   * @throws `draft.twice`, `draft.disk`, `draft.folder`, `draft.deep`, `draft.links`; what readEffects throws; the system's error. Nothing was accepted then.
   */
  accept(action: Id, upper: string, judged?: Effects): Promise<void>;
  /** Which actions made each path so, in order. What went with its folder counts. @throws `draft.note`. */
  makers(): ReadonlyMap<WorkPath, readonly Id[]>;
  /** Of the whole draft against the workspace as it is now. @throws as readEffects; the signal's reason. */
  effects(signal?: AbortSignal): Promise<DraftEffects>;
  /** Of one action over what lay below it. @throws `draft.action`; as readEffects. */
  effectsOf(action: Id, signal?: AbortSignal): Promise<Effects>;
  /** These and the later ones that stand on them, oldest first. @throws `draft.action`, `draft.note`. */
  closure(actions: readonly Id[]): readonly Id[];
  /** Drops the closure. If we crash, what is left is a draft without the last ones of it. @returns what went. @throws as closure. */
  drop(actions: readonly Id[]): Promise<readonly Id[]>;
  /** Takes paths out, from every layer; a folder takes what is in it. @throws `draft.path`, `draft.covered`; nothing was removed then. */
  removePaths(paths: readonly WorkPath[]): Promise<void>;
  /**
   * After a landing of a part: `paths`, with both ends of renames, leave the draft ('.' is all of it); where the draft
   * wants more of a file than has landed (some hunks), what is there now is what it stands on. Where the draft isn't
   * any more what `source` was of it, nothing leaves: what came meanwhile may be in the same files.
   */
  landed(pieces: Effects, paths: readonly WorkPath[], source: string): Promise<void>;
  /** Nothing of it is left. */
  clear(): Promise<void>;
}

/** The kernel stamps files by a clock that lags behind ours by a tick. Milliseconds. */
const TICK = 10;

/** Looks at a draft that others go on changing. */
const LOOKS = 20;

/** One thing at a time in a draft, within this process. */
const busy = new Map<string, Promise<unknown>>();

export function openDraft(place: DraftPlace): Draft {
  const folder = new DraftFolder(place.folder);
  const draft = new DraftOnDisk(place, folder);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = (busy.get(place.folder) ?? Promise.resolve()).then(work);
    const quiet = mine.catch(() => undefined).finally(() => {
      if (busy.get(place.folder) === quiet) busy.delete(place.folder);
    });
    busy.set(place.folder, quiet);
    return mine;
  };
  return {
    layers: () => folder.layers().map(({ action }) => action),
    lower: () => inTurn(() => draft.lower()),
    accept: (action, upper, judged) => inTurn(() => draft.accept(action, upper, judged)),
    makers: () => makersOf(draft.noted()),
    effects: (signal) => inTurn(() => draft.effects(signal)),
    effectsOf: (action, signal) => inTurn(() => draft.effectsOf(action, signal)),
    closure: (actions) => draft.closure(actions),
    drop: (actions) => inTurn(() => draft.drop(actions)),
    removePaths: (paths) => inTurn(() => draft.removePaths(paths)),
    landed: (pieces, paths, source) => inTurn(() => draft.landed(pieces, paths, source)),
    clear: () => inTurn(() => draft.clear()),
  };
}

class DraftOnDisk {
  readonly #place: DraftPlace;
  readonly #folder: DraftFolder;
  readonly #absences: Absences;

  constructor(place: DraftPlace, folder: DraftFolder) {
    this.#place = place;
    this.#folder = folder;
    this.#absences = new Absences(folder, place.scratch);
  }

  async lower(): Promise<readonly string[]> {
    const { merged } = await this.#whole();
    return merged === null ? [] : [merged];
  }

  async accept(action: Id, upper: string, judged: Effects | undefined): Promise<void> {
    this.#folder.make();
    this.#checkTakable(action, upper);
    const effects = judged ?? (await this.#look(({ merged }) => readEffects(this.#view(merged), upper), undefined));
    await this.#change(() => this.#take(action, upper, effects));
  }

  async #take(action: Id, upper: string, effects: Effects): Promise<void> {
    const folder = this.#folder;
    this.#checkTakable(action, upper);
    await folder.sweep();
    const { layers, merged } = await this.#merge();
    const touches = touchesOf(effects);
    const shut = await openFolders(upper, effects);
    const saying = { upper, merged, root: this.#place.root, effects, touches, absences: this.#absences };
    await sayAbsences(saying);
    await leaveUnsaid(saying);
    const name = folder.nextName(action);
    const note: Note = { touches, others: (effects.unlandable ?? []).map(({ path }) => path), shut };
    writeNote(folder.note(name), note);
    const made = folder.unfinished(merged);
    await this.#lay(made, upper, note);
    // If we crash before this line it was never accepted; after it, it is, and at worst it is merged again.
    renameInto(upper, folder, name);
    folder.finish(made, [...layers.map((layer) => layer.name), name]);
    await folder.sweep();
  }

  #checkTakable(action: Id, upper: string): void {
    const folder = this.#folder;
    if (folder.layers().some((layer) => layer.action === action)) throw new Fault('draft.twice', `${action} is in the draft already`);
    if (lstatSync(upper).dev !== lstatSync(folder.path).dev) throw new Fault('draft.disk', `${upper} and ${folder.path} are on different file systems`, 'Keep the whole state folder on one file system.');
  }

  /** What another process drops meanwhile is left out. */
  noted(): readonly Noted[] {
    return this.#folder.layers().flatMap((layer) => {
      try {
        return [{ action: layer.action, note: this.#noteOf(layer) }];
      } catch (error) {
        // A layer goes before its note does.
        if (existsSync(layer.path)) throw error;
        return [];
      }
    });
  }

  async effects(signal: AbortSignal | undefined): Promise<DraftEffects> {
    return this.#look(async ({ layers, merged }) => {
      const started = Date.now() - TICK;
      if (merged === null) return { effects: { certainty: 'known', changes: [], diffs: [], undo: 'fully' }, source: this.#place.root, started };
      const effects = await readMerged(this.#view(null), merged, layers, signal);
      const conflicts = clashesOf(effects.changes, basesOf(layers.map((layer) => this.#noteOf(layer))));
      return { effects: conflicts.length === 0 ? effects : { ...effects, conflicts }, source: merged, started };
    }, signal);
  }

  async effectsOf(action: Id, signal: AbortSignal | undefined): Promise<Effects> {
    return this.#look(({ layers }) => {
      const index = layers.findIndex((layer) => layer.action === action);
      const layer = layers[index];
      if (layer === undefined) throw unknownAction(action);
      // What is laid over another may throw something of it away, so that is a change too.
      const layAll = (all: readonly Laid[]): Promise<void> => this.#change(async () => {
        for (const { into, layer: one } of all) await this.#lay(into, one.path, this.#noteOf(one));
      });
      return readLayer(this.#view(null), layer, layers.slice(0, index), layAll, signal);
    }, signal);
  }

  closure(actions: readonly Id[]): readonly Id[] {
    const layers = this.noted();
    for (const action of actions) if (!layers.some((layer) => layer.action === action)) throw unknownAction(action);
    return closureOf(layers, new Set(actions));
  }

  async drop(actions: readonly Id[]): Promise<readonly Id[]> {
    return this.#change(async () => {
      const going = new Set(this.closure(actions));
      this.#folder.forgetMerged();
      // Newest first, so that none is ever without one that it stands on.
      for (const layer of this.#folder.layers().toReversed()) if (going.has(layer.action)) this.#folder.discard(layer.path);
      await this.#folder.sweep();
      await this.#merge();
      return [...going];
    });
  }

  async removePaths(paths: readonly WorkPath[]): Promise<void> {
    if (paths.includes('.')) return this.clear();
    for (const path of paths) if (!isInside(path)) throw new Fault('draft.path', `${shown(path)} isn't a path inside the workspace`);
    await this.#change(async () => {
      checkRemovable(this.#folder.layers(), this.#place.root, paths);
      await this.#remove(paths);
    });
  }

  /** What a layer has no entry for has gone already. */
  async #remove(paths: readonly WorkPath[]): Promise<void> {
    if (paths.length === 0) return;
    removeFrom(this.#folder, paths);
    await this.#folder.sweep();
    await this.#merge();
  }

  async landed(pieces: Effects, paths: readonly WorkPath[], source: string): Promise<void> {
    await this.#change(async () => {
      const layers = this.#folder.layers();
      if (existsSync(source)) {
        if (paths.includes('.')) return this.#clear();
        // Where another thing took the place of what was renamed, that may hold more than has landed.
        const ends = pieces.changes.flatMap((change) => (change.change === 'renamed' ? [change.path, change.to] : [])).filter((path) => !isFolderIn(layers, path));
        await this.#remove([...new Set([...paths, ...ends])]);
      }
      this.#standOn(pieces);
    });
  }

  #standOn({ changes }: Effects): void {
    const left = new Map(leftBy(changes));
    for (const layer of this.#folder.layers()) {
      const note = this.#noteOf(layer);
      if (!note.touches.some(({ path }) => left.has(path))) continue;
      writeNote(this.#folder.note(layer.name), { ...note, touches: note.touches.map((touch) => ({ ...touch, was: left.get(touch.path) ?? (left.has(touch.path) ? null : touch.was) })) });
      // Only the first that speaks of a name stands on the workspace; later ones stand on it.
      for (const { path } of note.touches) left.delete(path);
    }
  }

  /** Also what can't be read any more can be cleared away. */
  async clear(): Promise<void> {
    this.#folder.make();
    await withDraftLock(this.#folder.path, () => this.#clear());
  }

  async #clear(): Promise<void> {
    this.#folder.clear();
    await this.#folder.sweep();
  }

  /** With the draft to ourselves, and what a crash cut off ended. Not for one within another. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    this.#folder.make();
    return withDraftLock(this.#folder.path, () => {
      resumeRemoval(this.#folder);
      return work();
    });
  }

  /** Others may change the draft while we look; then what we saw is worth nothing, nor is what went wrong. */
  async #look<T>(look: (whole: Whole) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let looks = 0; looks < LOOKS; looks++) {
      signal?.throwIfAborted();
      const whole = await this.#whole();
      try {
        const seen = await look(whole);
        if (this.#folder.isStill(whole)) return seen;
      } catch (error) {
        if (this.#folder.isStill(whole)) throw error;
      }
    }
    throw new Fault('draft.busy', `the draft in ${this.#folder.path} was changed by another process each time it was looked at`, 'Try again when that is done.');
  }

  async #whole(): Promise<Whole> {
    return this.#folder.whole() ?? this.#change(() => this.#merge());
  }

  #noteOf({ name }: Layer): Note {
    return readNote(this.#folder.note(name));
  }

  #view(merged: string | null): { readonly root: string; readonly lower: readonly string[]; readonly folder: string } {
    return { root: this.#place.root, lower: merged === null ? [] : [merged], folder: this.#place.scratch };
  }

  /** INVARIANT: we hold the lock. */
  async #merge(): Promise<Whole> {
    const folder = this.#folder;
    const layers = folder.layers();
    const names = layers.map(({ name }) => name);
    const found = layers.length === 0 ? null : folder.merged(names);
    if (layers.length === 0 || found !== null) return { layers, merged: found };
    await folder.sweep();
    const made = folder.unfinished(null);
    for (const layer of layers) await this.#lay(made, layer.path, this.#noteOf(layer));
    const merged = folder.finish(made, names);
    await folder.sweep();
    return { layers, merged };
  }

  #lay(into: string, layer: string, { shut }: Note): Promise<void> {
    return mergeLayer({ folder: this.#folder, absences: this.#absences, root: this.#place.root, into, layer, shut: new Map(shut) });
  }
}

function renameInto(upper: string, folder: DraftFolder, name: string): void {
  try {
    renameSync(upper, folder.layer(name));
  } catch (error) {
    throw new Fault('draft.disk', `${upper} can't be taken into the draft (${systemCode(error)})`, 'Check that the state folder lies on one file system that has room.', { cause: error });
  }
}

function unknownAction(action: Id): Fault {
  return new Fault('draft.action', `no action ${action} is in the draft`, 'Run "pwb draft" to see which are.');
}
