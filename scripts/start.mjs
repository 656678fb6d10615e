// `npm start`: installs what is missing, builds what changed, then is `pwb start` with the arguments given.
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { runInPlace } from './child.mjs';
import { ROOT } from './root.mjs';
import { main } from './words.mjs';

await main(async () => {
  const node = await bootstrap();
  await build({ node });
  const args = ['start', ...process.argv.slice(2)];
  if (process.platform === 'win32') return runInPlace([node, join(ROOT, 'dist/pwb.mjs'), ...args]);
  return runInPlace([join(ROOT, 'pwb'), ...args]);
});
