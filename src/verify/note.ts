// Reads a signed checkpoint: C2SP tlog-checkpoint inside a C2SP signed-note, Ed25519. Refuses everything that a
// second reader could understand otherwise.
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';

export interface VerifierKey {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes, one character each. */
  readonly root: string;
  readonly signed: 'yes' | 'foreign-key' | 'bad-signature';
}

const ED25519 = 1;
const VKEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{44})$/;
const NOTE = /^([^\n]+)\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*\n((?:\u2014 [^\s+]+ [A-Za-z0-9+/=]+\n)+)$/;

/** `<name>+<key id>+<base64(0x01 ‖ key)>`; null when it isn't one, or when its parts don't fit each other. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const match = VKEY.exec(text.trim());
  if (match === null) return null;
  const [, name = '', id = '', base64 = ''] = match;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== 33 || bytes[0] !== ED25519) return null;
  const expected = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), bytes]), 'buffer').subarray(0, 4);
  if (expected.toString('hex') !== id) return null;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') }, format: 'jwk' });
  return { name, id: expected, key };
}

/** Null: it isn't a checkpoint in the form that the specification asks for. */
export function parseCheckpoint(bytes: Uint8Array, key: VerifierKey): Checkpoint | null {
  const text = Buffer.from(bytes).toString('utf8');
  const match = NOTE.exec(text);
  if (match === null || !Buffer.from(text).equals(bytes)) return null;
  const [, origin = '', size = '', root = '', signatures = ''] = match;
  const raw = Buffer.from(root, 'base64');
  if (raw.length !== 32 || raw.toString('base64') !== root) return null;
  const body = Buffer.from(text.slice(0, text.length - signatures.length - 1));
  const lines = signatures.split('\n').filter((line) => line !== '');
  if (!lines.every(isCanonical)) return null;
  return { origin, size: Number(size), root: raw.toString('latin1'), signed: origin === key.name ? signedBy(body, lines, key) : 'foreign-key' };
}

/** Signatures of other keys are passed over, as the specification says; one of ours must be there and right. */
function signedBy(body: Buffer, lines: readonly string[], { name, id, key }: VerifierKey): Checkpoint['signed'] {
  const ours = lines
    .filter((line) => line.startsWith(`\u2014 ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), 'base64'))
    .filter((bytes) => bytes.subarray(0, 4).equals(id));
  if (ours.length === 0) return 'foreign-key';
  return ours.every((bytes) => bytes.length === 68 && verify(null, body, key, bytes.subarray(4))) ? 'yes' : 'bad-signature';
}

/** One signature has one text. */
function isCanonical(line: string): boolean {
  const base64 = line.slice(line.lastIndexOf(' ') + 1);
  return Buffer.from(base64, 'base64').toString('base64') === base64;
}
