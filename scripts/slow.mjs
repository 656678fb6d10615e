// `npm run slow`: the long campaigns (crashes at random points, floods), one after the other. `-- WORD` picks some.
import { bootstrap } from './bootstrap.mjs';
import { build } from './build.mjs';
import { runInPlace } from './child.mjs';
import { ROOT } from './root.mjs';
import { filesUnder } from './sources.mjs';
import { Stop, main } from './words.mjs';

await main(async () => {
  const [word = ''] = process.argv.slice(2);
  const files = ['slow', 'src'].flatMap((folder) => filesUnder(folder, (path) => path.endsWith('.slow.ts') && path.includes(word)));
  if (files.length === 0) throw new Stop(`no campaign has '${word}' in its path`, 'call `npm run slow` for all of them');
  const node = await bootstrap();
  await build({ node });
  return runInPlace([node, '--test', '--test-concurrency=1', '--test-reporter=spec', ...files], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
});
