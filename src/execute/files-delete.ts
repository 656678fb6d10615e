// Delete: a file, a link (never what it points to), or a folder with all in it, each entry named in the effects.
// Everything is looked at before the first entry goes, and each once more right before it goes.
import { rmdirSync, unlinkSync } from 'node:fs';
import type { Write } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import { EMPTY_SHA256, type Change, type Diff } from '../model/effects.ts';
import { childOf } from '../model/path.ts';
import type { Root } from './beneath.ts';
import { changing, readLink, same, type Entry, type Folder } from './beneath-folder.ts';
import { openFile, typeWords } from './beneath-open.ts';
import type { FileResult } from './files.ts';
import { diffOf } from './files-diff.ts';
import { drifted, syncFolder } from './files-land.ts';
import { namesOf } from './files-list.ts';
import { notFound } from './files-near.ts';
import { fileDigest, needWritable, unchanged, type Planned } from './files-plan.ts';
import { inWords, Refused, shown } from './files-refused.ts';
import { readAll } from './files-text.ts';

/** Entries that one delete may name. */
const MOST_ENTRIES = 10_000;
const MOST_DEPTH = 200;
/** A deleted text is shown up to here, and all of them together up to the second, in bytes. */
const SHOWN_BYTES = 64 * 1024;
const ALL_SHOWN_BYTES = 512 * 1024;

/** An entry and what is in it, as it was when it was judged. */
interface Doomed {
  readonly name: string;
  readonly path: string;
  readonly entry: Entry;
  readonly inner: readonly Doomed[];
}

interface Survey {
  readonly root: Root;
  readonly changes: Change[];
  readonly texts: { readonly path: string; readonly bytes: Buffer }[];
  readonly unshown: string[];
  shownBytes: number;
}

/** Plans a deletion. Throws Refused: too-many, special, not-found, closed… */
export async function planDelete(root: Root, { path }: Extract<Write, { op: 'delete' }>): Promise<Planned> {
  const found = root.find(path, 'refuse');
  if (found.entry === null) throw notFound(found);
  if (found.name === '') throw new Refused('outside', "the workspace's own folder can't be deleted.");
  const survey: Survey = { root, changes: [], texts: [], unshown: [], shownBytes: 0 };
  const doomed = await look(survey, found.folder, found.name, found.entry, 0);
  return {
    changes: survey.changes,
    diffs: async () => {
      const diffs: Diff[] = survey.unshown.map((one) => ({ path: one, unified: '', note: 'too-large' }));
      for (const { path: one, bytes } of survey.texts) diffs.push(await diffOf(one, bytes, null));
      return diffs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
    land: async () => land(found.folder, doomed, survey.changes.length),
  };
}

async function look(survey: Survey, folder: Folder, name: string, entry: Entry, depth: number): Promise<Doomed> {
  const path = childOf(folder.path, name);
  if (survey.changes.length >= MOST_ENTRIES) throw new Refused('too-many', `that would delete more than ${MOST_ENTRIES} entries, too many to judge. Delete parts of it, or leave it to the person.`);
  if (depth > MOST_DEPTH) throw new Refused('too-many', `${shown(path)} is deeper than ${MOST_DEPTH} folders.`);
  needWritable(folder);
  switch (entry.type) {
    case 'special':
      throw typeWords({ path, entry });
    case 'link':
      survey.changes.push({ change: 'deleted', path, type: 'link', before: sha256(readLink(folder, name, path) ?? '') });
      return { name, path, entry, inner: [] };
    case 'file':
      await lookAtFile(survey, folder, name, entry, path);
      return { name, path, entry, inner: [] };
    case 'folder':
      survey.changes.push({ change: 'deleted', path, type: 'folder', before: EMPTY_SHA256 });
      return { name, path, entry, inner: await lookInside(survey, folder, name, entry, depth) };
  }
}

async function lookInside(survey: Survey, parent: Folder, name: string, entry: Entry, depth: number): Promise<Doomed[]> {
  const folder = parent.enter(name);
  if (folder === null || !same(folder.stat, entry.stat)) throw changing(childOf(parent.path, name));
  if (folder.stat.dev !== parent.stat.dev) throw new Refused('busy', `${shown(folder.path)} is a mount point: what is in it is on another disk. Unmount it first.`);
  survey.root.keepClosed(folder);
  const { names, more } = await namesOf(folder, MOST_ENTRIES);
  if (more > 0) throw new Refused('too-many', `${shown(folder.path)} holds more than ${MOST_ENTRIES} entries, too many to judge. Delete parts of it, or leave it to the person.`);
  const inner: Doomed[] = [];
  for (const { key, shown: display } of names) {
    if (typeof key !== 'string') throw new Refused('bad-name', `${shown(folder.path)} holds a name that isn't UTF-8 (${display}), which can't be put on record. Leave it to the person.`);
    const one = folder.peek(key);
    if (one === null) throw changing(childOf(folder.path, key));
    inner.push(await look(survey, folder, key, one, depth + 1));
  }
  folder.close();
  return inner;
}

async function lookAtFile(survey: Survey, folder: Folder, name: string, entry: Entry, path: string): Promise<void> {
  const { handle, stat } = await openFile({ folder, name, entry, rest: [], path });
  try {
    survey.changes.push({ change: 'deleted', path, type: 'file', before: await fileDigest(handle, stat) });
    const fits = stat.size <= SHOWN_BYTES && survey.shownBytes + Number(stat.size) <= ALL_SHOWN_BYTES;
    const bytes = fits ? await readAll(handle, SHOWN_BYTES) : null;
    if (bytes === null) survey.unshown.push(path);
    else {
      survey.texts.push({ path, bytes });
      survey.shownBytes += bytes.length;
    }
  } finally {
    await handle.close();
  }
}

function land(folder: Folder, doomed: Doomed, count: number): FileResult {
  const gone: string[] = [];
  try {
    remove(folder, doomed, gone);
  } catch (error) {
    const words = inWords(error, doomed.path);
    if (gone.length === 0) throw words;
    throw new Refused('changing', `stopped half-way: ${gone.length} of ${count} entries are deleted, the rest is not. ${words.message}`, gone);
  }
  syncFolder(folder);
  return { text: `deleted ${shown(doomed.path)}${doomed.entry.type === 'folder' ? `/ (${count} entries)` : ''}`, touched: gone };
}

// If we crash in here, some entries are gone and some aren't: the log says `unknown`, and the effects say what was to go.
function remove(folder: Folder, { name, path, entry, inner }: Doomed, gone: string[]): void {
  if (entry.type === 'folder') {
    const own = folder.enter(name);
    if (own === null || !same(own.stat, entry.stat)) throw drifted(path);
    for (const one of inner) remove(own, one, gone);
    own.close();
  } else {
    const now = folder.peek(name);
    if (now === null || !unchanged(now.stat, entry.stat)) throw drifted(path);
  }
  folder.check();
  try {
    if (entry.type === 'folder') rmdirSync(folder.at(name));
    else unlinkSync(folder.at(name));
  } catch (error) {
    throw inWords(error, path);
  }
  gone.push(path);
}
