// For tests: a process that dies in the middle of an erasure. node crash-erasing.ts STATE STEP
import { openLog } from '../../src/audit/log.ts';
import { systemClock } from '../../src/model/clock.ts';
import { openHome } from '../../src/storage/home.ts';
import { openStore } from '../../src/storage/store.ts';

const [, , state = '', step = ''] = process.argv;
const store = await openStore(openHome({ config: state, state }));
const log = await openLog(store, systemClock);
const digests = await log.commit((tx) =>
  [100, 100_000].map((size) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: '<<ERASE>>'.repeat(size / 10) }).payloads['title']?.digest ?? ''),
);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
};
const { blobs } = store;
if (step === 'before the files') blobs.erase = die;
else {
  const erase = blobs.erase.bind(blobs);
  blobs.erase = (digest) => {
    erase(digest);
    die();
  };
}
await log.erase(digests, { door: 'cli', credential: 'terminal', reason: 'secret', why: 'leaked' });
