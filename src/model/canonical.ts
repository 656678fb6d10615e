// Canonical JSON bytes (RFC 8785), so that one value has one digest. Refuses what the RFC leaves to
// taste: numbers are safe integers only, strings must be well-formed Unicode, no undefined, no cycles.
import { Fault } from './fault.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const DEPTH = 64;

/** Canonical text of a JSON value. Throws `canonical.value` for anything that RFC 8785 or this house refuses. */
export function canonicalText(value: Json): string {
  return write(value, 0);
}

/** Canonical UTF-8 bytes of a JSON value (RFC 8785). Throws `canonical.value`. */
export function canonicalBytes(value: Json): Uint8Array {
  return encoder.encode(canonicalText(value));
}

/**
 * Parse bytes that must already be canonical: parsing and writing again gives the same bytes.
 * So duplicate keys, spare white space, other key orders and invalid UTF-8 are all refused. Throws `canonical.bytes`.
 */
export function parseCanonical(bytes: Uint8Array): Json {
  let text: string;
  let value: Json;
  try {
    text = strict.decode(bytes);
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new Fault('canonical.bytes', 'the bytes are not JSON in UTF-8', undefined, { cause: error });
  }
  if (canonicalText(value) !== text) throw new Fault('canonical.bytes', 'the bytes are JSON but not canonical (RFC 8785)');
  return value;
}

function write(value: Json, depth: number): string {
  if (depth > DEPTH) throw new Fault('canonical.value', `a value is nested deeper than ${DEPTH} levels`);
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new Fault('canonical.value', 'a string holds half of a surrogate pair');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isSafeInteger(value)) throw new Fault('canonical.value', `the number ${value} is not a safe integer`);
      return Object.is(value, -0) ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeComposite(value, depth);
    default:
      throw new Fault('canonical.value', `a ${typeof value} has no JSON form`);
  }
}

function writeComposite(value: readonly Json[] | { readonly [key: string]: Json }, depth: number): string {
  if (isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`;
  // RFC 8785 sorts keys by UTF-16 code units, which is what the default sort of strings does.
  const parts: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const item = value[key];
    if (item !== undefined) parts.push(`${write(key, depth + 1)}:${write(item, depth + 1)}`);
  }
  return `{${parts.join(',')}}`;
}

function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
