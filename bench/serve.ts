// `pwb start`: from its start to its first answer, and its memory at rest.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, memory, ms, now, PWB, type Result } from './measure.ts';

const ROUNDS = 7;
const REST = 3000;

export async function bench(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-bench-serve-'));
  const env = { PATH: process.env['PATH'], HOME: folder, PWB_HOME: join(folder, 'state') };
  const times: number[] = [];
  let idle = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = now();
    const child = spawn(PWB, ['start', '--port', '0', '--no-open'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const link = await new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(data.toString('utf8').trim())));
    await answer(link);
    // The first round fills the caches of the sandbox probe.
    if (round > 0) times.push(now() - start);
    if (round === ROUNDS) {
      await new Promise((resolve) => setTimeout(resolve, REST));
      idle = memory(child.pid ?? 0);
    }
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await closed;
  }
  rmSync(folder, { recursive: true, force: true });
  return {
    title: 'Server',
    rows: [
      { what: '`pwb start`, start to first answer', figure: ms(median(times)), target: '≤ 400 ms', ok: median(times) <= 400 },
      { what: `memory, ${REST / 1000} s idle`, figure: `${idle.toFixed(0)} MB`, target: '< 110 MB', ok: idle < 110 },
    ],
  };
}

function answer(link: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(link.split('#')[0] ?? link, (response) => response.resume().on('end', () => resolve())).on('error', reject);
  });
}

if (import.meta.main) console.table((await bench()).rows);
