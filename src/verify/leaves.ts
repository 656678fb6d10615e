// The list of leaf hashes (32 bytes each): not needed to prove anything, but once it fits the signed root, the first
// line that doesn't fit its hash is the place of the crime.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Line } from './lines.ts';
import { plain } from './plain.ts';
import { TreeBuilder, type Raw } from './tree.ts';

export const HASH = 32;

/** SHA-256(0x00 ‖ line). Changes the byte before the line. */
export function leafOf({ buffer, start, end }: Line): Raw {
  buffer[start - 1] = 0;
  return hash('sha256', buffer.subarray(start - 1, end), 'binary');
}

/** Null: the file is missing, or no list of hashes. */
export function readLeaves(path: string): Buffer | null {
  try {
    const bytes = readFileSync(plain(path));
    return bytes.length % HASH === 0 ? bytes : null;
  } catch {
    return null;
  }
}

export function leafAt(leaves: Buffer, at: number): Raw {
  return leaves.toString('latin1', at * HASH, (at + 1) * HASH);
}

/** The root over all, and the one over the first `earlier` of them where there are as many. */
export function rootsOf(leaves: Buffer, earlier: number): { readonly root: Raw; readonly earlier: Raw | null } {
  const tree = new TreeBuilder();
  let old = earlier === 0 ? tree.root() : null;
  for (let at = 0; at * HASH < leaves.length; at += 1) {
    tree.add(leafAt(leaves, at));
    if (tree.size === earlier) old = tree.root();
  }
  return { root: tree.root(), earlier: old };
}
