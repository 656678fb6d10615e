// A terminal that is closed, and a server that is told to end: nothing that was begun is left, whoever told it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';
import { noTerminal, openTerminal } from '../../vectors/cli/terminal.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import { signIn } from '../../vectors/server/client.ts';

const boxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bwrap here: nothing is rehearsed' };

/** Processes whose command line holds this text. */
function running(text: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid) && commandOf(name).includes(text));
}

function commandOf(process_: string): string {
  try {
    return readFileSync(`/proc/${process_}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

async function until(holds: () => boolean, what: () => unknown): Promise<void> {
  for (let left = 1500; !holds(); left--) {
    assert.ok(left > 0, `still there: ${JSON.stringify(what())}`);
    await pause(10);
  }
}

/** Mounted views of a desk's house. */
const views = (desk: Desk): readonly string[] => {
  const folder = join(desk.state, 'rehearsals');
  return existsSync(folder) ? readdirSync(folder) : [];
};

async function nothingLeft(desk: Desk): Promise<void> {
  await until(() => running(desk.base).length === 0, () => running(desk.base).map(commandOf));
  assert.deepEqual(views(desk), []);
}

test('a server that is told to end, or whose terminal is closed, ends its commands that stay and what was opened to look at drafts', boxed, async () => {
  await Promise.all((['SIGHUP', 'SIGTERM', 'SIGINT'] as const).map(endedBy));
});

async function endedBy(signal: NodeJS.Signals): Promise<void> {
  await using desk = openDesk();
  const server = desk.start(['start', '--port', '0', '--no-open']);
  const { client } = await signIn((await server.heard(/http:\S+/))[0]);
  const { id: workspace } = await client.post<{ id: string }>('/api/workspaces', { root: desk.folder });
  // The desk's own folder is on its command line, so that it can be told from others.
  const service = await client.post<{ action: string }>('/api/run', { workspace, argv: ['sh', '-c', `: ${desk.base}; sleep 1000; :`], service: true });
  const kept = await client.post<{ session: string; action: string }>('/api/run', { workspace, argv: ['sh', '-c', 'echo 1 > b.txt'], profile: 'draft' });
  for (const { action } of [service, kept]) while ((await client.get<{ card: { state: string } }>(`/api/actions/${action}`)).card.state !== 'ended') await pause(10);
  const { path } = await client.post<{ path: string }>(`/api/drafts/${kept.session}/view`);
  assert.ok(existsSync(join(path, 'b.txt')));
  assert.ok(views(desk).length >= 2, JSON.stringify([views(desk), (await client.get<{ card: { result: string } }>(`/api/actions/${service.action}`)).card.result]));
  server.child.kill(signal);
  assert.equal((await server.ended).code, 0);
  await nothingLeft(desk);
  assert.equal(existsSync(path), false);
  assert.match((await desk.pwb(['log', '--json', '--limit', '20'])).stdout, /service\.ended/);
}

test('a command at a terminal that is closed ends at once, and nothing of it is left', { ...noTerminal, ...boxed }, async () => {
  await using desk = openDesk();
  const terminal = openTerminal(desk, ['run', '--tty', '--', 'sh', '-c', `echo half > b.txt; echo rea''dy; : ${desk.base}; sleep 1000; :`]);
  // Spelled so that the line which tells what runs isn't taken for what it says.
  await terminal.shows(/ready/);
  assert.ok(views(desk).length > 0);
  terminal.hangUp();
  await terminal.ended;
  await nothingLeft(desk);
  assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  const sessions = (await desk.pwb(['sessions', '--json'])).json<{ state: string }[]>();
  assert.deepEqual(sessions.map(({ state }) => state), ['cancelled'], 'it is on record');
});

test('a terminal that is closed while a model works ends the turn, and at a card leaves the card', noTerminal, async () => {
  const write = { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] };
  const silent = { answer: { headers: { 'content-type': 'text/event-stream' }, body: [{ hang: true } as const] } };
  const model = await startScripted({ dialect: 'llamacpp', turns: [write, silent] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const card = openTerminal(desk, ['ask', 'add b']);
    await card.shows(/\[i\]nvoke/);
    card.hangUp();
    await card.ended;
    await nothingLeft(desk);
    const thinking = openTerminal(desk, ['ask', 'think']);
    await thinking.shows(/thinks/);
    while (model.requests.length < 2) await pause(10);
    thinking.hangUp();
    await thinking.ended;
    await nothingLeft(desk);
    // The terminal's own program may be gone a moment before the command that it was for.
    const states = async (): Promise<string> => (await desk.pwb(['sessions', '--json'])).json<{ state: string }[]>().map(({ state }) => state).join(' ');
    let now = await states();
    for (const begin = Date.now(); now !== 'cancelled waiting' && Date.now() - begin < 20_000; now = await states()) await pause(50);
    assert.equal(now, 'cancelled waiting');
  } finally {
    await model.close();
  }
});

test('a command that stays ends when its session is cancelled, or everything stopped, from elsewhere', boxed, async () => {
  await using desk = openDesk();
  const words = ['run', '--service', '--', 'sh', '-c', `echo up; : ${desk.base}; sleep 1000; :`];
  const [one, two] = [desk.start(words), desk.start(words)];
  await Promise.all([one.heard(/^up$/m), two.heard(/^up$/m)]);
  // Its turn is over from here on, so that nothing but the command itself listens.
  await Promise.all([one.heard(/It runs/), two.heard(/It runs/)]);
  const [session] = (await desk.pwb(['sessions', '--json'])).json<{ id: string }[]>();
  await desk.pwb(['cancel', session?.id ?? '']);
  await Promise.race([one.ended, two.ended]);
  await desk.pwb(['stop']);
  assert.deepEqual([(await one.ended).code, (await two.ended).code], [0, 0]);
  await nothingLeft(desk);
});
