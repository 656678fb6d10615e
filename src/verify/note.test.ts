import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { checkpointBody, noteKeyId, openCheckpoint, signNote, verifierKey } from '../audit/checkpoint.ts';
import { parseCheckpoint, parseVerifierKey } from './note.ts';

const { notes, keys } = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/log/notes.json'), 'utf8')) as {
  keys: { vkey: string; ok: boolean; why: string }[];
  notes: { vkey: string; note: string; is: 'malformed' | 'yes' | 'foreign-key' | 'bad-signature'; why: string }[];
};

test('verifier keys are told from what only looks like one', () => {
  for (const { vkey, ok, why } of keys) assert.equal(parseVerifierKey(vkey) !== null, ok, why);
});

test('signed checkpoints are judged as the vectors say, by the verifier and by the log', () => {
  for (const { vkey, note, is, why } of notes) {
    const key = parseVerifierKey(vkey);
    assert.ok(key, why);
    assert.equal(parseCheckpoint(Buffer.from(note), key)?.signed ?? 'malformed', is, why);
    assert.equal(openCheckpoint(note, vkey) !== null, is === 'yes', why);
  }
});

test('what the log signs the verifier accepts, for every size of tree', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const key = parseVerifierKey(verifierKey('example.org/log', raw));
  assert.ok(key);
  for (const size of [0, 1, 999_999, 2 ** 40]) {
    const note = signNote(checkpointBody('example.org/log', size, Buffer.alloc(32, 7)), 'example.org/log', noteKeyId('example.org/log', raw), privateKey);
    const checkpoint = parseCheckpoint(Buffer.from(note), key);
    assert.equal(checkpoint?.signed, 'yes');
    assert.equal(checkpoint.size, size);
  }
});
