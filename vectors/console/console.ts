// Test support: the console in a real browser, against the real server and workbench, with a scripted model. Whatever
// the page complains of (a script error, a breach of its content policy, a request to anywhere else) fails the test.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { serve, type Served } from '../../src/server/serve.ts';
import type { Script } from '../dialects/scripted.ts';
import { openTestHouse, type TestHouse } from '../house/house.ts';

export interface TestConsole {
  readonly house: TestHouse;
  readonly served: Served;
  readonly context: BrowserContext;
  /** A signed-in tab, at a path of the console. */
  open(path?: string): Promise<Page>;
  /** Ends the server, as a restart does; the pages stay. */
  stop(): Promise<void>;
  /** The next one, over the same state and on the same port. */
  start(): Promise<void>;
  /** What the pages complained of so far; taken out, so that it isn't held against the test at its end. */
  complaints(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** The browser of this machine, or undefined. */
export const CHROMIUM = [process.env['CHROMIUM'], ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'].flatMap((name) => (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name)))].find(isProgram);
/** For a test's `skip`: CI has a browser, or fails. */
export const NO_BROWSER = CHROMIUM === undefined && process.env['CI'] !== 'true' ? 'no Chromium on this machine (apt-get install chromium)' : false;

let browser: Promise<Browser> | undefined;

/** One for all tests of a file; `closeBrowser` ends it. */
export function openBrowser(): Promise<Browser> {
  assert.ok(CHROMIUM !== undefined, 'no Chromium on this machine');
  // Its own sandbox needs an ordinary user; nothing but our own pages is opened. A process that draws for a screen costs a sixth and shows nobody anything.
  browser ??= chromium.launch({ executablePath: CHROMIUM, args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], env: { ...process.env, HOME: process.env['HOME'] ?? '/tmp' } });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

export interface ConsoleOptions {
  readonly files?: { readonly [path: string]: string };
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export async function openConsole(script: Partial<Script> & Pick<Script, 'turns'>, { files, theme = 'light', width = 1280, height = 800 }: ConsoleOptions = {}): Promise<TestConsole> {
  const house = await openTestHouse(script, files);
  let served = await serve(house.bench, { port: 0 });
  let stands = true;
  const stop = async (): Promise<void> => {
    if (stands) await served.close();
    stands = false;
  };
  const context = await (await openBrowser()).newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', acceptDownloads: true });
  const complaints: string[] = [];
  watch(context, served.url, complaints);
  const first = await context.newPage();
  await first.goto(await served.link());
  await first.waitForURL((url) => url.pathname !== '/sign-in');
  let unused: Page | null = first;
  return {
    house, context, stop,
    get served() {
      return served;
    },
    async start() {
      served = await serve(await house.reopen(), { port: served.port });
      stands = true;
    },
    async open(path = '/') {
      const page = unused ?? (await context.newPage());
      unused = null;
      await page.goto(`${served.url}${path}`);
      return page;
    },
    complaints: () => complaints.splice(0),
    async [Symbol.asyncDispose]() {
      try {
        await context.close();
        await stop();
        assert.deepEqual(complaints, [], 'the page complained');
      } finally {
        await house[Symbol.asyncDispose]();
      }
    },
  };
}

/** INVARIANT: a page of ours asks its own server only, and nothing of it is stopped by its content policy. */
export function watch(context: BrowserContext, url: string, complaints: string[]): void {
  const { origin } = new URL(url);
  context.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !/^(blob|data):/.test(request.url())) complaints.push(`a request to ${request.url().slice(0, 200)}`);
  });
  context.on('weberror', (error) => complaints.push(`an error: ${error.error().message}`));
  context.on('console', (message) => {
    // A refusal of the server is in the page's own words; the browser's line about it is no fault.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text().slice(0, 500));
  });
}

/** Asks until the expression is true: the browser's own way of waiting is a text run as code, which our content policy refuses. Milliseconds. */
export async function until(page: Page, expression: string, patience = 15_000): Promise<void> {
  for (const end = Date.now() + patience; !(await page.evaluate<boolean>(`Boolean(${expression})`)); ) {
    assert.ok(Date.now() < end, `it never came: ${expression}`);
    await page.waitForTimeout(15);
  }
}

function isProgram(path: string | undefined): path is string {
  if (path === undefined || path === '') return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
