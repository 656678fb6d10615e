// Several processes on one state folder: races, cancelling, stopping everything, and going on after a kill.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { openDesk, type Desk, type Running } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import type { LogEvent } from '../model/event.ts';

const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };

/** Does somebody on this machine sleep just that long? Zombies don't count. */
function runs(word: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1') === `sleep\0${word}\0`;
    } catch {
      return false;
    }
  });
}

async function until(what: string, holds: () => boolean, every = 25): Promise<void> {
  for (let left = 30_000 / every; left > 0; left--) {
    if (holds()) return;
    await pause(every);
  }
  throw new Error(`never came: ${what}`);
}

const isBusy = (folder: string): boolean => existsSync(folder) && readdirSync(folder).length > 0;

let count = 0;
/** A sleep that no other process of this machine sleeps. Seconds. */
const oddSleep = (): string => `${600 + (process.pid % 300)}.${String(++count).padStart(4, '0')}`;

/** `pwb run` of a sleep in the sandbox, already asleep. */
async function asleep(desk: Desk, word: string, args: readonly string[] = []): Promise<Running> {
  const running = desk.start(['run', '--read-only', ...args, '--', 'sleep', word]);
  await until('the sleep begins', () => runs(word));
  return running;
}

test('two processes that invoke the same action at once cause exactly one effect', sandboxed, async () => {
  await using desk = openDesk();
  const { id } = (await desk.pwb(['run', '--json', '--', 'sh', '-c', 'echo once >> marks.txt'])).json<{ id: string }>();
  const both = await Promise.all([desk.pwb(['invoke', id, '--json']), desk.pwb(['invoke', id, '--json']), desk.pwb(['invoke', id])]);
  assert.deepEqual(both.map(({ code }) => code).toSorted(), [0, 1, 1]);
  for (const { code, stderr } of both) if (code === 1) assert.match(stderr, /^action\.not-waiting/);
  assert.equal(desk.file('marks.txt'), 'once\n');
  const events = (await desk.call(['log', '--json', '--action', id])).json<LogEvent[]>();
  assert.equal(events.filter(({ body }) => body.type === 'action.granted').length, 1);
});

test('stop, from another process, ends what runs in the sandbox and refuses what waits', sandboxed, async () => {
  await using desk = openDesk();
  const waits = (await desk.pwb(['run', '--json', '--', 'touch', 'x'])).json<{ id: string }>();
  const word = oddSleep();
  const running = await asleep(desk, word, ['--json']);
  const stopped = await desk.pwb(['stop', '--json']);
  const { refused, told, still } = stopped.json<{ refused: string[]; told: string[]; still: string[] }>();
  assert.deepEqual([stopped.code, refused, told.length, still], [0, [waits.id], 1, []]);
  assert.equal(runs(word), false, 'the child is gone');
  const ended = await running.ended;
  assert.deepEqual([ended.code, ended.json<{ why: string }>().why], [1, 'cancelled']);
  assert.equal((await desk.pwb(['invoke', waits.id])).code, 1);
});

test('cancel ends one action by a prefix of its id and leaves others alone', sandboxed, async () => {
  await using desk = openDesk();
  const [one, two] = [oddSleep(), oddSleep()];
  const first = await asleep(desk, one, ['--json']);
  const second = await asleep(desk, two);
  const actions = (await desk.call(['log', '--json'])).json<LogEvent[]>().flatMap(({ body }) => (body.type === 'action.granted' ? [body.action] : []));
  const cancelled = await desk.pwb(['cancel', actions[0] ?? '']);
  assert.deepEqual([cancelled.code, cancelled.stdout], [0, 'Cancelled: 0 refused, 1 running told to stop.\n']);
  assert.equal((await first.ended).json<{ why: string }>().why, 'cancelled');
  assert.deepEqual([runs(one), runs(two)], [false, true]);
  second.child.kill('SIGINT');
  await second.ended;
  assert.equal(runs(two), false);
});

test('a pwb that is killed while it tries something takes its sandboxed child along; nothing of that was kept, and the model hears so', sandboxed, async () => {
  const word = oddSleep();
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ calls: [{ name: 'run', arguments: { command: `echo begun > begun.txt; sleep ${word}` } }] }, { text: 'I see.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const running = desk.start(['ask', 'run it']);
    await until('the run begins', () => runs(word));
    running.child.kill('SIGKILL');
    await running.ended;
    await until('the child is gone', () => !runs(word));

    assert.deepEqual((await desk.call(['inbox', '--json'])).json<{ pending: unknown[]; orphans: unknown[] }>().orphans, [], 'it took no effect, so there is nothing to look at');
    assert.equal(existsSync(join(desk.folder, 'begun.txt')), false);
    assert.deepEqual(readdirSync(join(desk.state, 'rehearsals')), [], 'the start has swept up');
    const ended = (await desk.call(['log', '--json'])).json<LogEvent[]>().flatMap(({ body }) => (body.type === 'action.ended' && body.why === 'crashed' ? [body.outcome] : []));
    assert.deepEqual(ended, ['failed']);

    const [session] = (await desk.call(['sessions', '--json'])).json<{ id: string }[]>();
    const resumed = await desk.pwb(['resume', session?.id ?? '']);
    assert.deepEqual([resumed.code, resumed.stdout], [0, 'I see.\n']);
    assert.match(model.requests.at(-1) ?? '', /stopped while this was being rehearsed/);
    assert.equal((await desk.call(['log', 'verify'])).code, 0);
  } finally {
    await model.close();
  }
});

test('what a pwb that is killed was landing is all there or not at all, and shown as unknown until the person goes on', sandboxed, async () => {
  const files = 800;
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ calls: [{ name: 'run', arguments: { command: `mkdir many; for n in $(seq ${files}); do echo $n > many/$n; done` } }] }, { text: 'I see.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const [{ id } = { id: '' }] = (await desk.pwb(['ask', 'run it', '--json'])).json<{ pending: { id: string }[] }>().pending;
    assert.equal(existsSync(join(desk.folder, 'many')), false);
    const running = desk.start(['invoke', id]);
    await until('the landing begins', () => isBusy(join(desk.state, 'journal')), 2);
    running.child.kill('SIGKILL');
    await running.ended;

    for (let again = 0; again < 2; again++) {
      const { orphans } = (await desk.pwb(['inbox', '--json'])).json<{ orphans: { id: string; outcome: string }[] }>();
      assert.deepEqual(orphans.map((card) => [card.id, card.outcome]), [[id, 'unknown']], 'also when another process had found it before');
    }
    const there = existsSync(join(desk.folder, 'many')) ? readdirSync(join(desk.folder, 'many')).length : 0;
    assert.ok(there === 0 || there === files, `${there} of ${files} files`);
    const inbox = await desk.pwb(['inbox']);
    // Killed just before its journal was whole, or just after it was over, all that can be said is that it isn't known.
    const words = there === 0 ? /Nothing of it is in the workspace|not known whether it took effect/ : /all of it is in the workspace|not known whether it took effect/;
    assert.match(inbox.stdout, /Cut off by a crash/);
    assert.match(inbox.stdout.replaceAll(/\s+/g, ' '), words, 'the inbox says what is known');
    assert.match((await desk.call(['show', id])).stdout, /unknown \(crashed\)/);
    assert.equal((await desk.pwb(['invoke', id])).code, 1, 'it is not tried again');
    assert.deepEqual(readdirSync(join(desk.state, 'kept')), [], 'the start has swept up');

    const session = /pwb resume ([0-9a-z]{10})/.exec(inbox.stdout)?.[1] ?? '';
    const resumed = await desk.pwb(['resume', session]);
    assert.deepEqual([resumed.code, resumed.stdout], [0, 'I see.\n']);
    assert.match(model.requests.at(-1) ?? '', words);
    assert.match((await desk.call(['inbox'])).stdout, /^Nothing waits for you/);
    assert.equal((await desk.call(['log', 'verify'])).code, 0);
  } finally {
    await model.close();
  }
});

test('a request to a model that was cut off by a kill is shown, and resume asks again', async () => {
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ text: 'slow', wait: 60_000 }, { text: 'Here I am.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const running = desk.start(['ask', 'hi']);
    await until('the model is asked', () => model.requests.length === 1);
    running.child.kill('SIGKILL');
    await running.ended;
    const [session] = (await desk.call(['sessions', '--json'])).json<{ id: string; state: string }[]>();
    assert.equal(session?.state, 'broken-off');
    const { orphans } = (await desk.call(['inbox', '--json'])).json<{ orphans: { session: string; action: { kind: string } }[] }>();
    assert.deepEqual(orphans.map((card) => [card.session, card.action.kind]), [[session?.id, 'infer']]);
    assert.equal((await desk.pwb(['resume', session?.id ?? ''])).stdout, 'Here I am.\n');
    assert.deepEqual((await desk.call(['inbox', '--json'])).json<{ orphans: unknown[] }>().orphans, []);
  } finally {
    await model.close();
  }
});

test('resume of a session that another process works on follows it and says how it ended', async () => {
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ text: 'slow', wait: 2_500 }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const running = desk.start(['ask', 'hi']);
    await until('the model is asked', () => model.requests.length === 1);
    const [session] = (await desk.call(['sessions', '--json'])).json<{ id: string; state: string }[]>();
    assert.equal(session?.state, 'running');
    const resumed = await desk.pwb(['resume', session?.id ?? '', '--json']);
    assert.deepEqual([resumed.code, resumed.json<{ state: string }>().state, model.requests.length], [0, 'answered', 1]);
    assert.equal((await running.ended).code, 0);
  } finally {
    await model.close();
  }
});

test('beside a running server every command works, and an answered turn goes on once, whoever carries it', async () => {
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }, { text: 'Done.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const server = desk.start(['start', '--no-open', '--port', '0']);
    await server.heard(/^http:/m);
    const asked = await desk.pwb(['ask', 'add b', '--json']);
    assert.equal(asked.code, 3, asked.stderr);
    const invoked = await desk.pwb(['invoke', asked.json<{ pending: { id: string }[] }>().pending[0]?.id ?? '', '--json']);
    assert.deepEqual([invoked.code, invoked.json<{ state: string; text: string }>().state, invoked.json<{ text: string }>().text], [0, 'answered', 'Done.'], invoked.stderr);
    assert.deepEqual([desk.file('b.txt'), model.requests.length], ['two\n', 2]);
    for (const args of [['inbox'], ['sessions'], ['log'], ['log', 'verify'], ['workspace', 'list'], ['models']]) assert.equal((await desk.pwb(args)).code, 0, args.join(' '));
    server.child.kill('SIGINT');
    assert.equal((await server.ended).code, 0);
  } finally {
    await model.close();
  }
});

test('eight processes at once append without a gap', async () => {
  await using desk = openDesk();
  await desk.pwb(['inbox']);
  const codes = await Promise.all(Array.from({ length: 8 }, async (_, at) => (await desk.pwb(['models', 'add', `http://127.0.0.1:${1000 + at}`])).code));
  assert.deepEqual(codes, Array.from({ length: 8 }, () => 0));
  const events = (await desk.call(['log', '--json'])).json<LogEvent[]>();
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at));
  assert.equal(events.filter(({ body }) => body.type === 'config.changed').length, 8);
  assert.equal((JSON.parse(readFileSync(join(desk.state, 'config.json'), 'utf8')) as { models: unknown[] }).models.length, 8, 'no change is lost');
  assert.equal((await desk.call(['log', 'verify'])).code, 0);
});

test('eight first starts at once on an empty folder make one log', async () => {
  await using desk = openDesk();
  const codes = await Promise.all(Array.from({ length: 8 }, async () => (await desk.pwb(['inbox'])).code));
  assert.deepEqual(codes, Array.from({ length: 8 }, () => 0));
  assert.deepEqual((await desk.call(['log', '--json'])).json<LogEvent[]>().map(({ body }) => body.type), ['log.opened']);
});
