import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { newSalt, saltedDigest, sha256 } from '../model/digest.ts';
import { freshFolder } from '../../vectors/log/open.ts';
import { Blobs } from './blobs.ts';

test('a blob is one private file whose own SHA-256 is its name', async (t) => {
  const state = freshFolder(t);
  const blobs = new Blobs(state);
  const [salt, bytes] = [newSalt(), Buffer.alloc(200_000, 'x')];
  const digest = saltedDigest(salt, bytes);
  await blobs.stage(digest, salt, bytes);
  blobs.place(digest);
  const path = join(state, 'blobs', digest.slice(0, 2), digest);
  assert.equal(sha256(readFileSync(path)), digest);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual([...blobs.list()], [digest]);
  blobs.close();
  assert.deepEqual(readdirSync(join(state, 'blobs')), [digest.slice(0, 2)]);
});

test('an erased blob is overwritten before it goes, and erasing it again is harmless', async (t) => {
  const state = freshFolder(t);
  const blobs = new Blobs(state);
  const [salt, bytes] = [newSalt(), Buffer.alloc(3_000_000, 'secret ')];
  const digest = saltedDigest(salt, bytes);
  await blobs.stage(digest, salt, bytes);
  blobs.place(digest);
  blobs.erase(digest);
  blobs.erase(digest);
  assert.equal(blobs.read(digest), null);
  blobs.close();
});

test('what a process that is gone had staged is swept; what a living one staged is not', async (t) => {
  const state = freshFolder(t);
  const dead = join(state, 'blobs', 'new-4194304-1');
  mkdirSync(dead, { recursive: true });
  writeFileSync(join(dead, 'f'.repeat(64)), 'left by a crash');
  const living = new Blobs(state);
  const [salt, bytes] = [newSalt(), Buffer.alloc(70_000)];
  await living.stage(saltedDigest(salt, bytes), salt, bytes);
  new Blobs(state).sweep();
  assert.equal(existsSync(dead), false);
  assert.deepEqual(living.read(saltedDigest(salt, bytes))?.subarray(32), bytes);
  living.close();
});

test('a blob can not be asked for by anything but a digest', (t) => {
  const blobs = new Blobs(freshFolder(t));
  for (const name of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`]) assert.throws(() => blobs.read(name), TypeError);
});
