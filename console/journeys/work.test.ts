// Work, as a person uses it: they ask, look at the card in its place, answer it, and go on; and look for it again later.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { bodies, cardOf, eventually, foldOf, invokeOf, playing, run, say, sayNew, told, write } from '../../vectors/console/person.ts';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, type TestConsole } from '../../vectors/console/console.ts';

const SKIP = { skip: NO_BROWSER };
const turns = playing({
  'greet the guests': [write('greeting.txt', 'Good morning!\n'), { text: 'The greeting is **written**.' }],
  'name the room': [write('room.txt', 'Room 12\n'), { text: 'The room is named.' }],
  'remove the list': [{ text: 'It is old.', calls: [{ name: 'delete', arguments: { path: 'list.txt' } }] }, { text: 'I keep it.' }],
  'what is in it': [{ text: 'A secret recipe.' }],
  'paint it blue': [{ text: 'Blue it is.' }],
  'paint it green': [{ text: 'Green it is.' }],
  'count the lines': [run('echo more >> lines.txt'), { text: 'Counted.' }],
});
const files = { 'list.txt': 'flour\n', 'lines.txt': 'one\n', 'deep/recipe.md': '# Bread\n\nflour, water, salt\n' };

let opened: TestConsole;
let page: Page;
let hand: Hand;
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns }, { files });
  hand = handOf(opened);
  page = await opened.open('/work');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

test('what is asked for comes as a card, and is in the folder once it is invoked', SKIP, async () => {
  const { house } = opened;
  await sayNew(page, 'Please greet the guests.');
  const card = cardOf(page, 'write greeting.txt');
  await card.getByText('Good morning!').first().waitFor();
  assert.throws(() => house.file('greeting.txt'), 'nothing lands before the yes');
  await invokeOf(card).click();
  await page.getByText('The greeting is written.').waitFor();
  assert.equal(house.file('greeting.txt'), 'Good morning!\n');
  await foldOf(page, /write greeting\.txt.*1 path changed.*done/).click();
  await card.getByText('Its effects are in the workspace.').waitFor();
  const [answered] = bodies(house.events(), 'action.answered');
  assert.deepEqual([answered?.answer, answered?.door], ['invoke', 'http']);
  assert.ok(bodies(house.events(), 'action.shown').some(({ action }) => action === answered?.action), 'what was shown is on record');
});

test('a server of another dialect is served in the same way', SKIP, async () => {
  await using other = await openConsole({ dialect: 'textgen', turns });
  const tab = await other.open('/work/new');
  await say(tab, 'Please greet the guests.');
  await invokeOf(cardOf(tab, 'write greeting.txt')).click();
  await tab.getByText('The greeting is written.').waitFor();
  assert.equal(other.house.file('greeting.txt'), 'Good morning!\n');
});

test('what is edited first is shown anew, and both versions are on record', SKIP, async () => {
  const { house } = opened;
  await sayNew(page, 'Please name the room.');
  await cardOf(page, 'write room.txt').getByRole('button', { name: 'Edit and invoke…' }).click();
  const editor = page.getByRole('dialog', { name: 'Edit and invoke' });
  const content = editor.getByRole('textbox', { name: 'content' });
  assert.equal(await content.inputValue(), 'Room 12\n');
  await content.fill('Room 12, upstairs\n');
  const yes = editor.getByRole('button', { name: /^Invoke so/ });
  assert.ok(await yes.isDisabled(), 'no yes to what was not looked at');
  await editor.getByRole('button', { name: 'See what it does' }).click();
  await editor.getByRole('status').getByText('Room 12, upstairs').waitFor();
  assert.throws(() => house.file('room.txt'), 'nothing is done by looking');
  await yes.click();
  await page.getByText('The room is named.').waitFor();
  assert.equal(house.file('room.txt'), 'Room 12, upstairs\n');
  const versions = bodies(house.events(), 'action.proposed').filter(({ kind }) => kind === 'write').slice(-2);
  assert.deepEqual(versions.map(({ by }) => by), ['model', 'person']);
  assert.equal(versions[1]?.editedFrom, versions[0]?.action);
  const contents = await Promise.all(versions.map(async ({ action }) => (await hand.get<{ readonly card: { readonly action: { readonly content: string } } }>(`/api/actions/${action}`)).card.action.content));
  assert.deepEqual(contents, ['Room 12\n', 'Room 12, upstairs\n']);
});

test('a no reaches the model with its reason, and nothing is done', SKIP, async () => {
  const { house } = opened;
  await sayNew(page, 'Please remove the list.');
  await cardOf(page, 'delete list.txt').getByRole('button', { name: 'Deny…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Deny' });
  await dialog.getByRole('textbox', { name: 'Why' }).fill('The baker still needs it.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('I keep it.').waitFor();
  assert.match(told(house.scripted), /The baker still needs it\./);
  assert.equal(house.file('list.txt'), 'flour\n');
  await foldOf(page, /delete list\.txt.*denied by you/).waitFor();
});

test('a file goes with the words', SKIP, async () => {
  await page.keyboard.press('n');
  const words = page.getByRole('textbox', { name: 'Your words', exact: true });
  await words.fill('Tell me what is in it.');
  await page.keyboard.press('Control+j');
  const finder = page.getByRole('dialog', { name: 'Attach a file of the workspace' });
  await finder.getByRole('combobox').fill('recp');
  await finder.getByRole('option').nth(1).waitFor({ state: 'hidden' });
  await finder.getByRole('option', { name: 'deep/recipe.md', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: 'Files that go with it' }).getByText('deep/recipe.md').waitFor();
  await words.press('Enter');
  await page.getByText('A secret recipe.').waitFor();
  assert.match(told(opened.house.scripted), /flour, water, salt/);
  await page.getByRole('list', { name: 'Attached files' }).getByText('deep/recipe.md').waitFor();
});

test('own words are edited and sent anew; the model hears only the new ones, the record keeps both', SKIP, async () => {
  await sayNew(page, 'Please paint it blue.');
  await page.getByText('Blue it is.').waitFor();
  await page.getByRole('textbox', { name: 'Your words', exact: true }).press('ArrowUp');
  const anew = page.getByRole('textbox', { name: 'Your words, to be said anew' });
  await anew.fill('Please paint it green.');
  await anew.press('Enter');
  await page.getByText('Green it is.').waitFor();
  await page.getByText('Blue it is.').waitFor({ state: 'hidden' });
  assert.doesNotMatch(told(opened.house.scripted), /blue/i);
  await foldOf(page, /Taken back: 2 messages/).click();
  await page.getByText('Blue it is.').waitFor();
  assert.equal(bodies(opened.house.events(), 'session.rewound').length, 1);
});

test('a conversation is renamed, and found by its new name or by what was said in it', SKIP, async () => {
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await page.getByRole('button', { name: 'Rename (F2)' }).click();
  await page.getByRole('textbox', { name: 'Title of the conversation' }).fill('The colour of the door');
  await page.keyboard.press('Enter');
  const list = page.getByRole('navigation', { name: 'Conversations' });
  await list.getByRole('link', { name: 'The colour of the door' }).waitFor();
  assert.equal((await hand.get<{ readonly session: { readonly title: string } }>(`/api/sessions/${id}`)).session.title, 'The colour of the door');
  await list.getByRole('searchbox').click();
  await page.keyboard.type('I keep it');
  await list.getByRole('link', { name: /remove the list/ }).waitFor();
  await list.getByRole('link', { name: 'The colour of the door' }).waitFor({ state: 'hidden' });
  await list.getByRole('searchbox').fill('colour of the door');
  await list.getByRole('link', { name: /remove the list/ }).waitFor({ state: 'hidden' });
  await list.getByRole('searchbox').fill('');
  await list.getByRole('link', { name: 'The colour of the door' }).click();
  await page.getByRole('heading', { name: 'The colour of the door' }).waitFor();
});

test('Always… makes a rule: the same goes without asking, until the rule is taken away in Policy', SKIP, async () => {
  const { house } = opened;
  await sayNew(page, 'Please count the lines.');
  await cardOf(page, 'run echo more >> lines.txt').getByRole('button', { name: 'Always…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Always: make a rule of it' });
  assert.ok(await dialog.getByRole('radio').first().isChecked(), 'the narrowest is offered first');
  await dialog.getByText(/^In the last thirty days /).first().waitFor();
  await dialog.getByText('The rule itself, in Cedar').click();
  await dialog.getByText(/^permit \(principal, action == Action::"write"/).waitFor();
  await dialog.getByRole('button', { name: 'Make the rule, and invoke' }).click();
  await page.getByText('Counted.').waitFor();
  assert.equal(house.file('lines.txt'), 'one\nmore\n');
  assert.equal(bodies(house.events(), 'rule.added').length, 1);
  const asked = bodies(house.events(), 'action.answered').length;
  await sayNew(page, 'Please count the lines again.');
  await eventually('the same, without asking', () => house.file('lines.txt') === 'one\nmore\nmore\n');
  await page.getByText('Counted.').waitFor();
  assert.equal(bodies(house.events(), 'action.answered').length, asked, 'nobody was asked');

  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Policy' }).click();
  const rules = page.getByRole('list', { name: 'Your rules' });
  await rules.getByText(/^decided \d+ times?$/).waitFor();
  await rules.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take it away' }).click();
  await page.getByText('None. Everything that asks, asks you.').waitFor();
  assert.equal(bodies(house.events(), 'rule.removed').length, 1);
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await sayNew(page, 'Please count the lines once more.');
  await cardOf(page, 'run echo more >> lines.txt').getByRole('button', { name: 'Deny…' }).waitFor();
  assert.equal(bodies(house.events(), 'action.answered').length, asked);
});
