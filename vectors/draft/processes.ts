// Starts processes of together.ts, and hears what they say.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Job } from './together.ts';

export interface Together {
  /** Lines so far. */
  readonly said: readonly string[];
  /** Resolves when it has said this many lines, or has ended. */
  heard(lines: number): Promise<void>;
  /** Tells who looks to end. */
  end(): void;
  kill(): void;
  /** How it ended, with what it complained of. */
  readonly ended: Promise<{ readonly code: number | null; readonly complaint: string }>;
}

export function startTogether(job: Job): Together {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'together.ts'), JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  let rest = '';
  let complaint = '';
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const all = waiting;
    waiting = [];
    for (const one of all) one();
  };
  child.stdout.on('data', (chunk: Uint8Array) => {
    const lines = `${rest}${Buffer.from(chunk).toString()}`.split('\n');
    rest = lines.pop() ?? '';
    said.push(...lines);
    wake();
  });
  child.stderr.on('data', (chunk: Uint8Array) => (complaint += Buffer.from(chunk).toString()));
  child.stdin.on('error', () => undefined);
  const over = new AbortController();
  const ended = new Promise<{ readonly code: number | null; readonly complaint: string }>((resolve) => {
    child.once('close', (code) => {
      over.abort();
      wake();
      resolve({ code, complaint });
    });
  });
  return {
    said,
    ended,
    async heard(lines) {
      while (said.length < lines && !over.signal.aborted) await new Promise<void>((resume) => waiting.push(resume));
    },
    end: () => void child.stdin.end('end'),
    kill: () => void child.kill('SIGKILL'),
  };
}
