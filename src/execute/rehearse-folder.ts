// Where a rehearsal keeps what it made: a private folder per rehearsal, named by the process that owns it, so that
// what a crash left behind is known as such and swept. It never touches what another living process made.
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, systemCode } from '../model/fault.ts';
import { birthOf } from './limits-watch.ts';
import { removeTree } from './overlay-remove.ts';
import { namesIn } from './names-in.ts';

export interface RehearsalFolder {
  readonly path: string;
  /** What the run writes. */
  readonly upper: string;
  /** The kernel's own; ends up unreadable. */
  readonly work: string;
  /** Only in use when there is a draft below. */
  readonly base: string;
}

const NAME = /^r-(\d+)-(\d+)-\d+$/;
const PRIVATE = 0o700;
let count = 0;
let birth: string | undefined;

/** @throws `rehearsal.folder` when the state folder is somebody else's, open to others, or can't be written. */
export function makeRehearsalFolder(parent: string): RehearsalFolder {
  try {
    mkdirSync(parent, { recursive: true, mode: PRIVATE });
    const stat = lstatSync(parent);
    // Somebody who can write there could swap what is judged for something else.
    if (!stat.isDirectory() || stat.uid !== process.getuid?.() || (stat.mode & 0o077) !== 0) {
      throw new Fault('rehearsal.folder', `${parent} is not a private folder of this user`, `Make it yours alone: chmod 700 ${parent}`);
    }
    const path = join(parent, `r-${process.pid}-${(birth ??= birthOf(process.pid))}-${++count}`);
    const folder = { path, upper: join(path, 'upper'), work: join(path, 'work'), base: join(path, 'base') };
    for (const one of [path, folder.upper, folder.work, folder.base]) mkdirSync(one, { mode: PRIVATE });
    return folder;
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('rehearsal.folder', `no rehearsal can be prepared in ${parent} (${systemCode(error)})`, 'Check that the state folder is yours and that its disk has room.', { cause: error });
  }
}

/** Removes what processes that are gone have left. @returns how many rehearsals. @throws the system's error for what can't be removed. */
export async function sweepRehearsals(parent: string): Promise<number> {
  let swept = 0;
  for (const name of namesIn(parent)) {
    const [, pid = '', born = ''] = NAME.exec(name) ?? [];
    if (pid === '' || birthOf(Number(pid)) === born) continue;
    await removeTree(join(parent, name));
    swept++;
  }
  return swept;
}
