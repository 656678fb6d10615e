// THREATS 10, 17 and 18: another process swaps a folder for a link out of the workspace, as fast as it can, while we
// land and undo through that folder. Observed from outside: nothing out there is ever read, changed or taken.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sweep } from '../../vectors/commit/world.ts';
import { fastFolder } from '../../vectors/fast.ts';
import { sha256 } from '../model/digest.ts';
import { EMPTY_SHA256, type Change } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { MEANS } from './beneath-folder.ts';
import { land, recoverLandings, undo } from './commit.ts';
import { Drifted, Refused } from './files-refused.ts';

const SWAPPER = `
  const { renameSync, rmSync, symlinkSync, unlinkSync } = require('node:fs');
  const [, outside, folder, away] = process.argv;
  const clear = (swap) => { for (;;) try { return swap(); } catch { try { rmSync(folder, { recursive: true, force: true }); } catch {} } };
  process.stdout.write('ready');
  for (let swaps = 0; ; swaps += 1) {
    try { renameSync(folder, away); } catch { continue; }
    clear(() => symlinkSync(outside, folder));
    if (swaps % 3 === 0) for (let i = 0; i < 20000; i += 1);
    unlinkSync(folder);
    clear(() => renameSync(away, folder));
    for (let i = 0; i < 200000; i += 1);
    if (swaps % 64 === 0 && process.ppid !== ${process.pid}) process.exit();
  }
`;
const ROUNDS = 150;
/** On a busy machine it may take longer until each has happened. */
const MOST = 5000;

test(`a folder that is swapped for a link while we land and undo ${ROUNDS} times leads nowhere outside`, { skip: MEANS !== 'descriptors' && 'needs /proc' }, async () => {
  const base = realpathSync(mkdtempSync(join(fastFolder(), 'commit-race-')));
  const [root, outside, source] = [join(base, 'root'), join(base, 'outside'), join(base, 'source')];
  const places = { journal: join(base, 'state/journal'), undo: join(base, 'state/undo') };
  for (const folder of [join(root, 'swap/inner'), join(outside, 'inner'), join(source, 'swap/inner')]) mkdirSync(folder, { recursive: true });
  for (const folder of [join(root, 'swap'), outside]) for (const name of ['a.txt', 'inner/b.txt', 'd.txt']) writeFileSync(join(folder, name), 'same');
  for (const name of ['a.txt', 'inner/b.txt', 'new.txt']) writeFileSync(join(source, 'swap', name), 'INSIDE');
  const [old, now] = [sha256('same'), sha256('INSIDE')];
  const changes: readonly Change[] = [
    ...['swap/a.txt', 'swap/inner/b.txt'].map((path): Change => ({ change: 'changed', path, type: 'file', mode: 0o600, size: 6, before: old, after: now })),
    { change: 'created', path: 'swap/new.txt', type: 'file', mode: 0o600, size: 6, after: now },
    { change: 'created', path: 'swap/made', type: 'folder', mode: 0o700, size: 0, after: EMPTY_SHA256 },
    { change: 'deleted', path: 'swap/d.txt', type: 'file', before: old },
  ];
  const before = readdirSync(outside).map((name) => [name, lstatSync(join(outside, name)).ino]);
  const child = spawn(process.execPath, ['-e', SWAPPER, outside, join(root, 'swap'), join(root, 'swap-away')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let [landed, refused] = [0, 0];
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    let last = '';
    for (let i = 0; i < ROUNDS || ((landed === 0 || refused === 0) && i < MOST); i += 1) {
      const id = newId();
      try {
        const ended = last === '' ? await land({ id, root, source, changes, started: Date.now() + 1000 }, places) : await undo(last, places);
        if ('touched' in ended) {
          landed += 1;
          last = last === '' ? id : '';
        } else refused += 1;
      } catch (error) {
        if (!(error instanceof Refused) && !(error instanceof Drifted) && !(error instanceof Fault)) throw error;
        refused += 1;
        await recoverLandings(places);
        if (last !== '' && !existsSync(join(places.undo, last))) last = '';
      }
    }
    assert.equal(child.exitCode, null, 'the attacker was still at it');
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
  try {
    assert.ok(landed > 0 && refused > 0, `both must happen: ${landed} landed, ${refused} refused`);
    assert.deepEqual(readdirSync(outside).map((name) => [name, lstatSync(join(outside, name)).ino]), before);
    assert.deepEqual(readdirSync(join(outside, 'inner')), ['b.txt']);
    for (const name of ['a.txt', 'inner/b.txt', 'd.txt']) assert.equal(readFileSync(join(outside, name), 'utf8'), 'same');
  } finally {
    sweep(base);
    rmSync(base, { recursive: true, force: true });
  }
});
