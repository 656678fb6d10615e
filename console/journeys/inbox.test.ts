// The Inbox, by keyboard alone: what waits is read, invoked, edited, denied, selected, and answered as one; a burst of yeses
// is slowed, a part of a card is taken, and everything is stopped.
import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import type { Page } from 'playwright-core';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, type TestConsole } from '../../vectors/console/console.ts';
import { bodies, cardOf, eventually, invokeOf, playing, ready, run, tabTo, told, write } from '../../vectors/console/person.ts';

const SKIP = { skip: NO_BROWSER };
const calls = (...paths: readonly string[]) => [{ calls: paths.map((path) => ({ name: 'write', arguments: { path, content: `${path}\n` } })) }];
const turns = playing({
  'the first': [write('first.txt', 'first\n'), { text: 'First done.' }],
  'the second': [write('second.txt', 'second\n'), { text: 'Second done.' }],
  'the third': [write('third.txt', 'third\n'), { text: 'Third left.' }],
  'three at once': [...calls('a1.txt', 'a2.txt', 'a3.txt'), { text: 'Three done.' }],
  'two by hand': [...calls('b1.txt', 'b2.txt'), { text: 'Two left.' }],
  'both files': [run("echo yes > wanted.txt; echo no > unwanted.txt; sed -i -e 's/^01$/one/' -e 's/^30$/thirty/' long.txt"), { text: 'I see what landed.' }],
  'quick 1': [write('q1.txt', '1\n')], 'quick 2': [write('q2.txt', '2\n')], 'quick 3': [write('q3.txt', '3\n')],
  'quick 4': [write('q4.txt', '4\n')], 'quick 5': [write('q5.txt', '5\n')], 'quick 6': [write('q6.txt', '6\n')],
  'for long': [{ wait: 60_000, text: 'Too late.' }],
  'at the end': [write('end.txt', 'end\n')],
});
const numbers = (change: (line: string) => string = (line) => line): string => Array.from({ length: 30 }, (_, index) => `${change(String(index + 1).padStart(2, '0'))}\n`).join('');

let opened: TestConsole;
let page: Page;
let hand: Hand;
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns }, { files: { 'long.txt': numbers() } });
  hand = handOf(opened);
  page = await opened.open('/work');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

const isThere = (path: string): boolean => {
  try {
    return opened.house.file(path) !== '';
  } catch {
    return false;
  }
};
const answers = (): readonly string[] => bodies(opened.house.events(), 'action.answered').map(({ answer }) => answer);
const wait = async (...texts: readonly string[]): Promise<readonly string[]> => {
  const sessions: string[] = [];
  for (const text of texts) {
    const session = await hand.talk(text);
    await hand.waiting(session);
    sessions.push(session);
  }
  return sessions;
};
/** Presses a key of the card once it takes one. */
async function press(title: string, key: string): Promise<void> {
  await ready(invokeOf(cardOf(page, title))).waitFor();
  await page.keyboard.press(key);
}

test('all of the Inbox is answered without a mouse: next, invoke, edit, deny', SKIP, async () => {
  const [one, two, three] = await wait('Please do the first.', 'Please do the second.', 'Please do the third.');
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  // The room opens with what the page knows of: all three, so that the newest is the one that is shown.
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: /Inbox/ }).filter({ hasText: '3' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor();
  await page.getByText('3 actions wait for your word').waitFor();
  // The newest is at the top.
  await press('write third.txt', 'j');
  await press('write second.txt', 'j');
  await press('write first.txt', 'i');
  await eventually('first.txt', () => isThere('first.txt'));
  await hand.rest(one);
  // What comes after it takes its place: the one before, at the end of the list.
  await press('write second.txt', 'e');
  const editor = page.getByRole('dialog', { name: 'Edit and invoke' });
  await editor.getByRole('textbox', { name: 'path' }).waitFor();
  await tabTo(editor.getByRole('textbox', { name: 'content' }));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('second, edited');
  await tabTo(editor.getByRole('button', { name: 'See what it does' }));
  await page.keyboard.press('Enter');
  await editor.getByRole('status').getByText('second, edited').waitFor();
  await tabTo(editor.getByRole('button', { name: 'Invoke so' }));
  await page.keyboard.press('Enter');
  await eventually('second.txt', () => isThere('second.txt'));
  assert.equal(opened.house.file('second.txt'), 'second, edited');
  await press('write third.txt', 'd');
  await page.getByRole('dialog', { name: 'Deny' }).getByRole('textbox', { name: 'Why' }).waitFor();
  await page.keyboard.type('Three is one too many.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: 'Nothing waits for your word' }).waitFor();
  await hand.rest(three);
  assert.ok(!isThere('third.txt'));
  assert.match(told(opened.house.scripted), /Three is one too many\./);
  assert.deepEqual(answers(), ['invoke', 'edit', 'invoke', 'deny']);
});

test('the cards of one answer are reviewed, and invoked, as one; others by selection', SKIP, async () => {
  const [session] = await wait('Please do three at once.');
  await page.getByRole('button', { name: 'Review 3 as one' }).press('Enter');
  await page.getByRole('heading', { name: '3 actions, as one' }).waitFor();
  await page.getByText('Together: 3 created').waitFor();
  await ready(page.getByRole('button', { name: /^Invoke all 3/ })).waitFor();
  assert.ok(!isThere('a1.txt'));
  await page.keyboard.press('I');
  await eventually('all three', () => isThere('a1.txt') && isThere('a2.txt') && isThere('a3.txt'));
  await hand.rest(session ?? '');
  assert.equal(bodies(opened.house.events(), 'action.ended').filter(({ into }) => into === 'workspace').length, 5);

  const [other] = await wait('Please do two by hand.');
  await press('write b1.txt', 'x');
  await page.keyboard.press('j');
  await press('write b2.txt', 'x');
  await page.keyboard.press('r');
  await page.getByRole('heading', { name: '2 actions, as one' }).waitFor();
  await page.keyboard.press('D');
  await page.keyboard.type('Neither of them.');
  await page.keyboard.press('Control+Enter');
  await hand.rest(other ?? '');
  assert.ok(!isThere('b1.txt') && !isThere('b2.txt'));
  assert.equal(told(opened.house.scripted).split('Neither of them.').length, 3, 'the model hears it of both');
});

test('of a card that waits only the pieces that are taken land, and the model hears which', SKIP, async () => {
  const [session] = await wait('Please write both files.');
  const card = cardOf(page, /: run echo yes/);
  await card.getByRole('checkbox', { name: 'Take unwanted.txt' }).press('Space');
  await card.getByRole('checkbox', { name: /^Hunk 2/ }).press('Space');
  await card.getByText('2 of 3 files taken, 1 of them in part').waitFor();
  await ready(card.getByRole('button', { name: 'Invoke 1 file and 1 hunk' })).press('Enter');
  await hand.rest(session ?? '');
  assert.equal(opened.house.file('wanted.txt'), 'yes\n');
  assert.ok(!isThere('unwanted.txt'));
  assert.equal(opened.house.file('long.txt'), numbers((line) => (line === '01' ? 'one' : line)));
  assert.match(told(opened.house.scripted), /unwanted\.txt/);
});

test('a burst of yeses is noticed: the next waits a moment, says why, and then is taken', SKIP, async () => {
  // Time stands still for the server, so that a slow machine is as quick as any; and the yeses above are long ago.
  const later = Date.now() + 15 * 60_000;
  let passed = 0;
  mock.method(opened.house.bench.clock, 'now', () => later + passed);
  await wait(...['1', '2', '3', '4', '5', '6'].map((one) => `Please do quick ${one}.`));
  const any = cardOf(page, /: write q\d\.txt$/);
  for (let nth = 1; nth <= 6; nth++) {
    const [name = '', action = '', path = ''] = /Action (\w{10}): write (\S+)/.exec((await any.getAttribute('aria-label')) ?? '') ?? [];
    if (nth === 6) {
      await any.getByText(/You have said yes 5 times in quick succession\. Take a moment/).waitFor();
      await page.keyboard.press('i');
      // It counts down, and the server alone holds back what comes too soon as well.
      await press(`write ${path}`, 'i');
      await any.getByRole('button', { name: /^Invoke in \d+ s$/ }).waitFor();
      assert.ok(!isThere(path) && bodies(opened.house.events(), 'action.answered').every((body) => body.action !== action), 'a yes was taken too soon');
      passed = 10_000;
    }
    await press(`write ${path}`, 'i');
    await eventually(path, () => isThere(path));
    await page.getByRole('article', { name }).waitFor({ state: 'hidden' });
  }
});

test('Stop everything ends what runs and refuses what waits', SKIP, async () => {
  const running = await hand.talk('Please think for long.');
  await wait('Please do it at the end.');
  await cardOf(page, 'write end.txt').waitFor();
  await page.keyboard.press('Control+.');
  const asks = page.getByRole('alertdialog', { name: 'Stop everything?' });
  await tabTo(asks.getByRole('button', { name: 'Stop everything' }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Nothing waits for your word' }).waitFor();
  await hand.rest(running);
  assert.equal(bodies(opened.house.events(), 'stop.asked').length, 1);
  assert.deepEqual(bodies(opened.house.events(), 'action.ended').slice(-2).map(({ why }) => why).filter((why) => why === 'ran'), []);
  assert.equal(bodies(opened.house.events(), 'turn.ended').filter(({ why }) => why === 'stopped').length, 2);
  assert.ok(!isThere('end.txt'));
});
