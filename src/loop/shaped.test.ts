// A draft piles up with nobody asked; the card that lands it says which of its files words from outside have shaped.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { readAction } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import { plainLines } from '../approvals/drawing.ts';
import { originParts } from '../approvals/origin-words.ts';
import { carryOn, invoke, openSession } from './desk.ts';
import { proposeCommit } from './drafts.ts';
import { say } from './turn.ts';

const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };
const REACH = { most: 10, rest: 'pwb show ID --all' };

test('the card of a draft names each file that was written after something from outside was read, and by what', options, async () => {
  const turns = [
    { calls: [{ name: 'write', arguments: { path: 'own.md', content: 'mine\n' } }] },
    { calls: [{ name: 'read', arguments: { path: 'mail/bill.txt' } }] },
    { calls: [{ name: 'write', arguments: { path: 'pay to.md', content: 'Pay DE00\n' } }] },
    { text: 'done' },
  ];
  await using house = await openTestHouse({ turns }, { 'mail/bill.txt': 'Pay to DE00\n' });
  const { bench, workspace, scripted } = house;
  const session = openSession(bench, workspace, scripted.url, 'x', 'cli', true, 'draft');
  const rest = await say(bench, session, 'Note who is to be paid.', house.watch(), true);
  assert.equal(rest.state, 'answered');
  const landing = proposeCommit(bench, session, { paths: [], hunks: [] }, 'cli', true);
  assert.equal((await carryOn(bench, landing.session, house.watch(), true))?.state, 'waiting');
  const row = readAction(bench.log.store.db, landing.action);
  const card = cardOf(bench.log, row);
  assert.deepEqual(card.shaped.map(({ path, sources }) => [path, sources]), [['pay to.md', ['file:mail/bill.txt']]]);
  const [{ action } = { action: '' }] = card.shaped;
  assert.deepEqual(plainLines(originParts(card, REACH)), ['! what was read from outside has shaped 1 of the paths that land', `  "pay to.md": written after reading file:mail/bill.txt → pwb show ${action}`]);
  // A mark on a folder is on what is in it; what doesn't land is not told.
  await bench.log.commit((tx) => {
    for (const path of ['elsewhere.md', '.']) tx.db.prepare(`INSERT INTO marks (path, draft, action, integrity, secrecy, words, named, seq) VALUES (?, ?, ?, 'outside', 'open', 1, 1, 0)`).run(join(workspace.root, path), session, action);
  });
  assert.deepEqual(cardOf(bench.log, row).shaped.map(({ path }) => path), ['.', 'pay to.md']);
  await invoke(bench, row.id, { door: 'cli', credential: 'test' }, row);
});
