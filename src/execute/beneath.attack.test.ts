// THREATS 17 and 18: another process swaps a folder for a link out of the workspace, as fast as it can, while we
// read and write through that folder. Observed from outside: nothing out there is ever read or changed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MEANS } from './beneath-folder.ts';
import { applyWrite, Drifted, previewWrite, readFiles, Refused } from './files.ts';

const SWAPPER = `
  const { renameSync, rmSync, symlinkSync, unlinkSync } = require('node:fs');
  const [, outside, folder, away] = process.argv;
  // A write may have made the missing folder anew: that one is taken out of the way.
  const clear = (swap) => { for (;;) try { return swap(); } catch { try { rmSync(folder, { recursive: true, force: true }); } catch {} } };
  process.stdout.write('ready');
  for (let swaps = 0; ; swaps += 1) {
    renameSync(folder, away);
    clear(() => symlinkSync(outside, folder));
    unlinkSync(folder);
    clear(() => renameSync(away, folder));
    if (swaps % 64 === 0 && process.ppid !== ${process.pid}) process.exit();
  }
`;

const ROUNDS = 2000;

async function swapping(root: string, outside: string, folder: string, work: () => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, ['-e', SWAPPER, outside, join(root, folder), join(root, `${folder}-away`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await work();
    assert.equal(child.exitCode, null, 'the attacker was still at it');
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}

/** Where syncing costs nothing, so that there are more rounds in a second. */
function memory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** Refusals are fine, and so is a drift; anything else is a fault of ours. */
function polite(error: unknown): void {
  if (!(error instanceof Refused) && !(error instanceof Drifted)) throw error;
}

test(`a folder that is swapped for a link while we read and write ${ROUNDS} times leads nowhere outside`, { skip: MEANS !== 'descriptors' && 'needs /proc' }, async () => {
  const base = realpathSync(mkdtempSync(join(memory(), 'race-')));
  const [root, outside] = [join(base, 'root'), join(base, 'outside')];
  mkdirSync(join(root, 'swap/inner'), { recursive: true });
  mkdirSync(join(outside, 'inner'), { recursive: true });
  for (const [folder, word] of [[join(root, 'swap'), 'inside'], [outside, 'OUTSIDE']] as const) {
    for (const name of ['a.txt', 'inner/b.txt', 'w.txt', 'd.txt']) writeFileSync(join(folder, name), word);
  }
  const place = { workspace: 'w0000000ws', root };
  let [read, wrote] = [0, 0];
  try {
    await swapping(root, outside, 'swap', async () => {
      for (let i = 0; i < ROUNDS; i += 1) {
        for (const action of [{ op: 'read', path: i % 2 === 0 ? 'swap/a.txt' : 'swap/inner/b.txt', from: 1, to: 0 }, { op: 'list', path: 'swap', depth: 2 }] as const) {
          try {
            const { text } = await readFiles({ kind: 'read', ...place, ...action });
            assert.ok(!text.includes('OUTSIDE'), text);
            read += 1;
          } catch (error) {
            polite(error);
          }
        }
        const writes = [{ op: 'write', path: 'swap/w.txt', content: `text ${i}` }, { op: 'mkdir', path: `swap/m${i % 3}` }, { op: 'delete', path: `swap/m${i % 3}` }, { op: 'move', path: 'swap/d.txt', to: 'swap/e.txt' }, { op: 'move', path: 'swap/e.txt', to: 'swap/d.txt' }] as const;
        const write = { kind: 'write', ...place, ...(writes[i % writes.length] ?? writes[0]) } as const;
        try {
          await applyWrite(write, await previewWrite(write));
          wrote += 1;
        } catch (error) {
          polite(error);
        }
      }
    });
    assert.ok(read > 0 && wrote > 0, `something must get through: ${read} reads, ${wrote} writes`);
    assert.deepEqual(readdirSync(outside).toSorted(), ['a.txt', 'd.txt', 'inner', 'w.txt']);
    assert.deepEqual(readdirSync(join(outside, 'inner')), ['b.txt']);
    for (const name of ['a.txt', 'inner/b.txt', 'w.txt', 'd.txt']) assert.equal(readFileSync(join(outside, name), 'utf8'), 'OUTSIDE');
  } finally {
    rmSync(base, { recursive: true });
  }
});
