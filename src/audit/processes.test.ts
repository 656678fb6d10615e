import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { freshFolder, openAt } from '../../vectors/log/open.ts';

const APPENDER = join(import.meta.dirname, '../../vectors/log/appender.ts');

/** A process of its own that appends `count` events one by one and prints the seq of each once it is acknowledged. */
function appender(state: string, count: number): { readonly child: ChildProcess; readonly acknowledged: number[]; readonly ended: Promise<unknown> } {
  const child = spawn(process.execPath, [APPENDER, state, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: number[] = [];
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  lines.on('line', (line) => acknowledged.push(Number(line)));
  return { child, acknowledged, ended: Promise.all([once(child, 'exit'), once(lines, 'close')]) };
}

test('several processes that open and append at once make one log without gaps or losses', async (t) => {
  const state = join(freshFolder(t), 'state');
  const appenders = Array.from({ length: 3 }, () => appender(state, 60));
  await Promise.all(appenders.map(({ ended }) => ended));
  const log = await openAt(t, state);
  const seqs = appenders.flatMap(({ acknowledged }) => acknowledged).toSorted((a, b) => a - b);
  assert.deepEqual(seqs, Array.from({ length: 180 }, (_, at) => at + 1));
  assert.equal(log.size(), 181);
  assert.equal(log.events({ limit: 9, types: ['log.opened'] }).length, 1);
  assert.deepEqual((await log.verify()).problems, []);
});

test('a process hears of what another one appends, and both append to one tree', async (t) => {
  const state = join(freshFolder(t), 'state');
  const log = await openAt(t, state);
  const stop = new AbortController();
  const heard: number[] = [];
  const following = (async () => {
    for await (const { seq } of log.follow(0, stop.signal)) if (heard.push(seq) === 40) stop.abort();
  })();
  const other = appender(state, 20);
  for (let turn = 1; turn <= 20; turn += 1) await log.commit((tx) => tx.append({ type: 'turn.ended', session: 'abcdefghjk', turn, why: 'answered' }));
  await Promise.all([other.ended, following]);
  assert.deepEqual(heard, Array.from({ length: 40 }, (_, at) => at + 1));
  assert.deepEqual((await log.verify()).problems, []);
});

test('a log can be opened at any moment while others append to it', async (t) => {
  const state = join(freshFolder(t), 'state');
  await openAt(t, state);
  const others = [appender(state, 40), appender(state, 40)];
  let openings = 0;
  const ended = Promise.all(others.map((other) => other.ended)).then(() => true);
  while (!(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5, false))]))) {
    await (await openAt(t, state)).close();
    openings += 1;
  }
  assert.equal(openings > 0, true);
  assert.deepEqual(others.map(({ acknowledged }) => acknowledged.length), [40, 40]);
});

test('whatever was acknowledged before a process was killed is in the log, and the log goes on', async (t) => {
  const state = join(freshFolder(t), 'state');
  const acknowledged: number[] = [];
  for (const until of [1, 7, 23]) {
    const victim = appender(state, 100_000);
    while (victim.acknowledged.length < until) await Promise.race([once(victim.child.stdout ?? victim.child, 'data'), victim.ended]);
    victim.child.kill('SIGKILL');
    await victim.ended;
    acknowledged.push(...victim.acknowledged);
  }
  const log = await openAt(t, state);
  const last = acknowledged.at(-1) ?? 0;
  assert.equal(log.size() > last, true);
  for (const seq of acknowledged) assert.equal(log.events({ after: seq - 1, limit: 1 })[0]?.body.type, 'turn.ended');
  await log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }));
  assert.deepEqual((await log.verify()).problems, []);
});
