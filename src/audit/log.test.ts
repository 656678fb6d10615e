import assert from 'node:assert/strict';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { parseCanonical } from '../model/canonical.ts';
import { newId } from '../model/id.ts';
import { filesUnder, freshLog, life, openAt } from '../../vectors/log/open.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Log } from './log.ts';

const DAY = 86_400_000;
const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();
const types = (log: Log): string[] => log.events({ limit: 1000 }).map(({ body }) => body.type);

test('a new log begins with its name and key, and its head is signed', async (t) => {
  const log = await freshLog(t);
  const [first] = log.events({ limit: 1 });
  assert.deepEqual(first?.body, { type: 'log.opened', format: 1, origin: log.vkey().split('+')[0], key: log.vkey() });
  const { size, root, checkpoint } = log.head();
  assert.deepEqual(openCheckpoint(checkpoint, log.vkey()), { origin: log.vkey().split('+')[0], size, root });
  assert.equal(openCheckpoint(checkpoint.replace('\n1\n', '\n2\n'), log.vkey()), null);
});

test('events and what the house works from land together or not at all', async (t) => {
  const log = await freshLog(t);
  const insert = `INSERT INTO workspaces (id, root, added) VALUES ('w', '/w', 1)`;
  await assert.rejects(
    log.commit((tx) => {
      tx.append({ type: 'workspace.added', workspace: newId(), door: 'cli' }, { detail: '/w' });
      tx.db.exec(insert);
      throw new Error('changed my mind');
    }),
    { message: 'changed my mind' },
  );
  assert.equal(log.size(), 1);
  const recorded = await log.commit((tx) => {
    tx.db.exec(insert);
    return tx.append({ type: 'workspace.added', workspace: newId(), door: 'cli' }, { detail: '/w' });
  });
  assert.equal(recorded.seq, 1);
  assert.equal(text(log.read(recorded.payloads['detail']?.digest ?? '')), '/w');
  assert.equal((await log.verify()).ok, true);
});

test('one failing commit among many that share a transaction takes no other with it', async (t) => {
  const log = await freshLog(t);
  const session = newId();
  const commits = Array.from({ length: 20 }, (_, turn) =>
    log.commit((tx) => {
      life(tx, session, turn);
      if (turn % 3 === 0) throw new Error('no');
      return turn;
    }),
  );
  const done = (await Promise.allSettled(commits)).filter(({ status }) => status === 'fulfilled');
  assert.equal(done.length, 13);
  assert.equal(log.size(), 1 + 13 * 5);
  assert.deepEqual((await log.verify()).problems, []);
});

test('every leaf is canonical JSON and knows its place', async (t) => {
  const log = await freshLog(t);
  await log.commit((tx) => life(tx, newId(), 1, 'ünï\ncode \u0007'));
  for (const [seq, row] of log.store.db.prepare('SELECT leaf FROM events ORDER BY seq').all().entries()) {
    const event = parseCanonical(Buffer.from(String(row['leaf'])));
    assert.equal(typeof event === 'object' && event !== null && 'seq' in event && event.seq, seq);
  }
});

test('payloads of any size are read back as they were put, and are checked on every read', async (t) => {
  const log = await freshLog(t);
  const sizes = [0, 1, 65_536, 65_537, 1_000_000];
  const refs = await Promise.all(sizes.map((size) => log.put(Buffer.alloc(size, 'abc'))));
  for (const [at, ref] of refs.entries()) assert.equal(log.read(ref.digest)?.length, sizes[at], 'before it is named');
  await log.commit((tx) => refs.map((ref) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: ref })));
  for (const [at, ref] of refs.entries()) assert.deepEqual(Buffer.from(log.read(ref.digest) ?? []), Buffer.alloc(sizes[at] ?? 0, 'abc'));
  const [, small, , , large] = refs;
  log.store.db.prepare(`UPDATE payloads SET data = x'62' WHERE digest = ?`).run(small?.digest ?? '');
  writeFileSync(log.store.blobs.pathOf(large?.digest ?? ''), 'changed');
  assert.throws(() => log.read(small?.digest ?? ''), { code: 'log.payload-changed' });
  assert.throws(() => log.read(large?.digest ?? ''), { code: 'log.payload-changed' });
  rmSync(log.store.blobs.pathOf(large?.digest ?? ''));
  assert.throws(() => log.read(large?.digest ?? ''), { code: 'log.payload-missing' });
  assert.throws(() => log.read('0'.repeat(64)), { code: 'log.payload-unknown' });
  assert.deepEqual((await log.verify()).problems.map(({ code }) => code), ['payload.changed', 'payload.missing']);
});

test('one payload may be named by many events; one that does not exist, or has another size, by none', async (t) => {
  const log = await freshLog(t);
  const ref = await log.put(Buffer.alloc(100_000, 'shared'));
  const name = (title: typeof ref): Promise<unknown> => log.commit((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title }));
  await assert.rejects(log.commit((tx) => { tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: ref }); throw new Error('undone'); }));
  await Promise.all([name(ref), name(ref)]);
  await name(ref);
  await assert.rejects(name({ ...ref, size: 5 }), { code: 'log.payload-size' });
  await assert.rejects(name({ digest: 'f'.repeat(64), size: 5 }), { code: 'log.payload-unknown' });
  assert.equal((await log.verify()).payloads, 1);
});

test('notes land in order before the next commit, and by themselves when nothing follows', async (t) => {
  const log = await freshLog(t);
  log.note((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }));
  log.note((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }));
  await log.commit((tx) => tx.append({ type: 'cancel.asked', target: 'abcdefghjk', door: 'cli', credential: 'c' }));
  assert.deepEqual(types(log), ['log.opened', 'session.renamed', 'stop.asked', 'cancel.asked']);
  log.note((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }));
  await log.settle();
  assert.equal(log.size(), 5);
  log.note((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }));
  for (let tries = 0; log.size() < 6 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(log.size(), 6);
});

test('a note that fails makes the next commit fail, once, and nothing of it lands', async (t) => {
  const log = await freshLog(t);
  const ask = (): Promise<unknown> => log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }));
  log.note(() => { throw new Error('broken note'); });
  await assert.rejects(ask(), { code: 'log.note-failed' });
  assert.equal(log.size(), 1);
  await ask();
  assert.equal(log.size(), 2);
});

test('when storage fails nothing is acknowledged, notes are kept, and the log goes on once there is room', async (t) => {
  const log = await freshLog(t);
  const { db } = log.store;
  db.exec(`PRAGMA max_page_count = ${Number(db.prepare('PRAGMA page_count').get()?.['page_count']) + 1}`);
  log.note((tx) => tx.append({ type: 'session.renamed', session: 'abcdefghjk' }, { title: 'x'.repeat(30_000) }));
  await assert.rejects(log.commit((tx) => life(tx, newId(), 1, 'y'.repeat(60_000))), { code: 'storage.full' });
  await assert.rejects(log.settle(), { code: 'storage.full' });
  assert.equal(log.size(), 1);
  db.exec('PRAGMA max_page_count = 100000');
  await log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }));
  assert.deepEqual(types(log), ['log.opened', 'session.renamed', 'stop.asked']);
  assert.deepEqual((await log.verify()).problems, []);
});

test('pages of the log are found by session, action and type, oldest or newest first', async (t) => {
  const log = await freshLog(t);
  const [one, two] = [newId(), newId()];
  const action = await log.commit((tx) => {
    life(tx, one, 1);
    tx.append({ type: 'session.renamed', session: two });
    return life(tx, two, 2);
  });
  const seqs = (query: Parameters<Log['events']>[0]): number[] => log.events(query).map(({ seq }) => seq);
  assert.deepEqual(seqs({ limit: 2, newestFirst: true }), [11, 10]);
  assert.deepEqual(seqs({ limit: 3, after: 4 }), [5, 6, 7]);
  assert.deepEqual(seqs({ limit: 3, before: 4, newestFirst: true }), [3, 2, 1]);
  assert.deepEqual(seqs({ limit: 99, session: one }), [1, 2, 3, 4, 5], 'with the events of its actions');
  assert.deepEqual(seqs({ limit: 99, action }), [7, 8, 9, 10, 11]);
  assert.deepEqual(seqs({ limit: 3, types: ['action.ended', 'action.proposed'] }), [1, 5, 7]);
  assert.deepEqual(seqs({ limit: 2, types: ['action.ended', 'action.proposed'], newestFirst: true }), [11, 7]);
  assert.deepEqual(seqs({ limit: 9, session: two, types: ['action.ended', 'session.renamed'] }), [6, 11]);
  assert.deepEqual(seqs({ limit: 9, types: [] }), []);
  assert.throws(() => log.events({ limit: -1 }), { code: 'log.query' });
});

test('a clock that goes back, or far forward, is on record before what follows', async (t) => {
  let now = 1_800_000_000_000;
  const log = await freshLog(t, { now: () => now });
  const ask = (): Promise<unknown> => log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }));
  for (const step of [0, 5, DAY, -1, DAY + 1, -40 * DAY]) {
    now += step;
    await ask();
  }
  const jumps = log.events({ limit: 99, types: ['clock.jumped'] }).map(({ body }) => body);
  assert.deepEqual(jumps, [{ type: 'clock.jumped', by: -1 }, { type: 'clock.jumped', by: DAY + 1 }, { type: 'clock.jumped', by: -40 * DAY }]);
  assert.deepEqual((await log.verify()).problems, []);
});

test('an event can not be appended after its transaction, nor changed or removed in another', async (t) => {
  const log = await freshLog(t);
  const tx = await log.commit((inside) => inside);
  assert.throws(() => tx.append({ type: 'stop.asked', door: 'cli', credential: 'c' }), { code: 'log.misuse' });
  for (const sql of ['DELETE FROM events', `UPDATE events SET type = 'x'`, 'DELETE FROM payloads WHERE 1']) {
    await log.commit((inside) => life(inside, newId(), 1));
    await assert.rejects(log.commit(({ db }) => db.exec(sql)), /never/);
  }
});

test('following gives what is there and then what comes, and ends when it is told to', async (t) => {
  const log = await freshLog(t);
  const stop = new AbortController();
  const heard: number[] = [];
  const done = (async () => {
    for await (const { seq } of log.follow(-1, stop.signal)) if (heard.push(seq) === 11) stop.abort();
  })();
  await log.commit((tx) => life(tx, newId(), 1));
  await log.commit((tx) => life(tx, newId(), 2));
  await done;
  assert.deepEqual(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('without its key, or with another, an existing log is not opened and no key is made for it', async (t) => {
  const log = await freshLog(t);
  const { state } = log.store.home;
  await log.close();
  const key = join(state, 'log.key');
  renameSync(key, `${key}.away`);
  await assert.rejects(openAt(t, state), { code: 'log.key-missing' });
  assert.equal(filesUnder(state).some(({ path }) => path === key), false);
  const other = await freshLog(t);
  writeFileSync(key, filesUnder(other.store.home.state).find(({ path }) => path.endsWith('log.key'))?.bytes ?? '', { mode: 0o600 });
  await assert.rejects(openAt(t, state), { code: 'log.key-foreign' });
  writeFileSync(key, 'no key at all');
  await assert.rejects(openAt(t, state), { code: 'log.key-broken' });
  chmodSync(key, 0o644);
  await assert.rejects(openAt(t, state), { code: 'storage.file-mode' });
  renameSync(`${key}.away`, key);
  assert.equal((await openAt(t, state)).size(), 1);
});

const damage: { readonly [words: string]: string } = {
  'the last event was cut off': 'DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)',
  'the last event was changed': `UPDATE events SET leaf = replace(leaf, 'notes', 'other') || ' ' WHERE seq = (SELECT max(seq) FROM events)`,
  'the last event was changed with its hash': `UPDATE events SET hash = zeroblob(32) WHERE seq = (SELECT max(seq) FROM events)`,
  'the head says another size': 'UPDATE head SET size = size - 1',
  'the checkpoint is for another tree': `UPDATE head SET checkpoint = replace(checkpoint, char(10) || '6' || char(10), char(10) || '7' || char(10))`,
};

for (const [words, sql] of Object.entries(damage)) {
  test(`a log is not opened when ${words}, and says how to go on`, async (t) => {
    const log = await freshLog(t);
    await log.commit((tx) => life(tx, newId(), 1));
    const { state } = log.store.home;
    await log.close();
    const db = new DatabaseSync(join(state, 'state.db'));
    db.exec(`DROP TRIGGER events_never_go; DROP TRIGGER events_never_change; ${sql}`);
    db.close();
    await assert.rejects(openAt(t, state), (error: { code?: string; hint?: string }) => error.code === 'log.broken' && error.hint?.includes('pwb log verify') === true);
  });
}
