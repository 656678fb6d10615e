import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { PERSON } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';

const skip = existsSync('/usr/bin/bwrap') ? false : 'no bubblewrap here';

test('a run that stands ready does nothing before it lands, and nothing at all when it is abandoned', { skip }, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { workspace, bench, folder } = house;
  const proposal = (argv: readonly string[]): Proposal => ({
    id: 'a000000000', session: 's000000000', turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null,
    action: { kind: 'run', workspace: workspace.id, root: workspace.root, argv, cwd: '.', access: 'write', timeout: 20_000 },
  });
  const made = join(folder, 'made.txt');
  const abandoned = proposal(['touch', 'made.txt']);
  const one = await bench.hands.foresee(abandoned);
  one.begin?.(house.watch());
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(existsSync(made), false);
  await one.abandon?.();
  assert.equal(existsSync(made), false);

  const two = await bench.hands.foresee(abandoned);
  two.begin?.(house.watch());
  const landed = await two.land(abandoned.action, house.watch());
  assert.equal(landed.outcome.exit, 0);
  assert.equal(existsSync(made), true);
});

test('what stands ready is never used for another action', { skip }, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { workspace, bench, folder } = house;
  const action = (name: string): Proposal['action'] => ({ kind: 'run', workspace: workspace.id, root: workspace.root, argv: ['touch', name], cwd: '.', access: 'write', timeout: 20_000 });
  const foreseen = await bench.hands.foresee({ id: 'a000000000', session: 's000000000', turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action: action('one.txt') });
  foreseen.begin?.(house.watch());
  await foreseen.land(action('two.txt'), house.watch()).catch(() => undefined);
  assert.equal(existsSync(join(folder, 'one.txt')), false);
});
