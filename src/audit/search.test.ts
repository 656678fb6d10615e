// Search: what is found by which words and filters, that nothing typed is syntax, that it follows the log, is built again
// when it is lost, and forgets what is erased.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { filesWith, freshFolder, freshLog, openAt } from '../../vectors/log/open.ts';
import type { EventBody } from '../model/event.ts';
import { newId, type Id } from '../model/id.ts';
import { label } from '../model/label.ts';
import { proposalBytes, type Proposal } from '../model/proposal.ts';
import type { Eraser, Log, PayloadInputs } from './log.ts';
import { Search, type Question } from './search.ts';
import { LogSource } from './search-source.ts';

const BY: Eraser = { door: 'cli', credential: 'terminal', reason: 'person', why: 'It was nobody’s business.' };
const SESSION = 'abcdefghjk';
const DIGEST = '0'.repeat(64);

function searchOf({ store }: Log, t: TestContext): Search {
  const search = new Search(new LogSource(store.db, store.home.state), store.home.state);
  t.after(() => search.close());
  return search;
}

function proposal(id: Id, more: Partial<Proposal> = {}): Proposal {
  const action = { kind: 'run', workspace: 'w', root: '/home/me/site', argv: ['grep', '-n', 'x', 'src/deep/place.ts'], cwd: '.', access: 'read', timeout: 1000 } as const;
  return { id, session: SESSION, turn: 1, by: 'model', tool: 'run_command', call: 'c1', why: 'because it was asked', label: label('outside', 'private', 'file:x'), editedFrom: null, action, ...more };
}

/** What it is called in the vectors → its seq. */
async function record(log: Log, events: readonly (readonly [string, EventBody, PayloadInputs?])[]): Promise<ReadonlyMap<string, number>> {
  return log.commit((tx) => new Map(events.map(([name, body, payloads]) => [name, tx.append(body, payloads).seq])));
}

function life(id: Id, more: Partial<Proposal> = {}): readonly (readonly [string, EventBody, PayloadInputs?])[] {
  const effects = JSON.stringify({ certainty: 'known', changes: [{ change: 'created', path: 'src/deep/place.ts', type: 'file', mode: 0o644, size: 1, after: DIGEST }], diffs: [{ path: 'src/deep/place.ts', unified: '+its plumage\n' }], undo: 'fully' });
  return [
    ['proposed', { type: 'action.proposed', action: id, session: SESSION, turn: 1, by: more.by ?? 'model', kind: 'run' }, { proposal: proposalBytes(proposal(id, more)) }],
    ['decided', { type: 'action.decided', action: id, stage: 'land', verdict: 'ask', rules: ['write.workspace'], profile: 'step' }, { reason: 'A harmless reason.', effects }],
    ['granted', { type: 'action.granted', action: id, grant: newId(), proposal: DIGEST, by: 'person', expires: '2030-01-01T00:00:00.000Z' }],
    ['ended', { type: 'action.ended', action: id, outcome: 'done', why: 'ran', exit: 0, duration: 12 }, { output: '\u001b[31mcolourful\u001b[0m bird', detail: '{"touched":["src/deep/place.ts"]}' }],
  ];
}

const TITLE = ['title', { type: 'session.renamed', session: SESSION }, { title: 'The warm-up' }] as const;
const MESSAGE = ['message', { type: 'message.added', session: SESSION, turn: 1, role: 'user', epoch: 0, index: 0 }, { message: ',{"role":"user","content":"The lighthouse keeper\\nof the Café 灯台下暗し"}' }] as const;
const ALL: Omit<Question, 'q'> = { limit: 200 };

test('each question of the vectors finds what it should, and nothing that is typed is syntax', async (t) => {
  const log = await freshLog(t);
  const seqs = await record(log, [TITLE, MESSAGE, ...life(newId())]);
  const search = searchOf(log, t);
  assert.equal(search.catchUp(10_000), false);
  const cases = JSON.parse(readFileSync(new URL('../../vectors/search/questions.json', import.meta.url), 'utf8')) as { readonly q: string; readonly finds: readonly string[] }[];
  for (const { q, finds } of cases) {
    const { hits } = search.ask({ ...ALL, q });
    assert.deepEqual(hits.map(({ seq }) => seq), finds.map((name) => seqs.get(name)).toReversed(), q);
  }
});

test('whatever is typed is answered, and never as a fault', async (t) => {
  const log = await freshLog(t);
  await record(log, [TITLE, MESSAGE]);
  const search = searchOf(log, t);
  search.catchUp(10_000);
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.array(fc.constantFrom('"', '*', 'AND', 'OR', 'NOT', '(', ')', ':', 'a', '^', '+', '-', '{', 'NEAR', ' ', ' '), { maxLength: 20 }).map((parts) => parts.join(''))), (q) => {
    search.ask({ ...ALL, q });
  }), often(60));
  assert.throws(() => search.ask({ ...ALL, q: 'a '.repeat(40) }), { code: 'log.query' });
});

test('every filter holds by itself and together with others and with words', async (t) => {
  const log = await freshLog(t);
  const [first, second] = [newId(), newId()];
  await record(log, [TITLE, MESSAGE]);
  const mine = await record(log, life(first));
  const theirs = await record(log, life(second, { by: 'person', tool: '', label: label('person', 'open', 'x'), action: { kind: 'write', op: 'move', workspace: 'w', root: '/srv', path: 'a/b.txt', to: 'c/d.txt' } }));
  const search = searchOf(log, t);
  search.catchUp(10_000);
  const find = (question: Partial<Question>): number[] => search.ask({ ...ALL, ...question }).hits.map(({ seq }) => seq);
  const of = (map: ReadonlyMap<string, number>, ...names: string[]): (number | undefined)[] => names.map((name) => map.get(name));
  assert.deepEqual(find({ action: first }), of(mine, 'ended', 'granted', 'decided', 'proposed'));
  assert.equal(find({ session: SESSION }).length, 10);
  assert.deepEqual(find({ tool: 'run_command', q: 'grep' }), of(mine, 'proposed'));
  assert.deepEqual(find({ kind: 'write' }), []);
  assert.deepEqual(find({ decision: 'ask', outcome: 'done', integrity: 'outside' }), of(mine, 'ended'));
  assert.deepEqual(find({ decision: 'deny' }), []);
  assert.deepEqual(find({ secrecy: 'open', types: ['action.ended', 'action.proposed'] }), of(theirs, 'ended', 'proposed'));
  assert.deepEqual(find({ path: 'src/deep', types: ['action.proposed', 'action.ended'] }), [...of(theirs, 'ended'), ...of(mine, 'ended')]);
  assert.deepEqual(find({ path: './src/deep/', action: first }), of(mine, 'ended', 'decided'));
  assert.deepEqual(find({ path: '/home/me/site/src' }), of(mine, 'ended', 'decided'));
  assert.deepEqual(find({ path: '/srv/c' }), of(theirs, 'proposed'));
  assert.deepEqual(find({ path: 'src/dee' }), []);
  assert.equal(find({ path: './' }).length, search.ask(ALL).size);
  assert.deepEqual(find({ who: 'person', action: second, main: true }), of(theirs, 'ended', 'proposed'));
  assert.deepEqual(find({ who: 'house', action: second }), of(theirs, 'decided'));
  assert.deepEqual(find({ types: [] }), []);
  assert.deepEqual(search.occurring(), { tools: ['run_command'], kinds: ['run'] });
});

test('pages go from the newest to the oldest without gap or repetition', async (t) => {
  const log = await freshLog(t);
  for (let at = 0; at < 30; at += 1) await record(log, life(newId()));
  const search = searchOf(log, t);
  search.catchUp(10_000);
  const seen: number[] = [];
  for (let before: number | null = log.size(); before !== null; ) {
    const { hits, next } = search.ask({ q: 'plumage', before, limit: 7 });
    seen.push(...hits.map(({ seq }) => seq));
    before = next;
  }
  assert.deepEqual(seen, log.events({ types: ['action.decided'], limit: 100, newestFirst: true }).map(({ seq }) => seq));
});

test('what lies between two times is found, also where the clock went back', async (t) => {
  const folder = freshFolder(t);
  let now = Date.parse('2026-05-01T10:00:00.000Z');
  const log = await openAt(t, join(folder, 'state'), { now: () => now });
  const say = async (): Promise<void> => {
    now += 60_000;
    await record(log, [TITLE]);
  };
  for (let at = 0; at < 5; at += 1) await say();
  now -= 240_000;
  for (let at = 0; at < 5; at += 1) await say();
  const search = searchOf(log, t);
  search.catchUp(10_000);
  const [from, to] = [Date.parse('2026-05-01T10:02:00.000Z'), Date.parse('2026-05-01T10:04:00.000Z')];
  const fits = log.events({ limit: 100, newestFirst: true }).filter(({ time, body }) => Date.parse(time) >= from && Date.parse(time) < to && body.type === 'session.renamed').map(({ seq }) => seq);
  assert.ok(fits.length > 2);
  assert.deepEqual(search.ask({ ...ALL, q: 'warm', from, to }).hits.map(({ seq }) => seq), fits);
});

test('an excerpt tells where it was found', async (t) => {
  const log = await freshLog(t);
  await record(log, [MESSAGE]);
  const search = searchOf(log, t);
  search.catchUp(10_000);
  assert.deepEqual(search.ask({ ...ALL, q: 'keeper' }).hits[0]?.excerpt, [{ text: 'The lighthouse ', hit: false }, { text: 'keeper', hit: true }, { text: '\nof the Café 灯台下暗し', hit: false }]);
});

test('it says how far it has come, and goes on from there', async (t) => {
  const log = await freshLog(t);
  for (let at = 0; at < 40; at += 1) await record(log, life(newId()));
  const search = searchOf(log, t);
  assert.equal(search.catchUp(0), true);
  const { indexed, size } = search.ask(ALL);
  assert.ok(indexed > 0 && indexed < size);
  while (search.catchUp(0));
  assert.deepEqual([search.ask(ALL).indexed, search.ask(ALL).next], [log.size(), null]);
});

test('an index that is lost, cut, not ours or of another log is built again, and is for its owner only', async (t) => {
  const log = await freshLog(t);
  const seqs = await record(log, [TITLE, MESSAGE]);
  const path = join(log.store.home.state, 'search.db');
  const spoil: readonly ((at: string) => void)[] = [
    () => undefined,
    () => rmSync(path),
    () => truncateSync(path, 5000),
    () => writeFileSync(path, 'not a database at all, but long enough to be read as one'.repeat(100)),
  ];
  for (const how of spoil) {
    const search = searchOf(log, t);
    search.catchUp(10_000);
    search.close();
    how(path);
    for (const one of [search, searchOf(log, t)]) {
      one.catchUp(10_000);
      assert.deepEqual(one.ask({ ...ALL, q: 'lighthouse' }).hits.map(({ seq }) => seq), [seqs.get('message')]);
    }
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  const other = await freshLog(t);
  await record(other, life(newId()));
  const foreign = searchOf(other, t);
  foreign.catchUp(10_000);
  foreign.close();
  writeFileSync(path, readFileSync(join(other.store.home.state, 'search.db')));
  const search = searchOf(log, t);
  search.catchUp(10_000);
  assert.deepEqual([search.ask({ ...ALL, q: 'plumage' }).hits, search.ask({ ...ALL, q: 'warm' }).hits.length], [[], 1]);
});

test('what is erased is found no more, and is in no file of the index', async (t) => {
  const log = await freshLog(t);
  const { state } = log.store.home;
  const search = searchOf(log, t);
  const secret = (at: number): string => `zebra${at * 7919}stripe`;
  const digests: string[] = [];
  // Enough that the index has many pages and has merged them.
  for (let batch = 0; batch < 8; batch += 1) {
    digests.push(...await log.commit((tx) => Array.from({ length: 100 }, (_, at) => {
      tx.append({ type: 'session.renamed', session: SESSION }, { title: `kept${batch}x${at} ${'and more words '.repeat(at % 40)}` });
      return tx.append({ type: 'session.renamed', session: SESSION }, { title: `${secret(batch * 100 + at)} beside others ${'x'.repeat(at % 7)}` }).payloads['title']?.digest ?? '';
    })));
    search.catchUp(10_000);
  }
  assert.equal(search.ask({ ...ALL, q: secret(5) }).hits.length, 1);
  assert.ok(filesWith(state, 'stripe').some((file) => file.includes('search.db')));
  const { state: erased } = await log.erase(digests, BY);
  assert.equal(erased, 'finished');
  assert.deepEqual(filesWith(state, 'stripe'), []);
  assert.deepEqual(filesWith(state, 'zebra'), []);
  assert.deepEqual(search.ask({ ...ALL, q: 'zebra*' }).hits, []);
  assert.equal(search.ask({ ...ALL, q: '"kept3x7"' }).hits.length, 1);
  assert.equal(search.ask({ ...ALL, q: 'business' }).hits.length, 0, 'what was recorded meanwhile comes with the next look');
  search.catchUp(10_000);
  assert.equal(search.ask({ ...ALL, q: 'business' }).hits.length, 1);
});

test('an erasure that finds the index held is pending, and finished when the log is opened next', async (t) => {
  const state = join(freshFolder(t), 'state');
  const log = await openAt(t, state);
  const digest = await log.commit((tx) => tx.append({ type: 'session.renamed', session: SESSION }, { title: 'a platypus' }).payloads['title']?.digest ?? '');
  const search = searchOf(log, t);
  search.catchUp(10_000);
  const holder = new DatabaseSync(join(state, 'search.db'));
  holder.exec('BEGIN IMMEDIATE');
  assert.equal((await log.erase([digest], BY)).state, 'pending');
  holder.close();
  await log.close();
  const again = await openAt(t, state);
  assert.deepEqual(filesWith(state, 'platypus'), []);
  assert.deepEqual(searchOf(again, t).ask({ ...ALL, q: 'platypus' }).hits, []);
});

test('several that follow the log at once take each event in once', async (t) => {
  const log = await freshLog(t);
  for (let at = 0; at < 30; at += 1) await record(log, life(newId()));
  const [one, two] = [searchOf(log, t), searchOf(log, t)];
  for (let more = true; more; more = one.catchUp(0) || two.catchUp(0));
  for (const each of [one, two]) assert.deepEqual(each.ask({ ...ALL, q: 'plumage' }).hits.map(({ seq }) => seq), log.events({ types: ['action.decided'], limit: 100, newestFirst: true }).map(({ seq }) => seq));
});

test('with its proposal erased, an action is found neither by its words nor by its tool or its label', async (t) => {
  const log = await freshLog(t);
  const id = newId();
  const seqs = await record(log, life(id));
  const search = searchOf(log, t);
  search.catchUp(10_000);
  const [event] = log.events({ after: (seqs.get('proposed') ?? 0) - 1, limit: 1 });
  await log.erase([event?.payloads['proposal']?.digest ?? ''], BY);
  search.catchUp(10_000);
  for (const question of [{ q: 'grep' }, { tool: 'run_command' }, { integrity: 'outside' }] as const) assert.deepEqual(search.ask({ ...ALL, ...question }).hits, []);
  assert.deepEqual(search.ask({ ...ALL, decision: 'ask' }).hits.map(({ seq }) => seq), [seqs.get('ended'), seqs.get('decided')]);
  assert.deepEqual(search.occurring().tools, []);
});
