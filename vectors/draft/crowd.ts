// Several processes take actions into one draft while others look at it, and one of them is killed: nothing that was
// said to be done is lost, nobody sees half an action, and no look fails.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { sweepRehearsals } from '../../src/execute/rehearse.ts';
import { startTogether } from './processes.ts';
import type { DraftStage } from './stage.ts';

const OK = { code: 0, complaint: '' };

export async function playCrowd(stage: DraftStage, count: number): Promise<void> {
  await stage.fresh('echo f > f');
  const { place, draft } = stage;
  const uppers = join(stage.world.outside, 'crowd');
  mkdirSync(uppers);
  const lookers = [1, 2].map(() => startTogether({ does: 'look', place }));
  for (const one of lookers) await one.heard(1);
  const [killed, ...others] = ['one', 'two', 'three'].map((name) => startTogether({ does: 'accept', place, uppers, name, count: name === 'one' ? 10_000 : count }));
  assert.ok(killed !== undefined);
  await killed.heard(Math.ceil(count / 2));
  killed.kill();
  for (const one of others) assert.deepEqual(await one.ended, OK);
  await killed.ended;
  for (const one of lookers) await one.heard(one.said.length + 1);
  for (const one of lookers) one.end();
  for (const one of lookers) assert.deepEqual(await one.ended, OK);
  const done = killed.said.length;
  const layers = draft.layers().length - 2 * count;
  assert.ok(layers === done || layers === done + 1, `${layers} of ${done} that were done`);
  const { effects } = await draft.effects();
  assert.deepEqual([effects.changes.length, effects.conflicts], [2 * draft.layers().length, undefined]);
  await draft.drop([]);
  assert.deepEqual(readdirSync(place.folder).map((name) => name.split('-')[0]).filter((name) => name !== 'absent').toSorted(), ['layers', 'merged', 'notes', 'trash']);
  await draft.clear();
  await removeTree(uppers);
  await sweepRehearsals(stage.view.folder);
}
