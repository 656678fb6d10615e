// What is carried out is what the person said yes to: files, links, folders, records and rights that change between
// the card, the answer and the effect.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerAll, BY, openDecoys, type Decoys } from '../../vectors/attacks/decoys.ts';
import { isFault } from '../../vectors/house/faults.ts';
import { pendingActions, readAction } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import type { Turn } from '../../vectors/dialects/scripted.ts';
import { carryOn, deny, invoke, proposeRun } from './desk.ts';
import { removeWorkspace } from './workspaces.ts';

const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };
type Call = NonNullable<Turn['calls']>[number];

interface Waiting extends Decoys {
  readonly session: string;
  readonly id: string;
  /** Carry the session on; what goes wrong in it ends the turn in words. */
  goOn(): Promise<string>;
}

/** A house in which this call waits for the person. */
async function waitingFor(call: Call, files: { readonly [path: string]: string } = {}): Promise<Waiting> {
  const house = await openDecoys({ turns: [{ calls: [call] }, { text: 'ok' }] }, files);
  const { session, rest } = await house.ask('go');
  assert.equal(rest.state, 'waiting');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : '';
  return { ...house, session, id, goOn: async () => (await carryOn(house.bench, session, house.watch()))?.state ?? 'held' };
}

/** As every door shows it. */
const reasonOf = ({ bench: { log }, id }: Waiting): string => cardOf(log, readAction(log.store.db, id)).reason;
const granted = (house: Decoys, id: string): boolean => house.events().some(({ body }) => body.type === 'action.granted' && body.action === id);

/** Each in a folder of its own, named by its place in the list. */
const SWAPS: readonly { readonly name: string; readonly call: Call; swap(base: string, folder: string, own: string): void }[] = [
  {
    name: 'the file becomes a link to the shell profile',
    call: { name: 'edit', arguments: { path: '0/a.txt', old: 'alpha', new: 'evil' } },
    swap(base, _, own) {
      rmSync(join(own, 'a.txt'));
      symlinkSync(join(base, '.bashrc'), join(own, 'a.txt'));
    },
  },
  {
    name: 'a name that was free becomes a link to a file outside',
    call: { name: 'write', arguments: { path: '1/new.txt', content: 'evil' } },
    swap: (base, _, own) => symlinkSync(join(base, 'outside/secret.txt'), join(own, 'new.txt')),
  },
  {
    name: 'the folder of the file becomes a link outside',
    call: { name: 'write', arguments: { path: '2/sub/secret.txt', content: 'evil' } },
    swap: (base, _, own) => putLink(own, 'sub', join(base, 'outside')),
  },
  {
    name: 'the folder to be deleted becomes a link to the home',
    call: { name: 'delete', arguments: { path: '3/sub' } },
    swap: (base, _, own) => putLink(own, 'sub', base),
  },
  {
    name: 'the target of a move becomes a link outside',
    call: { name: 'move', arguments: { path: '4/a.txt', to: '4/sub/secret.txt' } },
    swap: (base, _, own) => putLink(own, 'sub', join(base, 'outside')),
  },
  {
    name: 'a folder above becomes a link to the home',
    call: { name: 'edit', arguments: { path: '5/sub/x.txt', old: 'x', new: 'evil' } },
    swap: (base, folder) => putLink(folder, '5', base),
  },
];

function putLink(folder: string, name: string, target: string): void {
  renameSync(join(folder, name), join(folder, `${name}-gone`));
  symlinkSync(target, join(folder, name));
}

test('whatever takes the place of a file or a folder after the yes, nothing outside is touched', async () => {
  const calls = SWAPS.map(({ call }) => call);
  const files = Object.fromEntries(SWAPS.flatMap((_, at): [string, string][] => [[`${at}/sub/x.txt`, 'x'], [`${at}/a.txt`, 'alpha']]));
  await using house = await openDecoys({ turns: [{ calls }, { text: 'ok' }] }, files);
  const { session, rest } = await house.ask('go');
  const pending = rest.state === 'waiting' ? rest.pending : [];
  assert.equal(pending.length, SWAPS.length);
  for (const id of pending) await invoke(house.bench, id, BY);
  for (const [at, { swap }] of SWAPS.entries()) swap(house.base, house.folder, join(house.folder, String(at)));
  const before = house.snapshot();
  await carryOn(house.bench, session, house.watch());
  assert.deepEqual(house.snapshot(), before);
  for (const id of pending) assert.notEqual(readAction(house.bench.log.store.db, id).outcome, 'done');
});

test('a workspace that became a link to a neighbour after the yes is not followed', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'a.txt', content: 'evil' } });
  await invoke(house.bench, house.id, BY);
  renameSync(house.folder, `${house.folder}-moved`);
  symlinkSync(join(house.base, 'work-sibling'), house.folder);
  const before = house.snapshot();
  await house.goOn();
  assert.deepEqual(house.snapshot(), before);
  assert.notEqual(readAction(house.bench.log.store.db, house.id).outcome, 'done');
});

test('what a yes was given for is not carried out in another folder, when the folder became a link out', needsSandbox, async () => {
  await using house = await waitingFor({ name: 'run', arguments: { command: 'pwd; cat secret.txt; echo evil > made.txt', cwd: 'sub' } }, { 'sub/x.txt': 'x' });
  await invoke(house.bench, house.id, BY);
  renameSync(join(house.folder, 'sub'), join(house.folder, 'gone'));
  symlinkSync(join(house.base, 'outside'), join(house.folder, 'sub'));
  const before = house.snapshot();
  await house.goOn();
  assert.deepEqual(house.snapshot(), before);
  assert.deepEqual(house.leaked(), []);
});

test('a proposal that was changed in the database after the yes is not carried out', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'good.txt', content: 'good' } });
  const { db } = house.bench.log.store;
  await invoke(house.bench, house.id, BY);
  const { proposal } = readAction(db, house.id);
  db.prepare(`UPDATE payloads SET data = CAST(replace(CAST(data AS TEXT), 'good.txt', 'evil.txt') AS BLOB) WHERE digest = ?`).run(proposal);
  assert.equal(await house.goOn(), 'fault');
  assert.equal(existsSync(join(house.folder, 'evil.txt')) || existsSync(join(house.folder, 'good.txt')), false);
  assert.equal(granted(house, house.id), false);
});

test("a yes for one proposal is no yes for another whose record was put in its place", async () => {
  await using house = await openDecoys({ turns: [{ calls: [{ name: 'write', arguments: { path: 'good.txt', content: 'good' } }, { name: 'write', arguments: { path: 'evil.txt', content: 'evil' } }] }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  const [good = '', evil = ''] = rest.state === 'waiting' ? rest.pending : [];
  const { db } = house.bench.log.store;
  await invoke(house.bench, good, BY);
  db.prepare('UPDATE actions SET proposal = (SELECT proposal FROM actions WHERE id = ?), agreed = (SELECT effects FROM actions WHERE id = ?) WHERE id = ?').run(evil, evil, good);
  await carryOn(house.bench, session, house.watch());
  assert.equal(existsSync(join(house.folder, 'evil.txt')), false);
  assert.equal(granted(house, evil) || granted(house, good), false);
});

test('a row that says that it was answered is no answer: the log has to say so', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'evil.txt', content: 'evil' } });
  house.bench.log.store.db.prepare(`UPDATE actions SET state = 'answered', agreed = effects WHERE id = ?`).run(house.id);
  assert.equal(await house.goOn(), 'waiting', 'the person is asked');
  assert.doesNotMatch(reasonOf(house), /since you said yes/, 'nobody did');
  assert.equal(existsSync(join(house.folder, 'evil.txt')), false);
  assert.equal(granted(house, house.id), false);
  // A true answer still counts, once, and not for a later question.
  await invoke(house.bench, house.id, BY);
  writeFileSync(join(house.folder, 'evil.txt'), 'somebody was quicker');
  assert.equal(await house.goOn(), 'waiting', 'it would do something else now');
  assert.match(reasonOf(house), /^It changed since you said yes: what it does to evil\.txt is not what you saw\. It /);
  house.bench.log.store.db.prepare(`UPDATE actions SET state = 'answered', agreed = effects WHERE id = ?`).run(house.id);
  assert.equal(await house.goOn(), 'waiting', 'the old answer was for the old question');
  assert.equal(readFileSync(join(house.folder, 'evil.txt'), 'utf8'), 'somebody was quicker');
});

test('a yes that comes for an old card, after another door answered and the files changed, is refused', async () => {
  await using house = await waitingFor({ name: 'edit', arguments: { path: 'a.txt', old: 'alpha', new: 'omega' } });
  const { db } = house.bench.log.store;
  const seen = readAction(db, house.id);
  await invoke(house.bench, house.id, BY);
  writeFileSync(join(house.folder, 'a.txt'), 'alpha\nnot what the card showed\n');
  assert.equal(await house.goOn(), 'waiting');
  await assert.rejects(invoke(house.bench, house.id, BY, seen), isFault('action.changed'));
  assert.equal(await house.goOn(), 'waiting');
  assert.equal(house.file('a.txt'), 'alpha\nnot what the card showed\n');
  await invoke(house.bench, house.id, BY, readAction(db, house.id));
  assert.equal(await house.goOn(), 'answered');
});

test('an answer works once: said again, or after the end, it does nothing', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'b.txt', content: 'once' } });
  await invoke(house.bench, house.id, BY);
  await assert.rejects(invoke(house.bench, house.id, BY), isFault('action.not-waiting'));
  await assert.rejects(deny(house.bench, house.id, 'no', BY), isFault('action.not-waiting'));
  assert.equal(await house.goOn(), 'answered');
  writeFileSync(join(house.folder, 'b.txt'), 'mine');
  await assert.rejects(invoke(house.bench, house.id, BY), isFault('action.not-waiting'));
  await house.goOn();
  assert.equal(house.file('b.txt'), 'mine');
  assert.equal(house.events().filter(({ body }) => body.type === 'action.granted' && body.action === house.id).length, 1);
});

test('a yes that nobody carried out in time has gone stale: it is refused, not carried out days later', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'b.txt', content: 'late' } });
  await invoke(house.bench, house.id, BY);
  house.bench.log.store.db.prepare('UPDATE actions SET made = made - 100000000, expires = expires - 100000000 WHERE id = ?').run(house.id);
  assert.notEqual(await house.goOn(), 'answered');
  await assert.rejects(invoke(house.bench, house.id, BY), isFault(/action\.(expired|not-waiting)/));
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
});

test('a workspace that was removed is closed at once, to what waits and to a session that goes on', async () => {
  await using house = await openDecoys({ turns: [{ calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'x' } }] }, { calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }, { text: 'ok' }] });
  const { session, rest } = await house.ask('go');
  await removeWorkspace(house.bench.log, house.workspace.id, 'cli');
  await answerAll(house, session, rest, 'invoke');
  assert.equal(existsSync(join(house.folder, 'b.txt')), false);
  assert.ok(!house.scripted.requests.some((request) => request.includes('beta')), 'the model read on');
});

test('of two processes that carry on the same answer, one does it', async () => {
  await using house = await waitingFor({ name: 'move', arguments: { path: 'a.txt', to: 'moved.txt' } });
  await invoke(house.bench, house.id, BY);
  const other = await house.reopen();
  await Promise.all([carryOn(house.bench, house.session, house.watch()), carryOn(other, house.session, house.watch()), carryOn(house.bench, house.session, house.watch())]);
  assert.equal(house.events().filter(({ body }) => body.type === 'action.granted' && body.action === house.id).length, 1);
  assert.equal(house.events().filter(({ body }) => body.type === 'action.ended' && body.action === house.id).length, 1);
  assert.equal(house.file('moved.txt'), 'alpha\nbeta\n');
});

test('a restart carries nothing out by itself: what waited waits, and what was answered has to be taken up', async () => {
  await using house = await waitingFor({ name: 'write', arguments: { path: 'b.txt', content: 'x' } });
  const again = await house.reopen();
  assert.deepEqual(pendingActions(again.log.store.db).map(({ id }) => id), [house.id]);
  const { serve } = await import('../server/serve.ts');
  const served = await serve(again, { port: 0 });
  try {
    await again.log.settle();
    assert.deepEqual(pendingActions(again.log.store.db).map(({ id }) => id), [house.id]);
    assert.equal(existsSync(join(house.folder, 'b.txt')), false);
  } finally {
    await served.close();
  }
});

test('the environment of the house does not reach a run', needsSandbox, async () => {
  await using house = await openDecoys({ turns: [] });
  const { session, action } = proposeRun(house.bench, house.workspace, { argv: ['env'], cwd: '.', access: 'read', timeout: 20_000 }, 'cli', { held: true });
  process.env['LD_PRELOAD_DECOY'] = process.env['NODE_OPTIONS_DECOY'] = house.markers[0] ?? '';
  await carryOn(house.bench, session, house.watch(), true).finally(() => {
    delete process.env['LD_PRELOAD_DECOY'];
    delete process.env['NODE_OPTIONS_DECOY'];
  });
  const row = readAction(house.bench.log.store.db, action);
  assert.equal(row.outcome, 'done');
  const output = new TextDecoder().decode(house.bench.log.read(row.output ?? '') ?? undefined);
  assert.ok(output.includes('PATH=') && !output.includes('DECOY') && !output.includes(house.markers[0] ?? ''));
});
