// The tree that grows: a frontier of complete subtrees, so that appending is O(log n), and proofs made from
// stored nodes. Follows RFC 9162 §2.1 (the tree of RFC 6962). Verifying a proof is verify/'s business.
import { Fault } from '../model/fault.ts';
import { EMPTY_ROOT, nodeHash } from '../model/merkle.ts';

export interface Tree {
  /** Leaves. */
  readonly size: number;
  /** Roots of the complete subtrees that make up the tree, largest first: one for each 1 bit of `size`. */
  readonly frontier: readonly Uint8Array[];
}

/** The root of the complete subtree of 2^height leaves that is the index-th of its height. */
export type ReadNode = (height: number, index: number) => Uint8Array;

/** Heights between stored nodes: one stored hash stands for 2^8 of the level below. */
export const TILE_HEIGHT = 8;
export const EMPTY_TREE: Tree = { size: 0, frontier: [] };

/** The tree with one more leaf. `complete` hears of every stored node that this completes. */
export function extend(tree: Tree, leaf: Uint8Array, complete: (level: number, index: number, hash: Uint8Array) => void): Tree {
  const frontier = tree.frontier.slice();
  const size = tree.size + 1;
  let hash = leaf;
  for (let height = 1, span = 2; size % span === 0; height += 1, span *= 2) {
    const left = frontier.pop();
    if (left === undefined) throw new Fault('log.tree', 'the frontier of the tree does not fit its size', 'run: pwb log verify');
    hash = nodeHash(left, hash);
    if (height % TILE_HEIGHT === 0) complete(height / TILE_HEIGHT, size / span - 1, hash);
  }
  frontier.push(hash);
  return { size, frontier };
}

export function rootOf({ frontier }: Tree): Uint8Array {
  let root = frontier.at(-1);
  if (root === undefined) return EMPTY_ROOT;
  for (let at = frontier.length - 2; at >= 0; at -= 1) root = nodeHash(frontier[at] ?? EMPTY_ROOT, root);
  return root;
}

/** RFC 9162 §2.1.3.1: from the leaf's sibling up. Throws `log.range`. */
export function inclusionProof(read: ReadNode, index: number, size: number): Uint8Array[] {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) throw new Fault('log.range', `there is no leaf ${index} in a tree of ${size}`);
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      proof.push(range(read, middle, end));
      end = middle;
    } else {
      proof.push(range(read, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/** RFC 9162 §2.1.4.1. Empty when both are the same or the first is empty. Throws `log.range`. */
export function consistencyProof(read: ReadNode, first: number, second: number): Uint8Array[] {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) throw new Fault('log.range', `a tree of ${first} is no beginning of one of ${second}`);
  if (first === 0 || first === second) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = second;
  // Invariant of the walk: `first` lies within (start, end].
  while (end !== first) {
    const middle = start + split(end - start);
    if (first <= middle) {
      proof.push(range(read, middle, end));
      end = middle;
    } else {
      proof.push(range(read, start, middle));
      start = middle;
    }
  }
  // The verifier knows the old root already when the walk never went right.
  if (start !== 0) proof.push(range(read, start, end));
  return proof.reverse();
}

/** The hash of the leaves [start, end), whose subtree is aligned as RFC 9162 splits it. */
function range(read: ReadNode, start: number, end: number): Uint8Array {
  const span = end - start;
  const left = split(span);
  if (left * 2 === span || span === 1) return read(Math.log2(span), start / span);
  return nodeHash(range(read, start, start + left), range(read, start + left, end));
}

/** The largest power of two below n, for n > 1. */
function split(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
