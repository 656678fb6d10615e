// Signed checkpoints: a C2SP tlog-checkpoint (origin, size, root) inside a C2SP signed-note with Ed25519.
// Whoever keeps one outside of this machine can later prove that nothing up to it was changed.
import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

/** Signature type of Ed25519 in https://c2sp.org/signed-note. */
const ED25519 = 0x01;

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
export function noteKeyId(name: string, publicKey: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]), 'buffer').subarray(0, 4);
}

/** The verifier key as people pass it on: `<name>+<key id in hex>+<base64(0x01 ‖ public key)>`. */
export function verifierKey(name: string, publicKey: Uint8Array): string {
  return `${name}+${noteKeyId(name, publicKey).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')}`;
}

/** The text that is signed, by https://c2sp.org/tlog-checkpoint. */
export function checkpointBody(origin: string, size: number, root: Uint8Array): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The whole note: body, blank line, one signature line. */
export function signNote(body: string, name: string, keyId: Uint8Array, key: KeyObject): string {
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(body), key)]).toString('base64');
  return `${body}\n— ${name} ${signature}\n`;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly root: string;
}

const NOTE = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*\n((?:\u2014 [^\n]+\n)+)$/;

/** What a note says when the verifier key signed it; null when it didn't, or when it is no checkpoint. */
export function openCheckpoint(note: string, vkey: string): Checkpoint | null {
  const match = NOTE.exec(note);
  const [name = '', id = ''] = vkey.split('+', 2);
  if (match === null) return null;
  const [, origin = '', size = '', root = '', signatures = ''] = match;
  const publicKey = Buffer.from(vkey.slice(name.length + id.length + 2), 'base64').subarray(1);
  const body = Buffer.from(note.slice(0, note.length - signatures.length - 1));
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') }, format: 'jwk' });
  const isSigned = signatures.split('\n').some((line) => {
    if (!line.startsWith(`\u2014 ${name} `)) return false;
    const bytes = Buffer.from(line.slice(name.length + 3), 'base64');
    return bytes.subarray(0, 4).equals(noteKeyId(name, publicKey)) && verify(null, body, key, bytes.subarray(4));
  });
  return isSigned && origin === name ? { origin, size: Number(size), root: Buffer.from(root, 'base64').toString('hex') } : null;
}
