// Saying yes to a part of a card: exactly that lands, the rest is nowhere, and the model and the record say so.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastMessages, openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { readAction, textOf, type ActionRow } from '../approvals/actions.ts';
import { cardOf } from '../approvals/card.ts';
import type { Pieces } from '../approvals/pieces.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import { carryOn, deny, invoke, isInPieces, openSession, partOf, proposeRun } from './desk.ts';
import { findLanding, proposeUndo } from './drafts.ts';
import { say, type Rest } from './turn.ts';

const BY = { door: 'cli', credential: 'test' } as const;
const options = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

const LONG = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('');
const FILES = { 'long.txt': LONG, 'sub/old.txt': 'old\n' };
const COMMAND = 'sed -i "s/line 3$/line three/; s/line 20$/line twenty/; s/line 36$/line last/" long.txt; mkdir -p new/deep; echo one > new/deep/one.txt; echo two > two.txt; mv sub/old.txt sub/moved.txt; rm a.txt';

const rowOf = ({ bench }: TestHouse, id: string): ActionRow => readAction(bench.log.store.db, id);
const pendingOf = (rest: Rest | null): readonly string[] => (rest?.state === 'waiting' ? rest.pending : []);

async function tried(house: TestHouse, command = COMMAND, more: { readonly copy?: true } = {}): Promise<{ readonly session: string; readonly id: string }> {
  const { session, action: id } = proposeRun(house.bench, house.workspace, { argv: ['/bin/sh', '-c', command], cwd: '.', access: 'write', timeout: 20_000, ...more }, 'cli', { held: true });
  const rest = await carryOn(house.bench, session, house.watch(), true);
  assert.deepEqual(pendingOf(rest), [id]);
  return { session, id };
}

async function landPart(house: TestHouse, id: string, pieces: Partial<Pieces>): Promise<Rest | null> {
  const row = rowOf(house, id);
  const part = await partOf(house.bench, id, { paths: [], hunks: [], ...pieces });
  await invoke(house.bench, id, BY, row, part);
  return carryOn(house.bench, row.session, house.watch());
}

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)));

test('some paths and some hunks of a card land, the rest is left out, and all of it can be taken back', options, async () => {
  await using house = await openTestHouse({ turns: [] }, FILES);
  const { id } = await tried(house);
  assert.equal(await isInPieces(house.bench, rowOf(house, id), judgedEffects(house.bench.log, rowOf(house, id))), true);
  await landPart(house, id, { paths: ['new'], hunks: [{ path: 'long.txt', take: [1, 3] }] });
  const { outcome, into_: into, result } = rowOf(house, id);
  assert.deepEqual([outcome, into], ['done', 'workspace']);
  assert.equal(house.file('long.txt'), LONG.replace('line 3\n', 'line three\n').replace('line 36\n', 'line last\n'));
  assert.equal(house.file('new/deep/one.txt'), 'one\n');
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'long.txt', 'new', 'sub']);
  assert.deepEqual(readdirSync(join(house.folder, 'sub')), ['old.txt']);
  assert.match(textOf(house.bench.log, result), /only a part of this land\.\nLanded in part: of long\.txt only hunks 1, 3 of 3\.\nLeft out, and not in the workspace: (a\.txt|sub\/old\.txt|two\.txt)/);
  // What is on record as granted is exactly what landed.
  assert.deepEqual(judgedEffects(house.bench.log, rowOf(house, id)).changes.map(({ path }) => path), ['long.txt', 'new', 'new/deep', 'new/deep/one.txt']);
  const answered = house.events().find(({ body }) => body.type === 'action.answered');
  assert.deepEqual(Object.keys(answered?.payloads ?? {}).toSorted(), ['effects', 'pieces']);
  assert.deepEqual(cardOf(house.bench.log, rowOf(house, id)).chosen, { paths: ['new'], hunks: [{ path: 'long.txt', take: [1, 3] }] });

  const undone = proposeUndo(house.bench, findLanding(house.bench, id), [], 'cli', true);
  await carryOn(house.bench, undone.session, house.watch(), true);
  assert.equal(house.file('long.txt'), LONG);
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'long.txt', 'sub']);
});

test('a rename is never taken half-way: either of its names stands for both', options, async () => {
  await using house = await openTestHouse({ turns: [] }, FILES);
  const { id } = await tried(house);
  await landPart(house, id, { paths: ['sub/moved.txt'] });
  assert.deepEqual(readdirSync(join(house.folder, 'sub')), ['moved.txt']);
  assert.equal(house.file('sub/moved.txt'), 'old\n');
  assert.equal(house.file('long.txt'), LONG);
});

test('pieces of what was tried in a full copy land as well', options, async () => {
  await using house = await openTestHouse({ turns: [] }, FILES);
  const { id } = await tried(house, COMMAND, { copy: true });
  await landPart(house, id, { paths: ['a.txt', 'new/deep/one.txt'], hunks: [{ path: 'long.txt', take: [2] }] });
  assert.equal(rowOf(house, id).outcome, 'done');
  assert.equal(house.file('long.txt'), LONG.replace('line 20\n', 'line twenty\n'));
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['long.txt', 'new', 'sub']);
});

test('the model hears what landed and what the person left out', options, async () => {
  const calls = [{ name: 'run', arguments: { command: 'echo 1 > one.txt; echo 2 > two.txt' } }];
  await using house = await openTestHouse({ turns: [{ calls, text: 'I make two files.' }, { text: 'I see.' }] });
  const { rest } = await house.ask('make them');
  const [id = ''] = pendingOf(rest);
  assert.equal((await landPart(house, id, { paths: ['two.txt'] }))?.state, 'answered');
  assert.match(lastMessages(house.scripted).at(-1)?.content ?? '', /The person let only a part of this land\.\nLeft out, and not in the workspace: one\.txt\.\nRead the files anew/);
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'two.txt']);
});

test('a change by a file tool can be taken by hunk too', options, async () => {
  const content = LONG.replace('line 1\n', 'line one\n').replace('line 30\n', 'line thirty\n');
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'long.txt', content } }] }, { text: 'Yes.' }] }, FILES);
  const [id = ''] = pendingOf((await house.ask('change it')).rest);
  await landPart(house, id, { hunks: [{ path: 'long.txt', take: [2] }] });
  assert.equal(house.file('long.txt'), LONG.replace('line 30\n', 'line thirty\n'));
});

test('what stood on a part that was left out is tried and asked about anew', options, async () => {
  const calls = [
    { name: 'run', arguments: { command: 'echo 1 > one.txt; echo 2 > two.txt' } },
    { name: 'run', arguments: { command: 'cat one.txt two.txt > both.txt 2>/dev/null; true' } },
  ];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'Fine.' }] });
  const { session, rest } = await house.ask('make them');
  const [first = '', second = ''] = pendingOf(rest);
  // The person says yes to the second card as it is, and to half of the first.
  await invoke(house.bench, second, BY, rowOf(house, second));
  const again = await landPart(house, first, { paths: ['two.txt'] });
  assert.deepEqual(pendingOf(again), [second], 'the yes was for other content');
  assert.equal(existsSync(join(house.folder, 'both.txt')), false);
  await invoke(house.bench, second, BY, rowOf(house, second));
  await carryOn(house.bench, session, house.watch());
  assert.equal(house.file('both.txt'), '2\n');
});

test('hunks of a card that stands on another one are taken from what it saw', options, async () => {
  const calls = [
    { name: 'run', arguments: { command: 'sed -i "s/line 5$/line five/" long.txt' } },
    { name: 'run', arguments: { command: 'sed -i "s/line 15$/line fifteen/; s/line 35$/line late/" long.txt' } },
  ];
  await using house = await openTestHouse({ turns: [{ calls }, { text: 'Fine.' }] }, FILES);
  const { rest } = await house.ask('change it');
  const [first = '', second = ''] = pendingOf(rest);
  const part = await partOf(house.bench, second, { paths: [], hunks: [{ path: 'long.txt', take: [2] }] });
  await invoke(house.bench, second, BY, rowOf(house, second), part);
  await invoke(house.bench, first, BY, rowOf(house, first));
  const end = await carryOn(house.bench, rowOf(house, first).session, house.watch());
  assert.equal(end?.state, 'answered');
  assert.equal(house.file('long.txt'), LONG.replace('line 5\n', 'line five\n').replace('line 35\n', 'line late\n'));
});

test('a yes to a part holds over a restart, and saying it once more after a crash widens nothing', options, async () => {
  await using house = await openTestHouse({ turns: [] }, FILES);
  const { id, session } = await tried(house);
  const part = await partOf(house.bench, id, { paths: ['two.txt'], hunks: [] });
  await invoke(house.bench, id, BY, rowOf(house, id), part);
  const again = await house.reopen();
  // As after a crash: nobody carries it out.
  again.log.store.db.prepare('UPDATE actions SET owner = NULL WHERE id = ?').run(id);
  again.log.store.db.prepare(`UPDATE sessions SET state = 'open', owner = NULL WHERE id = ?`).run(session);
  await invoke(again, id, BY, readAction(again.log.store.db, id));
  await carryOn(again, session, house.watch());
  assert.equal(house.file('two.txt'), '2\n'.replace('2', 'two'));
  assert.deepEqual(readdirSync(house.folder).toSorted(), ['a.txt', 'long.txt', 'sub', 'two.txt']);
});

test('a file that was left out may be changed meanwhile; one that is taken may not', options, async () => {
  await using house = await openTestHouse({ turns: [] }, FILES);
  const one = await tried(house);
  const part = await partOf(house.bench, one.id, { paths: ['two.txt'], hunks: [] });
  await invoke(house.bench, one.id, BY, rowOf(house, one.id), part);
  writeFileSync(join(house.folder, 'long.txt'), 'the person was here\n');
  await carryOn(house.bench, one.session, house.watch());
  assert.equal(rowOf(house, one.id).outcome, 'done');
  assert.equal(house.file('long.txt'), 'the person was here\n');

  const two = await tried(house, 'echo more >> long.txt; echo 3 > three.txt');
  const taken = await partOf(house.bench, two.id, { paths: ['long.txt'], hunks: [] });
  await invoke(house.bench, two.id, BY, rowOf(house, two.id), taken);
  writeFileSync(join(house.folder, 'long.txt'), 'and again\n');
  assert.deepEqual(pendingOf(await carryOn(house.bench, two.session, house.watch())), [two.id], 'it is asked about again, as a whole');
  const card = cardOf(house.bench.log, rowOf(house, two.id));
  assert.deepEqual([card.chosen, card.effects?.changes.length, card.effects?.conflicts?.length], [null, 2, 1]);
  assert.equal(house.file('long.txt'), 'and again\n');
  assert.equal(existsSync(join(house.folder, 'three.txt')), false);
});

test('what can not be taken apart is refused in words, before any yes is on record', options, async () => {
  await using house = await openTestHouse({ turns: [] }, { ...FILES, 'data.bin': 'a\0b\n' });
  const { id } = await tried(house, `${COMMAND}; printf 'c\\0d' > data.bin; chmod 600 two.txt`);
  const asked = (pieces: Partial<Pieces>): Promise<string> => codeOf(partOf(house.bench, id, { paths: [], hunks: [], ...pieces }));
  assert.equal(await asked({}), 'pieces.none');
  assert.equal(await asked({ paths: ['nothing.txt'] }), 'pieces.path');
  assert.equal(await asked({ paths: ['../two.txt'] }), 'pieces.path');
  assert.equal(await asked({ paths: ['/etc/passwd'] }), 'pieces.path');
  for (const take of [[4], [0], [-1], [1.5], []]) assert.equal(await asked({ hunks: [{ path: 'long.txt', take }] }), 'pieces.hunk', take.join());
  assert.equal(await asked({ hunks: [{ path: 'data.bin', take: [1] }] }), 'pieces.hunk');
  assert.equal(await asked({ hunks: [{ path: 'two.txt', take: [1] }] }), 'pieces.hunk', 'a new file has no hunks');
  assert.equal(await asked({ hunks: [{ path: 'sub/moved.txt', take: [1] }] }), 'pieces.hunk');
  assert.equal(await asked({ paths: ['.'], hunks: [{ path: 'long.txt', take: [1] }] }), 'pieces.hunk', 'a file is named once');
  assert.equal(await partOf(house.bench, id, { paths: ['.'], hunks: [] }), undefined, 'all of it is no part');
  assert.equal(rowOf(house, id).state, 'pending');
  await deny(house.bench, id, '', BY);
  assert.equal(await asked({ paths: ['two.txt'] }), 'pieces.not');
});

test('what goes to a draft, and what was not tried, has no pieces', options, async () => {
  await using house = await openTestHouse({ turns: [{ text: 'Hello.' }] });
  const session = openSession(house.bench, house.workspace, house.scripted.url, 'x', 'cli', true);
  await say(house.bench, session, 'x', house.watch(), true);
  const infer = house.events().find(({ body }) => body.type === 'action.proposed')?.body;
  assert.equal(await codeOf(partOf(house.bench, infer?.type === 'action.proposed' ? infer.action : '', { paths: ['a.txt'], hunks: [] })), 'pieces.not');
});
