// Test support: what axe-core finds wrong with a page, by WCAG 2.2 AA as far as a program can tell.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SERIOUS = ['serious', 'critical'];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Axe runs by the debugger's own way in, which the page's content policy doesn't bind; the page's own script stays bound. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] }).then(({ violations }) => violations)`) as readonly Violation[];
  return found.filter(({ impact }) => SERIOUS.includes(impact)).flatMap(({ id, nodes }) => nodes.slice(0, 4).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 300)}`));
}

/** Nothing serious is found, and nothing makes the whole page scroll sideways. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // A busy machine may still be drawing the other theme: what is wrong stays wrong.
  let found = await violations(page);
  for (let look = 0; look < 3 && found.length > 0; look += 1) {
    await page.waitForTimeout(500);
    found = await violations(page);
  }
  assert.deepEqual(found, [], where);
  const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(over <= 0, `${where}: the page is ${over} px too wide`);
}
