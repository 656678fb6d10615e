// Digests. Everything that may have to be erased one day is committed to by a *salted* digest, so that
// once salt and bytes are gone, nobody can confirm a guess at what they were.
import { hash, randomBytes } from 'node:crypto';

/** 64 lower-case hexadecimal digits of a SHA-256. */
export type Digest = string;

export const SALT_BYTES = 32;

/** SHA-256 (FIPS 180-4) of bytes, in hexadecimal. */
export function sha256(bytes: Uint8Array | string): Digest {
  return hash('sha256', bytes, 'hex');
}

export function newSalt(): Uint8Array {
  return randomBytes(SALT_BYTES);
}

/** The commitment to erasable bytes: SHA-256(salt ‖ bytes), the salt being exactly 32 random bytes. */
export function saltedDigest(salt: Uint8Array, bytes: Uint8Array): Digest {
  return hash('sha256', Buffer.concat([salt, bytes]), 'hex');
}

const DIGEST = /^[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Binds an ordered list of digests one by one: next = SHA-256(previous ‖ digest), over the raw 32 bytes each; starts at 32 zero bytes. */
export function contextChain(previous: Digest | null, next: Digest): Digest {
  const start = previous === null ? new Uint8Array(32) : Buffer.from(previous, 'hex');
  return hash('sha256', Buffer.concat([start, Buffer.from(next, 'hex')]), 'hex');
}
