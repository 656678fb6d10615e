// The real program from its first minute: the practice task up to the first Invoke and its Undo; then it is killed in the
// middle of a turn and under a waiting card, and the page that was open all the while goes on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeBrowser, NO_BROWSER } from '../../vectors/console/console.ts';
import { cardOf, eventually, invokeOf, playing, ready, sayNew, told, write } from '../../vectors/console/person.ts';
import { openProgram, type Program } from '../../vectors/console/program.ts';

const SKIP = { skip: NO_BROWSER };
const GONE = 'The workbench does not answer.';
const OLD = `${GONE} What you see may be old`;
let patient = true;
const begins = playing({
  'bake bread': [write('bread.txt', 'flour\n'), { text: 'The bread is written down.' }],
  'think it over': [{ text: 'I have thought it over.' }],
});

let program: Program;
before(async () => {
  if (NO_BROWSER !== false) return;
  program = await openProgram((request, count) => {
    const turn = begins(request, count);
    // The first time it is asked to think, nothing ever comes.
    return turn.text === 'I have thought it over.' && patient ? { text: 'Let me', answer: { headers: { 'content-type': 'text/event-stream' }, body: [{ data: { choices: [{ index: 0, delta: { role: 'assistant', content: 'Let me' }, finish_reason: null }] } }, { hang: true }] } } : turn;
  });
});
after(async () => {
  if (NO_BROWSER === false) await program[Symbol.asyncDispose]();
  await closeBrowser();
});

interface Line { readonly body: { readonly type: string; readonly answer?: string; readonly into?: string } }
const bodiesOfLog = async (): Promise<readonly Line['body'][]> => (await program.desk.pwb(['log', '--json', '--limit', '1000'])).json<readonly Line[]>().map(({ body }) => body);

test('a newcomer is led to a model, a folder, the practice task, a first Invoke, and its Undo', SKIP, async () => {
  const { page, desk } = program;
  await page.goto(new URL('/', page.url()).href);
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
  await page.getByRole('radio', { name: /^The practice model/ }).check();

  const folder = page.getByRole('region', { name: 'A folder' });
  await folder.getByRole('button', { name: 'Choose a folder…' }).click();
  await folder.getByRole('list', { name: /^Folders in/ }).getByRole('button', { name: 'work' }).click();
  await folder.getByText(`Chosen: ${desk.folder}`).waitFor();
  await ready(folder.getByRole('button', { name: 'Use this folder' })).click();
  await folder.getByRole('list', { name: 'Your workspaces' }).getByText(desk.folder).waitFor();
  assert.match((await desk.pwb(['workspace'])).stdout, new RegExp(desk.folder));

  const practice = page.getByRole('region', { name: 'Invoke something' });
  await practice.getByRole('button', { name: 'Begin the practice task' }).click();
  const notes = (): string => readFileSync(join(desk.state, 'practice', 'notes.txt'), 'utf8');
  const card = cardOf(practice, 'edit notes.txt');
  await card.getByText('We receive the guests').first().waitFor();
  assert.match(notes(), /recieve/, 'nothing lands before the first yes');
  await ready(invokeOf(card)).click();
  await eventually('the mended note', () => /receive/.test(notes()));
  await ready(invokeOf(cardOf(practice, 'write summary.txt'))).waitFor();
  await page.getByRole('heading', { name: 'Invoke something (done)' }).waitFor();
  await practice.getByRole('listitem').filter({ hasText: 'edit notes.txt' }).getByRole('button', { name: 'Undo it' }).click();
  await eventually('the note as it was', () => /recieve/.test(notes()));
  const types = await bodiesOfLog();
  assert.ok(types.some(({ type, answer }) => type === 'action.answered' && answer === 'invoke'));
  assert.equal(types.filter(({ into }) => into === 'workspace').length, 2, 'the landing and its undo are on record');
});

test('the program is killed under a waiting card: the page says so, and goes on by itself when it is back', SKIP, async () => {
  const { page, desk } = program;
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('combobox', { name: 'Folder' }).selectOption({ label: desk.folder });
  await page.getByRole('combobox', { name: 'Model' }).selectOption('');
  await sayNew(page, 'Please bake bread.');
  const card = cardOf(page, 'write bread.txt');
  await ready(invokeOf(card)).waitFor();
  await program.kill();
  await page.getByText(OLD).waitFor();
  // What is said meanwhile is not lost: the card says what is wrong, and still waits.
  await invokeOf(card).click();
  await card.getByRole('alert').getByText(GONE).waitFor();
  await program.start();
  await page.getByText(OLD).waitFor({ state: 'hidden' });
  await ready(invokeOf(card)).click();
  await page.getByText('The bread is written down.').waitFor();
  assert.equal(desk.file('bread.txt'), 'flour\n');
});

test('killed in the middle of a turn, the turn is said to be cut off, and is taken up again', SKIP, async () => {
  const { page } = program;
  await sayNew(page, 'Please think it over.');
  await page.getByRole('article', { name: 'Being said' }).getByText('Let me').waitFor();
  await program.kill();
  await page.getByText(OLD).waitFor();
  patient = false;
  await program.start();
  const asked = program.scripted.requests.length;
  await page.getByText('This turn was cut off.').waitFor();
  assert.equal(program.scripted.requests.length, asked, 'nothing is taken up by itself');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('I have thought it over.').waitFor();
  assert.match(told(program.scripted), /think it over/);
  assert.match((await program.desk.pwb(['log', 'verify'])).stdout, /holds|ok/i);
});
