// How a draft lies on disk. `layers/<number>-<action>` are the upper folders that were accepted, and what is there is
// accepted; `notes/` says what each did; `merged-<key>-<id>` is all of them as one, made anew whenever it is missing.
// Whoever changes any of it holds the draft's lock (draft-lock.ts); who looks doesn't, and sees whether it held still.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../model/digest.ts';
import { Fault, systemCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { sweepTaking } from './draft-lock.ts';
import { namesIn } from './names-in.ts';
import { removeTree } from './overlay-remove.ts';

export interface Layer {
  readonly action: Id;
  /** Of its folder and, with `.json`, of its note. */
  readonly name: string;
  readonly path: string;
}

/** All that was accepted, and where it is merged: null when nothing was. */
export interface Whole {
  readonly layers: readonly Layer[];
  readonly merged: string | null;
}

const LAYER = /^(\d{6})-([0-9a-hjkmnp-tv-z]{10})$/;
const MERGED = 'merged-';
const MERGING = 'merging-';
const TRASH = 'trash';

export class DraftFolder {
  readonly path: string;

  /** Names that are on their way out. */
  readonly removing: string;

  constructor(path: string) {
    this.path = path;
    this.removing = join(path, 'removing.json');
  }

  /** Oldest first. */
  layers(): readonly Layer[] {
    const names = namesIn(join(this.path, 'layers')).filter((name) => LAYER.test(name)).toSorted();
    return names.map((name) => ({ name, action: name.slice(name.indexOf('-') + 1), path: this.layer(name) }));
  }

  /** @throws `draft.folder` when it is somebody else's or open to others: what is judged in it could be swapped. */
  make(): void {
    try {
      for (const one of ['', 'layers', 'notes', TRASH]) mkdirSync(join(this.path, one), { recursive: true, mode: 0o700 });
      const stat = lstatSync(this.path);
      if (stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0) return;
    } catch (error) {
      throw new Fault('draft.folder', `no draft can be kept in ${this.path} (${systemCode(error)})`, 'Check that the state folder is yours and that its disk has room.', { cause: error });
    }
    throw new Fault('draft.folder', `${this.path} is not a private folder of this user`, `Make it yours alone: chmod 700 ${this.path}`);
  }

  /** The name of the layer that comes next. */
  nextName(action: Id): string {
    const last = this.layers().at(-1)?.name ?? '000000';
    return `${String(Number(last.slice(0, 6)) + 1).padStart(6, '0')}-${action}`;
  }

  /** Where an accepted layer of this name lies. */
  layer(name: string): string {
    return join(this.path, 'layers', name);
  }

  /** All of it at once. */
  clear(): void {
    this.discard(join(this.path, 'layers'));
    rmSync(this.removing, { force: true });
    mkdirSync(join(this.path, 'layers'), { mode: 0o700 });
  }

  note(name: string): string {
    return join(this.path, 'notes', `${name}.json`);
  }

  /** What was merged of exactly these layers, or null. */
  merged(names: readonly string[]): string | null {
    const found = namesIn(this.path).find((name) => name.startsWith(`${MERGED}${keyOf(names)}-`));
    return found === undefined ? null : join(this.path, found);
  }

  /** As it is, where nothing is to be ended or merged first; else null. */
  whole(): Whole | null {
    // In this order: a removal says what goes before it forgets what was merged.
    if (existsSync(this.removing)) return null;
    const layers = this.layers();
    if (layers.length === 0) return { layers, merged: null };
    const merged = this.merged(layers.map(({ name }) => name));
    return merged === null ? null : { layers, merged };
  }

  /** INVARIANT: what is merged gets another name before it is changed, and none is used twice: as long as it is there, it is as it was. */
  isStill({ merged }: Whole): boolean {
    return merged === null ? this.layers().length === 0 : existsSync(merged);
  }

  /** INVARIANT: while something is being made of it, it has a name under which nobody takes it for whole. */
  unfinished(merged: string | null): string {
    const path = join(this.path, `${MERGING}${fresh()}`);
    if (merged === null) mkdirSync(path, { mode: 0o700 });
    else renameSync(merged, path);
    return path;
  }

  /** A name never used before, so that who holds the old one sees that it is another. @returns its path. */
  finish(unfinished: string, names: readonly string[]): string {
    const path = join(this.path, `${MERGED}${keyOf(names)}-${fresh()}`);
    renameSync(unfinished, path);
    return path;
  }

  /** Takes an entry out of the way at once; it goes for good with the next sweep. */
  discard(path: string | Buffer): void {
    // Only a folder that its owner may write in can be moved to another.
    if (lstatSync(path).isDirectory()) chmodSync(path, 0o700);
    renameSync(path, join(this.path, TRASH, fresh()));
  }

  /** What is merged is no longer true. */
  forgetMerged(): void {
    for (const name of namesIn(this.path)) if (name.startsWith(MERGED)) this.discard(join(this.path, name));
  }

  /** Removes what was discarded and what a crash left half-made. INVARIANT: we hold the lock, so nothing of this is anybody's work. */
  async sweep(): Promise<void> {
    sweepTaking(this.path);
    const layers = this.layers();
    const whole = this.merged(layers.map(({ name }) => name));
    for (const name of namesIn(this.path)) {
      const path = join(this.path, name);
      if ((name.startsWith(MERGED) && path !== whole) || name.startsWith(MERGING)) this.discard(path);
    }
    const notes = new Set(layers.map(({ name }) => `${name}.json`));
    for (const name of namesIn(join(this.path, 'notes'))) if (!notes.has(name)) this.discard(join(this.path, 'notes', name));
    const trash = join(this.path, TRASH);
    if (namesIn(trash).length === 0) return;
    await removeTree(trash);
    mkdirSync(trash, { mode: 0o700 });
  }
}

function keyOf(names: readonly string[]): string {
  return sha256(names.join('\n')).slice(0, 16);
}

function fresh(): string {
  return randomBytes(8).toString('hex');
}
