// Test support: the console of the real program, as a process of its own that can be killed and started again.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Script } from '../dialects/scripted.ts';
import { startScripted, type Scripted } from '../dialects/scripted.ts';
import { openDesk, type Desk, type Running } from '../cli/pwb.ts';
import { openBrowser, watch } from './console.ts';

export interface Program {
  readonly desk: Desk;
  readonly scripted: Scripted;
  readonly page: Page;
  /** Killed, as by a loss of power. */
  kill(): Promise<void>;
  /** The next one, on the same port. */
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A fresh home without any workspace, and a page that came in by the link which the program printed. */
export async function openProgram(turns: Script['turns'], files: { readonly [path: string]: string } = {}): Promise<Program> {
  const scripted = await startScripted({ dialect: 'llamacpp', turns });
  const desk = openDesk(files, { PWB_MODEL_URL: scripted.url });
  let port = 0;
  let running: Running | undefined;
  const start = async (): Promise<string> => {
    running = desk.start(['start', '--no-open', '--port', String(port)], { patience: 300_000 });
    const [link = ''] = await running.heard(/http:\S+/);
    port = Number(new URL(link).port);
    return link;
  };
  const kill = async (): Promise<void> => {
    running?.child.kill('SIGKILL');
    await running?.ended;
  };
  const link = await start();
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  const complaints: string[] = [];
  watch(context, link, complaints);
  const page = await context.newPage();
  await page.goto(link);
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  return {
    desk, scripted, page, kill,
    start: async () => void (await start()),
    async [Symbol.asyncDispose]() {
      try {
        await context.close();
        assert.deepEqual(complaints, [], 'the page complained');
      } finally {
        await desk[Symbol.asyncDispose]();
        await scripted.close();
      }
    },
  };
}
