import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { newId } from '../model/id.ts';
import { saltedDigest } from '../model/digest.ts';
import { freshFolder, freshLog, life } from '../../vectors/log/open.ts';
import { exportLog } from './export.ts';

test('an export holds every event, leaf and payload, for its owner only, and says how to check it', async (t) => {
  const log = await freshLog(t);
  await log.commit((tx) => life(tx, newId(), 1, 'x'.repeat(100_000)));
  const dir = join(freshFolder(t), 'bundle');
  const exported = await exportLog(log, dir);
  assert.deepEqual({ ...exported, dir: '' }, { dir: '', events: 6, payloads: 4, blobs: 1, erased: 0 });
  assert.deepEqual(readdirSync(dir).toSorted(), ['README.txt', 'blobs', 'checkpoint', 'events.jsonl', 'leaves', 'payloads.jsonl']);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) assert.equal(statSync(join(dir, name)).mode & 0o077, 0, name);
  const lines = readFileSync(join(dir, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(lines, log.store.db.prepare('SELECT leaf FROM events ORDER BY seq').all().map(({ leaf }) => leaf));
  assert.equal(readFileSync(join(dir, 'checkpoint'), 'utf8'), log.head().checkpoint);
  assert.equal(statSync(join(dir, 'leaves')).size, 6 * 32);
  for (const line of readFileSync(join(dir, 'payloads.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { data, digest, salt } = JSON.parse(line) as { data: string; digest: string; salt: string };
    assert.equal(saltedDigest(Buffer.from(salt, 'base64'), Buffer.from(data, 'base64')), digest);
  }
  for (const name of readdirSync(join(dir, 'blobs'))) assert.equal(createHash('sha256').update(readFileSync(join(dir, 'blobs', name))).digest('hex'), name);
  assert.match(readFileSync(join(dir, 'README.txt'), 'utf8'), /must NOT come from this folder/);
});

test('a folder that holds anything is not written to, nor is a file taken for a folder', async (t) => {
  const log = await freshLog(t);
  const folder = freshFolder(t);
  const full = join(folder, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), 'keep');
  await assert.rejects(exportLog(log, full), { code: 'export.not-empty' });
  assert.deepEqual(readdirSync(full), ['mine']);
  await assert.rejects(exportLog(log, join(full, 'mine')), { code: 'export.not-a-folder' });
});

test('what is appended while an export runs is not half in it', async (t) => {
  const log = await freshLog(t);
  const session = newId();
  await log.commit((tx) => {
    for (let turn = 0; turn < 2000; turn += 1) life(tx, session, turn);
  });
  const dir = join(freshFolder(t), 'bundle');
  const running = exportLog(log, dir);
  for (let turn = 0; turn < 5; turn += 1) await log.commit((tx) => life(tx, session, turn));
  const { events } = await running;
  assert.equal(events, 10_001);
  assert.equal(statSync(join(dir, 'leaves')).size, events * 32);
  assert.equal(readFileSync(join(dir, 'events.jsonl'), 'utf8').trimEnd().split('\n').length, events);
});

test('an export of a log whose large payload was lost says so instead of leaving it out', async (t) => {
  const log = await freshLog(t);
  await log.commit((tx) => life(tx, newId(), 1, 'x'.repeat(100_000)));
  const [digest = ''] = [...log.store.blobs.list()];
  rmSync(log.store.blobs.pathOf(digest));
  await assert.rejects(exportLog(log, join(freshFolder(t), 'bundle')), { code: 'log.payload-missing' });
});
