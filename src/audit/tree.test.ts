import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { leafHash, nodeHash } from '../model/merkle.ts';
import { newId } from '../model/id.ts';
import { freshLog } from '../../vectors/log/open.ts';
import { consistencyProof, EMPTY_TREE, extend, inclusionProof, rootOf, type ReadNode, type Tree } from './tree.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/merkle');
const read = (name: string): unknown => JSON.parse(readFileSync(join(VECTORS, name), 'utf8'));
const { leaves, roots } = read('roots.json') as { leaves: string[]; roots: string[] };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Nodes straight from the definition, over leaves in memory. */
function nodesOver(hashes: readonly Uint8Array[]): ReadNode {
  const node: ReadNode = (height, index) => (height === 0 ? (hashes[index] ?? new Uint8Array()) : nodeHash(node(height - 1, index * 2), node(height - 1, index * 2 + 1)));
  return node;
}

const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));

test('the tree has the root of the definition at every size', () => {
  let tree: Tree = EMPTY_TREE;
  assert.equal(hex(rootOf(tree)), roots[0]);
  hashes.forEach((hash, at) => {
    tree = extend(tree, hash, () => assert.fail('no stored node in so small a tree'));
    assert.equal(hex(rootOf(tree)), roots[at + 1]);
  });
});

test('inclusion proofs are those of the definition', () => {
  for (const { index, size, proof } of (read('inclusion.json') as { cases: { index: number; size: number; proof: string[] }[] }).cases) {
    assert.deepEqual(inclusionProof(nodesOver(hashes), index, size).map(hex), proof, `${index} in ${size}`);
  }
});

test('consistency proofs are those of the definition', () => {
  for (const { first, second, proof } of (read('consistency.json') as { cases: { first: number; second: number; proof: string[] }[] }).cases) {
    assert.deepEqual(consistencyProof(nodesOver(hashes), first, second).map(hex), proof, `${first} to ${second}`);
  }
});

test('what can not be is refused: a leaf beyond the tree, a longer beginning', () => {
  for (const [index, size] of [[1, 1], [-1, 1], [0.5, 2], [0, 0]] as const) assert.throws(() => inclusionProof(nodesOver(hashes), index, size), { code: 'log.range' });
  for (const [first, second] of [[2, 1], [-1, 1]] as const) assert.throws(() => consistencyProof(nodesOver(hashes), first, second), { code: 'log.range' });
});

test('proofs from the store are the same as from memory, also where stored nodes stand for many leaves', async (t) => {
  const log = await freshLog(t);
  await log.commit((tx) => {
    for (let turn = 1; turn < 1300; turn += 1) tx.append({ type: 'turn.ended', session: newId(), turn, why: 'answered' });
  });
  const stored = log.store.db.prepare('SELECT hash FROM events ORDER BY seq').all().map(({ hash }) => hash as Uint8Array);
  const size = log.size();
  assert.equal(size, 1300);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: size }), fc.nat(), (tree, pick) => {
      const index = pick % tree;
      assert.deepEqual(log.inclusionProof(index, tree).map(hex), inclusionProof(nodesOver(stored), index, tree).map(hex));
      assert.deepEqual(log.consistencyProof(index + 1, tree).map(hex), consistencyProof(nodesOver(stored), index + 1, tree).map(hex));
    }),
    { numRuns: 60 },
  );
});
