// Models by the command line: where a request goes, what a key does, and what never leaves this machine.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { filesWith, openDesk } from '../../vectors/cli/pwb.ts';
import { EVENT_TYPE, jsonAnswer, startServer } from '../../vectors/dialects/server.ts';
import { startScripted, streamOf, type ServerDialect } from '../../vectors/dialects/scripted.ts';

const DIALECTS: readonly ServerDialect[] = ['textgen', 'llamacpp', 'ollama', 'lmstudio', 'vllm', 'generic'];
const KEY = 'sk-very-secret-0123456789';

interface Line {
  readonly name: string;
  readonly dialect: string;
  readonly reachable: boolean;
  readonly where: string;
}

test('models tells every kind of server apart, whatever its port, and asks each in its way', async () => {
  const servers = await Promise.all(DIALECTS.map((dialect) => startScripted({ dialect, turns: [{ text: `I am ${dialect}.` }] })));
  try {
    await using desk = openDesk();
    for (const [at, { url }] of servers.entries()) assert.equal((await desk.call(['models', 'add', url, '--name', DIALECTS[at] ?? ''])).code, 0);
    const lines = (await desk.call(['models', '--json'])).json<readonly Line[]>();
    for (const [at, dialect] of DIALECTS.entries()) {
      const line = lines.find(({ name }) => name === dialect);
      assert.deepEqual([line?.dialect, line?.reachable, line?.where], [dialect, true, 'local'], JSON.stringify(lines));
      const asked = await desk.pwb(['ask', 'who?', '--model', dialect]);
      assert.deepEqual([asked.code, asked.stdout, servers[at]?.requests.length], [0, `I am ${dialect}.\n`, 1]);
    }
    assert.equal((await desk.call(['models', 'remove', 'vllm'])).code, 0);
    assert.equal((await desk.call(['models', '--json'])).json<readonly Line[]>().some(({ name }) => name === 'vllm'), false);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
});

test('a configured server that is away is listed as not reachable, and asking it is a fault with a next step', async () => {
  const server = await startScripted({ dialect: 'llamacpp', turns: [] });
  await server.close();
  await using desk = openDesk();
  await desk.pwb(['models', 'add', server.url, '--name', 'away']);
  assert.equal((await desk.call(['models', '--json'])).json<readonly Line[]>().find(({ name }) => name === 'away')?.reachable, false);
  const asked = await desk.pwb(['ask', 'hi']);
  assert.equal(asked.code, 1);
  assert.match(asked.stderr, /nothing answers at .*Start the model server/s);
});

test('PWB_MODEL_URL and PWB_MODEL hold for one call only', async () => {
  const server = await startScripted({ dialect: 'vllm', turns: () => ({ text: 'yes' }) });
  try {
    await using desk = openDesk();
    const asked = await desk.pwb(['ask', 'hi', '--json'], { env: { PWB_MODEL_URL: server.url, PWB_MODEL: 'scripted-1' } });
    assert.deepEqual([asked.code, asked.json<{ model: string }>().model], [0, `${server.url}#scripted-1`]);
    assert.equal((JSON.parse(server.requests[0] ?? '') as { model: string }).model, 'scripted-1');
    assert.equal((await desk.call(['models', '--json'])).stdout.includes(server.url), false);
  } finally {
    await server.close();
  }
});

test('PWB_MODEL_KEY goes to that origin only, and is in no file, output or error of ours', async () => {
  const echo = jsonAnswer({ error: { message: `the key ${KEY} is wrong` } }, 401);
  let wrong = false;
  let says = 'welcome';
  const keyed = await startServer(({ method, path }) => (path !== '/v1/chat/completions' ? (`${method} ${path}` === 'GET /v1/models' ? jsonAnswer({ data: [{ id: 'm' }] }) : undefined) : wrong ? echo : { headers: EVENT_TYPE, body: streamOf('generic', 'm', { text: says }) }));
  const other = await startServer(({ path }) => (path === '/v1/models' ? jsonAnswer({ data: [{ id: 'm' }] }) : { headers: EVENT_TYPE, body: streamOf('generic', 'm', { text: 'hello' }) }));
  try {
    await using desk = openDesk();
    const env = { PWB_MODEL_URL: keyed.url, PWB_MODEL_KEY: KEY };
    const good = await desk.pwb(['ask', 'hi'], { env });
    assert.deepEqual([good.code, good.stdout], [0, 'welcome\n']);
    assert.equal(keyed.seen.at(-1)?.headers.authorization, `Bearer ${KEY}`);

    const elsewhere = await desk.pwb(['ask', 'hi', '--model', `${other.url}#m`], { env });
    assert.deepEqual([elsewhere.code, elsewhere.stdout], [0, 'hello\n']);
    assert.deepEqual(other.seen.filter(({ headers }) => headers.authorization !== undefined), []);

    says = KEY;
    const echoed = await desk.pwb(['ask', 'hi', '--json'], { env });
    assert.equal(echoed.code, 1);
    assert.match(echoed.json<{ text: string }>().text, /said the key back/);

    wrong = true;
    const bad = await desk.pwb(['ask', 'hi'], { env });
    assert.equal(bad.code, 1);
    assert.doesNotMatch(bad.stderr + bad.stdout, new RegExp(KEY));
    await desk.pwb(['models'], { env });
    await desk.pwb(['doctor'], { env });
    assert.deepEqual(filesWith(desk, KEY), []);
  } finally {
    await keyed.close();
    await other.close();
  }
});

test('a name that stands for no model is said to be that, with one full stop', async () => {
  await using desk = openDesk();
  const asked = await desk.pwb(['ask', 'hi', '--model', 'nobody-calls-it-this', '--json']);
  const { state, text } = asked.json<{ state: string; text: string }>();
  assert.deepEqual([asked.code, state], [1, 'fault']);
  // A server may happen to run on a usual port of this machine: then it is the one that hasn't got it.
  assert.match(text, /nobody-calls-it-this/);
  assert.doesNotMatch(text, /\.\./);
});

test('a remote server is refused with exit code 4 before anything is sent, until a rule allows it', async () => {
  let connections = 0;
  const listener = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  // Not spelled as this machine, so it counts as another one; what is sent there is still ours to hear.
  const url = `http://0.0.0.0:${port}`;
  try {
    await using desk = openDesk();
    const added = await desk.pwb(['models', 'add', url]);
    assert.deepEqual([added.code, added.stdout], [4, '']);
    assert.match(added.stderr, /model\.refused: .*not on this machine.*--allow-remote/s);
    for (const args of [['ask', 'hi', '--json'], ['models', '--json'], ['doctor', '--json']]) {
      const { code } = await desk.pwb(args, { env: { PWB_MODEL_URL: url, PWB_MODEL: 'm', PWB_MODEL_KEY: KEY } });
      if (args[0] === 'ask') assert.equal(code, 4);
    }
    assert.equal(connections, 0);
    const allowed = await desk.pwb(['models', 'add', url, '--allow-remote', '--model', 'm', '--name', 'far']);
    assert.equal(allowed.code, 0);
    assert.equal((await desk.pwb(['ask', 'hi', '--model', 'far'])).code, 1);
    assert.ok(connections > 0);
    const before = connections;
    assert.equal((await desk.call(['models', 'remove', 'far'])).code, 0);
    assert.equal((await desk.pwb(['ask', 'hi'], { env: { PWB_MODEL_URL: url, PWB_MODEL: 'm' } })).code, 4);
    assert.equal(connections, before, 'with the model its permission is gone');
  } finally {
    await new Promise((resolve) => listener.close(resolve));
  }
});
