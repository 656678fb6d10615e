import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, afterEach, test } from 'node:test';
import { startTogether } from '../../vectors/draft/processes.ts';
import { sweepTaking, withDraftLock } from './draft-lock.ts';
import { fastFolder } from '../../vectors/fast.ts';

let top: string;
let folder: string;
beforeEach(() => {
  top = mkdtempSync(join(fastFolder(), 'pwb-draft-lock-'));
  folder = join(top, 'draft');
  mkdirSync(folder);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

test('who waits too long for another process is told which, and nothing of the wait is left', async () => {
  const holder = startTogether({ does: 'hold', folder });
  try {
    await holder.heard(1);
    await assert.rejects(withDraftLock(folder, async () => assert.fail('both are in'), 20), { code: 'draft.busy', message: /^process \d+ / });
    assert.deepEqual(readdirSync(folder), ['lock']);
  } finally {
    holder.kill();
    await holder.ended;
  }
});

test('the lock of a process that was killed is taken over at once, and let go after a failure', async () => {
  const holder = startTogether({ does: 'hold', folder });
  await holder.heard(1);
  const waiting = withDraftLock(folder, async () => 'in');
  holder.kill();
  assert.equal(await waiting, 'in');
  await holder.ended;
  await assert.rejects(withDraftLock(folder, () => Promise.reject(new Error('no'))), /no/);
  assert.equal(await withDraftLock(folder, async () => 'in', 0), 'in');
  assert.deepEqual(readdirSync(folder), []);
});

test('processes that count in one file, some killed while at it, lose no count', async () => {
  const file = join(top, 'count');
  writeFileSync(file, '0');
  const killed = [1, 2, 3].map(() => startTogether({ does: 'count', folder, file, count: 100_000 }));
  const others = [1, 2].map(() => startTogether({ does: 'count', folder, file, count: 60 }));
  for (const one of killed) {
    await one.heard(20);
    one.kill();
    await one.ended;
  }
  for (const one of others) assert.deepEqual(await one.ended, { code: 0, complaint: '' });
  const said = [...killed, ...others].reduce((sum, one) => sum + one.said.length, 0);
  const counted = Number(readFileSync(file, 'utf8'));
  // Killed between the count and the word, one may have counted once more.
  assert.ok(counted >= said && counted <= said + killed.length, `${counted} for ${said}`);
});

test('what a waiter left that was killed is swept, and what a living one has is not', () => {
  mkdirSync(join(folder, 'taking-4194304999-1-0123456789abcdef'));
  const living = `taking-${process.pid}-${readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19] ?? ''}-0123456789abcdef`;
  mkdirSync(join(folder, living));
  sweepTaking(folder);
  assert.deepEqual(readdirSync(folder), [living]);
});

test('a draft’s folder that can’t be locked is said to be so', async () => {
  await assert.rejects(withDraftLock(join(top, 'none'), async () => undefined), { code: 'draft.folder' });
});
