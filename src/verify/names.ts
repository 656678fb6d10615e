// The payloads that events name, in the order in which they first do: digest, size, where, and whether the bytes
// were seen. A table of about 60 bytes a payload, so that a million of them fit in memory.
import { randomBytes } from 'node:crypto';

export type State = 'named' | 'present' | 'erased';
const STATES: readonly State[] = ['named', 'present', 'erased'];
const WORDS = 8;

export class NamedPayloads {
  readonly #bytes = Buffer.alloc(32);
  readonly #probe = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, WORDS);
  #digests = new Uint32Array(1024 * WORDS);
  #seqs = new Uint32Array(1024);
  #sizes = new Float64Array(1024);
  #states = new Uint8Array(1024);
  /** Entry + 1 by hash; 0 is free. Twice as many as entries at least. */
  #slots = new Uint32Array(4096);
  #count = 0;
  /** Drawn anew each time, so that nobody can write digests that all want one slot. */
  readonly #seeds = new Uint32Array(Uint8Array.from(randomBytes(4 * WORDS)).buffer).map((seed) => seed | 1);

  get count(): number {
    return this.#count;
  }

  /** The entry of a digest (64 hexadecimal digits), or -1. */
  find(digest: string): number {
    this.#bytes.write(digest, 'hex');
    const slot = this.#slot();
    return (this.#slots[slot] ?? 0) - 1;
  }

  /** Adds what `find` didn't find; must follow it. */
  addProbed(seq: number, size: number): void {
    if (this.#count === this.#seqs.length) this.#grow();
    const entry = this.#count;
    this.#digests.set(this.#probe, entry * WORDS);
    this.#seqs[entry] = seq;
    this.#sizes[entry] = size;
    this.#count += 1;
    this.#slots[this.#slot()] = entry + 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
  }

  digest(entry: number): string {
    const words = this.#digests.subarray(entry * WORDS, (entry + 1) * WORDS);
    return Buffer.from(words.buffer, words.byteOffset, 32).toString('hex');
  }

  seq(entry: number): number {
    return this.#seqs[entry] ?? -1;
  }

  size(entry: number): number {
    return this.#sizes[entry] ?? -1;
  }

  state(entry: number): State {
    return STATES[this.#states[entry] ?? 0] ?? 'named';
  }

  mark(entry: number, state: State): void {
    this.#states[entry] = STATES.indexOf(state);
  }

  /** The slot of the probed digest: taken by it, or free. */
  #slot(): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#home(this.#probe, 0) & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry === -1 || this.#isProbe(entry)) return slot;
    }
  }

  /** Multilinear hashing: two digests collide no more often than by chance, whoever chose them. */
  #home(words: Uint32Array, at: number): number {
    let sum = 0;
    for (let word = 0; word < WORDS; word += 1) sum = (sum + Math.imul(words[at + word] ?? 0, this.#seeds[word] ?? 1)) | 0;
    // The high bits of the sum are the good ones.
    return Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d) >>> 4;
  }

  #isProbe(entry: number): boolean {
    for (let word = 0; word < WORDS; word += 1) if (this.#digests[entry * WORDS + word] !== this.#probe[word]) return false;
    return true;
  }

  #grow(): void {
    const length = this.#seqs.length * 2;
    const [digests, seqs, sizes, states] = [new Uint32Array(length * WORDS), new Uint32Array(length), new Float64Array(length), new Uint8Array(length)];
    digests.set(this.#digests);
    seqs.set(this.#seqs);
    sizes.set(this.#sizes);
    states.set(this.#states);
    [this.#digests, this.#seqs, this.#sizes, this.#states] = [digests, seqs, sizes, states];
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#count; entry += 1) {
      let slot = this.#home(this.#digests, entry * WORDS) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}
