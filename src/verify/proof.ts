// Checking a proof without the log: inclusion (RFC 9162 §2.1.3.2) and consistency (§2.1.4.2). False for
// everything that is not exactly right; sizes are whole numbers up to 2^53.
import { HASH_BYTES, nodeHash } from '../model/merkle.ts';

export interface Inclusion {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export function verifyInclusion({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || ![leaf, root, ...proof].every(isHash)) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const node of proof) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      hash = nodeHash(node, hash);
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      hash = nodeHash(hash, node);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && isEqual(hash, root);
}

export interface Consistency {
  readonly first: number;
  readonly second: number;
  readonly firstRoot: Uint8Array;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** An empty first tree is refused: it is a beginning of every log and proves nothing. */
export function verifyConsistency({ first, second, firstRoot, secondRoot, proof }: Consistency): boolean {
  if (!isCount(first) || !isCount(second) || first === 0 || first > second || !proof.every(isHash)) return false;
  if (first === second) return proof.length === 0 && isEqual(firstRoot, secondRoot);
  // A first tree that is a complete subtree stands for itself; its root isn't repeated in the proof.
  const path = isPowerOfTwo(first) ? [firstRoot, ...proof] : proof;
  const [start] = path;
  if (proof.length === 0 || start === undefined) return false;
  let position = first - 1;
  let last = second - 1;
  while (isOdd(position)) [position, last] = [half(position), half(last)];
  let old = start;
  let now = start;
  for (const node of path.slice(1)) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      old = nodeHash(node, old);
      now = nodeHash(node, now);
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      now = nodeHash(now, node);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && isEqual(old, firstRoot) && isEqual(now, secondRoot);
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}

function isOdd(n: number): boolean {
  return n % 2 === 1;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  let power = 1;
  while (power < n) power *= 2;
  return power === n;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
