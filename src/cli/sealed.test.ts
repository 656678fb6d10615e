// The profile sealed, from outside: nothing reaches a network, nothing lands, no model elsewhere is asked; in the draft
// work goes on as usual.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';

const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };

interface Asked {
  readonly session: string;
  readonly state: string;
  readonly text: string;
  readonly actions: readonly { readonly kind: string; readonly outcome: string | null }[];
}

test('in the profile sealed what a model changes stays in the draft, which can not be landed, and no page is fetched', sandboxed, async () => {
  let visits = 0;
  const page = createServer((_, answer) => {
    visits += 1;
    answer.end('hello');
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const { port } = page.address() as AddressInfo;
  const turns = [{ calls: [{ name: 'fetch', arguments: { url: `http://127.0.0.1:${port}/` } }] }, { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }, { calls: [{ name: 'read', arguments: { path: 'b.txt' } }] }, { text: 'Done.' }];
  const model = await startScripted({ dialect: 'llamacpp', turns });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const asked = (await desk.call(['ask', 'fetch and write', '--profile', 'sealed', '--json'])).json<Asked>();
    assert.equal(visits, 0);
    assert.ok(model.requests.every((request) => !/"name":"fetch","description"/.test(request)), 'it is not offered');
    if (asked.state !== 'answered') return assert.equal(existsSync(join(desk.folder, 'b.txt')), false, 'where no view can be had, nothing lands');
    assert.deepEqual(asked.actions.map(({ kind, outcome }) => `${kind} ${outcome}`), ['write done', 'read done']);
    assert.match(model.requests.at(-1) ?? '', /two/, 'it sees its draft');
    const committed = await desk.call(['draft', 'commit', '--session', asked.session, '--json']);
    assert.equal(committed.code, 4, committed.stdout + committed.stderr);
    assert.match(committed.stdout + committed.stderr, /sealed\.draft/);
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  } finally {
    await model.close();
    page.close();
  }
});

test('in the profile sealed a command that asks for a host is refused before it is tried', sandboxed, async () => {
  await using desk = openDesk();
  assert.equal((await desk.call(['profile', 'sealed'])).code, 0);
  const { code, stdout, stderr } = await desk.call(['run', '--host', 'example.org:443', '--', 'sh', '-c', 'echo x > made']);
  assert.equal(code, 4, stdout + stderr);
  assert.match(stdout + stderr, /sealed\.network/);
  assert.equal(existsSync(join(desk.folder, 'made')), false);
  const kept = await desk.call(['run', '--json', '--', 'sh', '-c', 'echo x > made']);
  assert.equal(existsSync(join(desk.folder, 'made')), false, kept.stdout);
});

test('in the profile sealed no model elsewhere is asked, though the configuration allows it', async () => {
  await using desk = openDesk();
  mkdirSync(desk.state, { recursive: true, mode: 0o700 });
  writeFileSync(join(desk.state, 'config.json'), JSON.stringify({ models: [{ name: 'far', url: 'https://models.invalid', model: 'm' }], remote: ['https://models.invalid'] }), { mode: 0o600 });
  const { code, stdout } = await desk.call(['ask', 'hello', '--model', 'far', '--profile', 'sealed', '--json']);
  assert.equal(code, 4, stdout);
  assert.match(stdout, /sealed\.model/);
});

test("what was made under the profile sealed lands only after the person has set its session to another one", sandboxed, async () => {
  await using desk = openDesk();
  const ran = (await desk.call(['run', '--profile', 'sealed', '--json', '--', 'sh', '-c', 'echo x > made'])).json<{ readonly session: string; readonly state: string }>();
  if (ran.state !== 'ended') return assert.equal(existsSync(join(desk.folder, 'made')), false);
  assert.equal(existsSync(join(desk.folder, 'made')), false);
  assert.equal((await desk.call(['draft', 'commit', '--session', ran.session])).code, 4);
  await desk.call(['sessions', 'set', ran.session, '--profile', 'step']);
  const waits = await desk.call(['draft', 'commit', '--session', ran.session, '--json']);
  assert.equal(waits.code, 3, waits.stdout);
  // Sealed again while it waits: the yes lands nothing.
  await desk.call(['sessions', 'set', ran.session, '--profile', 'sealed']);
  const { id } = waits.json<{ readonly id: string }>();
  assert.equal((await desk.call(['invoke', id])).code, 4);
  assert.equal(existsSync(join(desk.folder, 'made')), false);
});
