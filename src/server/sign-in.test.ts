// Signing in and out, from outside: links, sessions, the command line's credential, and when each is of no use.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { clientWith, openStream, signIn } from '../../vectors/server/client.ts';
import { codeOf, send } from '../../vectors/server/raw.ts';
import { systemClock } from '../model/clock.ts';
import { Credentials } from './credentials.ts';
import { serve, type Served } from './serve.ts';

let house: TestHouse;
let served: Served;

before(async () => {
  house = await openTestHouse({ turns: [] });
  served = await serve(house.bench, { port: 0 });
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

test('a link signs in once, by a cookie that no script and no other site can use', async () => {
  const size = house.bench.log.size();
  const link = await served.link();
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/sign-in#[0-9a-z]{10}\.[A-Za-z0-9_-]{43}$/);
  assert.equal(new URL(link).search, '', 'nothing secret in what a browser sends or keeps');
  const { client, answer } = await signIn(link);
  assert.match(answer.headers['set-cookie'] ?? '', new RegExp(`^pwb-${served.port}=[^;]+; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000$`));
  await client.get('/api/health');
  const again = await signIn(link);
  assert.equal(codeOf(again.answer), 'sign-in.used');
  assert.equal(again.answer.headers['set-cookie'], undefined);
  assert.deepEqual(house.types(size), ['credential.made', 'credential.used', 'credential.made']);
});

test('of ten who use one link at the same time, one gets in', async () => {
  const link = await served.link();
  const all = await Promise.all(Array.from({ length: 10 }, () => signIn(link)));
  assert.deepEqual(all.map(({ answer }) => answer.status).sort(), [200, ...Array.from({ length: 9 }, () => 401)]);
});

test('a wrong code says so, and so does one with a right beginning', async () => {
  const link = await served.link();
  assert.equal(codeOf((await signIn(`${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`)).answer), 'sign-in.wrong');
  assert.equal(codeOf((await signIn(`${new URL(link).origin}/sign-in#junk`)).answer), 'sign-in.wrong');
  assert.equal((await signIn(link)).answer.status, 200);
});

test('a link is no credential, and neither is a session a link', async () => {
  const { port } = served;
  const code = new URL(await served.link()).hash.slice(1);
  assert.equal((await send(port, { path: '/api/health', headers: [['Authorization', `Bearer ${code}`]] })).status, 401);
  const { cookie } = await signIn(await served.link());
  assert.equal(codeOf((await signIn(`http://127.0.0.1:${port}/sign-in#${cookie.split('=')[1] ?? ''}`)).answer), 'sign-in.wrong');
});

test('signing out ends the session on the next request, and its open streams', async () => {
  const { client } = await signIn(await served.link());
  const stream = await openStream(served.port, '/api/events', client.headers);
  const out = await client.ask('POST', '/api/sign-out');
  assert.match(out.headers['set-cookie'] ?? '', /=; HttpOnly; .*Max-Age=0$/);
  await stream.ended;
  assert.equal(codeOf(await client.ask('GET', '/api/health')), 'request.credential');
});

test('a session that another process revoked is refused at once', async () => {
  const { client, cookie } = await signIn(await served.link());
  await client.get('/api/health');
  const other = await house.reopen();
  await new Credentials(other.log, systemClock).revoke((cookie.split('=')[1] ?? '').slice(0, 10));
  assert.equal((await client.ask('GET', '/api/health')).status, 401);
});

test('links die after ten minutes, sessions after a week without use and a month whatever happens, and all when the clock went back', async () => {
  let now = Date.now();
  const clock = { now: () => now };
  const credentials = new Credentials(house.bench.log, clock);
  const DAY = 86_400_000;
  const late = await credentials.makeLink();
  house.bench.log.store.db.prepare(`UPDATE credentials SET made = made - 600000, expires = expires - 600000 WHERE kind = 'link'`).run();
  assert.deepEqual(await credentials.exchange(late), { ok: false, why: 'expired' });

  const made = await credentials.exchange(await credentials.makeLink());
  assert.ok(made.ok);
  const start = now;
  const isGood = (): boolean => credentials.identify(made.token) !== null;
  for (const day of [6, 12, 18, 24, 29]) {
    now = start + day * DAY;
    assert.ok(isGood(), `used every week, good on day ${day}`);
    await house.bench.log.settle();
  }
  now = start + 30 * DAY + 60_000;
  assert.ok(!isGood(), 'thirty days are the end');
  const idle = await credentials.exchange(await credentials.makeLink());
  assert.ok(idle.ok);
  now = Date.now() + 8 * DAY;
  assert.equal(credentials.identify(idle.token), null);
  now = Date.now() - DAY;
  assert.equal(credentials.identify(idle.token), null);
});

test('the command line has a credential in a file that only its user can read; it is kept, and made anew when spoiled', async () => {
  await served.close();
  const file = join(house.bench.home.state, 'credential');
  const start = async (): Promise<{ readonly token: string; readonly status: number }> => {
    served = await serve(house.bench, { port: 0 });
    const token = readFileSync(file, 'utf8').trim();
    const { status } = await clientWith(served.port, [['Authorization', `Bearer ${token}`]]).ask('GET', '/api/health');
    await served.close();
    return { token, status };
  };
  const first = await start();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(first.status, 200);
  assert.equal((await start()).token, first.token);
  writeFileSync(file, 'junk\n');
  const third = await start();
  assert.notEqual(third.token, first.token);
  assert.equal(third.status, 200);
  served = await serve(house.bench, { port: 0 });
  // Tokens are nowhere but in that file: the store has their hashes only.
  for (const name of readdirSync(house.bench.home.state).filter((one) => one.startsWith('state.db'))) {
    assert.ok(!readFileSync(join(house.bench.home.state, name)).includes(third.token.slice(11)), name);
  }
});

test('who guesses is told to wait, and the person still gets in', async () => {
  const { client } = await signIn(await served.link());
  const guess = (): Promise<number> => send(served.port, { path: '/api/health', headers: [['Authorization', 'Bearer 0000000000.x']] }).then(({ status }) => status);
  const statuses = [];
  for (let at = 0; at < 40; at += 1) statuses.push(await guess());
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
  assert.equal(codeOf((await signIn(`${served.url}/sign-in#junk`)).answer), 'request.guessing');
  assert.equal((await signIn(await served.link())).answer.status, 200);
  await client.get('/api/health');
});

test('who is signed in is listed, and one browser ends another at once, its streams too', async () => {
  await using apart = await openTestHouse({ turns: [] });
  const door = await serve(apart.bench, { port: 0 });
  try {
    const [{ client: mine }, { client: other }] = [await signIn(await door.link()), await signIn(await door.link())];
    interface LetIn { readonly id: string; readonly kind: string; readonly used: string | null; readonly this: boolean }
    const listed = async (): Promise<readonly LetIn[]> => (await mine.get<{ credentials: readonly LetIn[] }>('/api/credentials')).credentials;
    const browsers = (await listed()).filter(({ kind }) => kind === 'session');
    assert.deepEqual(browsers.map((one) => one.this).toSorted(), [false, true]);
    assert.ok(browsers.every(({ used }) => used !== null));
    assert.equal((await listed()).filter(({ kind }) => kind === 'cli').length, 1);
    const id = browsers.find((one) => !one.this)?.id ?? '';
    const stream = await openStream(door.port, '/api/events', other.headers);
    assert.equal((await mine.ask('DELETE', `/api/credentials/${id}`)).status, 200);
    await stream.ended;
    assert.equal((await other.ask('GET', '/api/health')).status, 401);
    assert.equal((await mine.ask('DELETE', `/api/credentials/${id}`)).status, 404);
    assert.equal((await mine.ask('GET', '/api/health')).status, 200);
    assert.equal((await listed()).length, 2);
    // Another process does it as well.
    const { id: last = '' } = (await listed()).find(({ kind }) => kind === 'session') ?? {};
    const watching = await openStream(door.port, '/api/events', mine.headers);
    await new Credentials(apart.bench.log, systemClock).revoke(last);
    await watching.ended;
    assert.equal((await mine.ask('GET', '/api/health')).status, 401);
  } finally {
    await door.close();
  }
});
