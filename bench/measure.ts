// Ways of measuring that the benches share: medians, pairs in turn, whole processes.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const ROOT = dirname(import.meta.dirname);
export const PWB = join(ROOT, 'pwb');

export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly ok: boolean;
}

export interface Result {
  readonly title: string;
  readonly rows: readonly Row[];
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds on the monotonic clock that all processes of this machine share. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Milliseconds of one whole process. */
export function timeProcess(program: string, args: readonly string[]): number {
  const start = now();
  spawnSync(program, args, { stdio: 'ignore' });
  return now() - start;
}

/** The same, started the asynchronous way that a server must use. */
export function timeSpawn(program: string, args: readonly string[]): Promise<number> {
  const start = now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', () => resolve(now() - start));
  });
}

/** Peak resident memory of a process so far, in MB (10^6 bytes); Linux. */
export function peakMemory(pid: number): number {
  return field(pid, 'VmHWM');
}

export function memory(pid: number): number {
  return field(pid, 'VmRSS');
}

function field(pid: number, name: string): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').find((text) => text.startsWith(`${name}:`)) ?? '';
  return (Number(/(\d+) kB/.exec(line)?.[1] ?? Number.NaN) * 1024) / 1e6;
}

export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

export function ratioRow(what: string, value: number, base: number, baseName: string, most: number): Row {
  const ratio = value / base;
  return { what, figure: `${ratio.toFixed(2)} × (${ms(value)}; ${baseName} ${ms(base)})`, target: `≤ ${most} ×`, ok: ratio <= most };
}
