// Events as lines: a person reads words, never the form in which the log keeps them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { addStanding, removeStanding } from '../approvals/standing.ts';
import { canonicalBytes, type Json } from '../model/canonical.ts';
import type { EventBody } from '../model/event.ts';
import { newId } from '../model/id.ts';
import { lineOf } from './timeline-line.ts';

const BY = { door: 'cli', credential: 'terminal' } as const;

test('rules, backups, credentials and what a conversation was set to are told in words, with what was named drawn', async () => {
  await using house = await openTestHouse({ turns: [] });
  const { log } = house.bench;
  const last = (): string => lineOf(log, log.events({ newestFirst: true, limit: 1 })[0] ?? assert.fail('an empty log')).words;
  const told = async (body: EventBody, detail?: Json): Promise<string> => {
    await log.commit((tx) => void tx.append(body, detail === undefined ? {} : { detail: typeof detail === 'string' ? detail : canonicalBytes(detail) }));
    return last();
  };
  const session = newId();
  const { id } = await addStanding(log, { workspace: newId(), root: '/home/a/w\u202e', kind: 'write', by: 'anyone', same: { as: 'op', op: 'write' }, paths: [], folders: ['src'], changes: ['created', 'changed'], executable: false }, newId(), BY);
  const rule = 'may go without asking, in "/home/a/w‹U+202E›": the file tool write, whatever it writes; proposed by: the model or you; when all that it does is to: create or change files or folders; none is made executable; below: src/';
  assert.equal(last(), `A rule of yours was added: ${rule}`);
  await removeStanding(log, id, BY);
  assert.equal(last(), `A rule of yours was taken away: ${rule}`);
  assert.equal(await told({ type: 'state.saved', ...BY }, { version: '0.1.0' }), 'A backup of the state was begun, by version 0.1.0');
  assert.equal(await told({ type: 'state.restored', ...BY }, { version: '0.1.0', made: '2026-01-02T03:04:05.000Z', events: 48, root: 'ab' }), 'The state was restored from a backup, made at 2026-01-02T03:04:05.000Z, with 48 events, by version 0.1.0');
  assert.equal(await told({ type: 'state.restored', ...BY }), 'The state was restored from a backup');
  assert.equal(await told({ type: 'session.changed', session, ...BY }, { model: 'm', profile: null }), 'The conversation was set otherwise: the model is m now, the profile is the configured one now');
  assert.equal(await told({ type: 'session.rewound', session, turn: 1, epoch: 1, index: 3, from: 2, ...BY }, 'two messages'), 'The conversation was taken back: two messages');
  assert.equal(await told({ type: 'credential.made', credential: newId(), kind: 'session' }), 'A browser signed in');
});
