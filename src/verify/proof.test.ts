import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { leafHash } from '../model/merkle.ts';
import { verifyConsistency, verifyInclusion } from './proof.ts';
import { hexOf, TreeBuilder } from './tree.ts';

const OWN = join(import.meta.dirname, '../../vectors/merkle');
const COMMUNITY = join(import.meta.dirname, '../../../shared/vectors/merkle');
const skip = !existsSync(COMMUNITY) && 'the vectors of the transparency-log community are not here';

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const { leaves, roots } = read(join(OWN, 'roots.json')) as { leaves: string[]; roots: string[] };
const leafOf = (index: number): Uint8Array => leafHash(hex(leaves[index] ?? ''));
const rootOf = (size: number): Buffer => hex(roots[size] ?? '');

const inclusions = (read(join(OWN, 'inclusion.json')) as { cases: { index: number; size: number; proof: string[] }[] }).cases.map(({ index, size, proof }) => ({ index, size, proof: proof.map(hex), leaf: leafOf(index), root: rootOf(size) }));
const consistencies = (read(join(OWN, 'consistency.json')) as { cases: { first: number; second: number; proof: string[] }[] }).cases.map(({ first, second, proof }) => ({ first, second, proof: proof.map(hex), firstRoot: rootOf(first), secondRoot: rootOf(second) }));

test('a tree built leaf by leaf has the root of the definition at every size', () => {
  const tree = new TreeBuilder();
  assert.equal(hexOf(tree.root()), roots[0]);
  leaves.forEach((_, at) => {
    tree.add(Buffer.from(leafOf(at)).toString('latin1'));
    assert.equal(hexOf(tree.root()), roots[at + 1]);
  });
});

test('every true proof is accepted', () => {
  for (const inclusion of inclusions) assert.equal(verifyInclusion(inclusion), true, `${inclusion.index} in ${inclusion.size}`);
  for (const consistency of consistencies) assert.equal(verifyConsistency(consistency), true, `${consistency.first} to ${consistency.second}`);
});

test('a proof with any bit flipped, any node lost, doubled or added, or for another place is refused', () => {
  const flip = (bytes: Uint8Array, bit: number): Uint8Array => Uint8Array.from(bytes, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
  fc.assert(
    fc.property(fc.constantFrom(...inclusions.filter(({ size }) => size > 1)), fc.nat(255), fc.nat(), (good, bit, pick) => {
      const at = pick % good.proof.length;
      const node = good.proof[at] ?? good.leaf;
      assert.equal(verifyInclusion({ ...good, leaf: flip(good.leaf, bit) }), false);
      assert.equal(verifyInclusion({ ...good, root: flip(good.root, bit) }), false);
      assert.equal(verifyInclusion({ ...good, proof: good.proof.with(at, Buffer.from(flip(node, bit))) }), false);
      assert.equal(verifyInclusion({ ...good, proof: good.proof.toSpliced(at, 1) }), false);
      assert.equal(verifyInclusion({ ...good, proof: good.proof.toSpliced(at, 0, Buffer.from(node)) }), false);
      assert.equal(verifyInclusion({ ...good, index: (good.index + 1) % good.size }), false);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...consistencies.filter(({ first, second }) => first < second)), fc.nat(255), fc.nat(), (good, bit, pick) => {
      const at = pick % good.proof.length;
      const node = good.proof[at] ?? good.firstRoot;
      assert.equal(verifyConsistency({ ...good, firstRoot: flip(good.firstRoot, bit) }), false);
      assert.equal(verifyConsistency({ ...good, secondRoot: flip(good.secondRoot, bit) }), false);
      assert.equal(verifyConsistency({ ...good, proof: good.proof.with(at, Buffer.from(flip(node, bit))) }), false);
      assert.equal(verifyConsistency({ ...good, proof: good.proof.toSpliced(at, 1) }), false);
      assert.equal(verifyConsistency({ ...good, proof: [...good.proof, Buffer.from(node)] }), false);
    }),
    { numRuns: 200 },
  );
});

const bytes = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64');

test("the community's inclusion vectors are judged as they say", { skip }, () => {
  const { cases } = read(join(COMMUNITY, 'inclusion.json')) as { cases: { leafIdx: number; treeSize: number; root: string; leafHash: string; proof: string[] | null; wantErr: boolean; case: string }[] };
  for (const { leafIdx: index, treeSize: size, root, leafHash: leaf, proof, wantErr, case: name } of cases) {
    assert.equal(verifyInclusion({ index, size, root: bytes(root), leaf: bytes(leaf), proof: (proof ?? []).map(bytes) }), !wantErr, name);
  }
});

test("the community's consistency vectors are judged as they say", { skip }, () => {
  const { cases } = read(join(COMMUNITY, 'consistency.json')) as { cases: { size1: number; size2: number; root1: string; root2: string; proof: string[] | null; wantErr: boolean; case: string }[] };
  for (const { size1: first, size2: second, root1, root2, proof, wantErr, case: name } of cases) {
    assert.equal(verifyConsistency({ first, second, firstRoot: bytes(root1), secondRoot: bytes(root2), proof: (proof ?? []).map(bytes) }), !wantErr, name);
  }
});
