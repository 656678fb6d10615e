// Settings, folders, disk and the first run, as the page asks for them, with a real workbench behind.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { openStream, signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import { practiceRoot } from '../loop/workspaces.ts';
import { serve, type Served } from './serve.ts';

interface Listed {
  readonly path: string;
  readonly parent: string | null;
  readonly workspace: string | null;
  readonly refused: string | null;
  readonly folders: readonly { readonly name: string; readonly path: string; readonly workspace: string | null }[];
  readonly words: string | null;
}

let house: TestHouse;
let served: Served;
let client: Client;

before(async () => {
  house = await openTestHouse({ turns: [] });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

test('a setting is changed from the page, is in the file and on record, and is refused when it is wrong', async () => {
  const { file, settings } = await client.get<{ file: string; settings: { key: string; value: unknown; default: unknown }[] }>('/api/settings');
  assert.equal(settings.find(({ key }) => key === 'undo.days')?.default, 30);
  const size = house.bench.log.size();
  assert.equal((await client.post<{ value: unknown }>('/api/settings', { key: 'undo.days', value: 3 })).value, 3);
  assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { undo: { days: number } }).undo.days, 3);
  assert.deepEqual(house.types(size), ['config.changed']);
  assert.equal(codeOf(await client.ask('POST', '/api/settings', { key: 'undo.days', value: 'long' })), 'config.value');
  assert.equal(codeOf(await client.ask('POST', '/api/settings', { key: 'model', value: '\u202e' })), 'config.value');
  assert.equal(codeOf(await client.ask('POST', '/api/settings', { key: 'sandbox', value: 1 })), 'config.unknown-key');
  assert.deepEqual(house.types(size), ['config.changed'], 'what is refused is no change');
  assert.equal((await client.post<{ value: unknown }>('/api/settings', { key: 'undo.days', value: null })).value, 30);
});

test('a model is added and removed from the page; one on another machine only when that is said', async () => {
  assert.equal(codeOf(await client.ask('POST', '/api/models', { url: 'https://models.example', name: 'away' })), 'model.refused');
  assert.equal(codeOf(await client.ask('POST', '/api/models', { url: 'ftp://x' })), 'model.url');
  assert.equal(codeOf(await client.ask('POST', '/api/models', { name: 'nothing' })), 'model.shape');
  assert.equal(codeOf(await client.ask('POST', '/api/models', { url: '127.0.0.1:1', file: '/x.gguf' })), 'model.shape');
  await client.post('/api/models', { url: 'https://models.example', name: 'away', allowRemote: true });
  assert.deepEqual(house.bench.config().remote, ['https://models.example']);
  assert.equal((await client.ask('DELETE', '/api/models?name=away')).status, 200);
  assert.deepEqual(house.bench.config().remote, []);
  assert.equal(codeOf(await client.ask('DELETE', '/api/models?name=away')), 'model.unknown');
});

test('folders are listed to choose from: no file, no link, nothing hidden unless asked, and what can\'t be a workspace says why', async () => {
  const root = join(house.folder, 'choose');
  for (const name of ['b 10', 'b 9', '.dot', 'b 10/inner', 'closed']) mkdirSync(join(root, name), { recursive: true });
  symlinkSync('/etc', join(root, 'link'));
  writeFileSync(join(root, 'file'), '');
  mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x61])]));
  chmodSync(join(root, 'closed'), 0);
  try {
    const listed = await client.get<Listed>(`/api/folders?path=${encodeURIComponent(root)}`);
    assert.deepEqual(listed.folders.map(({ name }) => name), ['b 9', 'b 10', 'closed']);
    assert.deepEqual([listed.path, listed.parent, listed.refused, listed.workspace], [root, house.folder, null, null]);
    assert.match(listed.words ?? '', /1 with names that are not UTF-8.*1 hidden folder is/);
    assert.deepEqual((await client.get<Listed>(`/api/folders?path=${encodeURIComponent(root)}&hidden=true`)).folders.map(({ name }) => name), ['.dot', 'b 9', 'b 10', 'closed']);
    const above = await client.get<Listed>(`/api/folders?path=${encodeURIComponent(house.folder)}`);
    assert.equal(above.workspace, house.workspace.id);
    assert.match((await client.get<Listed>('/api/folders?path=/usr')).refused ?? '', /too wide/);
    assert.match((await client.get<Listed>(`/api/folders?path=${encodeURIComponent(house.bench.home.state)}`)).refused ?? '', /own state/);
    if (process.getuid?.() !== 0) assert.match((await client.get<Listed>(`/api/folders?path=${encodeURIComponent(join(root, 'closed'))}`)).words ?? '', /can't be read/);
    assert.equal(codeOf(await client.ask('GET', `/api/folders?path=${encodeURIComponent(join(root, 'file'))}`)), 'folder.missing');
    assert.equal(codeOf(await client.ask('GET', '/api/folders?path=relative')), 'request.shape');
    assert.equal((await client.get<Listed>('/api/folders')).path.startsWith('/'), true);
  } finally {
    chmodSync(join(root, 'closed'), 0o700);
    rmSync(root, { recursive: true });
  }
});

test('the disk use says what takes the room, and each part of the state is told once', async () => {
  const { places, free, total } = await client.get<{ places: { name: string; bytes: number; files: number; path: string }[]; free: number; total: number }>('/api/disk');
  const record = places.find(({ name }) => name === 'record');
  assert.ok(record !== undefined && record.bytes > 4096 && record.files >= 2);
  assert.equal(new Set(places.map(({ name }) => name)).size, places.length);
  assert.ok(free > 0 && total >= free);
});

test('from nothing to the first invoked action: the practice task is said in a folder of its own, over what lay there', async () => {
  const root = practiceRoot(house.bench.home);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const outside = join(house.folder, 'outside.txt');
  writeFileSync(outside, 'mine\n');
  symlinkSync(outside, join(root, 'notes.txt'));

  const fresh = await client.get<{ done: boolean; invoked: number; practice: object }>('/api/first-run');
  assert.deepEqual([fresh.done, fresh.invoked, fresh.practice], [false, 0, { root, workspace: null, session: null }]);
  const stream = await openStream(served.port, `/api/events?after=${house.bench.log.size() - 1}`, client.headers);
  try {
    const begun = await client.post<{ session: string; workspace: string; model: string }>('/api/first-run/practice', { model: 'practice' });
    assert.equal(readFileSync(outside, 'utf8'), 'mine\n', 'nothing is written through a link');
    await stream.until(({ event, data }) => event === 'record' && JSON.stringify(data).includes('"verdict":"ask"'));
    const { waiting: [shown] } = await client.get<{ waiting: { id: string; seen: string }[] }>('/api/inbox');
    await client.post(`/api/actions/${shown?.id ?? ''}/invoke`, { seen: shown?.seen });
    await stream.until(({ event, data }) => event === 'record' && JSON.stringify(data).includes(shown?.id ?? 'none') && JSON.stringify(data).includes('"action.ended"'));
    assert.match(readFileSync(join(root, 'notes.txt'), 'utf8'), /receive/);
    const now = await client.get<{ done: boolean; invoked: number; workspaces: number; practice: object }>('/api/first-run');
    assert.deepEqual([now.done, now.invoked, now.workspaces, now.practice], [true, 1, 1, { root, workspace: begun.workspace, session: begun.session }]);
    await client.post('/api/stop');
  } finally {
    stream.close();
  }
  assert.ok(existsSync(root));
});

test('models are looked for while the page waits, and are there a moment later', async () => {
  for (;;) {
    const { probing, models } = await client.get<{ probing: boolean; models: { name: string }[] }>('/api/first-run');
    if (probing) await new Promise((resolve) => setTimeout(resolve, 20));
    else {
      assert.ok(models.some(({ name }) => name === 'practice'));
      return;
    }
  }
});
