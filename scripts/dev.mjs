// `npm run dev`: the server from its sources, started again at every change. Arguments go to `pwb start`.
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { runInPlace } from './child.mjs';
import { ROOT } from './root.mjs';
import { main } from './words.mjs';

await main(async () => {
  const node = await bootstrap();
  return runInPlace([node, '--watch', '--watch-preserve-output', join(ROOT, 'src/main.ts'), 'start', '--no-open', ...process.argv.slice(2)]);
});
