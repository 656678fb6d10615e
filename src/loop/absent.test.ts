import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import { isFault } from '../../vectors/house/faults.ts';
import { carryOn, invoke, proposeRun } from './desk.ts';
import { dropFromDraft, listDrafts, proposeCommit } from './drafts.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

async function tryRun(house: TestHouse, command: string, profile?: 'strict' | 'draft'): Promise<{ readonly session: string; readonly id: string }> {
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['/bin/sh', '-c', command], cwd: '.', access: 'write', timeout: 20_000 }, 'cli', { held: true, ...(profile === undefined ? {} : { profile }) });
  await carryOn(house.bench, session, house.watch(), true);
  return { session, id: action };
}

for (const profile of [undefined, 'strict'] as const) {
  test(`a workspace that is away when the yes comes ends nothing: the action waits again, and lands when it is back (${profile ?? 'ask'})`, options, async () => {
    await using house = await openTestHouse({ turns: [] });
    const { bench, folder } = house;
    const { session, id } = await tryRun(house, 'echo made > made.txt', profile);
    const away = `${folder}-away`;
    for (let again = 0; again < 2; again++) {
      renameSync(folder, away);
      await invoke(bench, id, BY);
      assert.deepEqual(await carryOn(bench, session, house.watch()), { state: 'waiting', pending: [id] });
      const card = cardOf(bench.log, readAction(bench.log.store.db, id));
      assert.deepEqual([card.state, card.outcome], ['pending', null]);
      assert.match(card.reason, /is gone, or something else stands in its place, so nothing was done and nothing that is kept/);
      renameSync(away, folder);
      assert.equal(existsSync(join(folder, 'made.txt')), false, 'the yes is void');
    }
    await carryOn(bench, session, house.watch());
    assert.equal(readAction(bench.log.store.db, id).state, 'pending', 'that it is back is no yes');
    for (let left = profile === 'strict' ? 2 : 1; left > 0; left--) {
      await invoke(bench, id, BY);
      await carryOn(bench, session, house.watch());
    }
    assert.equal(house.file('made.txt'), 'made\n');
    assert.equal(house.types().filter((type) => type === 'action.rehearsed').length, 1, 'it ran once');
  });
}

test('a draft whose workspace is away says so when it is to be landed, and can still be thrown away', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { bench, folder } = house;
  const { session } = await tryRun(house, 'echo made > made.txt', 'draft');
  renameSync(folder, `${folder}-away`);
  assert.throws(() => proposeCommit(bench, session, { paths: [], hunks: [] }, 'cli'), isFault('draft.root'));
  await dropFromDraft(bench, session, 'all', BY);
  assert.deepEqual(listDrafts(bench), []);
  renameSync(`${folder}-away`, folder);
  assert.deepEqual(readdirSync(folder), ['a.txt']);
});
