import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction, textOf } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import { cardText } from '../server/draw.ts';
import { carryOn, invoke, proposeRun } from './desk.ts';
import { findLanding, proposeUndo } from './drafts.ts';
import type { Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

/** A command of the person that has landed. */
async function landed(house: TestHouse, command: string): Promise<string> {
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['/bin/sh', '-c', command], cwd: '.', access: 'write', timeout: 20_000 }, 'cli', { held: true });
  await carryOn(house.bench, session, house.watch(), true);
  await invoke(house.bench, action, BY);
  await carryOn(house.bench, session, house.watch());
  return action;
}

async function undone(house: TestHouse, id: string): Promise<{ readonly id: string; readonly session: string; readonly rest: Rest | null }> {
  const { session, action } = proposeUndo(house.bench, findLanding(house.bench, id), [], 'cli', true);
  return { id: action, session, rest: await carryOn(house.bench, session, house.watch(), true) };
}

test('an undo of which all is in the way asks nobody: it says so, and has failed', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const id = await landed(house, 'rm a.txt');
  mkdirSync(join(house.folder, 'a.txt'));
  writeFileSync(join(house.folder, 'a.txt/q'), 'q\n');
  const { id: action, rest } = await undone(house, id);
  assert.equal(rest?.state, 'answered');
  const row = readAction(house.bench.log.store.db, action);
  assert.equal(row.outcome, 'failed');
  assert.match(textOf(house.bench.log, row.result), /Nothing was undone, and nothing of it can be: a\.txt is in use by something newer.*move away/);
  assert.equal(house.file('a.txt/q'), 'q\n');
  rmSync(join(house.folder, 'a.txt'), { recursive: true });
  await undone(house, id);
  assert.equal(house.file('a.txt'), 'alpha\nbeta\n', 'the undo was not used up');
});

test('an undo of which some is in the way says what a yes would replace, and what stays whatever one says', options, async () => {
  await using house = await openTestHouse({ turns: [] }, { 'b.txt': 'b\n' });
  const id = await landed(house, 'rm a.txt; echo new > b.txt');
  mkdirSync(join(house.folder, 'a.txt'));
  writeFileSync(join(house.folder, 'b.txt'), 'mine\n');
  const { id: action, session, rest } = await undone(house, id);
  assert.equal(rest?.state, 'waiting');
  const text = cardText(cardOf(house.bench.log, readAction(house.bench.log.store.db, action)), 'ask');
  assert.match(text, /A yes replaces what is there now, but for what is not undone, and keeps it/);
  assert.match(text, /! 1 not undone, whatever you say\n +a\.txt is in use by something newer/);
  await invoke(house.bench, action, BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(house.file('b.txt'), 'b\n');
  assert.deepEqual(readdirSync(join(house.folder, 'a.txt')), []);
});

test('an undo of what is gone already has nothing to do, and asks nobody', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const id = await landed(house, 'echo new > b.txt');
  rmSync(join(house.folder, 'b.txt'));
  const { id: action, rest } = await undone(house, id);
  const row = readAction(house.bench.log.store.db, action);
  assert.deepEqual([rest?.state, row.outcome, textOf(house.bench.log, row.result)], ['answered', 'done', 'There was nothing left to undo.']);
});
