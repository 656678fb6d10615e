// What is outside in a workspace, over HTTP: anybody who may read can see it, only a person can trust a file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHouse } from '../../vectors/house/house.ts';
import { clientWith } from '../../vectors/server/client.ts';
import { recordMarks } from '../approvals/marks.ts';
import { openSession } from '../loop/desk.ts';
import { newId } from '../model/id.ts';
import { serve } from './serve.ts';

test('marks are told with what shaped them, and go when a person trusts the file', async () => {
  await using house = await openTestHouse({ turns: [] });
  const { log, hands, home } = house.bench;
  const served = await serve(house.bench, { port: 0 });
  try {
    const client = clientWith(served.port, [['Authorization', `Bearer ${readFileSync(join(home.state, 'credential'), 'utf8').trim()}`]]);
    const session = openSession(house.bench, house.workspace, house.scripted.url, 'go', 'cli');
    await log.settle();
    const { id: workspace, root } = house.workspace;
    const label = { integrity: 'outside', secrecy: 'private', sources: ['fetch:https://a.example/'] } as const;
    const proposal = { id: newId(), session, turn: 1, by: 'model', tool: 'write', call: '', why: '', label, editedFrom: null, action: { kind: 'write', op: 'write', workspace, root, path: 'notes.txt', content: '' } } as const;
    await log.commit((tx) => recordMarks(tx, { proposal, label, changes: [{ change: 'created', path: 'notes.txt', type: 'file', mode: 0o644, size: 0, after: '' }], into: 'workspace' }, hands.names));

    interface Answer { readonly rules: readonly string[]; readonly marks: readonly { readonly path: string; readonly sources: readonly string[]; readonly draft: string | null; readonly action: string }[]; readonly more: boolean }
    const told = await client.get<Answer>(`/api/labels?workspace=${workspace}`);
    assert.ok(told.rules.includes('*.eml'));
    assert.deepEqual(told.marks.map(({ path, sources, draft, action }) => ({ path, sources, draft, action })), [{ path: 'notes.txt', sources: ['fetch:https://a.example/'], draft: null, action: proposal.id }]);

    assert.ok((await client.ask('POST', '/api/labels/trust', { workspace, paths: ['../etc'] })).status >= 400);
    assert.deepEqual(await client.post('/api/labels/trust', { workspace, paths: ['notes.txt'] }), { trusted: ['notes.txt'], marks: 1 });
    assert.deepEqual((await client.get<Answer>(`/api/labels?workspace=${workspace}`)).marks, []);
    const last = house.events().findLast(({ body }) => body.type === 'file.endorsed');
    assert.equal(last?.body.type === 'file.endorsed' && last.body.door, 'http');
  } finally {
    await served.close();
  }
});
