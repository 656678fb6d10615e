// The tree as a verifier builds it: leaf by leaf, holding only the complete subtrees (RFC 9162 §2.1.2). Hashes are
// strings of 32 characters, one a byte: quicker to hold and compare than buffers.
import { hash } from 'node:crypto';

export type Raw = string;

const EMPTY: Raw = hash('sha256', '', 'binary');
const scratch = Buffer.alloc(65, 1);

export class TreeBuilder {
  readonly #complete: Raw[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param leaf the hash of a leaf. */
  add(leaf: Raw): void {
    let node = leaf;
    this.#size += 1;
    for (let span = 2; this.#size % span === 0; span *= 2) node = joined(this.#complete.pop() ?? EMPTY, node);
    this.#complete.push(node);
  }

  root(): Raw {
    const last = this.#complete.at(-1);
    if (last === undefined) return EMPTY;
    return this.#complete.slice(0, -1).reduceRight((right, left) => joined(left, right), last);
  }
}

/** SHA-256(0x01 ‖ left ‖ right). */
function joined(left: Raw, right: Raw): Raw {
  scratch.write(left, 1, 'latin1');
  scratch.write(right, 33, 'latin1');
  return hash('sha256', scratch, 'binary');
}

export function hexOf(raw: Raw): string {
  return Buffer.from(raw, 'latin1').toString('hex');
}
