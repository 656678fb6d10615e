// The diff of one file of a rehearsal that waits, where the card had no room for it: read again from what is kept and
// from what lies below it. Refuses to show what isn't, to the byte, what was judged.
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from '../approvals/rehearsals.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Change, Diff } from '../model/effects.ts';
import { Fault, systemCode } from '../model/fault.ts';
import { parentOf } from '../model/path.ts';
import { diffOf } from './files-diff.ts';
import { keptFolder, placesIn } from './places.ts';
import { withSides } from './rehearse-view.ts';
import { viewOf } from './rehearsals.ts';

/** Bytes of a side. Beyond, nobody reads a diff, and comparing would take minutes. */
const MOST = 16 * 1024 * 1024;

/**
 * @param state the product's state folder. @param root the workspace's.
 * @returns with the note `too-large` for what is larger than 16 MiB still.
 * @throws `show.diff` when either side is not what was judged any more.
 */
export async function diffOfKept(state: string, { action, session, over }: Kept, root: string, change: Change): Promise<Diff> {
  const places = placesIn(state);
  const upper = keptFolder(places, action);
  const view = await viewOf(places, session, root, over.filter((id) => existsSync(keptFolder(places, id))));
  const compare = async (base: string): Promise<Diff> => {
    const [before, after] = [readSide(base, change.path, wasOf(change)), readSide(upper, change.path, isOf(change))];
    return before === 'large' || after === 'large' ? { path: change.path, unified: '', note: 'too-large' } : diffOf(change.path, before, after, MOST);
  };
  return view.lower.length === 0 ? compare(root) : withSides(view, upper, (sides) => compare(sides.base));
}

function wasOf(change: Change): Digest | null {
  return change.change === 'created' ? null : change.before;
}

function isOf(change: Change): Digest | null {
  switch (change.change) {
    case 'created':
    case 'changed':
      return change.after;
    case 'deleted':
    case 'renamed':
      return null;
  }
}

/** Null where nothing was, or is to be. */
function readSide(folder: string, path: string, digest: Digest | null): Uint8Array | null | 'large' {
  if (digest === null) return null;
  try {
    const at = join(folder, path);
    // A folder on the way that became a link may lead anywhere. What is then read is told by its digest.
    for (let above = parentOf(path); above !== '.'; above = parentOf(above)) if (!lstatSync(join(folder, above)).isDirectory()) throw otherwise(path);
    const descriptor = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) throw otherwise(path);
      if (stat.size > MOST) return 'large';
      const bytes = readFileSync(descriptor);
      if (sha256(bytes) !== digest) throw otherwise(path);
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof Fault || systemCode(error) === '') throw error;
    throw otherwise(path);
  }
}

function otherwise(path: string): Fault {
  return new Fault('show.diff', `${JSON.stringify(path)} isn't what was judged any more, or can't be read`, 'invoke it to be asked about what it would do now, or deny it');
}
