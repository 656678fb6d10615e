// A card over HTTP as a page needs it: drawn parts, both sides of each file, yes by piece, what was shown, and the pace.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { clientWith, signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { Card } from '../approvals/card.ts';
import type { Part } from '../approvals/drawing.ts';
import type { Sides } from '../execute/sides.ts';
import { sha256 } from '../model/digest.ts';
import { serve, type Served } from './serve.ts';

const boxed = { skip: existsSync('/usr/bin/bwrap') ? false : 'no bwrap here: nothing is rehearsed' };

interface Made { readonly session: string; readonly action: string }
interface Shown { readonly card: Card; readonly text: string; readonly seen: string; readonly parts: readonly Part[]; readonly pieces: boolean; readonly batch: string | null; readonly title: string; readonly root: string; readonly landing: string }
interface Inbox { readonly waiting: readonly Pick<Shown, 'batch' | 'title'>[]; readonly pace: { readonly wait: number; readonly words: string } }

const MANY = 10_000;
const lines = (change: (at: number) => string): string => Array.from({ length: MANY }, (_, at) => `${change(at)}\n`).join('');
const BIG = lines((at) => `line ${at}`);
let house: TestHouse;
let served: Served;
let client: Client;
/** Not slowed, as it is no person at a page. */
let program: Client;
let script: unknown[] = [];

before(async () => {
  house = await openTestHouse({ turns: () => script.shift() ?? { text: 'The script is over.' } }, { 'big.txt': BIG });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
  program = clientWith(served.port, [['Authorization', `Bearer ${readFileSync(join(house.bench.home.state, 'credential'), 'utf8').trim()}`]]);
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.post('/api/stop');
  for (const { session } of (await client.get<{ drafts: { session: string }[] }>('/api/drafts')).drafts) await client.post(`/api/drafts/${session}/drop`, { all: true });
  for (const name of readdirSync(house.folder)) rmSync(join(house.folder, name), { recursive: true });
  writeFileSync(join(house.folder, 'a.txt'), 'alpha\nbeta\n');
  writeFileSync(join(house.folder, 'big.txt'), BIG);
});

async function settled({ action, session }: Made): Promise<Shown> {
  for (;;) {
    const shown = await client.get<Shown>(`/api/actions/${action}`);
    const { session: line } = await client.get<{ session: { held: boolean } }>(`/api/sessions/${session}`);
    if (!line.held && (shown.card.state === 'pending' || shown.card.state === 'ended')) return shown;
    await pause(10);
  }
}

async function ran(line: string, more: object = {}): Promise<Made & Shown> {
  const made = await client.post<Made>('/api/run', { workspace: house.workspace.id, argv: ['sh', '-c', line], ...more });
  return { ...made, ...(await settled(made)) };
}

async function invoked({ session, action, seen }: Made & Shown, pieces?: object): Promise<Shown> {
  await program.post(`/api/actions/${action}/invoke`, { seen, ...(pieces === undefined ? {} : { pieces }) });
  for (;;) {
    const shown = await settled({ session, action });
    if (shown.card.state === 'ended') return shown;
    await pause(10);
  }
}

const sidesOf = ({ action }: Made, path: string): Promise<Sides> => client.get(`/api/actions/${action}/sides?path=${encodeURIComponent(path)}`);
const texts = ({ sides }: Sides): (string | null | undefined)[] => [sides.before?.text ?? sides.before?.note ?? null, sides.after?.text ?? sides.after?.note ?? null];
const codeFor = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> => codeOf(await client.ask(method, path, body));

test('a card comes drawn in parts, with its session, its batch and whether it can be taken apart', boxed, async () => {
  const one = await ran('echo more >> a.txt; printf "ev\\033il" > "x\u202ey.txt"');
  assert.equal(one.pieces, true);
  assert.equal(one.batch, null);
  assert.equal(one.root, house.folder);
  assert.match(one.landing, /^lands in the workspace · undo: fully/);
  assert.match(one.title, /^sh -c /);
  assert.match(one.parts[0]?.heading ?? '', /^1 created, 1 changed/);
  assert.ok(one.parts.some(({ heading, lines: some }) => heading === 'diff of a.txt: +1 −0' && some.some(({ tone, text }) => tone === 'added' && text === '+more')));
  assert.doesNotMatch(JSON.stringify(one.parts), /\\u001b|\u202e/, 'what could hide is drawn');
  const single = await ran('echo more >> a.txt');
  assert.equal(single.pieces, false, 'one hunk of one file is the whole');
});

test('a file of ten thousand lines comes whole on both sides, with its hunks as they are named', boxed, async () => {
  const changed = (at: number): string => (at % 1000 === 500 ? `changed ${at}` : `line ${at}`);
  writeFileSync(join(house.folder, 'make.pl'), 'while (<>) { s/^line (\\d*500)$/changed $1/ if $1 % 1000 == 500 || /^line (\\d*500)$/ && $1 % 1000 == 500; print }');
  const made = await ran('perl make.pl big.txt > big.new && mv big.new big.txt');
  const { sides, hunks, change } = await sidesOf(made, 'big.txt');
  assert.equal(sides.before?.text, BIG);
  assert.equal(sides.after?.text, lines(changed));
  assert.equal(sides.after?.digest, 'after' in change ? change.after : '');
  assert.deepEqual(hunks.map(({ hunk, before: { from, lines: count } }) => [hunk, from, count]), Array.from({ length: 10 }, (_, at) => [at + 1, at * 1000 + 498, 7]));

  const { card } = await invoked(made, { hunks: [{ path: 'big.txt', take: [2, 10] }] });
  assert.equal(card.outcome, 'done');
  assert.equal(house.file('big.txt'), lines((at) => (at === 1500 || at === 9500 ? `changed ${at}` : `line ${at}`)));
  const later = await sidesOf(made, 'big.txt');
  assert.deepEqual([later.sides.before?.text, later.sides.after?.text, later.hunks.length], [BIG, house.file('big.txt'), 2], 'of what landed: what it replaced, and what is there');
});

test('created, deleted, renamed, linked and binary files have the sides that they have', boxed, async () => {
  writeFileSync(join(house.folder, 'old.txt'), 'old\n');
  writeFileSync(join(house.folder, 'gone.txt'), 'gone\n');
  const made = await ran('echo new > new.txt; rm gone.txt; mv old.txt moved.txt; ln -s a.txt link; mkdir folder; printf "a\\0b" > data.bin; head -c 3000000 /dev/zero | tr "\\0" x > huge.txt; : > empty');
  assert.deepEqual(texts(await sidesOf(made, 'new.txt')), [null, 'new\n']);
  assert.deepEqual((await sidesOf(made, 'new.txt')).hunks, [], 'a new file is taken whole');
  assert.deepEqual(texts(await sidesOf(made, 'gone.txt')), ['gone\n', null]);
  assert.deepEqual(texts(await sidesOf(made, 'link')), [null, 'a.txt']);
  assert.deepEqual(texts(await sidesOf(made, 'folder')), [null, 'folder']);
  assert.deepEqual(texts(await sidesOf(made, 'data.bin')), [null, 'binary']);
  assert.deepEqual(texts(await sidesOf(made, 'huge.txt')), [null, 'too-large']);
  assert.equal((await sidesOf(made, 'huge.txt')).sides.after?.size, 3_000_000);
  assert.deepEqual(texts(await sidesOf(made, 'empty')), [null, '']);
  const renamed = await sidesOf(made, 'moved.txt');
  if (renamed.change.change === 'renamed') assert.deepEqual(texts(renamed), ['old\n', 'old\n']);
  for (const path of ['../a.txt', '/etc/passwd', 'a.txt', 'nothing', '.', 'folder/..', 'link/x']) assert.equal(await codeFor('GET', `/api/actions/${made.action}/sides?path=${encodeURIComponent(path)}`), 'id.unknown', path);
});

test('bytes that were swapped after the card was made are never shown as a side, nor landed as a piece', boxed, async () => {
  const made = await ran('echo good > made.txt; echo other > other.txt; sed -i s/alpha/omega/ a.txt; sed -i "s/line 7$/seven/; s/line 700$/seven hundred/" big.txt');
  const kept = join(house.bench.home.state, 'kept', made.action);
  writeFileSync(join(kept, 'big.txt'), BIG.replace('line 7\n', 'evil\n').replace('line 700\n', 'evil\n'));
  const after_ = (await sidesOf(made, 'big.txt')).sides.after;
  assert.equal(after_?.text?.includes('evil'), false, 'the recorded diff gives the judged bytes, or nothing is shown');
  writeFileSync(join(kept, 'made.txt'), 'evil\n');
  assert.notEqual(texts(await sidesOf(made, 'made.txt'))[1], 'evil\n');
  assert.equal(await codeFor('POST', `/api/actions/${made.action}/invoke`, { seen: made.seen, pieces: { hunks: [{ path: 'big.txt', take: [1] }] } }), 'pieces.hunk');
  // A link in the place of what was kept leads nowhere.
  writeFileSync(join(house.folder, '..', 'outside.txt'), 'other\n');
  rmSync(join(kept, 'other.txt'));
  symlinkSync(join(house.folder, '..', 'outside.txt'), join(kept, 'other.txt'));
  const { card } = await invoked(made, { paths: ['made.txt', 'other.txt'] });
  assert.notEqual(card.outcome, 'done');
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'big.txt']);
});

test('pieces of another card than the one that was seen are refused, and so are pieces that do not fit', boxed, async () => {
  const made = await ran('echo one > one.txt; echo two > two.txt; sed -i "s/line 1$/one/; s/line 100$/hundred/" big.txt');
  const path = `/api/actions/${made.action}/invoke`;
  assert.equal(await codeFor('POST', path, { seen: sha256('another'), pieces: { paths: ['one.txt'] } }), 'action.changed');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: {} }), 'pieces.none');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: { paths: ['../one.txt'] } }), 'path.outside');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: { paths: ['three.txt'] } }), 'pieces.path');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: { hunks: [{ path: 'big.txt', take: [3] }] } }), 'pieces.hunk');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: { hunks: [{ path: 'big.txt', take: [0] }] } }), 'request.shape');
  assert.equal(await codeFor('POST', path, { seen: made.seen, pieces: { paths: ['one.txt'], more: 1 } }), 'request.shape');
  assert.equal((await client.get<Shown>(`/api/actions/${made.action}`)).card.state, 'pending');
  const { card } = await invoked(made, { paths: ['one.txt'] });
  assert.deepEqual(card.chosen, { paths: ['one.txt'], hunks: [] });
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'big.txt', 'one.txt']);
  assert.equal(house.file('big.txt'), BIG);
});

test('a clash has three sides, and the one that was replaced is still found', boxed, async () => {
  const made = await ran('echo mine >> a.txt; echo x > x.txt');
  writeFileSync(join(house.folder, 'a.txt'), 'theirs\n');
  await program.post(`/api/actions/${made.action}/invoke`, { seen: made.seen });
  let shown = await settled(made);
  for (; shown.seen === made.seen || shown.card.state !== 'pending'; shown = await settled(made)) await pause(10);
  const { sides, hunks } = await sidesOf(made, 'a.txt');
  assert.deepEqual([sides.before?.text, sides.after?.text, sides.now?.text], ['alpha\nbeta\n', 'alpha\nbeta\nmine\n', 'theirs\n']);
  assert.deepEqual(hunks, [], 'it is taken whole or not at all');
  assert.equal(await codeFor('POST', `/api/actions/${made.action}/invoke`, { seen: shown.seen, pieces: { hunks: [{ path: 'a.txt', take: [1] }] } }), 'pieces.hunk');
  await invoked({ ...made, seen: shown.seen }, { paths: ['x.txt'] });
  assert.equal(house.file('a.txt'), 'theirs\n', 'leaving it out keeps what the person wrote');
});

test('what was denied still has its sides where the record gives them; a draft has its own', boxed, async () => {
  const made = await ran('echo gamma >> a.txt; echo n > n.txt');
  await client.post(`/api/actions/${made.action}/deny`, { why: '' });
  assert.deepEqual(texts(await sidesOf(made, 'a.txt')), ['alpha\nbeta\n', 'alpha\nbeta\ngamma\n']);
  assert.deepEqual(texts(await sidesOf(made, 'n.txt')), [null, 'n\n']);

  const { session } = await ran('echo delta >> a.txt; echo d > d.txt', { profile: 'draft' });
  const path = `/api/drafts/${session}/sides?path=`;
  assert.deepEqual(texts(await client.get<Sides>(`${path}a.txt`)), ['alpha\nbeta\n', 'alpha\nbeta\ndelta\n']);
  assert.equal(await codeFor('GET', `${path}..%2Fa.txt`), 'id.unknown');
  // The card that lands it has the same sides, and so has the card that takes that back.
  const commit = await client.post<Made>(`/api/drafts/${session}/commit`, { paths: ['a.txt'] });
  const card = await settled(commit);
  assert.equal(card.pieces, false, 'a commit is proposed anew by piece');
  assert.deepEqual(texts(await sidesOf(commit, 'a.txt')), ['alpha\nbeta\n', 'alpha\nbeta\ndelta\n']);
  await invoked({ ...commit, ...card });
  assert.deepEqual(texts(await sidesOf(commit, 'a.txt')), ['alpha\nbeta\n', 'alpha\nbeta\ndelta\n']);
  const undo = await client.post<Made>('/api/undo', { id: commit.action });
  await settled(undo);
  assert.deepEqual(texts(await sidesOf(undo, 'a.txt')), ['alpha\nbeta\ndelta\n', 'alpha\nbeta\n']);
  writeFileSync(join(house.folder, 'd.txt'), 'theirs\n');
  const { sides } = await client.get<Sides>(`${path}d.txt`);
  assert.deepEqual([sides.before, sides.after?.text, sides.now?.text], [null, 'd\n', 'theirs\n']);
});

test('what was shown is on record once, before the yes, and only as it is', boxed, async () => {
  const made = await ran('echo one > one.txt');
  const path = `/api/actions/${made.action}/shown`;
  const size = house.bench.log.size();
  assert.deepEqual(await client.post(path, { seen: made.seen }), { action: made.action, seen: made.seen, recorded: true });
  assert.deepEqual(await client.post(path, { seen: made.seen }), { action: made.action, seen: made.seen, recorded: false });
  assert.equal(await codeFor('POST', path, { seen: sha256('another') }), 'action.changed');
  await invoked(made);
  assert.equal(house.types(size).filter((type) => type === 'action.shown').length, 1);
});

test('a batch of one answer is told as one; a burst of yeses at a page is slowed, politely and on record; no is not', boxed, async () => {
  script = [{ calls: [1, 2].map((n) => ({ name: 'write', arguments: { path: `batch${n}.txt`, content: `${n}\n` } })) }];
  const { id: session } = await client.post<{ id: string }>('/api/sessions', { workspace: house.workspace.id, model: house.scripted.url, title: 'two files' });
  await client.post(`/api/sessions/${session}/messages`, { text: 'two files' });
  let inbox = await client.get<Inbox>('/api/inbox');
  for (; inbox.waiting.length < 2; inbox = await client.get<Inbox>('/api/inbox')) await pause(10);
  const [first, second] = inbox.waiting;
  assert.ok(first?.batch !== null && first?.batch === second?.batch);
  assert.equal(first?.title, 'two files');
  assert.deepEqual(inbox.pace, { wait: 0, words: '' });
  await client.post('/api/stop');

  const six: (Made & Shown)[] = [];
  for (let n = 0; n < 7; n++) six.push(await ran(`echo ${n} > quick${n}.txt`));
  // As a person does it who doesn't look: five cards that lie ready, one after the other.
  for (const { action, seen } of six.slice(0, 5)) await client.post(`/api/actions/${action}/invoke`, { seen });
  const [sixth, seventh] = six.slice(5);
  const refused = await client.ask('POST', `/api/actions/${sixth?.action}/invoke`, { seen: sixth?.seen });
  assert.equal(codeOf(refused), 'approvals.pace');
  assert.equal(refused.status, 429);
  assert.match(refused.headers['retry-after'] ?? '', /^[1-3]$/);
  const { pace } = await client.get<Inbox>('/api/inbox');
  assert.ok(pace.wait > 0 && pace.wait <= 3000 && pace.words.includes('quick succession'));
  await client.post(`/api/actions/${seventh?.action}/deny`, { why: 'a no is never slowed' });
  const size = house.bench.log.size();
  await pause(pace.wait);
  await client.post(`/api/actions/${sixth?.action}/invoke`, { seen: sixth?.seen });
  const answered = house.events().find(({ seq, body }) => seq >= size && body.type === 'action.answered');
  assert.deepEqual(house.bench.log.read(answered?.payloads['pace']?.digest ?? ''), canonicalBytes({ quick: 5, held: 3000 }));
  assert.equal(codeOf(await program.ask('POST', `/api/actions/${sixth?.action}/invoke`, { seen: sixth?.seen })), 'action.changed', 'a program is not slowed');
});
