// Each room in both themes, one wide and one narrow, held to WCAG 2.2 AA as far as axe-core can tell.
import { after, before, test } from 'node:test';
import { assertAccessible } from '../../vectors/console/axe.ts';
import { closeBrowser, NO_BROWSER } from '../../vectors/console/console.ts';
import { openScene, type Scene } from '../../vectors/console/scene.ts';
import { ROOMS, settle } from '../../vectors/console/rooms.ts';

let scene: Scene;
before(async () => {
  if (NO_BROWSER === false) scene = await openScene();
});
after(async () => {
  if (NO_BROWSER === false) await scene[Symbol.asyncDispose]();
  await closeBrowser();
});

for (const room of ROOMS) {
  test(`axe finds nothing serious: ${room.name}`, { skip: NO_BROWSER }, async () => {
    const page = await scene.open(room.path(scene));
    await room.open?.(page);
    // Contrast depends on the theme, structure on the width: each theme at one of them.
    for (const [theme, width] of [['light', 1280], ['dark', 360]] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.setViewportSize({ width, height: 800 });
      await settle(page);
      await assertAccessible(page, `${theme}, ${width} px`);
    }
    await page.close();
  });
}
