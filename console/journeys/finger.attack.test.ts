// What is timed to come under the person's finger: cards that swap, change or come while a press is on its way, keys that
// were meant for something else. The press comes in the very moment in which the page changes, before anybody could look.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { handOf } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, until } from '../../vectors/console/console.ts';

after(closeBrowser);

const write = (path: string): { readonly name: string; readonly arguments: object } => ({ name: 'write', arguments: { path, content: `${path}\n` } });
const invoke = (page: Page, id: string) => page.getByRole('article', { name: id }).getByRole('button', { name: 'Invoke', exact: true });

/** As soon as the button of that card is in the page: clicks, Enter and keys on all that could be it; then says so. */
async function pressWhenItComes(page: Page, id: string): Promise<void> {
  await page.evaluate(`(() => {
    window.pressed = 0;
    const press = () => {
      const button = [...document.querySelectorAll('article')].find((one) => one.getAttribute('aria-label').includes('${id}'))?.querySelector('footer button');
      if (!button || window.pressed > 0) return;
      window.pressed = 1;
      const twice = () => {
        button.click();
        button.focus();
        for (const key of ['i', 'Enter', ' ', 'I']) for (const target of [button, document.body]) target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick']) button.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, detail: 2 }));
      };
      twice();
      requestAnimationFrame(() => { twice(); window.pressed = 2; });
    };
    new MutationObserver(press).observe(document, { subtree: true, childList: true, attributes: true });
    press();
  })()`);
}

test('a card that comes to where another stood takes no press that was meant for the other', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: (_, count) => (count === 0 ? { calls: ['1.txt', '2.txt', '3.txt'].map(write) } : count === 1 ? { calls: [write('new.txt')] } : { text: 'ok' }) });
  const hand = handOf(console);
  const session = await hand.talk('Write three.');
  const [one = '', two = '', three = ''] = await hand.waiting(session, 3);
  const page = await console.open('/inbox');
  await invoke(page, one).waitFor();
  await pressWhenItComes(page, two);
  // A double click: the second press may fall on what comes after.
  await invoke(page, one).dblclick();
  await until(page, 'window.pressed === 2');
  await page.getByText('That press was not taken').waitFor();
  assert.deepEqual(await hand.waiting(session), [two, three]);

  // Answered by somebody else, elsewhere: the next comes by itself.
  await page.goto(`${console.served.url}/inbox`);
  await invoke(page, two).waitFor();
  await pressWhenItComes(page, three);
  await hand.deny(two, '');
  await until(page, 'window.pressed === 2');
  assert.deepEqual(await hand.waiting(session), [three]);

  // One that is newer than what is looked at does not take its place.
  const other = await hand.talk('Another.');
  const [fresh = ''] = await hand.waiting(other);
  await page.getByRole('navigation', { name: 'What waits' }).getByText('new.txt').waitFor();
  assert.equal(await page.getByRole('article').getAttribute('aria-label').then((label) => label?.includes(three)), true);

  // In the conversation: the card that stays moves up when the one above it goes.
  await page.goto(`${console.served.url}/work/${other}`);
  await invoke(page, fresh).waitFor();
  assert.equal(await page.evaluate("document.activeElement.closest('article') === null"), true);
  await page.keyboard.press('Enter');
  assert.deepEqual(await hand.waiting(other), [fresh]);
  // A moment later a press means what it says.
  await invoke(page, fresh).click();
  await hand.rest(other);
  assert.equal(console.house.file('new.txt'), 'new.txt\n');
});

test('a card that changes under the finger is looked at anew before any yes, also where a rule is made of it', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: (_, count) => (count === 0 ? { calls: [{ name: 'edit', arguments: { path: 'a.txt', old: 'beta', new: 'gamma' } }] } : { text: 'ok' }) });
  const hand = handOf(console);
  const session = await hand.talk('Edit a.');
  const [action = ''] = await hand.waiting(session);
  const page = await console.open('/inbox');
  const { seen } = await hand.get<{ seen: string }>(`/api/actions/${action}`);
  await invoke(page, action).click({ trial: true });
  await page.keyboard.press('a');
  const rule = page.getByRole('button', { name: 'Make the rule, and invoke' });
  await rule.click({ trial: true });
  // Meanwhile the file changes, and with it the card.
  writeFileSync(join(console.house.folder, 'a.txt'), 'changed meanwhile\nbeta\n');
  await hand.post(`/api/actions/${action}/invoke`, { seen });
  await until(page, `fetch('/api/actions/${action}').then((answer) => answer.json()).then((now) => now.card.state === 'pending' && now.seen !== '${seen}')`);
  assert.deepEqual(await hand.waiting(session), [action]);
  const before = console.house.types().length;
  await rule.click({ timeout: 1500 }).catch(() => undefined);
  await hand.get('/api/inbox');
  assert.deepEqual(console.house.types(before).filter((type) => type === 'action.answered'), []);
  assert.deepEqual(await hand.waiting(session), [action]);
  assert.equal(console.house.file('a.txt'), 'changed meanwhile\nbeta\n');
  await page.keyboard.press('Escape');
  const again = page.getByRole('button', { name: 'I have looked again' });
  if (await again.isVisible()) await again.click();
  await invoke(page, action).click();
  await hand.rest(session);
  assert.equal(console.house.file('a.txt'), 'changed meanwhile\ngamma\n');
});

test('the second key of a pair that came too late, and a key that is held, answer nothing', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: (_, count) => (count === 0 ? { calls: ['1.txt', '2.txt'].map(write) } : { text: 'ok' }) });
  const hand = handOf(console);
  const session = await hand.talk('Write two.');
  const [one = '', two = ''] = await hand.waiting(session, 2);
  const page = await console.open('/inbox');
  await invoke(page, one).click({ trial: true });
  await page.keyboard.press('g');
  await page.waitForTimeout(1300);
  await page.keyboard.press('i');
  assert.deepEqual(await hand.waiting(session), [one, two]);
  await page.keyboard.down('i');
  await invoke(page, two).click({ trial: true });
  for (let held = 0; held < 5; held++) await page.keyboard.down('i');
  await page.keyboard.up('i');
  await hand.get('/api/inbox');
  assert.deepEqual(await hand.waiting(session), [two]);
});
