import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { sha256 } from '../model/digest.ts';
import { freshFolder } from '../../vectors/log/open.ts';
import { openHome } from './home.ts';
import { openStore, type Store } from './store.ts';

async function openAt(t: TestContext, state: string, patience = 5000): Promise<Store> {
  const store = await openStore(openHome({ config: state, state }), { patience });
  t.after(() => store.close());
  return store;
}

async function openFresh(t: TestContext): Promise<Store> {
  const store = await openAt(t, join(freshFolder(t), 'state'));
  store.db.exec('CREATE TABLE things (name TEXT NOT NULL) STRICT');
  return store;
}

const names = (store: Store): unknown[] => store.db.prepare('SELECT name FROM things ORDER BY rowid').all().map(({ name }) => name);

const insert = (store: Store, name: string): Promise<unknown> => store.write((db) => db.prepare('INSERT INTO things VALUES (?)').run(name).changes);

test('all files of the store are for their owner only, those of SQLite too', async (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const state = join(freshFolder(t), 'state');
  await openAt(t, state);
  const files = readdirSync(state);
  assert.deepEqual(files.filter((name) => name.startsWith('state.db')).toSorted(), ['state.db', 'state.db-shm', 'state.db-wal']);
  for (const name of files) assert.equal(statSync(join(state, name)).mode & 0o077, 0, name);
});

test('what is written is durable, in order, and survives opening again', async (t) => {
  const store = await openFresh(t);
  await Promise.all(['a', 'b', 'c'].map((name) => insert(store, name)));
  await store.close();
  const again = await openAt(t, store.home.state);
  assert.deepEqual(names(again), ['a', 'b', 'c']);
});

test('a write that throws is undone alone; those that share its transaction stand', async (t) => {
  const store = await openFresh(t);
  const bad = store.write((db) => {
    db.exec(`INSERT INTO things VALUES ('half')`);
    throw new Error('mine');
  });
  const results = await Promise.allSettled([insert(store, 'a'), bad, insert(store, 'b')]);
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(names(store), ['a', 'b']);
  await assert.rejects(bad, { message: 'mine' });
});

test('a function that is queued runs exactly once, and may not be asynchronous', async (t) => {
  const store = await openFresh(t);
  let runs = 0;
  await store.write(() => (runs += 1));
  assert.equal(runs, 1);
  await assert.rejects(store.write(() => Promise.resolve()), { code: 'storage.misuse' });
});

test('when the disk is full the write is refused in words, what was acknowledged stays, and work goes on once there is room', async (t) => {
  const store = await openFresh(t);
  await insert(store, 'before');
  const pages = Number(store.db.prepare('PRAGMA page_count').get()?.['page_count']);
  store.db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  await assert.rejects(insert(store, 'x'.repeat(1_000_000)), { code: 'storage.full' });
  assert.deepEqual(names(store), ['before']);
  store.db.exec('PRAGMA max_page_count = 1000000');
  await insert(store, 'after');
  assert.deepEqual(names(store), ['before', 'after']);
});

test('what was queued for later is kept while the store is locked by another, and lands afterwards', async (t) => {
  const store = await openFresh(t);
  const impatient = await openAt(t, store.home.state, 50);
  store.db.exec('BEGIN IMMEDIATE');
  impatient.writeLater((db) => db.exec(`INSERT INTO things VALUES ('noted')`));
  await assert.rejects(insert(impatient, 'hasty'), { code: 'storage.busy' });
  store.db.exec('ROLLBACK');
  await insert(impatient, 'second');
  assert.deepEqual(names(store), ['noted', 'second']);
  assert.equal(impatient.waiting(), 0);
});

test('what was queued for later and finds no room keeps what follows from landing before it', async (t) => {
  const store = await openFresh(t);
  store.db.exec(`PRAGMA max_page_count = ${Number(store.db.prepare('PRAGMA page_count').get()?.['page_count']) + 2}`);
  store.writeLater((db) => db.prepare('INSERT INTO things VALUES (?)').run('x'.repeat(1_000_000)));
  await assert.rejects(insert(store, 'small'), { code: 'storage.full' });
  assert.deepEqual(names(store), []);
  store.db.exec('PRAGMA max_page_count = 1000000');
  await insert(store, 'small');
  assert.deepEqual(names(store).map((name) => String(name).length), [1_000_000, 5]);
});

test('waiting for a lock does not hold up the process that waits', async (t) => {
  const store = await openFresh(t);
  const other = await openAt(t, store.home.state);
  store.db.exec('BEGIN IMMEDIATE');
  const write = insert(other, 'a');
  for (let ticks = 0; ticks < 20; ticks += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(names(other), []);
  store.db.exec('COMMIT');
  await write;
  assert.deepEqual(names(store), ['a']);
});

const foreign: { readonly [words: string]: { readonly code: string; readonly make: (path: string) => void } } = {
  'a file that is no database': { code: 'storage.foreign', make: (path) => writeFileSync(path, 'dear diary, '.repeat(20)) },
  'a few bytes of something': { code: 'storage.foreign', make: (path) => writeFileSync(path, 'x') },
  'a database of another program': { code: 'storage.foreign', make: (path) => database(path, 'CREATE TABLE theirs (a)') },
  'a database with the mark of another program': { code: 'storage.foreign', make: (path) => database(path, 'PRAGMA application_id = 252006675; CREATE TABLE theirs (a)') },
  'a store that a newer version wrote': { code: 'storage.newer', make: (path) => database(path, 'PRAGMA application_id = 1347895857; PRAGMA user_version = 9999; CREATE TABLE a (b)') },
  'a damaged database': { code: 'storage.corrupt', make: (path) => damaged(path) },
};

function database(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function damaged(path: string): void {
  database(path, 'PRAGMA application_id = 1347895857; CREATE TABLE a (b)');
  const bytes = readFileSync(path);
  bytes.fill(0xff, 100);
  writeFileSync(path, bytes);
}

for (const [words, { code, make }] of Object.entries(foreign)) {
  test(`${words} in place of ours is refused with a next step and left as it was`, async (t) => {
    const state = join(freshFolder(t), 'state');
    mkdirSync(state, { mode: 0o700 });
    const path = join(state, 'state.db');
    make(path);
    chmodSync(path, 0o600);
    const before = sha256(readFileSync(path));
    await assert.rejects(openStore(openHome({ config: state, state })), (error: { code?: string; hint?: string }) => error.code === code && typeof error.hint === 'string');
    assert.equal(sha256(readFileSync(path)), before);
    assert.equal(existsSync(`${path}-wal`), false);
  });
}

test('a database that is a link, or that others can read, is refused', async (t) => {
  const state = join(freshFolder(t), 'state');
  mkdirSync(state, { mode: 0o700 });
  symlinkSync('/dev/null', join(state, 'state.db'));
  await assert.rejects(openStore(openHome({ config: state, state })), { code: 'storage.file-kind' });
  const other = join(freshFolder(t), 'state');
  mkdirSync(other, { mode: 0o700 });
  writeFileSync(join(other, 'state.db'), '', { mode: 0o644 });
  chmodSync(join(other, 'state.db'), 0o644);
  await assert.rejects(openStore(openHome({ config: other, state: other })), { code: 'storage.file-mode' });
});

test('a key without its log is not begun anew in silence', async (t) => {
  const state = join(freshFolder(t), 'state');
  const home = openHome({ config: state, state });
  writeFileSync(join(state, 'log.key'), 'a key', { mode: 0o600 });
  await assert.rejects(openStore(home), { code: 'storage.lost' });
  assert.deepEqual(readdirSync(state), ['log.key']);
});
