// The three sides of a conflict, for a person to look at: what was judged to be there, what is there, what was to
// land. Bounded; follows no link; never shows for a side what doesn't have its digest.
import { closeSync, readSync, realpathSync } from 'node:fs';
import type { WorkPath } from '../model/action.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Diff } from '../model/effects.ts';
import { nameOf } from '../model/path.ts';
import { withRoot, type Root } from './beneath.ts';
import { readLink } from './beneath-folder.ts';
import type { Conflict } from './commit-bases.ts';
import { openOurs, openPlain } from './commit-content.ts';
import { inParents } from './commit-parents.ts';
import type { Landing } from './commit.ts';
import { diffOf } from './files-diff.ts';
import { inWords } from './files-refused.ts';

/** Bytes of a side, or of a link what it leads to. Null: there is nothing, or it can't be shown (see `diff`). */
export interface ConflictSides {
  readonly base: Uint8Array | null;
  readonly theirs: Uint8Array | null;
  readonly ours: Uint8Array | null;
  /** From theirs to ours: what landing it anyway would do. */
  readonly diff: Diff;
}

export interface SidesOptions {
  readonly never?: readonly string[];
  /** The base is gone from the disk once somebody edited it; whoever has it from elsewhere (a diff, a record) gives it here. */
  readonly bases?: (path: WorkPath) => Uint8Array | null;
}

/** Larger ones aren't shown. */
const MOST = 1024 * 1024;

/** Throws Refused where the system doesn't let us look, Fault when the workspace is gone. */
export async function sidesOf(landing: Pick<Landing, 'root' | 'source'>, conflict: Conflict, { never = [], bases }: SidesOptions = {}): Promise<ConflictSides> {
  const { path } = conflict;
  const theirs = await withRoot({ root: landing.root, never }, (root) => sideAt(root, path, openPlain));
  const ours = conflict.wanted === null ? null : await withRoot({ root: realpathSync(landing.source) }, (source) => sideAt(source, path, openOurs));
  const [old, judged] = [bases?.(path) ?? null, ours === 'large' ? ours : withDigest(ours, conflict.wanted)];
  const diff = theirs === 'large' || judged === 'large' ? { path, unified: '', note: 'too-large' as const } : await diffOf(path, theirs, judged);
  return { base: withDigest(old, conflict.base), theirs: shownOf(theirs), ours: shownOf(judged), diff };
}

type Side = Uint8Array | 'large' | null;

function sideAt(root: Root, path: WorkPath, open: (at: string) => ReturnType<typeof openPlain>): Side {
  return inParents(root, (parents): Side => {
    const folder = parents.of(path);
    const entry = folder?.peek(nameOf(path)) ?? null;
    if (folder === null || entry === null) return null;
    root.admit(entry.stat, path);
    switch (entry.type) {
      case 'link':
        return Buffer.from(readLink(folder, nameOf(path), path) ?? '');
      case 'file':
        try {
          return contentOf(open(folder.at(nameOf(path))));
        } catch (error) {
          throw inWords(error, path);
        }
      case 'folder':
      case 'special':
        return null;
    }
  });
}

function contentOf(open: ReturnType<typeof openPlain>): Side {
  if (open === null) return null;
  try {
    if (open.stat.size > BigInt(MOST)) return 'large';
    // It may have grown since.
    const bytes = Buffer.allocUnsafe(MOST + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length <= MOST; length += got) got = readSync(open.fd, bytes, length, MOST + 1 - length, length);
    return length > MOST ? 'large' : bytes.subarray(0, length);
  } finally {
    closeSync(open.fd);
  }
}

function withDigest(bytes: Uint8Array | null, digest: Digest | null): Uint8Array | null {
  return bytes !== null && digest !== null && sha256(bytes) === digest ? bytes : null;
}

function shownOf(side: Side): Uint8Array | null {
  return side === 'large' ? null : side;
}
