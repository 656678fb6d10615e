// Both sides of one changed file, for a person to look at whole. A side is found wherever its very bytes are still kept
// (what waits, layers of a draft, the workspace, what a landing replaced, the recorded diff); it is never shown without
// having the digest that was judged. Bounded; follows no link.
import { closeSync, readSync, realpathSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Change, Diff, Effects } from '../model/effects.ts';
import { systemCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { nameOf } from '../model/path.ts';
import { withRoot } from './beneath.ts';
import { readLink } from './beneath-folder.ts';
import { openOurs, openPlain } from './commit-content.ts';
import { inParents } from './commit-parents.ts';
import { diffOf } from './files-diff.ts';
import { decode } from './files-text.ts';
import { openRecord, undoFolder } from './undo-record.ts';

/** Bytes of a side that are shown. */
export const MOST_SIDE = 2 * 1024 * 1024;

export interface Side {
  readonly text: string | null;
  /** Why there is no text. `gone`: kept nowhere any more. `changed`: what is there is not what was judged. */
  readonly note: 'binary' | 'too-large' | 'gone' | 'changed' | 'folder' | null;
  /** Bytes, where that is known. */
  readonly size: number | null;
  readonly digest: Digest | null;
}

/** Line numbers from 1, with the lines around; as in the head of a hunk. */
export interface Range {
  readonly from: number;
  readonly lines: number;
}

export interface Sides {
  readonly path: WorkPath;
  readonly change: Change;
  /** Null: no file. `now` only for a clash: what is in the workspace now, while `before` is what the action saw. */
  readonly sides: { readonly before: Side | null; readonly after: Side | null; readonly now?: Side | null };
  /** Those that a yes can be for: of a changed file, from `now`, or else from `before`, to `after`. */
  readonly hunks: readonly { readonly hunk: number; readonly before: Range; readonly after: Range }[];
}

/** Where bytes may be kept. */
export interface Kept {
  readonly root: string;
  /** Folders of ours, laid out as the workspace is; the first is where what is to land must be. */
  readonly folders: readonly string[];
  /** Landings that touched a path, the newest first, and the folder of what they replaced. */
  readonly undo: string;
  landings(path: WorkPath): readonly Id[];
  /** Content that is on record. */
  readonly texts: readonly string[];
  /** Of a path: what each of those that made it so did to it, as unified diffs on record, the newest first. */
  diffs(path: WorkPath): readonly string[];
  /** Before anything of it lands the workspace is what it was worked out from; afterwards it holds what landed. */
  readonly landed: boolean;
}

interface Target {
  readonly path: WorkPath;
  readonly type: Change['type'];
  readonly digest: Digest | null;
  readonly size: number | null;
  /** Where the bytes must be, if anything is as it should be. */
  readonly main: string | null;
}

/** @returns null when these effects change no such path. */
export async function sidesOfPath(effects: Effects, path: WorkPath, kept: Kept): Promise<Sides | null> {
  const { changes, diffs, conflicts = [] } = effects;
  const change = changes.find((one) => one.path === path && one.change !== 'deleted') ?? changes.find((one) => one.path === path) ?? changes.find((one) => one.change === 'renamed' && one.to === path);
  if (change === undefined) return null;
  const clash = conflicts.find((one) => one.path === path && one.why !== 'kept');
  const removed = changes.find((one) => one.path === path && one.change === 'deleted');
  const [main, root] = [kept.folders[0] ?? null, kept.root];
  const was: Target | null = change.change === 'created' ? (removed === undefined ? null : { path, type: removed.type, digest: beforeOf(removed), size: null, main: null }) : { path: change.path, type: change.type, digest: beforeOf(change), size: null, main: kept.landed ? null : root };
  const is = afterOf(change, kept.landed ? root : main);
  const diff = diffs.find((one) => one.path === path && one.note === undefined);
  const after = is === null ? null : await find(is, kept);
  const before = clash === undefined ? was : clash.base === null ? null : { path, type: change.type, digest: clash.base, size: null, main: null };
  const found = before === null ? null : await find(before, kept);
  const now = clash === undefined ? undefined : clash.now === null ? null : await find({ path, type: change.type, digest: clash.now, size: null, main: root }, kept);
  const told = clash === undefined ? diff?.unified : clash.judged;
  const sides = await fillIn({ before: found, after }, told !== undefined ? [told] : clash === undefined ? [] : kept.diffs(path));
  const base = now === undefined ? sides.before : now;
  return {
    path, change,
    sides: { before: sideOf(sides.before), after: sideOf(sides.after), ...(now === undefined ? {} : { now: sideOf(now) }) },
    hunks: await hunksBetween(change, path, base, sides.after, diff),
  };
}

function beforeOf(change: Change): Digest | null {
  return change.change === 'created' ? null : change.before;
}

function afterOf(change: Change, main: string | null): Target | null {
  switch (change.change) {
    case 'deleted':
      return null;
    case 'renamed':
      return { path: change.to, type: change.type, digest: change.before, size: null, main };
    case 'created':
    case 'changed':
      return { path: change.path, type: change.type, digest: change.after, size: change.size, main };
  }
}

/** A side on its way to be shown. */
interface Found {
  readonly target: Target;
  readonly bytes: Uint8Array | null;
  readonly note: Side['note'];
  readonly size: number | null;
}

async function find(target: Target, kept: Kept): Promise<Found> {
  const { digest, type, path } = target;
  if (type === 'folder') return { target, bytes: null, note: 'folder', size: null };
  if (digest === sha256('')) return { target, bytes: new Uint8Array(), note: null, size: 0 };
  let note: Side['note'] = 'gone';
  for (const folder of [...kept.folders, kept.root]) {
    const read = await readAt(folder, path, folder === kept.root);
    if (read === null) continue;
    if (typeof read === 'number') {
      // Too large to be shown, and so not worth reading whole. The place alone says whose it is.
      if (folder === target.main) return { target, bytes: null, note: 'too-large', size: target.size ?? read };
      continue;
    }
    if (sha256(read) === digest) return { target, bytes: read, note: null, size: read.length };
    if (folder === target.main) note = 'changed';
  }
  const text = kept.texts.find((one) => sha256(one) === digest);
  const bytes = text === undefined ? replaced(target, kept) : Buffer.from(text);
  if (typeof bytes === 'number') return { target, bytes: null, note: 'too-large', size: bytes };
  if (bytes !== null) return { target, bytes, note: null, size: bytes.length };
  return { target, bytes: null, note: (target.size ?? 0) > MOST_SIDE ? 'too-large' : note, size: target.size };
}

/** The bytes, or of a link what it leads to; how many there are where they are too many; null where there is neither file nor link. */
async function readAt(folder: string, path: WorkPath, workspace: boolean): Promise<Uint8Array | number | null> {
  try {
    return await withRoot({ root: workspace ? folder : realpathSync(folder) }, (root) => inParents(root, (parents) => {
      const parent = parents.of(path);
      const entry = parent?.peek(nameOf(path)) ?? null;
      if (parent === null || entry === null) return null;
      if (entry.type === 'link') return Buffer.from(readLink(parent, nameOf(path), path) ?? '');
      return entry.type === 'file' ? bytesOf((workspace ? openPlain : openOurs)(parent.at(nameOf(path)))) : null;
    }));
  } catch (error) {
    // What can't be looked at is not there to be shown: a folder that went, one that is closed to us, a workspace that moved.
    if (error instanceof Error && (systemCode(error) !== '' || error.name === 'Refused' || error.name === 'Fault')) return null;
    throw error;
  }
}

/** In a buffer with room for one more byte, since it may be growing. */
function bytesOf(open: ReturnType<typeof openPlain>): Uint8Array | number | null {
  if (open === null) return null;
  try {
    if (open.stat.size > BigInt(MOST_SIDE)) return Number(open.stat.size);
    const bytes = Buffer.allocUnsafe(Number(open.stat.size) + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) got = readSync(open.fd, bytes, length, bytes.length - length, length);
    return length === bytes.length ? MOST_SIDE + 1 : bytes.subarray(0, length);
  } finally {
    closeSync(open.fd);
  }
}

/** Among what landings replaced; how many bytes where they are too many. */
function replaced({ path, digest }: Target, { undo, landings }: Kept): Uint8Array | number | null {
  for (const id of landings(path)) {
    try {
      const move = openRecord(undo, id).moves.find((one) => one.path === path && one.kept !== 'none' && one.base.type === 'file' && one.base.digest === digest);
      const bytes = move === undefined ? null : bytesOf(openOurs(`${undoFolder(undo, id)}/${move.n}`));
      if (bytes !== null && (typeof bytes === 'number' || sha256(bytes) === digest)) return bytes;
    } catch (error) {
      // Pruned, or damaged: then it isn't here.
      if (!(error instanceof Error) || (error.name !== 'Fault' && systemCode(error) === '')) throw error;
    }
  }
  return null;
}

/** One side and the recorded diffs (the newest first) give the other; its digest says whether they do. */
async function fillIn({ before, after }: { readonly before: Found | null; readonly after: Found | null }, diffs: readonly string[]): Promise<{ readonly before: Found | null; readonly after: Found | null }> {
  if (diffs.length === 0 || diffs.includes('') || (isThere(before) && isThere(after))) return { before, after };
  const { applyPatch, parsePatch, reversePatch } = await import('diff');
  const made = (from: Found | null, to: Found, back: boolean): Found => {
    let text = from === null ? '' : from.bytes === null ? null : decode(from.bytes);
    for (const unified of back ? diffs : diffs.toReversed()) {
      const [patch] = text === null ? [] : parsePatch(unified);
      if (text === null || patch === undefined) return to;
      const next = applyPatch(text, back ? reversePatch(patch) : patch, { autoConvertLineEndings: false });
      text = next === false ? null : next;
    }
    return text === null || sha256(text) !== to.target.digest ? to : { ...to, bytes: Buffer.from(text), note: null, size: Buffer.byteLength(text) };
  };
  const first = before !== null && !isThere(before) && isThere(after) ? made(after, before, true) : before;
  const second = after !== null && !isThere(after) && isThere(first) ? made(first, after, false) : after;
  return { before: first, after: second };
}

function isThere(side: Found | null): boolean {
  return side === null || side.bytes !== null;
}

function sideOf(side: Found | null): Side | null {
  if (side === null) return null;
  const { target: { digest }, bytes, note, size } = side;
  if (bytes === null || bytes.length > MOST_SIDE) return { text: null, note: note ?? 'too-large', size, digest };
  const text = bytes.includes(0) ? null : decode(bytes);
  return text === null ? { text: null, note: 'binary', size, digest } : { text, note: null, size, digest };
}

/** A line by itself: `^` and `$` would also stop at a lone CR and at U+2028, which a file may hold within a line. */
const HEAD = /(?<![^\n])@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(?![^\n])/g;

/** Numbered as composeHunks numbers them. None where only the whole file can be taken. */
async function hunksBetween(change: Change, path: WorkPath, before: Found | null, after: Found | null, known: Diff | undefined): Promise<Sides['hunks']> {
  if (change.type !== 'file' || change.change !== 'changed' || change.only !== undefined || before?.bytes === null || after?.bytes === null) return [];
  const { unified } = known ?? (await diffOf(path, before?.bytes ?? null, after?.bytes ?? null));
  // What a file says stands behind a mark, so no line of it looks like the head of a hunk.
  return [...unified.matchAll(HEAD)].map(([, from = '', lines = '1', to = '', fresh = '1'], index) => ({ hunk: index + 1, before: { from: Number(from), lines: Number(lines) }, after: { from: Number(to), lines: Number(fresh) } }));
}
