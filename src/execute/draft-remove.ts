// Takes names out of a draft, from every layer: all of them or, when nothing was done yet, none. A name that is gone
// only because its folder is can't be taken out alone.
import { existsSync, readFileSync, renameSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { parentOf } from '../model/path.ts';
import type { DraftFolder, Layer } from './draft-folder.ts';
import { readNote, writeNote, type Note } from './draft-note.ts';
import { above, at, bytesOf, isFolderAt, isOwnFolder, namesAt, statAt } from './draft-walk.ts';
import { shown } from './files-refused.ts';

/** @throws `draft.path` for what isn't in the draft, `draft.covered` for what goes with a folder; nothing was done then. */
export function checkRemovable(layers: readonly Layer[], root: string, paths: readonly WorkPath[]): void {
  for (const path of paths) {
    if (layers.some((layer) => holds(layer, path) === 'entry')) continue;
    const covered = layers.some((layer) => holds(layer, path) === 'covered') && isOwnFolder(root, bytesOf(parentOf(path))) && statAt(root, bytesOf(path)) !== null;
    if (!covered) throw new Fault('draft.path', `${shown(path)} is not in the draft`, 'Run "pwb draft" to see what is.');
    const folder = above(path).find((one) => layers.some((layer) => holds(layer, one) === 'entry' && !isFolderAt(layer.path, bytesOf(one)))) ?? path;
    throw new Fault('draft.covered', `${shown(path)} is gone only with ${shown(folder)}, which was replaced or deleted whole`, `Name ${shown(folder)} instead.`);
  }
}

/** @throws the system's error; it is gone on with by `resumeRemoval` then. */
export function removeFrom(folder: DraftFolder, paths: readonly WorkPath[]): void {
  // If we crash after this line, all of it goes; before it, nothing.
  writeFileSync(`${folder.removing}.tmp`, JSON.stringify(paths), { mode: 0o600 });
  renameSync(`${folder.removing}.tmp`, folder.removing);
  resumeRemoval(folder);
}

/** Ends what a crash cut off. @throws `draft.note`, the system's error. */
export function resumeRemoval(folder: DraftFolder): void {
  if (!existsSync(folder.removing)) return;
  folder.forgetMerged();
  removeEntries(folder, folder.layers(), readPaths(folder.removing));
  unlinkSync(folder.removing);
}

function readPaths(file: string): readonly WorkPath[] {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!Array.isArray(found)) throw new Fault('draft.note', `${file} can't be read`, 'Drop the whole draft (pwb draft drop), and do it again.');
  return found.filter((path) => typeof path === 'string');
}

function removeEntries(folder: DraftFolder, layers: readonly Layer[], paths: readonly WorkPath[]): void {
  for (const layer of layers) {
    const note = readNote(folder.note(layer.name));
    for (const path of paths) if (holds(layer, path) === 'entry') removeEntry(folder, layer, note, path);
    if (namesAt(layer.path, '').length === 0) folder.discard(layer.path);
    else writeNote(folder.note(layer.name), without(note, paths));
  }
}

/** Does the draft show a folder of its own there? */
export function isFolderIn(layers: readonly Layer[], path: WorkPath): boolean {
  const newest = layers.findLast((layer) => holds(layer, path) === 'entry');
  return newest !== undefined && isFolderAt(newest.path, bytesOf(path));
}

/** `covered`: the layer has something else where its folder would be. */
function holds({ path: layer }: Layer, path: WorkPath): 'entry' | 'covered' | 'nothing' {
  for (const part of above(path)) {
    const stat = statAt(layer, bytesOf(part));
    if (stat === null) return 'nothing';
    if (!stat.isDirectory()) return 'covered';
  }
  return statAt(layer, bytesOf(path)) === null ? 'nothing' : 'entry';
}

function removeEntry(folder: DraftFolder, layer: Layer, note: Note, path: WorkPath): void {
  const made = new Set(note.touches.map((touch) => touch.path));
  const parents = above(path).toReversed();
  const parent = bytesOf(parents[0] ?? '.');
  const stat = statAt(layer.path, parent);
  folder.discard(at(layer.path, bytesOf(path)));
  if (stat !== null) utimesSync(at(layer.path, parent), Number(stat.atimeNs) / 1e9, Number(stat.mtimeNs) / 1e9);
  // Folders that were only on the way to it say nothing themselves.
  for (const one of parents) {
    if (made.has(one) || namesAt(layer.path, bytesOf(one)).length > 0) return;
    rmdirSync(at(layer.path, bytesOf(one)));
  }
}

function without(note: Note, paths: readonly WorkPath[]): Note {
  const stays = (path: string): boolean => !paths.some((one) => path === one || path.startsWith(`${one}/`));
  return { ...note, touches: note.touches.filter(({ path }) => stays(path)), others: note.others.filter(stays) };
}
