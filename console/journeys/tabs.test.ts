// Two tabs of one browser, and a server that goes and comes back: an answer in one shows in the other, only one of them can
// give it, they share one event stream, and what happened meanwhile is there afterwards.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, type TestConsole } from '../../vectors/console/console.ts';
import { bodies, cardOf, eventually, invokeOf, playing, ready, write } from '../../vectors/console/person.ts';

const SKIP = { skip: NO_BROWSER };
const turns = playing({
  'the one': [write('one.txt', 'one\n'), { text: 'One.' }],
  'the other': [write('other.txt', 'other\n'), { text: 'Other.' }],
  'both want': [write('both.txt', 'both\n'), { text: 'Both.' }],
  'meanwhile': [write('meanwhile.txt', 'meanwhile\n'), { text: 'Meanwhile.' }],
});

let opened: TestConsole;
let hand: Hand;
let left: Page;
let right: Page;
/** The event streams that are open now. */
const streams = new Set<Request>();
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns });
  hand = handOf(opened);
  opened.context.on('request', (request) => void (new URL(request.url()).pathname === '/api/events' && streams.add(request)));
  const over = (request: Request): void => void streams.delete(request);
  opened.context.on('requestfinished', over);
  opened.context.on('requestfailed', over);
  left = await opened.open('/inbox');
  right = await opened.open('/inbox');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

const answersTo = (action: string | undefined): readonly string[] => bodies(opened.house.events(), 'action.answered').filter((body) => body.action === action).map(({ answer }) => answer);
const titled = (page: Page, title: RegExp): Promise<unknown> => eventually(`the title ${String(title)}`, async () => title.test(await page.title()));

test('an answer in one tab shows in the other, and one event stream serves both', SKIP, async () => {
  const session = await hand.talk('Please do the one.');
  await Promise.all([left, right].map((tab) => ready(invokeOf(cardOf(tab, 'write one.txt'))).waitFor()));
  await Promise.all([left, right].map((tab) => titled(tab, /^\(1\) /)));
  assert.equal(streams.size, 1, 'the tabs share one event stream');
  await invokeOf(cardOf(left, 'write one.txt')).click();
  await right.getByRole('heading', { name: 'Nothing waits for your word' }).waitFor();
  await titled(right, /^Inbox/);
  await hand.rest(session);
  assert.equal(opened.house.file('one.txt'), 'one\n');
});

test('when both answer at once, one of them counts', SKIP, async () => {
  const session = await hand.talk('Please do what both want.');
  const [action] = await hand.waiting(session);
  await ready(invokeOf(cardOf(left, 'write both.txt'))).waitFor();
  await cardOf(right, 'write both.txt').getByRole('button', { name: 'Deny…' }).click();
  await right.getByRole('dialog', { name: 'Deny' }).getByRole('textbox', { name: 'Why' }).waitFor();
  await Promise.all([left.keyboard.press('i'), right.keyboard.press('Control+Enter')]);
  await hand.rest(session);
  const [answer, ...more] = answersTo(action);
  assert.deepEqual(more, [], 'it was answered twice');
  assert.equal(existsSync(join(opened.house.folder, 'both.txt')), answer === 'invoke');
  await Promise.all([left, right].map((tab) => invokeOf(cardOf(tab, 'write both.txt')).waitFor({ state: 'hidden' })));
});

test('a server that goes is missed in words, in both tabs; back again, they go on by themselves', SKIP, async () => {
  const words = 'The workbench does not answer. What you see may be old';
  await Promise.all([left, right].map((tab) => tab.goto(`${opened.served.url}/inbox`)));
  await opened.stop();
  await Promise.all([left, right].map((tab) => tab.getByText(words).waitFor()));
  await opened.start();
  await Promise.all([left, right].map((tab) => tab.getByText(words).waitFor({ state: 'hidden' })));
  const session = await hand.talk('Please do it meanwhile.');
  await ready(invokeOf(cardOf(right, 'write meanwhile.txt'))).click();
  await left.getByRole('heading', { name: 'Nothing waits for your word' }).waitFor();
  await hand.rest(session);
  assert.equal(opened.house.file('meanwhile.txt'), 'meanwhile\n');
});

test('when the tab that listens is closed, the other one listens', SKIP, async () => {
  await left.close();
  const session = await hand.talk('Please do the other.');
  await ready(invokeOf(cardOf(right, 'write other.txt'))).click();
  await right.getByRole('heading', { name: 'Nothing waits for your word' }).waitFor();
  await hand.rest(session);
  assert.equal(opened.house.file('other.txt'), 'other\n');
});
