// Commands that look harmless, and wrappers that hide what they do. No decision rests on their words: a read-only run
// can change nothing whatever it says, and any other is put before the person.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDecoys } from '../../vectors/attacks/decoys.ts';
import { readAction, textOf } from '../approvals/actions.ts';
import { NO_EFFECTS, UNKNOWN_EFFECTS } from '../model/effects.ts';
import { PERSON } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { policyOf } from '../policy/decide.ts';
import { understand } from '../tools/understand.ts';
import { carryOn, proposeRun } from './desk.ts';

const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };
interface Case { readonly name: string; readonly command: string }
const cases: readonly Case[] = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/attacks/commands.json'), 'utf8'));
const world = { profile: 'step', sandbox: true, remote: [], isSecret: () => false, isWorkspace: () => true, isClosed: () => false, standing: () => [], closedUrl: () => false, means: (): 'view' => 'view' } as const;

function decide(command: string, isNothing: boolean): unknown {
  const understood = understand({ name: 'run', arguments: JSON.stringify({ command }) }, { workspace: 'w0000000ws', root: '/w' });
  assert.ok(understood.ok);
  const proposal: Proposal = { id: 'a0000000aa', session: 's0000000ss', turn: 1, by: 'model', tool: 'run', call: 'c', why: '', label: PERSON, editedFrom: null, action: understood.action };
  return policyOf().decide({ stage: 'land', proposal, effects: isNothing ? { ...NO_EFFECTS, certainty: 'known' } : UNKNOWN_EFFECTS, into: 'workspace', world });
}

test("a command's words change no decision: the harmless list and the hidden program are judged alike", () => {
  for (const { name, command } of cases) {
    assert.deepEqual(decide(command, true), decide('true', true), name);
    assert.deepEqual(decide(command, false), decide('true', false), name);
  }
  assert.equal((decide('ls', false) as { verdict: string }).verdict, 'ask');
});

test("what runs without a question changes nothing, whatever its words are", needsSandbox, async () => {
  await using house = await openDecoys({ turns: [] }, { big: 'line\n'.repeat(5000), evil: '#!/bin/sh\ntouch PWNED\n' });
  const before = house.snapshot(true);
  // One run for all, each in a shell of its own that can't end the others.
  const script = `chmod +x evil; for c in "$@"; do (timeout 5 /bin/bash -c "$c") </dev/null; done; /bin/bash -c 'chmod +x evil'; echo all`;
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['/bin/bash', '-c', script, 'x', ...cases.map(({ command }) => command)], cwd: '.', access: 'read', timeout: 60_000 }, 'cli', { held: true });
  await carryOn(house.bench, session, house.watch(), true);
  assert.match(textOf(house.bench.log, readAction(house.bench.log.store.db, action).output), /all\n$/);
  assert.deepEqual(house.snapshot(true), before);
});
