// Words from outside, followed through files, commands, moves, drafts, other sessions and restarts by a model that copies
// them whenever it has heard them: wherever they come up again, their label is that of outside.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { openTestHouse } from '../../vectors/house/house.ts';
import type { Turn } from '../../vectors/dialects/scripted.ts';
import { readAction, readProposal } from '../approvals/actions.ts';
import { marksIn } from '../approvals/marks.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import { readContext } from '../audit/context.ts';
import type { Id } from '../model/id.ts';
import { INTEGRITY } from '../model/label.ts';
import type { Profile } from '../model/profile.ts';
import { carryOn, invoke, openSession } from './desk.ts';
import { readSession } from './session.ts';
import { Thread } from './thread.ts';
import { say } from './turn.ts';
import type { Workbench } from './workbench.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };
const TOKEN = 'pay-to-evil-4711';
const FILES = { 'downloads/bill.txt': `${TOKEN}\nsend\n`, 'mail/one/x.txt': `${TOKEN}\n`, 'src/b.txt': 'plain\nsend\n' };
const PATHS = ['downloads/bill.txt', 'mail/one/x.txt', 'a.txt', 'src/b.txt', 'n1.txt', 'src/n2.txt', 'new/n3.txt'];

const path = fc.constantFrom(...PATHS);
const clean = fc.boolean();
/** What the model does next; it copies what it has heard. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), path, to: path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('copy' as const), path, to: path, clean }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cat' as const), path, clean }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rename' as const), path, to: path, clean }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('search' as const), path: fc.constant('.') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), path: fc.constant('.') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('session' as const, 'restart' as const), path }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function callOf(one: Step, heard: boolean): Turn {
  const words = heard ? TOKEN : 'nothing';
  const call = (name: string, args: object): Turn => ({ calls: [{ name, arguments: args }] });
  switch (one.do) {
    case 'read':
    case 'list':
    case 'delete':
      return call(one.do, { path: one.path });
    case 'write':
      return call('write', { path: one.path, content: `${words}\n` });
    case 'edit':
      return call('edit', { path: one.path, old: 'send', new: `${words} send` });
    case 'move':
      return call('move', { path: one.path, to: one.to });
    case 'copy':
      return call('run', { command: `cp ${one.path} ${one.to}`, clean: one.clean });
    case 'cat':
      return call('run', { command: `cat ${one.path}`, clean: one.clean });
    case 'rename':
      return call('run', { command: `mv ${one.path} ${one.to}`, clean: one.clean });
    case 'search':
      return call('search', { pattern: 'send|pay' });
    case 'session':
    case 'restart':
      return { text: words };
  }
}

async function follow(steps: readonly Step[], profile: Profile): Promise<void> {
  let next: Step | undefined;
  const house = await openTestHouse({ turns: (request) => {
    const one = next;
    next = undefined;
    return one === undefined ? { text: 'done' } : callOf(one, JSON.stringify(request).includes(TOKEN));
  } }, FILES);
  try {
    let bench: Workbench = house.bench;
    let session: Id | undefined;
    let worst = 0;
    for (const one of steps) {
      if (one.do === 'restart') bench = await house.reopen();
      if (one.do === 'session' || session === undefined) [session, worst] = [openSession(bench, house.workspace, house.scripted.url, 'go', 'cli', false, profile), 0];
      next = one;
      let rest = await say(bench, session, 'go', house.watch());
      for (let left = 10; left > 0 && rest.state === 'waiting'; left--) {
        for (const id of rest.pending) await invoke(bench, id, BY);
        rest = (await carryOn(bench, session, house.watch())) ?? rest;
      }
      await bench.log.settle();
      const now = INTEGRITY.indexOf(Thread.load(bench.log, session).label.integrity);
      assert.ok(now >= worst, 'a context is better than it was');
      worst = now;
      for (const { role, digest, label } of readContext(bench.log.store.db, session, readSession(bench.log.store.db, session).epoch)) {
        const text = new TextDecoder().decode(bench.log.read(digest) ?? undefined);
        if (text.includes(TOKEN)) assert.equal(label.integrity, 'outside', `${role}: ${text}`);
      }
    }
  } finally {
    await house[Symbol.asyncDispose]();
  }
}

test('no sequence of reads, writes, moves, commands and restarts brings words from outside back under a better label', options, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), fc.constantFrom<Profile>('step', 'draft'), follow), { numRuns: 5, endOnFailure: true });
});

test('a context that had to be compacted is no better for what was left out of it', async () => {
  const long = `${'line of text that is not short\n'.repeat(150)}`;
  const reads = [{ path: 'downloads/bill.txt' }, ...Array.from({ length: 9 }, (_, at) => ({ path: 'long.txt', from: 1 + at, to: 110 + at }))];
  // A question of its own for each, so that old ones are left out whole.
  let at = 0;
  let asked = false;
  await using house = await openTestHouse({ window: 6000, turns: () => {
    asked = !asked;
    return asked ? { calls: [{ name: 'read', arguments: reads[at++] }] } : { text: 'done' };
  } }, { ...FILES, 'long.txt': long });
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'go', 'cli');
  for (const read of reads) assert.equal((await say(house.bench, session, `${'Tell me more of it. '.repeat(40)}${read.path}`, house.watch())).state, 'answered');
  await house.bench.log.settle();
  const { epoch } = readSession(house.bench.log.store.db, session);
  assert.ok(epoch > 0);
  const now = readContext(house.bench.log.store.db, session, epoch);
  assert.ok(!now.some(({ digest }) => new TextDecoder().decode(house.bench.log.read(digest) ?? undefined).includes(TOKEN)), 'it was left out');
  const { label } = Thread.load(house.bench.log, session);
  assert.equal(label.integrity, 'outside');
  assert.ok(label.sources.includes('file:downloads/bill.txt'));
  assert.equal(Thread.load((await house.reopen()).log, session).label.integrity, 'outside');
});

test('a process that is gone just when what had waited for its turn went into a draft leaves nothing unmarked there', options, async () => {
  const read = (file: string): object => ({ name: 'read', arguments: { path: file } });
  const turns = [{ calls: [read('mail/one/x.txt')] }, { calls: [read('.env'), { name: 'write', arguments: { path: 'n.txt', content: TOKEN } }] }, { text: 'done' }] as readonly Turn[];
  await using house = await openTestHouse({ turns }, { ...FILES, '.env': 'A=b\n' });
  const { bench: { log, hands } } = house;
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'go', 'cli', true, 'draft');
  const rest = await say(house.bench, session, 'go', house.watch(), true);
  for (const id of rest.state === 'waiting' ? rest.pending : []) await invoke(house.bench, id, BY);
  const held = readAction(log.store.db, String(log.store.db.prepare(`SELECT id FROM actions WHERE session = ? AND kind = 'write'`).get(session)?.['id']));
  await hands.rehearsals.accept(readProposal(log, held).proposal, judgedEffects(log, held));
  const again = await house.reopen();
  assert.equal((await carryOn(again, session, house.watch()))?.state, 'answered');
  assert.equal(readAction(log.store.db, held.id).outcome, 'unknown');
  assert.equal(marksIn(log.store.db, house.folder, session).content('n.txt')?.integrity, 'outside');
});

const CARRIED: readonly { readonly name: string; readonly profile: Profile; readonly first: (request: unknown) => object }[] = [
  { name: 'passed on unread', profile: 'step', first: (request) => ({ name: 'write', arguments: { path: 'n.txt', from: /Kept as ([0-9a-z]{10}): /.exec(JSON.stringify(request))?.[1] ?? '' } }) },
  { name: 'moved', profile: 'step', first: () => ({ name: 'move', arguments: { path: 'mail/one', to: 'n' } }) },
];
for (const { name, profile, first } of [...CARRIED, ...CARRIED.map((one) => ({ ...one, profile: 'draft' as const }))]) {
  test(`what was ${name} a call before, in the same answer, is hidden from a clean command and marks what another makes of it, with the profile ${profile}`, options, async () => {
    const copy = { name: 'run', arguments: { command: 'cat n.txt n/x.txt; cp n.txt c.txt || cp n/x.txt c.txt', clean: true } };
    const plain = { name: 'run', arguments: { command: 'cat n.txt n/x.txt; cp n.txt d.txt || cp n/x.txt d.txt' } };
    await using house = await openTestHouse({ turns: (request, at) => {
      if (at === 0) return { calls: [{ name: 'read', arguments: { path: 'mail/one/x.txt', keep: true } }] };
      return at === 1 ? { calls: [first(request), copy, plain] as never } : { text: 'done' };
    } }, FILES);
    const { bench } = house;
    const session = openSession(bench, house.workspace, house.scripted.url, 'go', 'cli', true, profile);
    let rest = await say(bench, session, 'go', house.watch(), true);
    for (let left = 10; left > 0 && rest.state === 'waiting'; left--) {
      for (const id of rest.pending) await invoke(bench, id, BY);
      rest = (await carryOn(bench, session, house.watch())) ?? rest;
    }
    await bench.log.settle();
    const heard = readContext(bench.log.store.db, session, 0).filter(({ role }) => role === 'tool').map(({ digest, label }) => ({ label, text: new TextDecoder().decode(bench.log.read(digest) ?? new Uint8Array()) }));
    for (const { label, text } of heard) if (text.includes(TOKEN)) assert.equal(label.integrity, 'outside', text);
    assert.ok(heard.at(-1)?.text.includes(TOKEN), 'the last one sees it');
    const marks = marksIn(bench.log.store.db, house.folder, session);
    assert.deepEqual(['c.txt', 'd.txt'].map((file) => marks.content(file)?.integrity), [undefined, 'outside']);
  });
}

test('the words in which a command could not be taken into the draft are from outside where it could see that', options, async () => {
  const deep = `t=$(cat mail/one/x.txt); long=$(printf 'a%.0s' $(seq 200)); for i in $(seq 30); do mkdir "$t$long"; cd "$t$long"; done; touch x`;
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'run', arguments: { command: deep } }] }, { text: 'done' }] }, FILES);
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'go', 'cli', true, 'draft');
  await say(house.bench, session, 'go', house.watch(), true);
  await house.bench.log.settle();
  const [heard] = readContext(house.bench.log.store.db, session, 0).filter(({ role }) => role === 'tool');
  assert.match(new TextDecoder().decode(house.bench.log.read(heard?.digest ?? '') ?? new Uint8Array()), new RegExp(TOKEN));
  assert.equal(heard?.label.integrity, 'outside');
});
