// What is put aside, taken back and looked back at: a draft landed by hunk, a clash with three sides, undo from the Timeline,
// and a log that is checked, also after somebody changed it behind the product's back.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, type TestConsole } from '../../vectors/console/console.ts';
import { bodies, cardOf, eventually, invokeOf, playing, ready } from '../../vectors/console/person.ts';

const SKIP = { skip: NO_BROWSER };
const poem = (change: { readonly [line: number]: string } = {}): string => Array.from({ length: 24 }, (_, index) => `${change[index + 1] ?? `line ${index + 1}`}\n`).join('');
const edit = (path: string, old: string, by: string) => ({ name: 'edit', arguments: { path, old, new: by } });
const turns = playing({
  'polish the poem': [
    { calls: [edit('poem.txt', 'line 2\n', 'a better second line\n'), edit('poem.txt', 'line 20\n', 'a better twentieth line\n'), edit('guests.txt', 'nobody', 'Ada')] },
    { text: 'It is in the draft.' },
  ],
});

let opened: TestConsole;
let page: Page;
let hand: Hand;
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns }, { files: { 'poem.txt': poem(), 'guests.txt': 'nobody\n' } });
  hand = handOf(opened);
  page = await opened.open('/work/new');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

const go = (room: string): Promise<void> => page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click();

test('what is said in the profile draft piles up, and one hunk of it lands alone', SKIP, async () => {
  const { house } = opened;
  await page.getByRole('combobox', { name: 'Profile' }).selectOption('draft');
  const words = page.getByRole('textbox', { name: 'Your words', exact: true });
  await words.fill('Please polish the poem.');
  await words.press('Enter');
  await page.getByText('It is in the draft.').waitFor();
  assert.equal(house.file('poem.txt'), poem(), 'the workspace is as it was');
  await go('Drafts');
  await page.getByRole('link', { name: /polish the poem/ }).click();
  await page.getByText('Would change: 2 changed.').waitFor();
  await page.getByRole('navigation', { name: 'Files of the draft' }).getByRole('checkbox', { name: 'Take guests.txt' }).uncheck();
  await page.getByRole('checkbox', { name: /^Hunk 1/ }).uncheck();
  await page.getByRole('button', { name: /^Commit 1 hunk/ }).click();
  const card = cardOf(page.getByRole('region', { name: 'What was committed' }), /: commit poem\.txt \(hunk 2\)/);
  await card.getByText('a better twentieth line').first().waitFor();
  assert.equal(house.file('poem.txt'), poem(), 'a commit is asked about first');
  await invokeOf(card).click();
  await eventually('the hunk', () => house.file('poem.txt') === poem({ 20: 'a better twentieth line' }));
  assert.equal(house.file('guests.txt'), 'nobody\n');
});

test('where the workspace was changed meanwhile, three sides are shown, and a yes goes over it', SKIP, async () => {
  const { house } = opened;
  writeFileSync(join(house.folder, 'guests.txt'), 'Grace, by hand\n');
  await page.reload();
  const sides = page.getByRole('group', { name: 'Sides of guests.txt' }).first();
  const diff = page.getByRole('textbox', { name: 'Diff of guests.txt' }).first();
  const shows = async (view: string, removed: string, added: string): Promise<void> => {
    await sides.getByRole('button', { name: view }).click();
    await eventually(`${view}: ${removed} → ${added}`, async () => {
      const text = (await diff.textContent()) ?? '';
      return text.includes(`−${removed}`) && text.includes(`+${added}`);
    });
  };
  await shows('What a yes does now', 'Grace, by hand', 'Ada');
  await shows('What changed since', 'nobody', 'Grace, by hand');
  await shows('What it did to what it saw', 'nobody', 'Ada');
  await page.getByRole('navigation', { name: 'Files of the draft' }).getByRole('checkbox', { name: 'Take poem.txt' }).uncheck();
  await page.getByRole('button', { name: /^Commit 1 file/ }).click();
  const card = cardOf(page.getByRole('region', { name: 'What was committed' }), 'commit guests.txt');
  await card.getByText('1 clash: the workspace is not what this was worked out from.').waitFor();
  assert.equal(house.file('guests.txt'), 'Grace, by hand\n', 'nothing goes over it without a yes');
  await invokeOf(card).click();
  await eventually('the answer', () => house.file('guests.txt') === 'Ada\n');
});

test('what landed is taken back from the Timeline, and what the person had made is there again', SKIP, async () => {
  const { house } = opened;
  await go('Timeline');
  const list = page.getByRole('region', { name: 'Events, newest first' });
  await list.getByRole('link', { name: /commit guests\.txt/ }).first().click();
  await page.getByRole('button', { name: 'Undo…' }).click();
  await page.getByRole('alertdialog', { name: 'Undo what this landed?' }).getByRole('button', { name: 'Undo it' }).click();
  await eventually('the undo, or its card', async () => {
    const { waiting } = await hand.get<{ readonly waiting: readonly { readonly id: string }[] }>('/api/inbox');
    return waiting.length > 0 || house.file('guests.txt') === 'Grace, by hand\n';
  });
  if (house.file('guests.txt') !== 'Grace, by hand\n') {
    await go('Inbox');
    await ready(invokeOf(cardOf(page, /: undo /))).click();
  }
  await eventually('what Grace wrote', () => house.file('guests.txt') === 'Grace, by hand\n');
  assert.equal(house.file('poem.txt'), poem({ 20: 'a better twentieth line' }), 'the other landing stays');
  await eventually('the undo on record', () => bodies(house.events(), 'action.ended').at(-1)?.into === 'workspace');
});

test('Verify says that the log holds; and where it does not, once somebody changed an event', SKIP, async () => {
  const { house } = opened;
  await go('Timeline');
  await page.getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify the log' });
  await dialog.getByText(/^The log holds: \d+ events, \d+ payloads\.$/).waitFor();
  const { size } = await hand.get<{ readonly size: number }>('/api/log/head');
  assert.match((await dialog.getByRole('status').first().textContent()) ?? '', new RegExp(`${size} events`));
  await dialog.getByRole('button', { name: 'Close' }).click();

  const changed = house.events().find(({ body }) => body.type === 'action.answered')?.seq ?? -1;
  const thief = new DatabaseSync(house.bench.log.store.path);
  thief.exec('DROP TRIGGER events_never_change');
  assert.equal(thief.prepare(`UPDATE events SET leaf = replace(leaf, '"invoke"', '"deny"') WHERE seq = ?`).run(changed).changes, 1);
  thief.close();
  await page.keyboard.press('v');
  await dialog.getByText(/^The log does not hold\./).waitFor();
  await dialog.getByText(`(event ${changed})`).first().waitFor();
});
