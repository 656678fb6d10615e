// The console in headless Chromium, against a real server: what a first load costs, how soon a record is on screen, and
// whether a long diff scrolls freely. Alone: node bench/console.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Turn } from '../vectors/dialects/scripted.ts';
import { closeBrowser, NO_BROWSER, openBrowser, openConsole, until, type TestConsole } from '../vectors/console/console.ts';
import { handOf } from '../vectors/console/client.ts';
import { median, ms, type Result, type Row } from './measure.ts';

const LOADS = 7;
const RECORDS = 40;
const LINES = 10_000;

export async function bench(): Promise<Result> {
  const title = 'The console in a browser';
  if (NO_BROWSER !== false) return { title, rows: [{ what: NO_BROWSER, figure: '', target: '', ok: false }] };
  try {
    await using console = await openConsole({ turns: play }, { files: { 'long.txt': long((line) => `line ${line}: as it was`) } });
    return { title, rows: [...(await loads(console)), await records(console), ...(await diff(console))] };
  } finally {
    await closeBrowser();
  }
}

/** Rewrites the long file by one call, every fifth line of it another. */
function play(request: unknown): Turn {
  const { messages } = request as { readonly messages: readonly { readonly role: string }[] };
  if (messages.at(-1)?.role !== 'user') return { text: 'done' };
  return { text: 'I bring the list up to date.', calls: [{ name: 'write', arguments: { path: 'long.txt', content: long((line) => (line % 5 === 0 ? `line ${line}: as it is to be` : `line ${line}: as it was`)) } }] };
}

function long(of: (line: number) => string): string {
  return Array.from({ length: LINES }, (_, line) => `${of(line + 1)}\n`).join('');
}

/** A context of its own each time: nothing is in its cache. Interactive: the field to write in is there, and the page is idle enough to answer a timer. */
async function loads({ served }: TestConsole): Promise<Row[]> {
  const times: number[] = [];
  let script = 0;
  for (let load = 0; load <= LOADS; load += 1) {
    const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 800 } });
    const signing = await context.newPage();
    await signing.goto(await served.link());
    await signing.waitForURL((url) => url.pathname !== '/sign-in');
    await signing.goto('about:blank');
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    const scripts = new Set<string>();
    let bytes = 0;
    session.on('Network.responseReceived', ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => void (scripts.has(requestId) && (bytes += encodedDataLength)));
    await page.addInitScript(`
      new MutationObserver((_, seen) => {
        if (document.querySelector('textarea:not(:disabled)') === null) return;
        seen.disconnect();
        setTimeout(() => { window.interactive = performance.now(); });
      }).observe(document, { childList: true, subtree: true, attributes: true });
    `);
    await page.goto(`${served.url}/work`);
    await until(page, 'window.interactive !== undefined');
    // The first one also warms the browser and the server.
    if (load > 0) times.push(await page.evaluate<number>('window.interactive'));
    await page.waitForTimeout(500);
    script = bytes;
    await context.close();
  }
  const typical = median(times);
  return [
    { what: 'first load of the Work page, nothing cached, until it is interactive', figure: `${ms(typical)} (the slowest of ${LOADS} ${ms(Math.max(...times))})`, target: '≤ 500 ms', ok: typical <= 500 },
    { what: 'compressed script of the Work page, as transferred', figure: `${(script / 1000).toFixed(0)} kB`, target: '≤ 250 kB', ok: script <= 250_000 },
  ];
}

/** From the commit that is durable to the frame in which its line is on the timeline; both by the machine's one clock. */
async function records(console: TestConsole): Promise<Row> {
  const { log } = console.house.bench;
  const session = await handOf(console).talk('hello').catch(() => '');
  const page = await console.open('/timeline?all=1');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate(`
    window.seen = new Map();
    new MutationObserver(() => {
      for (const one of document.querySelectorAll('[data-seq]')) {
        const seq = Number(one.dataset.seq);
        if (!window.seen.has(seq)) {
          window.seen.set(seq, 0);
          requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => window.seen.set(seq, performance.timeOrigin + performance.now()); channel.port2.postMessage(0); });
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  `);
  await page.waitForTimeout(1500);
  const times: number[] = [];
  for (let round = 0; round < RECORDS; round += 1) {
    const { seq } = await log.commit((tx) => tx.append({ type: 'turn.ended', session, turn: 1000 + round, why: 'answered' }));
    const durable = performance.timeOrigin + performance.now();
    await until(page, `window.seen.get(${seq}) > 0`);
    times.push((await page.evaluate<number>(`window.seen.get(${seq})`)) - durable);
    await page.waitForTimeout(150 + (round % 7) * 13);
  }
  await page.close();
  const typical = median(times);
  const slow = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
  return { what: 'a new event on screen (Timeline) after its record', figure: `${ms(typical)} (95 of 100 within ${ms(slow)}, all within ${ms(Math.max(...times))})`, target: '≤ 50 ms', ok: typical <= 50 };
}

/** Opens the card, then scrolls through the whole diff by the wheel, and hears what the browser calls a long task (over 50 ms). */
async function diff(console: TestConsole): Promise<Row[]> {
  const hand = handOf(console);
  const session = await hand.talk('bring the list up to date');
  await hand.waiting(session);
  const page = await console.open('/inbox');
  await page.getByRole('button', { name: /^Invoke/ }).first().waitFor();
  await page.waitForTimeout(2500);
  const expand = page.getByRole('button', { name: 'Show unchanged lines' });
  const opening = Date.now();
  if (await expand.count() > 0) await expand.first().click();
  await page.waitForTimeout(1000);
  const opened = Date.now() - opening;
  await page.evaluate(`window.tasks = []; new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });`);
  const place = await scroller(page);
  await page.mouse.move(place.x, place.y);
  let turns = 0;
  let before = -1;
  for (let top = place.top; turns < 1200 && top !== before; turns += 1) {
    before = top;
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(16);
    if (turns % 20 === 19) top = await page.evaluate<number>('Math.round(window.scroller.scrollTop)');
    else before = -1;
  }
  const tasks = await page.evaluate<number[]>('window.tasks');
  const most = Math.max(0, ...tasks);
  await page.screenshot({ path: join(console.house.folder, '..', 'diff.png') }).catch(() => undefined);
  writeFileSync(join(console.house.folder, '..', 'turns'), String(turns));
  await page.close();
  return [
    { what: `scrolling a diff of ${LINES} lines, ${turns} turns of the wheel: the longest task`, figure: most === 0 ? 'none over 50 ms' : `${ms(most)} (${tasks.length} over 50 ms)`, target: '≤ 100 ms', ok: most <= 100 && turns > 20 },
    { what: 'for comparison: showing its unchanged lines', figure: `within ${ms(opened)}`, target: '', ok: true },
  ];
}

/** The thing that scrolls with the diff in it, and a point above it. */
async function scroller(page: Page): Promise<{ readonly x: number; readonly y: number; readonly top: number }> {
  return page.evaluate<{ x: number; y: number; top: number }>(`(() => {
    const inside = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot === null ? [] : inside(one.shadowRoot))]);
    const all = inside(document).filter((one) => one.scrollHeight > one.clientHeight + 200 && /(auto|scroll)/.test(getComputedStyle(one).overflowY));
    window.scroller = all.toSorted((a, b) => b.scrollHeight - a.scrollHeight)[0] ?? document.scrollingElement;
    const { left, top, width, height } = window.scroller.getBoundingClientRect();
    return { x: left + width / 2, y: Math.min(top + height / 2, innerHeight - 100), top: Math.round(window.scroller.scrollTop) };
  })()`);
}

if (import.meta.main) console.table((await bench()).rows);
