// Commands that pass for harmless, that hide what they do, read what isn't theirs or reach out; and harmless ones that
// look dangerous. Each goes the whole path: nothing happens without a yes, nothing is told, and no harmless one asks.
// `SHELL_CASES` names a file with further cases of the same form.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerAll, BY, calling, openDecoys, type Decoys } from '../../vectors/attacks/decoys.ts';
import { lastMessages } from '../../vectors/house/house.ts';
import { readAction, textOf } from '../approvals/actions.ts';
import { carryOn, deny, proposeRun } from './desk.ts';

const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

interface Case {
  readonly id: string | number;
  readonly family: string;
  readonly command: string;
  readonly effect: string;
  readonly text?: string;
}

const casesIn = (path: string): readonly Case[] => (JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Case[] }).cases;
const OWN = casesIn(join(import.meta.dirname, '../../vectors/attacks/shell.json'));
const MORE = process.env['SHELL_CASES'] === undefined ? [] : casesIn(process.env['SHELL_CASES']);

interface Range extends Decoys {
  readonly outside: string;
  /** Where a connection of any case would be seen. */
  readonly port: number;
  readonly connections: () => number;
}

/** A git repository with two commits, among things that nobody may touch. */
async function openRange(turns: Parameters<typeof openDecoys>[0]['turns'] = []): Promise<Range> {
  const house = await openDecoys({ turns, window: 10_000_000 }, { 'a.txt': 'alpha\nbeta\ngamma\n', 'victim.txt': 'stays\n', 'dirty.txt': 'clean\n' });
  const { folder, base } = house;
  const git = (...args: string[]): unknown => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: folder, stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: base, GIT_CONFIG_GLOBAL: '/dev/null' } });
  mkdirSync(join(folder, 'tools'));
  writeFileSync(join(folder, '.gitignore'), '.env\n');
  git('init', '-q', '-b', 'work');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  writeFileSync(join(folder, 'tools/pre.sh'), '#!/bin/sh\ntouch pre-was-here\ncat "$@"\n');
  chmodSync(join(folder, 'tools/pre.sh'), 0o755);
  symlinkSync(join(base, 'outside'), join(folder, 'link'));
  git('add', '.');
  git('commit', '-q', '-m', 'second again');
  writeFileSync(join(folder, 'dirty.txt'), 'dirty\n');
  return { ...house, outside: join(base, 'outside'), port: house.listener.port, connections: house.listener.heard };
}

function commandOf({ command }: Case, { outside, port }: Range, number: number): string {
  const values: { readonly [name: string]: string } = { M: `marker-${number}`, O: join(outside, `out-${number}`), B: `base-${number}`, S: join(outside, 'secret.txt'), SD: outside, P: String(port), N: String(number) };
  return command.replaceAll(/\{(M|O|B|S|SD|P|N)\}/g, (_, name: string) => values[name] ?? '');
}

/** As snapshot, but git may note when it last looked at a file. */
function seen(house: Range): { readonly [path: string]: string } {
  return Object.fromEntries(Object.entries(house.snapshot(true)).filter(([path]) => path !== 'work/.git/index'));
}

async function playAll(house: Range, cases: readonly Case[]): Promise<{ readonly wrong: readonly string[]; readonly asked: number }> {
  const wrong: string[] = [];
  const before = seen(house);
  const { mtimeMs } = lstatSync(join(house.folder, '.git/index'));
  let asked = 0;
  const play = async (one: Case, number: number): Promise<void> => {
    const name = `${one.id} ${one.family}: ${one.command}`;
    const argv = ['/bin/bash', '-c', commandOf(one, house, number)];
    const { session, action } = proposeRun(house.bench, house.workspace, { argv, cwd: '.', access: 'write', timeout: 15_000 }, 'cli', { held: true });
    const rest = await carryOn(house.bench, session, house.watch(), true);
    const row = readAction(house.bench.log.store.db, action);
    const output = textOf(house.bench.log, row.output);
    if (house.markers.some((marker) => output.includes(marker))) wrong.push(`${name}\n  told a secret`);
    if (one.effect === 'text') {
      if (rest?.state !== 'answered' || row.outcome !== 'done') wrong.push(`${name}\n  asked: ${rest?.state ?? ''} ${row.outcome ?? ''}`);
      if (!output.includes(one.text ?? '')) wrong.push(`${name}\n  printed ${JSON.stringify(output.slice(0, 200))}`);
    }
    if (rest?.state !== 'waiting') return;
    asked += 1;
    await deny(house.bench, action, '', BY);
    await carryOn(house.bench, session, house.watch());
  };
  const waiting = cases.map((one, number) => [one, number] as const);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await play(...next);
  };
  await Promise.all([work(), work(), work()]);
  const after = seen(house);
  for (const path of new Set([...Object.keys(before), ...Object.keys(after)])) if (before[path] !== after[path]) wrong.push(`${path} changed without a yes`);
  assert.equal(lstatSync(join(house.folder, '.git/index')).mtimeMs, mtimeMs, 'not even the index was written');
  return { wrong, asked };
}

test('what a command would do happens only with a yes, whatever its words; what it may not read is not told; what changes nothing does not ask', needsSandbox, async () => {
  await using house = await openRange();
  const cases = [...OWN, ...MORE];
  const { wrong, asked } = await playAll(house, cases);
  assert.deepEqual(wrong, []);
  assert.equal(house.connections(), 0);
  const effects = cases.filter(({ effect }) => !['text', 'secret', 'net'].includes(effect)).length;
  assert.ok(asked > effects / 2, `${asked} of ${effects} were asked about: this test has teeth`);
  assert.deepEqual(house.bench.log.store.db.prepare('SELECT id FROM landings').all(), []);
});

test("a model's harmless commands ask nobody either, and it hears what they print", needsSandbox, async () => {
  const calls: { name: string; arguments: object }[] = [];
  await using house = await openRange(calling(calls));
  const benign = OWN.filter(({ effect }) => effect === 'text');
  calls.push(...benign.map((one, number) => ({ name: 'run', arguments: { command: commandOf(one, house, number) } })));
  const before = seen(house);
  const { rest } = await house.ask('look around');
  assert.equal(rest.state, 'answered');
  const told = lastMessages(house.scripted).filter(({ role }) => role === 'tool');
  assert.equal(told.length, benign.length);
  for (const [at, { text = '', family }] of benign.entries()) assert.ok(told[at]?.content.includes(text), `${family}: ${told[at]?.content ?? ''}`);
  assert.deepEqual(seen(house), before);
});

test('a batch of which each builds on the one before waits as a whole: none of it is there before the yes, nor after a no', needsSandbox, async () => {
  const calls: { name: string; arguments: object }[] = [];
  await using house = await openRange([{ calls }, { text: 'ok' }]);
  calls.push(...OWN.filter(({ effect }) => effect !== 'text').slice(0, 20).map((one, number) => ({ name: 'run', arguments: { command: commandOf(one, house, number) } })));
  const before = seen(house);
  const { session, rest } = await house.ask('go');
  assert.ok(rest.state === 'waiting' && rest.pending.length > 5);
  assert.deepEqual(seen(house), before);
  assert.equal((await answerAll(house, session, rest, 'deny')).state, 'answered');
  assert.deepEqual(seen(house), before);
  assert.deepEqual(house.leaked(), []);
});

test('a secret file that is moved in a draft is not told under its new name', needsSandbox, async () => {
  const calls = [
    { name: 'move', arguments: { path: '.env', to: 'visible.txt' } },
    { name: 'read', arguments: { path: 'visible.txt' } },
    { name: 'run', arguments: { command: 'cat visible.txt .env; grep -r TOKEN .' } },
    { name: 'search', arguments: { pattern: 'TOKEN' } },
  ];
  await using house = await openDecoys({ turns: calling(calls, 1) });
  await house.bench.changeConfig((config) => ({ ...config, profile: 'draft' }), 'profile', 'cli');
  const before = house.snapshot(true);
  await house.ask('look');
  assert.deepEqual(house.leaked(), []);
  const outputs = house.events().flatMap(({ payloads }) => Object.values(payloads).map(({ digest }) => textOf(house.bench.log, digest)));
  for (const marker of house.markers) assert.ok(!outputs.some((text) => text.includes(marker)), 'a secret is on record');
  const { 'state/config.json': _, ...after } = house.snapshot(true);
  const { 'state/config.json': __, ...first } = before;
  assert.deepEqual(after, first);
});

test('a secret file that a batch would move is not told by what comes behind it, nor put on record', needsSandbox, async () => {
  const marker = `decoy${randomBytes(12).toString('hex')}`;
  const calls = [
    { name: 'move', arguments: { path: 'conf', to: 'open' } },
    { name: 'move', arguments: { path: 'conf/.env', to: 'plain.txt' } },
    { name: 'run', arguments: { command: 'cat plain.txt open/* open/.env; grep -r TOKEN .' } },
    { name: 'read', arguments: { path: 'plain.txt' } },
  ];
  await using house = await openDecoys({ turns: [{ calls }, { text: 'ok' }] }, { 'conf/.env': `TOKEN=${marker}\n`, 'conf/a.txt': 'x' });
  const { session, rest } = await house.ask('look');
  assert.equal(rest.state, 'waiting');
  for (const id of rest.state === 'waiting' ? rest.pending : []) await deny(house.bench, id, 'no', BY);
  await carryOn(house.bench, session, house.watch());
  assert.ok(!house.scripted.requests.some((request) => request.includes(marker)));
  const outputs = house.events().flatMap(({ body, payloads }) => (body.type === 'action.rehearsed' || body.type === 'action.ended' ? Object.values(payloads).map(({ digest }) => textOf(house.bench.log, digest)) : []));
  assert.ok(!outputs.some((text) => text.includes(marker)), 'a secret is on record');
  assert.equal(house.file('conf/.env'), `TOKEN=${marker}\n`);
});
