// Bad input and bad surroundings: each gets a clear sentence with a next step, the right exit code, no stack trace,
// and nothing that was acknowledged is lost.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { launch, openDesk, PROGRAM, type Desk } from '../../vectors/cli/pwb.ts';
import { startServer, EVENT_TYPE, jsonAnswer } from '../../vectors/dialects/server.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import type { LogEvent } from '../model/event.ts';

const root = process.getuid?.() === 0;
/** Nobody. */
const OTHER = 65_534;

/** The call fails with this exit code; its words match and end with a next step; its --json form says the same code. */
async function refused(desk: Desk, args: readonly string[], code: number, words: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const ran = await desk.pwb(args, { env });
  assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  assert.match(ran.stderr, words);
  assert.match(ran.stderr, /\n {2}→ .{3,}/, 'no next step');
  assert.equal(ran.stdout, '');
  const inJson = (await desk.call([...args, '--json'], { env })).json<{ error: { code: string; hint: string } }>();
  assert.ok(ran.stderr.startsWith(inJson.error.code) && inJson.error.hint.length > 3, JSON.stringify(inJson));
}

async function holds(desk: Desk, size: number): Promise<void> {
  const verified = await desk.call(['log', 'verify', '--json']);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.ok(verified.json<{ size: number }>().size >= size, 'something acknowledged is lost');
}

/** A desk with a log, and its size. */
async function openUsedDesk(): Promise<{ readonly desk: Desk; readonly size: number }> {
  const desk = openDesk();
  await desk.pwb(['workspace', 'add', desk.folder]);
  return { desk, size: (await desk.call(['log', '--json'])).json<LogEvent[]>().length };
}

test('a configuration that is broken, unknown or wrong is refused with its place', async () => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  const file = join(desk.state, 'config.json');
  for (const [text, words] of [
    ['{"models": [', /config\.broken: .*config\.json is not JSON/],
    ['{"modles": []}', /config\.broken: .*modles/],
    ['{"budgets": {"steps": -1}}', /config\.broken: .*budgets\.steps/],
    ['{"models": [{"name": "x", "keyEnv": "sk-abc"}]}', /config\.broken: .*models\.0\.keyEnv/],
    ['[]', /config\.broken/],
    ['', /config\.broken/],
    ['\u0000\u0001\uFFFD', /config\.broken/],
  ] as const) {
    writeFileSync(file, text, { mode: 0o600 });
    await refused(desk, ['inbox'], 1, words);
    assert.equal(readFileSync(file, 'utf8'), text, 'it was changed');
  }
  const { ok } = (await desk.call(['doctor', '--json'])).json<{ ok: boolean }>();
  assert.equal(ok, false);
  assert.deepEqual((await desk.pwb(['stop', '--json'])).json(), { refused: [], told: [], still: [] }, 'stopping needs no configuration');
  rmSync(file);
  await holds(desk, size);
});

test('a database that is corrupt, foreign or newer is refused and left untouched', async () => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  const file = join(desk.state, 'state.db');
  const good = readFileSync(file);
  const lay = (bytes: Uint8Array): void => {
    for (const name of ['state.db-wal', 'state.db-shm']) rmSync(join(desk.state, name), { force: true });
    writeFileSync(file, bytes, { mode: 0o600 });
  };
  const sql = (text: string): Buffer => {
    lay(good);
    const db = new DatabaseSync(file);
    db.exec(text);
    db.close();
    return readFileSync(file);
  };
  const foreign = ((): Buffer => {
    const path = join(desk.base, 'other.db');
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    return readFileSync(path);
  })();
  const holed = Buffer.from(good);
  holed.fill(0xff, 4096, 4096 * 6);
  for (const [bytes, words] of [
    [Buffer.from('this is no database at all, it is a letter\n'), /storage\.foreign/],
    [foreign, /storage\.foreign/],
    [sql('PRAGMA user_version = 99'), /storage\.newer: .*newer ProWorkBench.*99/],
    [holed, /(storage\.corrupt|log\.broken|storage\.foreign)/],
    [good.subarray(0, 4096), /(storage\.corrupt|log\.broken)/],
  ] as const) {
    lay(bytes);
    await refused(desk, ['inbox'], 1, words);
    assert.ok(readFileSync(file).equals(bytes), `it was changed: ${String(words)}`);
    assert.equal((await desk.call(['doctor', '--json'])).json<{ ok: boolean }>().ok, false);
  }
  lay(good);
  await holds(desk, size);
});

test('a log without its key, or with another one, appends nothing and says what to restore', async () => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  await using other = openDesk();
  await other.pwb(['inbox']);
  const key = join(desk.state, 'log.key');
  renameSync(key, `${key}.away`);
  await refused(desk, ['inbox'], 1, /log\.key-missing/);
  assert.equal(existsSync(key), false, 'no new key is made for an old log');
  writeFileSync(key, readFileSync(join(other.state, 'log.key')), { mode: 0o600 });
  await refused(desk, ['inbox'], 1, /log\.key-foreign/);
  renameSync(`${key}.away`, key);
  await holds(desk, size);
});

test('a state folder that others can reach, that is a link, a file, or cannot be made is refused with the command that mends it', async () => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  chmodSync(desk.state, 0o755);
  await refused(desk, ['inbox'], 1, /storage\.home-mode: [^]*chmod 700/);
  chmodSync(desk.state, 0o700);
  chmodSync(join(desk.state, 'state.db'), 0o644);
  await refused(desk, ['inbox'], 1, /storage\.file-mode: [^]*chmod 600/);
  chmodSync(join(desk.state, 'state.db'), 0o600);
  const link = join(desk.base, 'link');
  symlinkSync(desk.state, link);
  await refused(desk, ['inbox'], 1, /storage\.home-link/, { PWB_HOME: link });
  await refused(desk, ['inbox'], 1, /storage\.home-kind/, { PWB_HOME: join(desk.folder, 'a.txt') });
  await refused(desk, ['inbox'], 1, /storage\.home-make/, { PWB_HOME: join(desk.folder, 'a.txt', 'below') });
  await refused(desk, ['inbox'], 1, root ? /storage\.home-(make|owner)/ : /storage\.home-(make|owner|mode)/, { PWB_HOME: '/proc/nowhere' });
  await holds(desk, size);
});

test('a state folder of another user is refused', async () => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  if (!root) return await refused(desk, ['inbox'], 1, /storage\.home-(owner|mode)/, { PWB_HOME: '/usr' });
  chownSync(desk.state, OTHER, OTHER);
  await refused(desk, ['inbox'], 1, /storage\.home-owner/);
  chownSync(desk.state, 0, 0);
  await holds(desk, size);
});

/** Root writes everywhere by one power; without it, modes mean to it what they mean to others. */
const WITHOUT_POWER = ['setpriv', '--inh-caps=-dac_override', '--bounding-set=-dac_override'] as const;

test('a read-only state folder is said to be one, and nothing is changed', async (t) => {
  const { desk, size } = await openUsedDesk();
  await using _ = desk;
  const as = root ? WITHOUT_POWER : [];
  if (root && spawnSync(WITHOUT_POWER[0], [...WITHOUT_POWER.slice(1), 'true']).status !== 0) return t.skip('root can\'t lay down its power over modes here');
  chmodSync(desk.state, 0o500);
  try {
    const ran = await launch([...as, ...PROGRAM, 'inbox'], { env: desk.env, cwd: desk.folder }).ended;
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stderr, /storage\.home-read-only: .*\n {2}→ run: chmod 700/);
  } finally {
    chmodSync(desk.state, 0o700);
  }
  await holds(desk, size);
});

const FULL = `
  set -e
  mount -t tmpfs -o size=2m,mode=700 tmpfs "$PWB_HOME"
  shift 0
  "$@" workspace add . >&2; "$@" log --json > before.json
  dd if=/dev/zero of="$PWB_HOME/filler" bs=4k 2>/dev/null || true
  set +e
  for i in 1 2 3 4 5 6 7 8; do mkdir -p w$i; "$@" workspace add w$i --json > out.json 2> err.txt; code=$?; [ $code = 0 ] || break; done
  echo "$code"; cat out.json; cat err.txt >&2
  rm "$PWB_HOME/filler"
  "$@" log verify --json; echo $?
  "$@" log --json > after.json
`;

test('a full disk is said to be one, and nothing that was acknowledged is lost', async (t) => {
  await using desk = openDesk();
  mkdirSync(desk.state, { recursive: true, mode: 0o700 });
  const child = spawnSync('unshare', [...(root ? [] : ['--user', '--map-root-user']), '--mount', 'sh', '-c', FULL, 'sh', ...PROGRAM], { cwd: desk.folder, env: desk.env, encoding: 'utf8' });
  if (child.error !== undefined || /unshare|mount:/.test(child.stderr)) return t.skip(`no mounts for this user here: ${child.stderr}`);
  const [code, answer, report, verified] = child.stdout.split('\n');
  assert.equal(code, '1', child.stderr);
  assert.equal((JSON.parse(answer ?? '') as { error: { code: string } }).error.code, 'storage.full', child.stderr);
  assert.match(child.stderr, /storage\.full: .*the disk is full.*\n {2}→ free some space/);
  assert.equal(verified, '0', report);
  const read = (name: string): LogEvent[] => JSON.parse(readFileSync(join(desk.folder, name), 'utf8')) as LogEvent[];
  const before = read('before.json');
  assert.deepEqual(read('after.json').slice(0, before.length), before);
});

test('a port in use is a fault with a way out, and a second start shows the server that runs', async () => {
  await using desk = openDesk();
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  const taken = await desk.pwb(['start', '--no-open', '--port', String(port)]);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /server\.port: .*\n {2}→ .*--port/);
  await new Promise((resolve) => listener.close(resolve));

  const first = desk.start(['start', '--no-open', '--port', '0']);
  const [link] = await first.heard(/^http:\/\/127\.0\.0\.1:\d+\/\S*$/m);
  const second = await desk.pwb(['start', '--no-open', '--port', '0']);
  assert.equal(second.code, 0, second.stderr);
  assert.equal(new URL(second.stdout.trim()).origin, new URL(link).origin);
  assert.notEqual(second.stdout.trim(), link, 'a link works once');
  assert.match(second.stderr, /A workbench runs already at .*; this is a fresh link to it\.\n$/);
  const elsewhere = await desk.pwb(['start', '--no-open', '--port', String(port)]);
  assert.deepEqual([elsewhere.code, new URL(elsewhere.stdout.trim()).origin], [0, new URL(link).origin]);
  assert.match(elsewhere.stderr, new RegExp(`port ${port} is not used`));
  assert.equal((await desk.pwb(['inbox'])).code, 0, 'other commands work beside it');
  first.child.kill('SIGTERM');
  assert.equal((await first.ended).code, 0);
  const third = desk.start(['start', '--no-open', '--port', '0']);
  await third.heard(/^http:/m);
  third.child.kill('SIGKILL');
  await third.ended;
  const fourth = desk.start(['start', '--no-open', '--port', '0']);
  await fourth.heard(/^http:/m);
  fourth.child.kill('SIGINT');
  assert.equal((await fourth.ended).code, 0, 'what a killed server left behind keeps nobody out');
});

test('a workspace that vanished is said to be gone, and its waiting action lands nowhere', async () => {
  const model = await startScripted({ dialect: 'generic', turns: () => ({ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'x' } }] }) });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const { pending } = (await desk.pwb(['ask', 'go', '--json'])).json<{ pending: { id: string }[] }>();
    renameSync(desk.folder, `${desk.folder}-moved`);
    const beside = { ...desk, pwb: (args, options) => desk.pwb(args, { ...options, cwd: desk.base }), call: (args, options) => desk.call(args, { ...options, cwd: desk.base }) } satisfies Desk;
    await refused(beside, ['ask', 'again', '--workspace', desk.folder], 1, /workspace\.(missing|gone)/);
    const invoked = await desk.pwb(['invoke', pending[0]?.id ?? '', '--json'], { cwd: desk.base });
    assert.notEqual(invoked.code, 0);
    assert.equal(existsSync(desk.folder), false);
    assert.equal(existsSync(join(`${desk.folder}-moved`, 'b.txt')), false);
    assert.equal((await desk.pwb(['workspace', 'remove', desk.folder], { cwd: desk.base })).code, 0);
    await holds(beside, 1);
  } finally {
    await model.close();
  }
});

test('a current folder that vanished is said to be gone', async () => {
  await using desk = openDesk();
  await desk.pwb(['inbox']);
  const gone = join(desk.base, 'gone');
  mkdirSync(gone);
  const ran = await launch(['/bin/sh', '-c', 'cd "$1"; rmdir "$1"; shift; exec "$@"', 'sh', gone, ...PROGRAM, 'ask', 'hi', '--model', 'x'], { env: desk.env }).ended;
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /folder.*\n {2}→ /);
});

test('a word that is not UTF-8 is refused, not replaced by another name', async () => {
  await using desk = openDesk();
  const ran = await launch(['/bin/sh', '-c', `exec "$@" run --read-only -- cat "$(printf 'a\\377b')"`, 'sh', ...PROGRAM], { env: desk.env, cwd: desk.folder }).ended;
  assert.deepEqual([ran.code, ran.stdout], [2, '']);
  assert.match(ran.stderr, /usage\.encoding: .*not valid UTF-8/);
});

test('a file that is not UTF-8 is refused to the model in words that it can act on', async () => {
  const model = await startScripted({ dialect: 'generic', turns: [{ calls: [{ name: 'read', arguments: { path: 'latin.txt' } }] }, { text: 'ok' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    writeFileSync(join(desk.folder, 'latin.txt'), Buffer.from('caf\xe9 au lait\n'.repeat(20), 'latin1'));
    const asked = await desk.pwb(['ask', 'read it']);
    assert.equal(asked.code, 0, asked.stdout + asked.stderr);
    const { messages } = JSON.parse(model.requests.at(-1) ?? '') as { messages: { role: string; content: string }[] };
    assert.match(messages.at(-1)?.content ?? '', /UTF-8|binary|text/i);
  } finally {
    await model.close();
  }
});

for (const [what, piece] of [['one line without an end', 'x'.repeat(1024)], ['a stream of words', `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'word '.repeat(200) } }] })}\n\n`]] as const) {
  test(`a model's reply of 100 MB (${what}) is broken off in words, and the process stays small`, async () => {
    const server = await startServer(({ method, path }) => (method === 'POST' ? { headers: EVENT_TYPE, body: [{ repeat: piece, times: Math.ceil(1e8 / piece.length) }] } : path === '/v1/models' ? jsonAnswer({ data: [{ id: 'm' }] }) : undefined));
    try {
      await using desk = openDesk(undefined, { PWB_MODEL_URL: server.url });
      const running = desk.start(['ask', 'hi', '--json']);
      let most = 0;
      const look = setInterval(() => {
        try {
          most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0));
        } catch {
          // It has ended.
        }
      }, 10);
      const ran = await running.ended;
      clearInterval(look);
      assert.equal(ran.code, 1, ran.stdout.slice(0, 500));
      assert.match(ran.json<{ text: string }>().text, /(grew past the limit|more than \d+ bytes)[^]*Next: /);
      assert.ok(most < 300_000, `${Math.round(most / 1000)} MB`);
      await holds(desk, 1);
    } finally {
      await server.close();
    }
  });
}

test('a clock that jumps is on record, and makes nothing live longer', async () => {
  const model = await startScripted({ dialect: 'generic', turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'x' } }] }, { text: 'ok' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const at = (hours: number): NodeJS.ProcessEnv => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${hours * 3_600_000};`)}` });
    const asked = await desk.pwb(['ask', 'go', '--json']);
    assert.equal(asked.code, 3, asked.stdout + asked.stderr);
    const id = asked.json<{ pending: { id: string }[] }>().pending[0]?.id ?? '';
    assert.equal((await desk.pwb(['inbox', '--json'], { env: at(-0.001) })).json<{ waiting: unknown[] }>().waiting.length, 1, 'a small correction is normal');
    const back = await desk.pwb(['invoke', id], { env: at(-48) });
    assert.deepEqual([back.code, existsSync(join(desk.folder, 'b.txt'))], [1, false]);
    assert.match(back.stderr, /action\.(expired|not-waiting)/);
    const forth = await desk.pwb(['workspace', 'remove', desk.folder], { env: at(72) });
    assert.equal(forth.code, 0);
    const events = (await desk.pwb(['log', '--json', '--limit', '1000'])).json<LogEvent[]>();
    const jumps = events.flatMap(({ body }) => (body.type === 'clock.jumped' ? [Math.sign(body.by)] : []));
    assert.ok(jumps.includes(-1) && jumps.includes(1), JSON.stringify(jumps));
    await holds(desk, events.length);
  } finally {
    await model.close();
  }
});
