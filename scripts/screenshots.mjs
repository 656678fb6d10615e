// `npm run screenshots`: each room of the console, light and dark, wide and on a phone, into dist/screenshots/; those
// that the README shows go to docs/screenshots/.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { runInPlace } from './child.mjs';
import { ensureChromium } from './chromium.mjs';
import { ROOT } from './root.mjs';
import { main, say } from './words.mjs';

const README = ['inbox-light.png', 'work-waiting-dark.png', 'timeline-light.png', 'drafts-dark.png'];

await main(async () => {
  const node = await bootstrap();
  await ensureChromium();
  await build({ node });
  const folder = join(ROOT, 'dist/screenshots');
  const code = await runInPlace([node, join(ROOT, 'vectors/console/screenshots.ts'), folder]);
  if (code !== 0) return code;
  const kept = join(ROOT, 'docs/screenshots');
  mkdirSync(kept, { recursive: true });
  for (const name of README) copyFileSync(join(folder, name), join(kept, name));
  say(`They are in ${folder}; the README's in ${kept}.`);
  return 0;
});
