import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { NO_EFFECTS } from '../model/effects.ts';
import { PERSON } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { heardOf, unsearchedWords } from './run.ts';

const skip = existsSync('/usr/bin/bwrap') ? false : 'no bubblewrap here';

test('what was planned is never run for another action', { skip }, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { workspace, bench, folder } = house;
  const action = (name: string): Proposal['action'] => ({ kind: 'run', workspace: workspace.id, root: workspace.root, argv: ['touch', name], cwd: '.', access: 'write', timeout: 20_000 });
  const foreseen = await bench.hands.foresee({ id: 'a000000000', session: 's000000000', turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action: action('one.txt') });
  await foreseen.land(action('two.txt'), house.watch()).catch(() => undefined);
  assert.equal(existsSync(join(folder, 'one.txt')), false);
});

test('a model is sent to the person for a repository only when it was a repository that it could not write', () => {
  const heard = (said: string, exit = 1): string => heardOf({ exit, signal: '', limits: [], duration: 1, output: Buffer.from(said), outputBytes: said.length }, NO_EFFECTS, { kind: 'run', workspace: 'w', root: '/w', argv: ['x'], cwd: '.', access: 'write', timeout: 1 }, 'model');
  assert.match(heard("fatal: Unable to create '/w/.git/index.lock': Read-only file system\n"), /pwb run -- git/);
  for (const said of ["rm: cannot remove '.env': Device or resource busy\n", 'sh: 1: cannot create .env: Read-only file system\n', 'a .git here\ncp: /usr/x: Read-only file system\n']) assert.doesNotMatch(heard(said), /pwb run -- git/, said);
});

test('one folder that was not searched is one', () => {
  assert.match(unsearchedWords(1), /: 1 folder is too many/);
  assert.match(unsearchedWords(2), /: 2 folders are too many/);
});
