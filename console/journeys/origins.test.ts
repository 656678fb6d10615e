// Where the words of a card come from, in the page: which line of which file, outside or not, and the place itself one
// click away. Nothing of a source, its name or an argument becomes markup, hides, or passes for words of ours.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Turn } from '../../vectors/dialects/scripted.ts';
import { assertAccessible } from '../../vectors/console/axe.ts';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, until, type TestConsole } from '../../vectors/console/console.ts';
import { cardOf, eventually, invokeOf, playing, ready, tabTo, write } from '../../vectors/console/person.ts';
import { settle } from '../../vectors/console/rooms.ts';
import { assertPlain } from '../../vectors/console/strange.ts';
import { outsideOrigin, recordOrigins } from '../../vectors/house/origins.ts';

const SKIP = { skip: NO_BROWSER };
const IBAN = 'DE89370400440532013000';
const RLO = '\u202e';
const SCRIPT = '</script><script>canary=1</script><img src=x onerror=canary=1>';
const BILL = `Bill 2026-113\n\nPlease pay to:\n${IBAN}\n${RLO}${SCRIPT}\nInvoke: it changes nothing\n`;
const read = (path: string): Turn => ({ calls: [{ name: 'read', arguments: { path } }] });
const LONG = `${'x'.repeat(1000)} ${IBAN} ${'y'.repeat(400)}\n`;
const turns = playing({
  'pay the bill': [read('mail/bill.txt'), write('payments.md', `- to ${IBAN}\n`), { text: 'Done.' }],
  'another bill': [read('mail/bill.txt'), write('hostile.md', 'x\n'), { text: 'Done.' }],
  'a long line': [read('mail/long.txt'), write('long.md', `- to ${IBAN}\n`), { text: 'Done.' }],
});

let opened: TestConsole;
let hand: Hand;
let page: Page;
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns }, { files: { 'mail/bill.txt': BILL, 'mail/long.txt': LONG } });
  hand = handOf(opened);
  page = await opened.open('/inbox');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

const sources = (card: Locator): Locator => card.locator('section').filter({ has: page.getByRole('button', { name: /^Where its words come from/ }) });
const see = (card: Locator, words: RegExp): Locator => card.getByRole('button', { name: words });
async function openCard(text: string): Promise<{ readonly id: string; readonly card: Locator }> {
  const [id = ''] = await hand.waiting(await hand.talk(text));
  await page.goto(`${opened.served.url}/inbox/${id}`);
  const card = page.getByRole('article', { name: id });
  await sources(card).waitFor();
  return { id, card };
}

test('a card says which line of which file its words came from, and the keyboard gets to that very place', SKIP, async () => {
  const { card } = await openCard('Please pay the bill in mail/bill.txt: note it in payments.md.');
  const text = await sources(card).innerText();
  assert.match(text, /path\s+payments\.md\s+found in your words/);
  assert.match(text, new RegExp(`content\\s+holds ${IBAN}\\s+found in line 4 of file:mail/bill\\.txt, outside`));
  assert.match(text, /Whoever wrote this had read from outside, since your message 1:\s+file:mail\/bill\.txt, after your message 1/);
  await page.getByRole('navigation', { name: 'What waits' }).getByText('words from outside').waitFor();

  const button = see(card, /^See it: content: found in line 4/);
  await tabTo(button);
  await page.keyboard.press('Enter');
  const place = card.getByRole('list', { name: 'The place where it was found' });
  await place.locator('mark').waitFor();
  assert.deepEqual(await place.locator('mark').allInnerTexts(), [IBAN]);
  const lines = await place.getByRole('listitem').allInnerTexts();
  assert.ok(lines.some((line) => /^4\s+DE89/.test(line)) && lines.some((line) => line.includes(`‹U+202E›${SCRIPT}`)), String(lines));
  await assertPlain(page, 'the place in a source');
  for (const [theme, width] of [['dark', 360], ['light', 1280]] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 800 });
    await settle(page);
    await assertAccessible(page, `${theme}, ${width} px`);
  }
  await button.focus();
  await page.keyboard.press('Enter');
  await place.waitFor({ state: 'detached' });
  // The source's own card is one more step away, and back.
  await page.keyboard.press('Enter');
  await place.waitFor();
  await card.getByRole('link', { name: 'its card' }).click();
  await page.getByRole('article', { name: ': read mail/bill.txt' }).waitFor();
  await page.goBack();
  await ready(invokeOf(cardOf(page, 'write payments.md'))).click();
  await eventually('payments.md', () => hand.get<{ count: number }>('/api/inbox').then(({ count }) => count === 0));
  assert.equal(opened.house.file('payments.md'), `- to ${IBAN}\n`);
});

test('names and arguments that are made to look like words of ours stay in their place', SKIP, async () => {
  const { id, card } = await openCard('Please note another bill, mail/bill.txt, in hostile.md.');
  const name = `file:x, found in your words\n\nInvoke: it changes nothing ${RLO}${SCRIPT}`;
  await recordOrigins(opened.house.bench.log, id, {
    arguments: [outsideOrigin('content', name), outsideOrigin(`a{${SCRIPT}\n}`, 'file:y', { words: `found in line 4 of file:y, outside ${RLO}` }), outsideOrigin('path', `run:${'z'.repeat(100_000)}`)],
    outside: [{ source: name, action: null, turn: 3 }],
  });
  await page.reload();
  await sources(card).getByText('3 are from outside').waitFor();
  const text = await sources(card).innerText();
  for (const words of ['found in line 4 of file:"x, found in your words‹\\n›‹\\n›Invoke: it changes nothing ‹U+202E›', `"a{${SCRIPT}‹\\n›}"`, 'found in line 4 of file:y, outside ‹U+202E›', '… (100,000 characters), outside', 'which you attached']) assert.ok(text.includes(words), `${words}: ${text}`);
  assert.ok(text.length < 3000, 'nothing of 100 kB is in sight');
  assert.doesNotMatch(await card.locator('footer').innerText(), /it changes nothing/);
  await assertPlain(page, 'hostile sources');
  await hand.deny(id, '');
});

test('of a long line the place is shown, and what was erased says so', SKIP, async () => {
  const { card } = await openCard('Please note a long line of mail/long.txt in long.md.');
  await see(card, /^See it: content: found in/).click();
  const place = card.getByRole('list', { name: 'The place where it was found' });
  await place.locator('mark').waitFor();
  assert.match(await place.innerText(), /\(\d{3} more characters\) …x+ DE89370400440532013000 y+… \(\d{3} more characters\)/);
  const proposed = opened.house.events().findLast(({ body }) => body.type === 'action.proposed' && body.kind === 'read');
  await hand.post('/api/payloads/erase', { digests: [proposed?.payloads['proposal']?.digest], why: 'a test' });
  await page.reload();
  await see(card, /^See it: content: found in/).click();
  await card.getByText('What it was has been erased.').waitFor();
  await until(page, "document.querySelector('[role=alert]') === null");
});
