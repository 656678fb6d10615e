// Identifiers: ten characters of Crockford's base 32 in lower case (50 random bits). A closed alphabet,
// so an id can never be a path, an option or markup.
import { randomBytes } from 'node:crypto';

export type Id = string;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const FULL = /^[0-9a-hjkmnp-tv-z]{10}$/;
const PREFIX = /^[0-9a-hjkmnp-tv-z]{3,10}$/;

export function newId(): Id {
  let id = '';
  for (const byte of randomBytes(10)) id += ALPHABET[byte & 31];
  return id;
}

export function isId(text: unknown): text is Id {
  return typeof text === 'string' && FULL.test(text);
}

/** Three or more leading characters name an id at the command line, as long as they are unique. */
export function isIdPrefix(text: string): boolean {
  return PREFIX.test(text);
}
