// The inbox over HTTP: a line for each card, small however much the cards would change.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn, type Client } from '../../vectors/server/client.ts';
import { serve, type Served } from './serve.ts';

interface Line { readonly id: string; readonly [key: string]: unknown }

let house: TestHouse;
let served: Served;
let client: Client;
const LONG = 'a line of many\n'.repeat(7000);

before(async () => {
  house = await openTestHouse({ turns: [{ calls: [1, 2, 3].map((n) => ({ name: 'write', arguments: { path: `big${n}\u202e.txt`, content: LONG } })) }] }, {});
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

test('the inbox says of each card what its list shows and stays small; the card itself is read by its id', async () => {
  const { id: session } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url, title: 'three files' });
  await client.post(`/api/sessions/${session}/messages`, { text: 'three files' });
  let waiting: readonly Line[] = [];
  for (; waiting.length < 3; await pause(10)) ({ waiting } = await client.get<{ waiting: readonly Line[] }>('/api/inbox'));
  const [first] = waiting;
  const shown = await client.get<{ card: { proposed: string; expires: string }; seen: string; batch: string; pieces: boolean }>(`/api/actions/${first?.id ?? ''}`);
  assert.ok(JSON.stringify(shown).length > LONG.length);
  assert.ok(JSON.stringify(waiting).length < 3000, 'a thousand bytes a card');
  assert.deepEqual(first, {
    id: first?.id, session, state: 'pending', by: 'model', tool: 'write', kind: 'write', heading: 'write big1‹U+202E›.txt', does: '1 created',
    changes: { created: 1, changed: 0, deleted: 0, renamed: 0 }, limits: [], conflicts: 0, outside: false, proposed: shown.card.proposed, expires: shown.card.expires,
    seen: shown.seen, pieces: shown.pieces, batch: shown.batch, title: 'three files', root: house.workspace.root,
  });
  await client.post(`/api/actions/${first?.id ?? ''}/invoke`, { seen: first?.['seen'] });
});
