// Reading the tree's nodes from the store: one stored hash for every 256 of the level below, so a proof
// costs O(log n) reads however long the log is.
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';
import { HASH_BYTES, nodeHash } from '../model/merkle.ts';
import { TILE_HEIGHT, type ReadNode } from './tree.ts';

/** Throws `log.tree` when a stored node is missing. */
export function nodeReader(db: DatabaseSync): ReadNode {
  const leaves = db.prepare('SELECT hash FROM events WHERE seq >= ? AND seq < ? ORDER BY seq');
  const tiles = db.prepare('SELECT hash FROM tiles WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx');
  return (height, index) => {
    const level = Math.floor(height / TILE_HEIGHT);
    const span = 2 ** (height % TILE_HEIGHT);
    const first = index * span;
    const rows = level === 0 ? leaves.all(first, first + span) : tiles.all(level, first, first + span);
    const hashes = rows.flatMap(({ hash }) => (hash instanceof Uint8Array && hash.length === HASH_BYTES ? [hash] : []));
    if (hashes.length !== span) throw new Fault('log.tree', `nodes of the tree are missing at level ${level}, ${first}`, 'run: pwb log verify');
    return fold(hashes);
  };
}

/** The root of a complete subtree whose nodes of one height are given; their number is a power of two. */
function fold(nodes: readonly Uint8Array[]): Uint8Array {
  let row = nodes;
  while (row.length > 1) {
    const next: Uint8Array[] = [];
    for (let at = 0; at + 1 < row.length; at += 2) {
      const [left, right] = [row[at], row[at + 1]];
      if (left !== undefined && right !== undefined) next.push(nodeHash(left, right));
    }
    row = next;
  }
  const [root] = row;
  if (root === undefined) throw new Fault('log.tree', 'an empty subtree has no root');
  return root;
}
