// The timeline as a person at a browser meets it: from the click to the first lines on screen, from the last key of a
// search to what was found, and scrolling down page by page. Used by bench/timeline.ts, which has the million events.
import { closeBrowser, NO_BROWSER, openBrowser, until } from '../vectors/console/console.ts';
import type { Served } from '../src/server/serve.ts';
import { median, ms, type Row } from './measure.ts';

const ROUNDS = 7;

export async function seeTimeline(served: Served, size: number): Promise<Row[]> {
  if (NO_BROWSER !== false) return [{ what: NO_BROWSER, figure: '', target: '', ok: false }];
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(await served.link());
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    await page.goto(`${served.url}/timeline`);
    await page.locator('[data-seq]').first().waitFor({ timeout: 60_000 });
    // Milliseconds of the page's own clock from now until a line fits, and is painted.
    const seen = (fits: string): Promise<number> => page.evaluate<number>(`new Promise((resolve) => {
      const from = performance.now();
      const look = () => {
        const line = document.querySelector('[data-seq]');
        if (line === null || !(${fits})) return requestAnimationFrame(look);
        requestAnimationFrame(() => resolve(performance.now() - from));
      };
      window.begin();
      look();
    })`);
    const first: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.getByRole('link', { name: 'Settings' }).first().click();
      await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
      // What the query cache holds would be no first page.
      await page.evaluate(`window.begin = () => [...document.querySelectorAll('nav a')].find((one) => one.getAttribute('href') === '/timeline').click()`);
      first.push(await seen('true'));
    }
    const found: number[] = [];
    const field = page.getByRole('searchbox');
    for (let round = 0; round < ROUNDS; round += 1) {
      await field.fill('');
      await until(page, `Number(document.querySelector('[data-seq]')?.dataset.seq) > ${size - 1000}`);
      await page.evaluate(`window.begin = () => { const field = document.querySelector('input[type=search]'); Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, 'needle4711'); field.dispatchEvent(new Event('input', { bubbles: true })); }`);
      found.push(await seen(`document.querySelector('mark') !== null && line.textContent.includes('needle4711')`));
    }
    await field.fill('');
    await until(page, `Number(document.querySelector('[data-seq]')?.dataset.seq) > ${size - 1000}`);
    await page.evaluate(`window.tasks = []; new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });`);
    await page.mouse.move(700, 500);
    for (let turn = 0; turn < 300; turn += 1) {
      await page.mouse.wheel(0, 600);
      await page.waitForTimeout(16);
    }
    const tasks = await page.evaluate<number[]>('window.tasks');
    const longest = Math.max(0, ...tasks);
    return [
      { what: 'in the browser: from the click to the first page on screen', figure: `${ms(median(first))} (the slowest of ${ROUNDS} ${ms(Math.max(...first))})`, target: '≤ 200 ms', ok: median(first) <= 200 },
      { what: 'in the browser: from the last key of a search to what was found', figure: `${ms(median(found))} (the slowest of ${ROUNDS} ${ms(Math.max(...found))})`, target: '≤ 500 ms', ok: median(found) <= 500 },
      { what: 'in the browser: 300 turns of the wheel down the list, the longest task', figure: longest === 0 ? 'none over 50 ms' : `${ms(longest)} (${tasks.length} over 50 ms)`, target: '≤ 100 ms', ok: longest <= 100 },
    ];
  } finally {
    await context.close();
    await closeBrowser();
  }
}
