// Each room in both themes, one wide and one narrow, held to WCAG 2.2 AA as far as axe-core can tell.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, NO_BROWSER } from '../../vectors/console/console.ts';
import { openScene, type Scene } from '../../vectors/console/scene.ts';
import { ROOMS, settle } from '../../vectors/console/rooms.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SERIOUS = ['serious', 'critical'];

let scene: Scene;
before(async () => {
  if (NO_BROWSER === false) scene = await openScene();
});
after(async () => {
  if (NO_BROWSER === false) await scene[Symbol.asyncDispose]();
  await closeBrowser();
});

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

for (const room of ROOMS) {
  test(`axe finds nothing serious: ${room.name}`, { skip: NO_BROWSER }, async () => {
    const page = await scene.open(room.path(scene));
    await room.open?.(page);
    // Contrast depends on the theme, structure on the width: each theme at one of them.
    for (const [theme, width] of [['light', 1280], ['dark', 360]] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 800 });
      await settle(page);
      // A busy machine may still be drawing the other theme: what is wrong stays wrong.
      let found = await violations(page);
      for (let look = 0; look < 3 && found.length > 0; look += 1) {
        await page.waitForTimeout(500);
        found = await violations(page);
      }
      assert.deepEqual(found, [], `${theme}, ${width} px`);
      // Nothing makes the whole page scroll sideways.
      const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(over <= 0, `${width} px: the page is ${over} px too wide`);
    }
    await page.close();
  });
}
