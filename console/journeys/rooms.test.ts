// The rooms around the work, as a person uses them: the record is searched, opened, verified and undone from; rules are
// tried; settings changed and taken back; a copy of it all is fetched and laid ready; and the first steps are taken.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { closeBrowser, NO_BROWSER } from '../../vectors/console/console.ts';
import { openScene, type Scene } from '../../vectors/console/scene.ts';

const SKIP = { skip: NO_BROWSER };
let scene: Scene;
let page: Page;
before(async () => {
  if (NO_BROWSER !== false) return;
  scene = await openScene();
  page = await scene.open('/timeline');
});
after(async () => {
  if (NO_BROWSER === false) await scene[Symbol.asyncDispose]();
  await closeBrowser();
});

const go = (path: string): Promise<unknown> => page.goto(`${scene.served.url}${path}`);
const lines = (): ReturnType<Page['locator']> => page.getByRole('region', { name: 'Events, newest first' }).getByRole('link');

test('the record is searched by words, narrowed, and each event opens to what the model saw, exactly', SKIP, async () => {
  await lines().first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('currency');
  await page.locator('mark').first().waitFor();
  assert.match(await lines().first().innerText(), /currency/);
  await go('/timeline?kind=infer&all=1');
  await lines().first().click();
  await page.getByRole('button', { name: 'Show it, exactly' }).click();
  await page.getByLabel('Laid out in lines').uncheck();
  const shown = await page.getByRole('group', { name: 'The request to the model' }).innerText();
  assert.ok(scene.house.scripted.requests.some((sent) => sent.startsWith(shown.slice(0, 4000))), 'byte for byte what the server was sent');
});

test('a new event stands at the top by itself, and waits aside while one reads further down', SKIP, async () => {
  await go('/timeline?all=1');
  await lines().first().waitFor();
  await scene.hand.post('/api/profile', { profile: 'strict' });
  await lines().first().getByText('profile: strict').waitFor();
  await page.evaluate('document.querySelector("[aria-label^=Events]").scrollTo(0, 900)');
  await scene.hand.post('/api/profile', { profile: 'step' });
  await page.getByRole('button', { name: '1 new line' }).click();
  await lines().first().getByText('profile: step').waitFor();
});

test('the log is verified before one\'s eyes, with a head to compare and to keep', SKIP, async () => {
  await go('/timeline');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText(/^The log holds:/).waitFor();
  const kept = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Keep this checkpoint' }).click();
  assert.match((await kept).suggestedFilename(), /^checkpoint-\d+\.txt$/);
  await page.keyboard.press('Escape');
  const exported = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export' }).click();
  assert.match((await exported).suggestedFilename(), /\.tar$/);
});

test('what landed is undone from the record', SKIP, async () => {
  assert.match(scene.house.file('src/total.js'), /Math\.round/);
  await go('/timeline?path=src/total.js&tool=edit&outcome=done');
  await lines().last().click();
  await page.getByRole('button', { name: 'Undo…' }).click();
  await page.getByRole('button', { name: 'Undo it' }).click();
  await go('/timeline?kind=undo');
  await lines().getByText(/^Done: undo/).waitFor();
  assert.doesNotMatch(scene.house.file('src/total.js'), /Math\.round/);
});

test('what was said can be erased, and the page says so', SKIP, async () => {
  await go('/timeline?q=currency&who=person');
  await lines().first().click();
  await page.getByRole('button', { name: 'Erase…' }).first().click();
  await page.getByLabel('Why').fill('said by mistake');
  await page.getByRole('button', { name: 'Erase for good' }).click();
  await page.getByText(/^Erased\. The log still proves/).first().waitFor();
});

test('the rules say what they would say, and a profile that asks less is asked about', SKIP, async () => {
  await go('/policy');
  await page.getByLabel('Arguments').fill('{"command": "npm test"}');
  await page.getByLabel('What it would change').fill('created out/report.txt');
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await page.getByRole('list', { name: 'What the rules say' }).getByText('To let it land').waitFor();
  await page.getByRole('radio', { name: /^draft/ }).click();
  await page.getByRole('button', { name: 'Let it hold' }).click();
  await page.getByText('The profile draft holds now.').waitFor();
  assert.equal(scene.house.bench.config().profile, 'draft');
});

test('the rules say how often you are asked, and of a past action why it was decided so', SKIP, async () => {
  await go('/policy');
  const part = page.getByRole('region', { name: 'How often you are asked' });
  await part.getByText('Prompts a task').waitFor();
  await part.getByRole('list', { name: 'Prompts by rule' }).getByText('write.workspace').waitFor();
  await part.getByRole('combobox').selectOption({ label: 'all of the record' });
  await part.getByRole('list', { name: 'Prompts by rule' }).getByText('write.workspace').waitFor();
  const asked = scene.house.bench.log.store.db.prepare(`SELECT action FROM events WHERE type = 'action.answered' ORDER BY seq LIMIT 1`).get()?.['action'];
  await go(`/policy?action=${String(asked)}`);
  await page.getByRole('list', { name: 'What was decided' }).getByText(/You said (yes|no)/).first().waitFor();
});

test('a setting is changed, refused where it is wrong, and taken back to its default', SKIP, async () => {
  await go('/settings');
  const steps = page.getByLabel('budgets.steps, in requests');
  await steps.fill('25');
  await steps.press('Enter');
  await page.getByText('budgets.steps is 25 requests now').waitFor();
  assert.equal(scene.house.bench.config().budgets.steps, 25);
  await steps.fill('-3');
  await steps.press('Enter');
  await page.getByText(/whole number/).waitFor();
  assert.equal(scene.house.bench.config().budgets.steps, 25);
  await page.getByRole('listitem').filter({ has: steps }).getByRole('button', { name: 'Back to the default' }).click();
  await page.getByText('budgets.steps is 40 requests now').waitFor();
});

test('another machine is asked about before a model there is added', SKIP, async () => {
  await go('/models');
  await page.getByRole('button', { name: /^Add/ }).click();
  await page.getByLabel('Address').fill('https://models.example.com/v1');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Allow another machine?').waitFor();
  assert.deepEqual(scene.house.bench.config().models, []);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Not now' }).click();
  assert.deepEqual(scene.house.bench.config().remote, []);
});

test('a backup is fetched, a foreign file refused, and the backup laid ready and taken back', SKIP, async () => {
  await go('/health');
  const fetched = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download a backup' }).click();
  const backup = await (await fetched).path();
  const give = async (file: string | { readonly name: string; readonly mimeType: string; readonly buffer: Buffer }): Promise<void> => {
    await page.getByLabel('Backup file').setInputFiles(file);
    await page.getByRole('button', { name: 'Check it and lay it ready' }).click();
  };
  await give({ name: 'holiday.tar', mimeType: 'application/x-tar', buffer: Buffer.from('no backup') });
  await page.getByRole('alert').waitFor();
  await give(backup);
  await page.getByText('A backup lies ready.').waitFor();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await page.getByLabel('Backup file').waitFor();
});

test('the first steps end with something invoked, and the way back from it', SKIP, async () => {
  await go('/start');
  await page.getByRole('radio', { name: /^The practice model/ }).check();
  await page.getByRole('button', { name: 'Begin the practice task' }).click();
  const { practice: { root } } = await scene.hand.get<{ readonly practice: { readonly root: string } }>('/api/first-run');
  const notes = (): string => readFileSync(join(root, 'notes.txt'), 'utf8');
  await page.getByText('This waits for your word.').waitFor();
  assert.match(notes(), /recieve/);
  await page.getByRole('button', { name: /^Invoke/ }).click();
  await page.getByRole('list', { name: 'What can be undone' }).getByRole('button', { name: 'Undo it' }).first().waitFor();
  assert.match(notes(), /receive/);
  await page.getByRole('list', { name: 'What can be undone' }).getByRole('button', { name: 'Undo it' }).first().click();
  for (let tries = 0; tries < 200 && !notes().includes('recieve'); tries++) await page.waitForTimeout(50);
  assert.match(notes(), /recieve/);
});
