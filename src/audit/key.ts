// The key of the log: Ed25519, PKCS #8 in PEM, in log.key (0600) of the state folder. It never leaves this room.
// A log whose key is missing or another's is not opened, and no new key is made for it silently.
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { writeDurably } from '../storage/durable.ts';
import { checkPrivateFile } from '../storage/home.ts';
import { storageFault } from '../storage/storage-fault.ts';
import { checkpointBody, noteKeyId, signNote, verifierKey } from './checkpoint.ts';

export interface LogKey {
  /** Names log and key: `proworkbench/` and ten characters drawn from the key, so that a new key is a new name. */
  readonly origin: string;
  readonly vkey: string;
  /** The signed checkpoint of a tree. */
  sign(size: number, root: Uint8Array): string;
}

const FILE = 'log.key';
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Null when there is no key file. Throws `log.key-*` for one that can't be used. */
export function loadKey(state: string): LogKey | null {
  const path = join(state, FILE);
  let pem: Buffer;
  try {
    checkPrivateFile(path);
    pem = readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw storageFault(error, path);
  }
  try {
    return logKey(createPrivateKey(pem));
  } catch (error) {
    throw new Fault('log.key-broken', `${path} is not an Ed25519 private key: ${wordsOf(error)}`, 'restore log.key from a backup', { cause: error });
  } finally {
    pem.fill(0);
  }
}

/** Makes the key of a new log, durable before the first event says its name. Crash in between: the next start uses it. */
export function makeKey(state: string): LogKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const path = join(state, FILE);
  try {
    writeDurably(path, `${path}.new-${process.pid}`, [Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))]);
  } catch (error) {
    throw storageFault(error, path);
  }
  return logKey(privateKey);
}

function logKey(key: KeyObject): LogKey {
  if (key.asymmetricKeyType !== 'ed25519') throw new Fault('log.key-broken', 'it is of another kind');
  // As JWK (RFC 8037) the key comes bare, and a millisecond sooner than by way of DER.
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  const origin = `proworkbench/${[...hash('sha256', publicKey, 'buffer').subarray(0, 10)].map((byte) => ALPHABET[byte & 31]).join('')}`;
  const keyId = noteKeyId(origin, publicKey);
  return { origin, vkey: verifierKey(origin, publicKey), sign: (size, root) => signNote(checkpointBody(origin, size, root), origin, keyId, key) };
}
