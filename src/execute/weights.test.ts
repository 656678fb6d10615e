// Pinned weights: what is loaded is what was added, byte for byte.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import { openPinned, weightsDigest, type DigestOptions } from './weights.ts';

let folder = '';
let file = '';
let options: DigestOptions & { readonly hashed: () => number };
const has = (code: string) => (error: unknown) => error instanceof Fault && error.code === code;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pwb-weights-'));
  file = join(folder, 'model.gguf');
  let parts = 0;
  options = { memory: join(folder, 'state', 'digests.json'), signal: new AbortController().signal, onProgress: () => void parts++, hashed: () => parts };
  await writeFile(file, 'weights');
});
after(() => rm(folder, { recursive: true, force: true }));

test('a large file is hashed once and known from then on', async () => {
  assert.equal(await weightsDigest(file, options), sha256('weights'));
  const parts = options.hashed();
  assert.equal(await weightsDigest(file, options), sha256('weights'));
  await (await openPinned(file, sha256('weights'), options)).close();
  assert.equal(options.hashed(), parts, 'it was hashed again');
  assert.equal((await stat(options.memory)).mode & 0o777, 0o600);
});

test('weights that were replaced are refused, also with the same size and time', async () => {
  const { atime, mtime } = await stat(file);
  await writeFile(file, 'Weights');
  await utimes(file, atime, mtime);
  await assert.rejects(openPinned(file, sha256('weights'), options), has('weights.changed'));
  await writeFile(file, 'weights');
  await (await openPinned(file, sha256('weights'), options)).close();
});

test('a file that is swapped after the check is not the one that is used', async () => {
  const open = await openPinned(file, sha256('weights'), options);
  await writeFile(join(folder, 'evil'), 'evil...');
  await rename(join(folder, 'evil'), file);
  assert.equal(await open.readFile('utf8'), 'weights');
  await open.close();
  await assert.rejects(openPinned(file, sha256('weights'), options), has('weights.changed'));
});

test('a broken memory of digests costs a hash and nothing else', async () => {
  await writeFile(file, 'weights');
  for (const broken of ['', '{', '[]', '{"a":"b"}']) {
    await writeFile(options.memory, broken);
    assert.equal(await weightsDigest(file, options), sha256('weights'));
    assert.ok((await readFile(options.memory, 'utf8')).includes(sha256('weights')));
  }
});

test('a missing file and a folder are faults with words, and a cancel ends the hashing', async () => {
  await assert.rejects(weightsDigest(join(folder, 'nothing'), options), has('weights.unreadable'));
  await assert.rejects(weightsDigest(folder, options), has('weights.unreadable'));
  await rm(options.memory);
  await assert.rejects(weightsDigest(file, { ...options, signal: AbortSignal.abort() }));
});
