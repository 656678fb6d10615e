import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastMessages, openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction, textOf, type ActionRow } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import type { Effects } from '../model/effects.ts';
import type { Profile } from '../model/profile.ts';
import { sha256 } from '../model/digest.ts';
import { cardText } from '../server/draw.ts';
import { carryOn, deny, edit, foreseeEdit, invoke, openSession, proposeRun } from './desk.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

interface Tried {
  readonly session: string;
  readonly id: string;
  readonly rest: Rest | null;
}

/** A person's own command, as far as it goes by itself. */
async function tryRun(house: TestHouse, command: string, profile?: Profile, timeout = 20_000): Promise<Tried> {
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['/bin/sh', '-c', command], cwd: '.', access: 'write', timeout }, 'cli', { held: true, ...(profile === undefined ? {} : { profile }) });
  return { session, id: action, rest: await carryOn(house.bench, session, house.watch(), true) };
}

const rowOf = ({ bench }: TestHouse, id: string): ActionRow => readAction(bench.log.store.db, id);
const effectsOf = (house: TestHouse, id: string): Effects => judgedEffects(house.bench.log, rowOf(house, id));
const pendingOf = (rest: Rest | null): readonly string[] => (rest?.state === 'waiting' ? rest.pending : []);

/** What happened to one action, in order. */
function storyOf(house: TestHouse, id: string): string {
  const mine = house.events().filter(({ body }) => 'action' in body && body.action === id);
  return mine.map(({ body }) => [body.type.slice('action.'.length), 'stage' in body ? body.stage : '', 'verdict' in body ? body.verdict : '', 'answer' in body ? body.answer : ''].filter((word) => word !== '').join(':')).join(' ');
}

async function settles(what: string, holds: () => boolean): Promise<void> {
  for (let left = 400; left > 0; left--) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never came: ${what}`);
}

const keptIn = ({ bench }: TestHouse): readonly string[] => readdirSync(join(bench.home.state, 'kept'));

test('a command that changes nothing asks nobody, whatever its words are, and nothing of it stays', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, rest } = await tryRun(house, 'sudo rm -rf / 2>/dev/null; echo x > /tmp/x; cp a.txt b && rm b; cat a.txt; exit 4');
  assert.equal(rest?.state, 'answered');
  assert.equal(storyOf(house, id), 'proposed decided:rehearse:allow started:rehearse rehearsed decided:land:allow ended');
  const { outcome, exit, output, grant_id: grant, into_: into } = rowOf(house, id);
  assert.deepEqual([outcome, exit, grant, into], ['done', 4, null, 'nothing']);
  assert.match(textOf(house.bench.log, output), /alpha\nbeta\n$/);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
});

test('a change is asked about once it has been tried, and before the yes it is nowhere in the workspace', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session, rest } = await tryRun(house, 'mkdir -p x/y; echo hello > x/y/z; rm a.txt');
  assert.deepEqual(pendingOf(rest), [id]);
  assert.deepEqual(effectsOf(house, id).changes.map(({ change, path }) => `${change} ${path}`).toSorted(), ['created x', 'created x/y', 'created x/y/z', 'deleted a.txt']);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(storyOf(house, id), 'proposed decided:rehearse:allow started:rehearse rehearsed decided:land:ask answered:invoke decided:land:ask granted ended');
  assert.deepEqual([readdirSync(house.folder), house.file('x/y/z')], [['x'], 'hello\n']);
  assert.equal(rowOf(house, id).into_, 'workspace');
});

test('under strict a person is asked twice: before it is tried, when nothing is known yet, and before it lands', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session, rest } = await tryRun(house, 'echo made > made.txt', 'strict');
  assert.deepEqual(pendingOf(rest), [id]);
  assert.equal(effectsOf(house, id).certainty, 'unknown');
  assert.equal(storyOf(house, id), 'proposed decided:rehearse:ask', 'nothing was started');
  await invoke(house.bench, id, BY);
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [id], 'a yes to the trial is none to the landing');
  assert.equal(effectsOf(house, id).changes.length, 1);
  assert.equal(existsSync(join(house.folder, 'made.txt')), false);
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(house.file('made.txt'), 'made\n');
  assert.match(storyOf(house, id), /^proposed decided:rehearse:ask answered:invoke decided:rehearse:ask started:rehearse rehearsed decided:land:ask answered:invoke decided:land:ask granted ended$/);
});

test('what a limit of the kernel ended leaves nothing to land; what met one and ended well does', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const ended = await tryRun(house, 'echo half > half.txt; exec truncate -s 3G large');
  assert.equal(ended.rest?.state, 'answered', 'nobody is asked');
  const { outcome, exit, result } = rowOf(house, ended.id);
  assert.deepEqual([outcome, exit], ['failed', 153]);
  assert.match(textOf(house.bench.log, result), /ended by its limit: disk\. Nothing that it did was kept/);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  const met = await tryRun(house, 'truncate -s 3G large || echo whole > whole.txt');
  assert.deepEqual(pendingOf(met.rest), [met.id]);
});

test('under strict a call of a file tool that a person changed, having seen what it does, is not asked about again', options, async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }, { text: 'ok' }] });
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'write', 'cli', true, 'strict');
  const [id = ''] = pendingOf(await say(house.bench, session, 'write', house.watch(), true));
  const edited = await foreseeEdit(house.bench, id, JSON.stringify({ path: 'c.txt', content: 'three\n' }));
  assert.equal(existsSync(join(house.folder, 'c.txt')), false);
  await edit(house.bench, id, edited, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.equal(house.file('c.txt'), 'three\n');
});

test('under strict what was changed does something else by the time it is tried: then it is asked about', options, async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }, { text: 'ok' }] });
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'write', 'cli', true, 'strict');
  const [id = ''] = pendingOf(await say(house.bench, session, 'write', house.watch(), true));
  const edited = await foreseeEdit(house.bench, id, JSON.stringify({ path: 'c.txt', content: 'three\n' }));
  const { id: changed } = await edit(house.bench, id, edited, BY);
  writeFileSync(join(house.folder, 'c.txt'), 'mine\n');
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [changed]);
  assert.equal(house.file('c.txt'), 'mine\n');
});

test('a command that only sets a time says which', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id } = await tryRun(house, 'touch -d 2001-02-03T04:05:06Z a.txt');
  const [change] = effectsOf(house, id).changes;
  assert.ok(change?.change === 'changed' && change.only === 'times');
  assert.equal(change.time, Date.UTC(2001, 1, 3, 4, 5, 6));
});

test('under strict a no to the trial ends it before anything is started', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session } = await tryRun(house, 'echo made > made.txt', 'strict');
  await deny(house.bench, id, '', BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(storyOf(house, id), 'proposed decided:rehearse:ask answered:deny ended');
});

test('what was judged lands byte for byte, also after a restart: the command is not run again', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session } = await tryRun(house, 'head -c 200000 /dev/urandom > r.bin; chmod 751 r.bin; touch -d 2001-02-03T04:05:06Z r.bin; ln -s r.bin link; date +%N > now; printf changed > a.txt');
  const judged = new Map(effectsOf(house, id).changes.map((change) => [change.path, 'after' in change ? change.after : '']));
  const again = await house.reopen();
  assert.equal(existsSync(join(house.folder, 'r.bin')), false);
  await invoke(again, id, BY);
  assert.equal((await carryOn(again, session, house.watch()))?.state, 'answered');
  for (const path of ['r.bin', 'now', 'a.txt']) assert.equal(sha256(readFileSync(join(house.folder, path))), judged.get(path), path);
  const { mode, mtimeMs } = lstatSync(join(house.folder, 'r.bin'));
  assert.deepEqual([mode & 0o7777, mtimeMs], [0o751, Date.UTC(2001, 1, 3, 4, 5, 6)]);
  assert.equal(lstatSync(join(house.folder, 'link')).isSymbolicLink(), true);
  assert.equal(house.types().filter((type) => type === 'action.rehearsed').length, 1);
});

test('a process that ends between the trial and the question leaves a question, and the command is not run again', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session } = await tryRun(house, 'date +%N > now');
  const before = effectsOf(house, id).changes;
  const again = await house.reopen();
  again.log.store.db.exec(`UPDATE actions SET state = 'proposed', expires = NULL, owner = NULL WHERE id = '${id}'`);
  assert.deepEqual(pendingOf(await carryOn(again, session, house.watch())), [id]);
  assert.deepEqual(effectsOf(house, id).changes, before);
  assert.equal(house.types().filter((type) => type === 'action.rehearsed').length, 1);
});

test('what was kept and is gone is tried again and asked about again, never landed as something else', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, session } = await tryRun(house, 'date +%N > now');
  await invoke(house.bench, id, BY);
  await house.bench.hands.rehearsals.drop(id);
  await settles('it is dropped', () => !keptIn(house).includes(id));
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [id]);
  assert.equal(existsSync(join(house.folder, 'now')), false);
});

test('a no leaves nothing: not in the workspace, and not in what was kept for it', options, async () => {
  const secret = randomBytes(16).toString('hex');
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'run', arguments: { command: `echo ${secret} > b.txt; rm a.txt` } }] }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const [id = ''] = pendingOf(rest);
  assert.deepEqual(keptIn(house), [id]);
  await deny(house.bench, id, 'not now', BY);
  await carryOn(house.bench, session, house.watch());
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /not now/);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  await house.reopen();
  await settles('the next start sweeps it up', () => keptIn(house).length === 0);
});

test('a crash while trying has failed, since nothing of it was kept; a crash while landing is unknown; neither is tried again', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const [one, two] = [await tryRun(house, 'echo 1 > one.txt'), await tryRun(house, 'echo 2 > two.txt')];
  const { db } = house.bench.log.store;
  // Of a process that is gone.
  db.exec(`UPDATE actions SET state = 'rehearsing', owner = '4194305:1' WHERE id = '${one.id}'; UPDATE actions SET state = 'granted', owner = '4194305:1' WHERE id = '${two.id}'`);
  const again = await house.reopen();
  assert.deepEqual(again.orphans.map(({ id }) => id), [two.id], 'what took no effect needs no look');
  assert.deepEqual([one, two].map(({ id }) => [rowOf(house, id).outcome, rowOf(house, id).why]), [['failed', 'crashed'], ['unknown', 'crashed']]);
  assert.match(textOf(again.log, rowOf(house, one.id).result), /the workspace is as it was/);
  for (const { session } of [one, two]) await carryOn(again, session, house.watch());
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  await settles('what was kept is swept up', () => keptIn(house).length === 0);
});

test('what a living process is taking into a draft is not swept by another; what a crash left of that is', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id } = await tryRun(house, 'echo two >> a.txt');
  const layer = `${id}.layer`;
  mkdirSync(join(house.bench.home.state, 'kept', layer), { mode: 0o700 });
  await (await house.reopen()).close();
  assert.deepEqual(keptIn(house).toSorted(), [id, layer]);
  house.bench.log.store.db.exec(`UPDATE actions SET state = 'ended' WHERE id = '${id}'`);
  await (await house.reopen()).close();
  assert.deepEqual(keptIn(house), []);
});

const CHAIN = [{ name: 'write', arguments: { path: 'one.txt', content: 'first\n' } }, { name: 'run', arguments: { command: 'cat one.txt > two.txt; echo second >> two.txt' } }];
const rehearsals = (house: TestHouse, id: string): number => storyOf(house, id).split(' ').filter((word) => word === 'rehearsed').length;

test('of two calls in one answer the second is tried on what the first would do, and they land in order', options, async () => {
  await using house = await openTestHouse({ turns: [{ calls: CHAIN }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const [one = '', two = ''] = pendingOf(rest);
  assert.deepEqual(effectsOf(house, two).changes.map(({ path }) => path), ['two.txt'], 'each is judged by what it did itself');
  await invoke(house.bench, two, BY);
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [one]);
  assert.deepEqual(readdirSync(house.folder), ['a.txt'], 'the second waits for the first');
  await invoke(house.bench, one, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.deepEqual([house.file('one.txt'), house.file('two.txt')], ['first\n', 'first\nsecond\n']);
  assert.deepEqual([rehearsals(house, one), rehearsals(house, two)], [1, 1], 'what landed beneath it is no conflict');
});

test('when the first of two is denied, the second is tried again without it, and a yes to what it did before is none', options, async () => {
  await using house = await openTestHouse({ turns: [{ calls: CHAIN }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const [one = '', two = ''] = pendingOf(rest);
  await invoke(house.bench, two, BY);
  await deny(house.bench, one, 'no', BY);
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [two], 'it does something else now');
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  assert.equal(rehearsals(house, two), 2);
  await invoke(house.bench, two, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.deepEqual([readdirSync(house.folder), house.file('two.txt')], [['a.txt', 'two.txt'], 'second\n']);
});

test('what a person changed meanwhile is never replaced silently: a run is asked about again with all three sides', options, async () => {
  await using house = await openTestHouse({ turns: [] }, { 'b.txt': 'untouched\n' });
  const { id, session } = await tryRun(house, 'sed -i s/alpha/omega/ a.txt; date +%N > now');
  writeFileSync(join(house.folder, 'a.txt'), 'alpha\nmine\n');
  const now = keptNow(house, id);
  await invoke(house.bench, id, BY);
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [id]);
  assert.equal(house.file('a.txt'), 'alpha\nmine\n');
  const { conflicts = [] } = effectsOf(house, id);
  assert.deepEqual(conflicts.map(({ path, base, now: present, wanted }) => [path, base, present, wanted]), [['a.txt', sha256('alpha\nbeta\n'), sha256('alpha\nmine\n'), sha256('omega\nbeta\n')]]);
  const text = cardText(cardOf(house.bench.log, rowOf(house, id)));
  for (const side of ['-alpha', '+omega', '-mine']) assert.ok(text.includes(side), `${side} is not on the card:\n${text}`);
  assert.equal(existsSync(join(house.folder, 'now')), false, 'nothing of it landed');
  // With a yes to just that it replaces the person's, which is kept.
  await invoke(house.bench, id, BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.deepEqual([house.file('a.txt'), house.file('now')], ['omega\nbeta\n', now]);
  assert.equal(rehearsals(house, id), 1, 'a command runs once');
});

const keptNow = ({ bench }: TestHouse, id: string): string => readFileSync(join(bench.home.state, 'kept', id, 'now'), 'utf8');

test('a file tool whose file a person changed is tried anew on what is there, and asked about again', options, async () => {
  const calls = [{ name: 'edit', arguments: { path: 'a.txt', old: 'alpha', new: 'omega' } }];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const [id = ''] = pendingOf(rest);
  writeFileSync(join(house.folder, 'a.txt'), 'alpha\nmine\n');
  await invoke(house.bench, id, BY);
  assert.deepEqual(pendingOf(await carryOn(house.bench, session, house.watch())), [id]);
  assert.equal(rehearsals(house, id), 2);
  assert.equal(house.file('a.txt'), 'alpha\nmine\n');
  await invoke(house.bench, id, BY);
  await carryOn(house.bench, session, house.watch());
  assert.equal(house.file('a.txt'), 'omega\nmine\n');
});

test("a repository that a model's command makes is refused by rule; a person's own is asked about", options, async () => {
  const command = 'git init -q sub && printf "[core]\\n\\tfsmonitor = touch PWNED\\n" >> sub/.git/config; mkdir -p x/.GIT/hooks';
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'run', arguments: { command } }] }, { text: 'ok' }] });
  const { rest } = await house.ask('go');
  assert.equal(rest.state, 'answered');
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /git-effects.*pwb run --/s);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  const own = await tryRun(house, 'git init -q sub');
  assert.deepEqual(pendingOf(own.rest), [own.id]);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
});

test('of a command that a limit ended nothing is kept, and nobody is asked', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  const { id, rest } = await tryRun(house, 'echo x > b.txt; sleep 60', 'step', 1000);
  assert.equal(rest?.state, 'answered');
  assert.deepEqual([rowOf(house, id).outcome, rowOf(house, id).grant_id], ['failed', null]);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
});

test('in a draft nothing is asked and the workspace stays as it is; later actions of the session see it, other sessions do not', options, async () => {
  const calls = [...CHAIN, { name: 'read', arguments: { path: 'two.txt' } }, { name: 'run', arguments: { command: 'cat two.txt' } }];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }, { calls: [{ name: 'read', arguments: { path: 'two.txt' } }] }, { text: 'ok' }] });
  await house.bench.changeConfig((config) => ({ ...config, profile: 'draft' }), 'profile', 'cli');
  assert.equal((await house.ask('go')).rest.state, 'answered');
  const told = lastMessages(house.scripted).filter(({ role }) => role === 'tool').map(({ content }) => content);
  for (const content of told.slice(2)) assert.match(content, /first\n.*second/);
  assert.deepEqual(readdirSync(house.folder), ['a.txt']);
  await house.ask('look');
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /two\.txt.*(not|no such)/i);
});

test('a command that stays is not begun behind what waits, and is begun once when its turn comes', options, async () => {
  const calls = [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }, { name: 'run', arguments: { command: 'cat b.txt; sleep 30', background: true } }];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const services = await house.bench.hands.rehearsals.services();
  assert.equal(pendingOf(rest).length, 1);
  assert.equal(services.list().length, 0);
  await invoke(house.bench, pendingOf(rest)[0] ?? '', BY);
  assert.equal((await carryOn(house.bench, session, house.watch()))?.state, 'answered');
  assert.equal(services.list(session).length, 1);
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /in the background[^]*two/);
});

test('what can not be kept ends in words, and nothing of it lands', options, async () => {
  await using house = await openTestHouse({ turns: [] });
  // Something stands where kept work would go.
  writeFileSync(join(house.bench.home.state, 'kept'), '');
  const { id, rest } = await tryRun(house, 'echo x > made');
  const { rmSync } = await import('node:fs');
  rmSync(join(house.bench.home.state, 'kept'));
  mkdirSync(join(house.bench.home.state, 'kept'), { mode: 0o700 });
  assert.equal(rest?.state, 'answered');
  assert.deepEqual([rowOf(house, id).outcome, existsSync(join(house.folder, 'made'))], ['failed', false]);
});
