import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { newId } from '../model/id.ts';
import { filesUnder, filesWith, freshFolder, freshLog, life, openAt } from '../../vectors/log/open.ts';
import type { Eraser, Log } from './log.ts';

const BY: Eraser = { door: 'cli', credential: 'terminal', reason: 'person', why: 'It was nobody else’s business.' };
const mark = (size: number, name: string): string => `<<${name}>>`.repeat(Math.ceil(size / (name.length + 4)));

async function record(log: Log, texts: readonly string[]): Promise<string[]> {
  return log.commit((tx) => texts.map((text) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: text }).payloads['title']?.digest ?? ''));
}

test('erased payloads, small and large, are in no file of the state folder any more, and the log says so', async (t) => {
  const log = await freshLog(t);
  const { state } = log.store.home;
  const sizes = [10, 300, 4000, 5000, 40_000, 65_536, 65_537, 400_000];
  const digests = await record(log, sizes.map((size) => mark(size, `ERASE${size}`)));
  await record(log, sizes.map((size) => mark(size, `KEEP${size}`)));
  const ref = await log.put(Buffer.from(mark(100_000, 'ERASEput')));
  digests.push(ref.digest);
  await log.commit((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: ref }));
  assert.notDeepEqual(filesWith(state, '<<ERASE'), []);

  const erasure = await log.erase(digests, BY);
  assert.equal(erasure.state, 'finished');
  assert.deepEqual(filesWith(state, '<<ERASE'), []);
  for (const size of sizes) assert.notDeepEqual(filesWith(state, `<<KEEP${size}>>`), []);
  for (const digest of digests) assert.equal(log.read(digest), null);
  assert.deepEqual(log.events({ limit: 1, newestFirst: true })[0]?.body, { type: 'payload.erased', digests: digests.toSorted(), door: 'cli', credential: 'terminal', reason: 'person' });
  assert.deepEqual((await log.verify()).problems, []);
});

test('erasing among many neighbours leaves no copy behind, in whatever order', async (t) => {
  const log = await freshLog(t);
  const { state } = log.store.home;
  const all: string[] = [];
  for (let batch = 0; batch < 6; batch += 1) {
    const texts = Array.from({ length: 60 }, (_, at) => mark(20 + ((at * 7919 + batch * 131) % 9000), `ERASE-${batch}-${at}-`));
    all.push(...(await record(log, texts)));
    // Some go while others still come, so that rows have every chance to be moved.
    if (batch % 2 === 1) await log.erase(all.splice(0, 70), BY);
  }
  await log.erase(all.toSorted(), BY);
  assert.deepEqual(filesWith(state, '<<ERASE-'), []);
  assert.deepEqual((await log.verify()).problems, []);
});

test('erasing twice is harmless, and an unknown payload stops the whole erasure', async (t) => {
  const log = await freshLog(t);
  const [one = '', two = ''] = await record(log, ['one', 'two']);
  assert.equal((await log.erase([one, one], BY)).erased.length, 1);
  assert.deepEqual(await log.erase([one], BY), { seq: null, erased: [], state: 'finished' });
  await assert.rejects(log.erase([two, '0'.repeat(64)], BY), { code: 'log.payload-unknown' });
  assert.equal(Buffer.from(log.read(two) ?? []).toString(), 'two');
});

test('an erased payload can not be named again', async (t) => {
  const log = await freshLog(t);
  const ref = await log.put(Buffer.from('once'));
  const again = (): Promise<unknown> => log.commit((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: ref }));
  await again();
  await log.erase([ref.digest], BY);
  await assert.rejects(again(), { code: 'log.payload-erased' });
});

test('what the house keeps elsewhere goes in the same transaction', async (t) => {
  const log = await freshLog(t);
  const [digest = ''] = await record(log, ['secret']);
  await log.commit(({ db }) => db.exec(`INSERT INTO workspaces (id, root, added) VALUES ('w', '/secret', 1)`));
  await log.erase([digest], BY, (tx) => tx.db.exec('DELETE FROM workspaces'));
  assert.equal(log.store.db.prepare('SELECT count(*) AS n FROM workspaces').get()?.['n'], 0);
});

test("another process's reader delays the end of an erasure; the next opening finishes it", async (t) => {
  const log = await freshLog(t);
  const { state } = log.store.home;
  const [digest = ''] = await record(log, [mark(3000, 'ERASE')]);
  const reader = new DatabaseSync(join(state, 'state.db'), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM events').get();
  const erasure = await log.erase([digest], BY);
  assert.equal(erasure.state, 'pending');
  assert.equal(log.read(digest), null, 'it is gone for everybody who asks');
  reader.close();
  await log.close();
  await openAt(t, state);
  assert.deepEqual(filesWith(state, '<<ERASE'), []);
});

for (const step of ['before the files', 'before the write-ahead file'] as const) {
  test(`a crash while erasing, ${step}, is finished by the next opening`, async (t) => {
    const state = join(freshFolder(t), 'state');
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../vectors/log/crash-erasing.ts'), state, step], { stdio: 'inherit' });
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
    assert.notDeepEqual(filesWith(state, '<<ERASE'), [], 'the crash came before the end');
    const log = await openAt(t, state);
    assert.deepEqual(filesWith(state, '<<ERASE'), []);
    assert.equal(log.events({ limit: 9, types: ['payload.erased'] }).length, 1);
    assert.deepEqual((await log.verify()).problems, []);
    assert.equal(filesUnder(state).some(({ path }) => /[0-9a-f]{64}$/.test(path)), false);
  });
}

test('erasing one payload leaves every other readable', async (t) => {
  const log = await freshLog(t);
  const session = newId();
  await log.commit((tx) => life(tx, session, 1));
  const refs = log.events({ limit: 99 }).flatMap(({ payloads }) => Object.values(payloads));
  for (const { digest } of refs) {
    await log.erase([digest], BY);
    assert.equal(log.read(digest), null);
  }
  assert.deepEqual((await log.verify()).problems, []);
  assert.equal((await log.verify()).erased, refs.length);
});
