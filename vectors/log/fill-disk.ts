// For tests: fills the small disk that STATE is on, twice: with small payloads and with large ones, then makes room.
// Prints what happened as JSON. node fill-disk.ts DISK
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLog } from '../../src/audit/log.ts';
import { systemClock } from '../../src/model/clock.ts';
import { Fault } from '../../src/model/fault.ts';
import { openHome } from '../../src/storage/home.ts';
import { openStore } from '../../src/storage/store.ts';

const [, , disk = ''] = process.argv;
const state = join(disk, 'state');
const log = await openLog(await openStore(openHome({ config: state, state })), systemClock);
const codes: string[] = [];
const seqs: number[] = [];

/** Appends until the disk is full, at most `most` times. */
async function fill(bytes: Uint8Array, put: boolean, most: number): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) {
    try {
      const detail = put ? await log.put(bytes) : bytes;
      const { seq } = await log.commit((tx) => tx.append({ type: 'turn.ended', session: 'abcdefghjk', turn, why: 'answered' }, { detail }));
      seqs.push(seq);
    } catch (error) {
      codes.push(error instanceof Fault ? error.code : String(error));
      return;
    }
  }
}

const ballast = ['a', 'b', 'c'].map((name) => join(disk, name));
for (const path of ballast) writeFileSync(path, Buffer.alloc(1_000_000));
const ways = [[20_000, false], [100_000, false], [100_000, true]] as const;
for (const [at, [size, put]] of ways.entries()) {
  await fill(Buffer.alloc(size, 'x'), put, 10_000);
  // With room again the log goes on, without being opened anew.
  rmSync(ballast[at] ?? '');
  await fill(Buffer.alloc(10), false, 3);
}
const kept = seqs.filter((seq) => log.read(log.events({ after: seq - 1, limit: 1 })[0]?.payloads['detail']?.digest ?? '') !== null).length;
process.stdout.write(JSON.stringify({ codes, acknowledged: seqs.length, kept, problems: (await log.verify()).problems.map(({ code }) => code) }));
