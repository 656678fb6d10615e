import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { PERSON } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';

const skip = existsSync('/usr/bin/bwrap') ? false : 'no bubblewrap here';

test('what was planned is never run for another action', { skip }, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { workspace, bench, folder } = house;
  const action = (name: string): Proposal['action'] => ({ kind: 'run', workspace: workspace.id, root: workspace.root, argv: ['touch', name], cwd: '.', access: 'write', timeout: 20_000 });
  const foreseen = await bench.hands.foresee({ id: 'a000000000', session: 's000000000', turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action: action('one.txt') });
  await foreseen.land(action('two.txt'), house.watch()).catch(() => undefined);
  assert.equal(existsSync(join(folder, 'one.txt')), false);
});
