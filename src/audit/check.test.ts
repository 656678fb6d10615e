import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { newId } from '../model/id.ts';
import { openHome } from '../storage/home.ts';
import { openStore } from '../storage/store.ts';
import { freshLog, life } from '../../vectors/log/open.ts';
import { verifyStore, type CheckCode } from './check.ts';

const FREE = 'DROP TRIGGER events_never_go; DROP TRIGGER events_never_change; DROP TRIGGER payloads_never_go;';

/** 300 actions in a log, then `sql` behind its back; what the check of the whole store finds. */
async function codesAfter(t: TestContext, sql: string, against?: (heads: readonly string[]) => string): Promise<CheckCode[]> {
  const log = await freshLog(t);
  const heads = [log.head().checkpoint];
  const session = newId();
  for (let batch = 0; batch < 3; batch += 1) {
    await log.commit((tx) => {
      for (let turn = 0; turn < 100; turn += 1) life(tx, session, turn);
    });
    heads.push(log.head().checkpoint);
  }
  const [proposal] = log.events({ limit: 1, types: ['action.proposed'] });
  await log.erase([proposal?.payloads['proposal']?.digest ?? ''], { door: 'cli', credential: 'c', reason: 'person', why: 'a test' });
  const { home } = log.store;
  await log.close();
  const db = new DatabaseSync(join(home.state, 'state.db'));
  db.exec(`${FREE} ${sql}`);
  db.close();
  const store = await openStore(openHome(home));
  t.after(() => store.close());
  const report = await verifyStore(store, against === undefined ? {} : { against: against(heads) });
  assert.equal(report.ok, report.problems.length === 0);
  return [...new Set(report.problems.map(({ code }) => code))].toSorted();
}

const cases: { readonly [words: string]: readonly [sql: string, codes: readonly CheckCode[]] } = {
  'nothing is wrong': ['', []],
  'an event in the middle was changed': [`UPDATE events SET leaf = replace(leaf, 'invoke', 'denied') WHERE seq = 703`, ['checkpoint.root', 'event.changed', 'tree.head', 'tree.tile']],
  'an event was changed together with its hash': [`UPDATE events SET leaf = replace(leaf, '"cli"', '"web"'), hash = zeroblob(32) WHERE seq = 703`, ['checkpoint.root', 'event.changed', 'tree.head', 'tree.tile']],
  'an event in the middle is gone': ['DELETE FROM events WHERE seq = 703', ['checkpoint.root', 'event.missing', 'tree.head']],
  'an event is filed under another session': [`UPDATE events SET action = 'abcdefghjk' WHERE seq = 703`, ['event.index']],
  'a stored node of the tree was changed': ['UPDATE tiles SET hash = zeroblob(32) WHERE idx = 1', ['tree.tile']],
  'a kept checkpoint was changed': [`UPDATE checkpoints SET note = replace(note, char(10) || '1', char(10) || '2')`, ['checkpoint.signature']],
  'a payload was changed': [`UPDATE payloads SET data = zeroblob(size) WHERE id = 99`, ['payload.changed']],
  'a payload is gone': ['DELETE FROM payloads WHERE id = 99', ['payload.missing']],
  'a payload was blanked without an event': [`UPDATE payloads SET place = 'gone', salt = zeroblob(32), data = zeroblob(size) WHERE id = 99`, ['payload.erased-unsaid']],
  'an erased payload has come back': [`UPDATE payloads SET salt = x'01' WHERE place = 'gone'`, ['payload.erased-present']],
  'a payload that no event names was slipped in': [`INSERT INTO payloads (digest, seq, size, place, salt, data) VALUES ('${'ab'.repeat(32)}', 5, 0, 'here', zeroblob(32), x'')`, ['payload.changed', 'payload.unnamed']],
};

for (const [words, [sql, codes]] of Object.entries(cases)) {
  test(`a check of the whole store finds when ${words}`, async (t) => {
    assert.deepEqual(await codesAfter(t, sql), codes);
  });
}

test('a check against an earlier checkpoint accepts a log that only grew, and finds a log that was swapped', async (t) => {
  assert.deepEqual(await codesAfter(t, '', (heads) => heads[1] ?? ''), []);
  const other = await freshLog(t);
  assert.deepEqual(await codesAfter(t, '', () => other.head().checkpoint), ['against.unreadable']);
  assert.deepEqual(await codesAfter(t, '', () => 'rubbish'), ['against.unreadable']);
});

test('a log that was rolled back to an old copy is found by a checkpoint that was kept elsewhere', async (t) => {
  const log = await freshLog(t);
  await log.commit((tx) => life(tx, newId(), 1));
  await log.store.write(() => undefined);
  log.store.db.exec(`VACUUM INTO '${join(log.store.home.state, 'copy')}'`);
  await log.commit((tx) => life(tx, newId(), 2));
  const kept = log.head().checkpoint;
  assert.equal((await log.verify({ against: kept })).ok, true);
  const { home } = log.store;
  await log.close();
  const { renameSync, chmodSync } = await import('node:fs');
  renameSync(join(home.state, 'copy'), join(home.state, 'state.db'));
  chmodSync(join(home.state, 'state.db'), 0o600);
  const store = await openStore(openHome(home));
  t.after(() => store.close());
  assert.equal((await verifyStore(store)).ok, true, 'an old copy is sound in itself');
  assert.deepEqual((await verifyStore(store, { against: kept })).problems.map(({ code }) => code), ['against.rolled-back']);
});

test('a blob that a crash left without a name is removed by the check', async (t) => {
  const log = await freshLog(t);
  const digest = 'cd'.repeat(32);
  const path = log.store.blobs.pathOf(digest);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, 'left by a crash');
  assert.equal((await log.verify()).ok, true);
  assert.equal(log.store.blobs.read(digest), null);
});
