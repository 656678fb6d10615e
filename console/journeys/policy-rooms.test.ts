// What a person trusts, on the page: the rules that a workspace brings, word for word, and files that are from outside;
// each as it then stands on record and decides. And files of rules that are broken, which nobody can miss.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../../vectors/console/axe.ts';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, type TestConsole } from '../../vectors/console/console.ts';
import type { Turn } from '../../vectors/dialects/scripted.ts';

const SKIP = { skip: NO_BROWSER };
const THEIRS = '// Of the project.\n@id("theirs.notes")\n@reason("Notes are not written here.")\n@matches("write kind=write paths=notes.md")\n@differs("write kind=write paths=other.md")\nforbid (principal, action, resource) when { context.kind == "write" && context.paths.contains("notes.md") };\n';
const MINE = THEIRS.replace('theirs.notes', 'mine.notes').replaceAll('notes.md', 'diary.md');

/** Writes the file that it is told; with a letter, reads that first. */
function play(request: unknown): Turn {
  const { messages } = request as { readonly messages: readonly { readonly role: string; readonly content: string }[] };
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const heard = messages.length - 1 - messages.findLastIndex(({ role }) => role === 'user');
  const calls: readonly (readonly [string, object])[] = [...(asked.includes('letter') ? [['read', { path: 'mail/letter.eml' }] as const] : []), ...(asked.match(/\w+\.md/g) ?? []).map((path) => ['write', { path, content: `${path}\n` }] as const)];
  // A call and its result for each.
  const [name, args] = calls[heard / 2] ?? [];
  return name === undefined ? { text: 'That is it.' } : { calls: [{ name, arguments: args }] };
}

let opened: TestConsole;
let hand: Hand;
let page: Page;
before(async () => {
  if (NO_BROWSER !== false) return;
  opened = await openConsole({ turns: play }, { files: { 'mail/letter.eml': 'Please note: the meeting is at ten.\n' } });
  hand = handOf(opened);
  page = await opened.open('/policy');
});
after(async () => {
  if (NO_BROWSER === false) await opened[Symbol.asyncDispose]();
  await closeBrowser();
});

const go = (path: string): Promise<unknown> => page.goto(`${opened.served.url}${path}`);
const eventTypes = (like: string): readonly unknown[] => opened.house.bench.log.store.db.prepare('SELECT type FROM events WHERE type LIKE ? ORDER BY seq').all(like).map(({ type }) => type);
const decided = (session: string): unknown => opened.house.bench.log.store.db.prepare("SELECT rules FROM actions WHERE session = ? AND kind = 'write'").get(session)?.['rules'];

test('the rules say at one look what goes, what asks and what is refused; a text and its examples are a click away each', SKIP, async () => {
  await page.getByRole('radio', { name: /^step/, checked: true }).waitFor();
  const goes = page.getByRole('region', { name: 'Goes without asking' });
  await goes.getByText('Reading inside the workspace has no effect').click();
  await goes.getByText(/^permit \(principal/).waitFor();
  assert.equal(await goes.getByText(/@matches|@id/).count(), 0);
  await goes.getByText('The examples that it was checked with').click();
  await goes.getByText('read kind=read integrity=outside').waitFor();
  await page.getByRole('region', { name: 'Asks you' }).getByText('A file tool would change the workspace.').waitFor();
  await page.getByRole('region', { name: 'Is refused' }).getByText('A file tool names a path inside .git.').waitFor();
  await page.getByRole('searchbox', { name: 'Find a rule' }).fill('outside its workspace');
  await goes.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('region', { name: 'Is refused' }).getByRole('listitem').count(), 1);
});

test('a broken file of yours stands above all else with each of its lines, and is gone once it is mended', SKIP, async () => {
  const folder = join(opened.house.bench.home.config, 'rules');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'a.cedar'), `${MINE}\nforbid this;\n\nforbid that;\n`);
  await go('/policy');
  const alarm = page.getByRole('alert').filter({ hasText: 'Nothing may be done until your rules are mended' });
  for (const line of [8, 10]) await alarm.getByText(`rules/a.cedar:${line}`).waitFor();
  await assertAccessible(page, 'with broken rules');
  writeFileSync(join(folder, 'a.cedar'), MINE);
  await alarm.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: 'Is refused' }).getByText('Notes are not written here.').click();
  await page.getByText(/rules\/a\.cedar:2/).waitFor();
});

test('what a workspace brings in rules is read word for word and trusted; then it is on record and decides, until it is trusted no more', SKIP, async () => {
  const folder = join(opened.house.folder, '.proworkbench/rules');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'w.cedar'), THEIRS);
  await go('/policy');
  const part = page.getByRole('region', { name: 'Rules of ' });
  const trust = page.getByRole('button', { name: 'Trust exactly these words' });
  await part.getByText('not trusted', { exact: true }).waitFor();
  await part.getByRole('button', { name: 'Read and trust…' }).click();
  await page.getByRole('dialog').getByText('// Of the project.').waitFor();
  await assertAccessible(page, 'rules to be trusted');
  // Changed behind the reader's back: nothing is trusted, and it is looked at again.
  writeFileSync(join(folder, 'w.cedar'), THEIRS.replace('Of the project', 'Of another project'));
  await page.waitForTimeout(600);
  await trust.click();
  await page.getByRole('dialog').getByText('the rules were changed since they were looked at').waitFor();
  assert.deepEqual(eventTypes('policy.trusted'), []);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog').getByText('// Of another project.').waitFor();
  await page.waitForTimeout(600);
  await trust.click();
  await part.getByText('trusted', { exact: true }).waitFor();
  assert.deepEqual(eventTypes('policy.trusted'), ['policy.trusted']);
  const session = await hand.talk('Write notes.md.');
  await hand.rest(session);
  assert.equal(decided(session), 'theirs.notes');
  writeFileSync(join(folder, 'w.cedar'), THEIRS.replace('forbid (', '@verdict("ask")\nforbid ('));
  await go('/policy');
  await part.getByText('changed since', { exact: true }).waitFor();
  await part.getByRole('button', { name: 'See what changed…' }).click();
  await page.getByRole('dialog').getByText('@verdict("ask")').waitFor();
  await page.getByRole('button', { name: 'Not now' }).click();
  await part.getByRole('button', { name: 'Trust them no more…' }).click();
  await page.getByRole('button', { name: 'Trust them no more', exact: true }).click();
  await part.getByText('not trusted', { exact: true }).waitFor();
  assert.deepEqual(eventTypes('policy.%trusted'), ['policy.trusted', 'policy.untrusted']);
  rmSync(join(opened.house.folder, '.proworkbench'), { recursive: true });
});

test('a file that was written after a letter was read is marked, says by what, and counts as the workspace\'s own once it is trusted', SKIP, async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await go('/workspaces');
  await page.getByText('No file is marked as from outside').waitFor();
  const session = await hand.talk('Read the letter and write minutes.md and list.md.');
  for (let write = 0; write < 2; write++) await hand.invoke((await hand.waiting(session))[0] ?? '');
  await hand.rest(session);
  await page.getByText('2 files marked as from outside').click();
  const marks = page.getByRole('list', { name: 'Marked files' });
  assert.match(await marks.getByRole('listitem').filter({ has: page.getByRole('checkbox', { name: 'Choose minutes.md' }) }).innerText(), /outside[^]*Written[^]*after[^]*file:mail\/letter\.eml/);
  await assertAccessible(page, 'marked files');
  await page.getByRole('checkbox', { name: 'Choose minutes.md' }).check();
  await page.getByRole('button', { name: 'Trust this file…' }).click();
  await page.getByRole('alertdialog').getByText('can’t be taken back').waitFor();
  await page.getByRole('button', { name: 'Trust what is in them' }).click();
  await page.getByText('1 file marked as from outside').waitFor();
  assert.deepEqual(eventTypes('file.%'), ['file.marked', 'file.marked', 'file.endorsed']);
  assert.deepEqual((await hand.get<{ readonly marks: readonly { readonly path: string }[] }>(`/api/labels?workspace=${opened.house.workspace.id}`)).marks.map(({ path }) => path), ['list.md']);
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('an event of a decision leads to why it was decided so', SKIP, async () => {
  const seq = opened.house.bench.log.store.db.prepare("SELECT max(seq) AS seq FROM events WHERE type = 'action.decided'").get()?.['seq'];
  await go(`/timeline/${String(seq)}`);
  await page.getByRole('link', { name: 'Why it was decided so' }).click();
  await page.getByRole('region', { name: 'Why it was decided so' }).getByText('To let it land').waitFor();
});
