import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { takePipe, type Pipe } from './sandbox-pipe.ts';

test('runs that begin while pipes are just being made each get one of their own', async (t) => {
  for (let round = 0; round < 5; round++) {
    const folder = mkdtempSync(join(tmpdir(), 'pwb-pipes-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const taken: Promise<Pipe>[] = [];
    const now = { made: false };
    const first = takePipe(folder).finally(() => (now.made = true));
    for (; !now.made; await new Promise((resolve) => setImmediate(resolve))) if (taken.length < 40) taken.push(takePipe(folder));
    const pipes = await Promise.all([first, ...taken]);
    assert.equal(new Set(pipes.map(({ readEnd }) => fstatSync(readEnd).ino)).size, pipes.length);
    for (const { readEnd, writeEnd } of pipes) for (const end of [readEnd, writeEnd]) closeSync(end);
  }
});
