// Takes the screenshots: node vectors/console/screenshots.ts FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeBrowser } from './console.ts';
import { ROOMS, settle } from './rooms.ts';
import { openScene } from './scene.ts';

const [, , folder = 'dist/screenshots'] = process.argv;
mkdirSync(folder, { recursive: true });
{
  await using scene = await openScene();
  for (const room of ROOMS) {
    const page = await scene.open(room.path(scene));
    await room.open?.(page);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      for (const [width, height, ending] of [[1280, 800, ''], [360, 740, '-phone']] as const) {
        await page.setViewportSize({ width, height });
        await settle(page);
        await page.screenshot({ path: join(folder, `${room.name}-${theme}${ending}.png`) });
      }
    }
    await page.close();
  }
}
await closeBrowser();
