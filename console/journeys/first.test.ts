import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, NO_BROWSER, openConsole } from '../../vectors/console/console.ts';

after(closeBrowser);

test('the console opens by the sign-in link and shows its rooms', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: [] });
  const page = await console.open('/work');
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Inbox' }).click();
  await page.getByRole('heading', { level: 1, name: 'Inbox' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/inbox');
});
