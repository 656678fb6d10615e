// For tests: a process that appends COUNT events to the log in STATE, one durable commit each, and prints each seq
// once it is acknowledged. node appender.ts STATE COUNT
import { openLog } from '../../src/audit/log.ts';
import { systemClock } from '../../src/model/clock.ts';
import { openHome } from '../../src/storage/home.ts';
import { openStore } from '../../src/storage/store.ts';

const [, , state = '', count = '0'] = process.argv;
const log = await openLog(await openStore(openHome({ config: state, state })), systemClock);
for (let turn = 1; turn <= Number(count); turn += 1) {
  const { seq } = await log.commit((tx) => tx.append({ type: 'turn.ended', session: 'abcdefghjk', turn, why: 'answered' }, { detail: `turn ${turn}` }));
  process.stdout.write(`${seq}\n`);
}
await log.close();
