// Some hunks of a changed text file: bytes that nobody rehearsed, made from the file as it was and as it would be. What
// they do is judged anew. Refuses what has no hunks, and bytes that aren't those that were judged.
import { chmodSync, closeSync, linkSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Change, Diff, Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { nameOf } from '../model/path.ts';
import { withRoot } from './beneath.ts';
import { openPlain } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import { cutTo, OF_DRAFT, piecesOf, type Whose } from './draft-pieces.ts';
import { above } from './draft-walk.ts';
import { DIFF_CHARACTERS, diffOf } from './files-diff.ts';
import { shown } from './files-refused.ts';
import { decode } from './files-text.ts';
import { removeTree } from './overlay-remove.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';

/** Of this file these hunks, counted from 1 as the diff against the workspace shows them. */
export interface HunksOf {
  readonly path: WorkPath;
  readonly take: readonly number[];
}

export interface Composed {
  readonly effects: Effects;
  /** Laid out as the workspace is, for a landing. */
  readonly source: string;
  discard(): Promise<void>;
}

export interface ComposePlace {
  readonly root: string;
  /** Where the bytes are put together. */
  readonly scratch: string;
  /** Folders that lie over the workspace: what a file was may be there. */
  readonly under?: readonly string[];
  readonly whose?: Whose;
}

type Changed = Extract<Change, { change: 'changed' }>;

export interface Hunk {
  /** Index of the first old line that it covers, and how many it does. */
  readonly from: number;
  readonly covers: number;
  readonly fresh: string;
}

const HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/;

/**
 * @param whole of Draft.effects(), or of what is kept of a rehearsal. @param paths pieces that land whole beside the hunks.
 * @throws `draft.path`, `draft.hunk` (binary, too large, a number that isn't there, a file that isn't as it was shown), `draft.folder`.
 */
export async function composeHunks(whole: { readonly effects: Effects; readonly source: string }, hunks: readonly HunksOf[], paths: readonly WorkPath[], place: ComposePlace): Promise<Composed> {
  const { whose = OF_DRAFT } = place;
  const pieces = paths.length === 0 ? cutTo(whole.effects, () => false, () => false) : piecesOf(whole.effects, paths, whose);
  const folder = makeRehearsalFolder(place.scratch);
  try {
    const changes: Change[] = [...pieces.changes];
    const diffs: Diff[] = [...pieces.diffs];
    for (const one of hunks) {
      if (changes.some(({ path }) => path === one.path)) throw refused(one.path, 'is named twice', whose);
      const made = await compose(whole, one, place);
      changes.push(made.change);
      diffs.push(made.diff);
      makeFolders(whole.source, folder.upper, one.path);
      writeFileSync(join(folder.upper, one.path), made.bytes, { mode: 0o600 });
      chmodSync(join(folder.upper, one.path), made.change.mode);
    }
    for (const change of pieces.changes) take(whole.source, folder.upper, change);
    const named = new Set(hunks.map(({ path }) => path));
    const effects = cutTo({ ...whole.effects, changes: changes.toSorted(byPath), diffs: diffs.toSorted(byPath) }, () => true, (path) => named.has(path) || pieces.unlandable?.some((one) => one.path === path) === true);
    return { effects, source: folder.upper, discard: () => removeTree(folder.path) };
  } catch (error) {
    await removeTree(folder.path);
    throw error;
  }
}

async function compose({ effects, source }: { readonly effects: Effects; readonly source: string }, { path, take: numbers }: HunksOf, { root, under = [], whose = OF_DRAFT }: ComposePlace): Promise<{ readonly change: Changed; readonly diff: Diff; readonly bytes: Buffer }> {
  const change = effects.changes.find((one): one is Changed => one.path === path && one.change === 'changed' && one.type === 'file');
  if (change === undefined || change.only !== undefined) throw refused(path, 'has no hunks: only a file whose content is changed has', whose);
  const base = await findPlain([root, ...under], path, change.before);
  const ours = await findPlain([source], path, change.after);
  if (base === null || ours === null) throw refused(path, "isn't as it was shown any more, or is too large to be taken apart", whose);
  const { unified, note } = await diffOf(path, base.bytes, ours.bytes);
  const [old, fresh] = [decode(base.bytes), decode(ours.bytes)];
  if (note !== undefined || old === null || fresh === null) throw refused(path, note === 'too-large' ? 'is too large to be taken apart' : 'is no text, so it has no hunks', whose);
  const all = hunksOf(unified);
  if (apply(old, all) !== fresh) throw refused(path, "can't be taken apart exactly", whose);
  const wrong = numbers.find((number) => !Number.isInteger(number) || number < 1 || number > all.length);
  if (wrong !== undefined || numbers.length === 0) throw refused(path, `has hunks 1 to ${all.length}${wrong === undefined ? ', and none was named' : `, and no hunk ${wrong}`}`, whose);
  const chosen = all.filter((_, index) => numbers.includes(index + 1));
  const bytes = Buffer.from(apply(old, chosen));
  // The mode is no part of a hunk: it comes with the last of them.
  const mode = chosen.length === all.length ? change.mode : base.mode;
  return { change: { ...change, mode, size: bytes.length, after: sha256(bytes) }, diff: await diffOf(path, base.bytes, bytes), bytes };
}

/** In the first of these folders where it has exactly this content. */
async function findPlain(folders: readonly string[], path: WorkPath, digest: Digest): Promise<Plain | null> {
  for (const folder of folders) {
    const plain = await readPlain(folder, path, 4 * DIFF_CHARACTERS);
    if (plain !== null && plain !== 'large' && sha256(plain.bytes) === digest) return plain;
  }
  return null;
}

export interface Plain {
  readonly bytes: Buffer;
  readonly mode: number;
}

/** A plain file below a folder, of so many bytes at most; null where there is none. No link is followed. */
export async function readPlain(root: string, path: WorkPath, most: number): Promise<Plain | 'large' | null> {
  return withRoot({ root }, (open) => {
    const parents = new Parents(open);
    try {
      const file = openPlain(parents.of(path)?.at(nameOf(path)) ?? '');
      if (file === null) return null;
      try {
        return file.stat.size > most ? 'large' : { bytes: readFileSync(file.fd), mode: Number(file.stat.mode) & 0o777 };
      } finally {
        closeSync(file.fd);
      }
    } finally {
      parents.close();
    }
  });
}

/** Reads a unified diff of one file, as diffOf writes it. */
export function hunksOf(unified: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  const lines = unified.split('\n');
  for (let at = lines.findIndex((line) => HEADER.test(line)); at >= 0 && at < lines.length; ) {
    const [, start = '', old = '1', , fresh = '1'] = HEADER.exec(lines[at++] ?? '') ?? [];
    if (start === '') break;
    const covers = Number(old);
    const text: string[] = [];
    for (let left = { old: covers, fresh: Number(fresh) }; left.old > 0 || left.fresh > 0; ) {
      const line = lines[at++] ?? '';
      const mark = line[0];
      const cut = lines[at]?.startsWith('\\') === true;
      if (cut) at++;
      if (mark !== '-') text.push(cut ? line.slice(1) : `${line.slice(1)}\n`);
      left = { old: left.old - (mark === '+' ? 0 : 1), fresh: left.fresh - (mark === '-' ? 0 : 1) };
    }
    // Where nothing is covered, the number is that of the line before.
    hunks.push({ from: covers === 0 ? Number(start) : Number(start) - 1, covers, fresh: text.join('') });
  }
  return hunks;
}

function apply(old: string, hunks: readonly Hunk[]): string {
  const lines = old.split(/(?<=\n)/);
  let next = 0;
  const parts: string[] = [];
  for (const { from, covers, fresh } of hunks) {
    parts.push(...lines.slice(next, from), fresh);
    next = from + covers;
  }
  return [...parts, ...lines.slice(next)].join('');
}

function take(source: string, into: string, change: Change): void {
  if (change.change === 'deleted') return;
  const path = change.change === 'renamed' ? change.to : change.path;
  makeFolders(source, into, path);
  if (change.type !== 'folder') linkSync(join(source, path), join(into, path));
  else if (statSync(join(into, path), { throwIfNoEntry: false }) === undefined) makeFolder(source, into, path);
}

function makeFolders(source: string, into: string, path: WorkPath): void {
  for (const folder of above(path)) if (statSync(join(into, folder), { throwIfNoEntry: false }) === undefined) makeFolder(source, into, folder);
}

function makeFolder(source: string, into: string, path: WorkPath): void {
  const { atime, mtime } = statSync(join(source, path));
  mkdirSync(join(into, path), { mode: 0o700 });
  utimesSync(join(into, path), atime, mtime);
}

function byPath(a: { readonly path: WorkPath; readonly change?: string }, b: { readonly path: WorkPath; readonly change?: string }): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return Number(b.change === 'deleted') - Number(a.change === 'deleted');
}

function refused(path: WorkPath, why: string, { hunk, hunkHint }: Whose): Fault {
  return new Fault(hunk, `${shown(path)} ${why}`, hunkHint);
}
