// What lies in the state folder, by name: what it is for, and whether a backup holds it. What isn't named here is told
// as `other` and stays where it is.
import { readdir } from 'node:fs/promises';

export interface Part {
  readonly name: string;
  readonly words: string;
  /** Does a name in the state folder belong to it? */
  readonly is: (name: string) => boolean;
}

/** Begins the name of a folder to which a restore moved the former state. */
export const ASIDE = 'before-restore-';
/** Where a restore is got ready. */
export const RESTORE = 'restore';
/** There while one is being put in place: nobody opens the state then. */
export const PLACING = 'restore/placing.json';

const named = (...names: readonly string[]) => (name: string): boolean => names.includes(name);

export const PARTS: readonly Part[] = [
  { name: 'record', words: 'The log, and what the workbench works from.', is: named('state.db', 'state.db-wal', 'state.db-shm', 'log.key') },
  { name: 'payloads', words: 'Large outputs, files and answers that the log holds.', is: named('blobs') },
  { name: 'undo', words: 'What landings replaced, for undo; kept as `undo.days` and `undo.megabytes` say.', is: named('undo') },
  { name: 'drafts', words: 'Work that piles up in drafts until it is committed or dropped.', is: named('drafts') },
  { name: 'waiting', words: 'What was tried and waits for an answer.', is: named('kept') },
  { name: 'views', words: 'Copies and views that are in use right now.', is: (name) => name === 'rehearsals' || name === 'journal' || name.startsWith('backup-') },
  { name: 'search', words: 'The index of the timeline; it is made again when it is gone.', is: (name) => /^search\.db(-wal|-shm)?$/.test(name) },
  { name: 'engine', words: 'The embedded engine.', is: named('engine') },
  { name: 'practice', words: 'The practice folder.', is: named('practice') },
  { name: 'restores', words: 'A restore that is ready, and former states that restores put aside; remove those by hand.', is: (name) => name === RESTORE || name.startsWith(`${RESTORE}-`) || name.startsWith(ASIDE) },
];

/** Each part that is there, with its names in the folder; at last `other`. */
export async function namesOf(state: string): Promise<readonly { readonly name: string; readonly words: string; readonly paths: readonly string[] }[]> {
  const names = (await readdir(state)).toSorted();
  const found = PARTS.map(({ name, words, is }) => ({ name, words, paths: names.filter(is) }));
  const rest = names.filter((name) => !PARTS.some(({ is }) => is(name)));
  return [...found, { name: 'other', words: 'What the sandbox needs, and small files of the workbench.', paths: rest }].filter(({ paths }) => paths.length > 0);
}
