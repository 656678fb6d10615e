// The log under abuse for minutes: processes killed at any moment while several append, and thousands of changes to
// an export, each of which must be found.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { verifyBundle } from '../src/verify/bundle.ts';
import { parseVerifierKey } from '../src/verify/note.ts';
import { freshFolder, openAt } from '../vectors/log/open.ts';

const VECTORS = join(import.meta.dirname, '../vectors/log');

test('200 kills at random moments while two processes append: no acknowledged event is lost and every opening is sound', async (t) => {
  const state = join(freshFolder(t), 'state');
  const acknowledged = new Set<number>();
  const appender = () => {
    const child = spawn(process.execPath, [join(VECTORS, 'appender.ts'), state, '1000000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      assert.equal(acknowledged.has(Number(line)), false, `event ${line} was acknowledged twice`);
      acknowledged.add(Number(line));
    });
    return { child, ended: Promise.all([once(child, 'exit'), once(lines, 'close')]) };
  };
  for (let round = 0; round < 100; round += 1) {
    const pair = [appender(), appender()];
    for (const { child, ended } of pair) {
      await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 250));
      child.kill('SIGKILL');
      await ended;
    }
    if (round % 20 !== 19) continue;
    const log = await openAt(t, state);
    assert.deepEqual((await log.verify()).problems, []);
    assert.equal(log.size() > Math.max(0, ...acknowledged), true);
    await log.close();
  }
  const log = await openAt(t, state);
  for (const seq of acknowledged) assert.equal(log.events({ after: seq - 1, limit: 1 })[0]?.seq, seq);
  assert.equal(acknowledged.size > 1000, true);
});

test('a bit flipped in any single byte of a bundle is found', async (t) => {
  const dir = join(freshFolder(t), 'bundle');
  cpSync(join(VECTORS, 'bundle'), dir, { recursive: true });
  rmSync(join(dir, 'README.txt'));
  const vkey = readFileSync(join(VECTORS, 'vkey'), 'utf8').trim();
  const key = parseVerifierKey(vkey) ?? assert.fail('no key');
  for (const name of ['events.jsonl', 'payloads.jsonl', 'leaves', 'checkpoint']) {
    const path = join(dir, name);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 1) {
      const copy = Buffer.from(bytes);
      const bit = Math.floor(Math.random() * 8);
      copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      writeFileSync(path, copy);
      assert.equal((await verifyBundle(dir, { key, vkey })).ok, false, `bit ${bit} of byte ${at} of ${name}`);
    }
    writeFileSync(path, bytes);
  }
  assert.equal((await verifyBundle(dir, { key, vkey })).ok, true);
});
