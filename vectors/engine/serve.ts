// Test support: the real engine with tiny random weights, served over loopback in a child process by the very
// code that the product runs. Text is noise; protocol, tokens, grammar, usage and window are real.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tinyGguf } from './tiny-gguf.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** The checkout's own engine folder. */
export const ENGINE_FOLDER = join(ROOT, 'engine');

/** False, or the reason to skip in words; hand it to a test's `skip`. */
export const noEngine: string | false = existsSync(join(ENGINE_FOLDER, 'node_modules', 'node-llama-cpp', 'package.json'))
  ? false
  : 'SKIPPED, NOT TESTED: the engine is not installed; run `npm run engine`';

export interface RealEngine {
  /** Base URL without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly window: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** @param options.calls `first` (the default) makes each answer to anything but a tool's result a valid call of an offered tool. */
export async function startRealEngine(options: { readonly window?: number; readonly calls?: 'model' | 'first'; readonly seed?: number; readonly endless?: boolean } = {}): Promise<RealEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'pwb-engine-'));
  const file = join(folder, 'tiny.gguf');
  await writeFile(file, tinyGguf({ endless: options.endless ?? false }));
  const config = { engine: ENGINE_FOLDER, model: file, identity: '', name: 'tiny-noise', listen: 0, window: options.window ?? 8192, threads: 1, seed: options.seed ?? 3, calls: options.calls ?? 'first' };
  const child = spawn(process.execPath, [join(ROOT, 'src', 'execute', 'engine-process.ts'), JSON.stringify(config)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text);
    if (line.type === 'ready') return { url: `http://127.0.0.1:${line.port}`, model: config.name, window: line.window, pid: child.pid ?? 0, close };
    if (line.type === 'failed') {
      await close();
      throw new Error(line.words);
    }
  }
  await close();
  throw new Error('the engine ended before it was ready');
}
