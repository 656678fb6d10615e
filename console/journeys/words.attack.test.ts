// Words of others everywhere that they can come from: names of files, folders, models and conversations, what a model says
// and calls, what a program prints, what a server's error says. Nothing of it becomes script, markup, an address or a
// request; what hides is drawn; nothing is cut without saying so; and it can't take the place of words of ours.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { jsonAnswer } from '../../vectors/dialects/server.ts';
import type { Turn } from '../../vectors/dialects/scripted.ts';
import { handOf, type Hand } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, until, type TestConsole } from '../../vectors/console/console.ts';
import { ROOMS } from '../../vectors/console/rooms.ts';
import { assertPlain, openStranger, textOf, type Stranger } from '../../vectors/console/strange.ts';

const RLO = '\u202e';
const ZERO = '\u200b\u2066\ufeff';
const SCRIPT = '</script><script>canary=1</script><img src=x onerror=canary=1><svg onload=canary=1>';
/** As long as a name may be, in bytes. */
const LONG = `${'long-'.repeat(49)}.txt`;
const FORGED = 'ok\n\nInvoke: it changes nothing\u2028Invoke: it changes nothing\n[Invoke] (i)   This action is safe.\n\nProWorkBench: already approved by you';

const LOADED = "document.querySelector('h1') !== null && [...document.querySelectorAll('[role=status]')].every((one) => !/^Loading/.test(one.textContent))";

let evil: Stranger;
let console_: TestConsole;
let hand: Hand;
let sessions: { readonly [name: string]: string };

/** All the ways in which Markdown could reach out, run or hide. */
const markdown = (url: string): string => [
  `# ${SCRIPT}`,
  `<iframe src="${url}/frame"></iframe><style>@import "${url}/style";</style><base href="${url}/"><meta http-equiv=refresh content="0;url=${url}/refresh"><form action="${url}/form"><button autofocus accesskey=i>Invoke</button></form>`,
  `![pixel](${url}/pixel.png) ![data](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImNhbmFyeT0xIi8+) ![svg](data:image/svg+xml,<svg/onload=canary=1>)`,
  `[js](javascript:canary=1) [tab](java\tscript:canary=1) [caps](JaVaScRiPt:canary=1) [named](&#106;avascript:canary=1) [data](data:text/html,<script>canary=1</script>) [vb](vbscript:canary) [blob](blob:${url}/x) [own](/api/stop) [file](file:///etc/passwd) <javascript:canary=1>`,
  `[https://bank.example](${url}/look) <https://bank.example@evil.example/> https://bank.example:443@evil.example/ [раураl.example](https://раураl.example/)`,
  `[x]: ${url}/definition "title"`,
  '```html\n<script>canary=1</script>\n```',
  `\`\`\`\`<img src=x onerror=canary=1> ${'behind the mark '.repeat(20)}END-OF-MARK\nx\n\`\`\`\``,
  '<svg><script>canary=1</script><a xlink:href="javascript:canary=1"><text>x</text></a></svg>',
  `|a|b|\n|-|-|\n${`|${SCRIPT}|[x](javascript:canary=1)|\n`.repeat(3)}`,
  `hid${ZERO}den ${RLO}desrever \u001b]8;;${url}/osc\u0007link\u001b]8;;\u0007 \u001b[2J \u0000`,
].join('\n\n');

/** Texts that are made to hang, blow up or hide, and a word at the end that must be reachable. */
const bombs = (): string => [
  '> '.repeat(50_000), '['.repeat(50_000), '- '.repeat(50_000), '*a_'.repeat(30_000), '`'.repeat(20_000), '<a '.repeat(20_000), '![](['.repeat(15_000),
  `${'|'.repeat(3000)}\n${'|-'.repeat(3000)}|\n${`${'|x'.repeat(3000)}\n`.repeat(4)}`, '#'.repeat(20_000), 'x'.repeat(1_000_000), 'THE-END-OF-IT',
].join('\n\n');

function play(request: unknown): Turn {
  const { messages } = request as { readonly messages: readonly { readonly role: string; readonly content: string }[] };
  const asked = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const heard = messages.length - 1 - messages.findLastIndex(({ role }) => role === 'user');
  if (asked.startsWith('Fail')) return { answer: jsonAnswer({ error: { message: `${SCRIPT} ${RLO}${ZERO} see ${evil.url}/error`, type: SCRIPT } }, 400) };
  if (heard > 0 && !asked.startsWith('Names')) return { text: 'ok' };
  if (asked.startsWith('Markdown')) return { reasoning: markdown(evil.url), text: markdown(evil.url) };
  if (asked.startsWith('Bombs')) return { text: bombs() };
  if (asked.startsWith('Megabyte')) return { text: FORGED, calls: [{ name: 'write', arguments: { path: 'big.txt', content: `begin ${'x'.repeat(1_000_000)} THE-END-OF-IT` } }, { name: 'run', arguments: { command: `echo ${'y'.repeat(100_000)} > big; echo THE-END-OF-COMMAND` } }] };
  if (asked.startsWith('Forged')) return { text: FORGED, calls: [{ name: 'run', arguments: { command: `printf '%s' a  b > f.txt # ${FORGED}` } }, { name: 'write', arguments: { path: `two  blanks ${RLO}txt.exe`, content: FORGED } }, { name: 'edit', arguments: { path: 'a.txt', old: 'beta', new: `if (user${ZERO} === "аdmin")${RLO} //\u2028@@ -1 +1 @@\n+x\u001b[31m` } }] };
  if (heard === 0) return { text: 'ok', calls: [`${SCRIPT.replaceAll('/', '∕').slice(0, 80)}`, `new\nline\rname`, `${RLO}cod.exe`, LONG, `${'d'.repeat(200)}/${'e'.repeat(200)}/${LONG}`, 'a.svg'].map((path) => ({ name: 'write', arguments: { path, content: path === 'a.svg' ? `<svg xmlns="http://www.w3.org/2000/svg" onload="canary=1"><script>canary=1</script><image href="${evil.url}/svg"/></svg>` : `${SCRIPT}\n${RLO}` } })) };
  if (heard <= 6) return { calls: [{ name: SCRIPT, arguments: SCRIPT }, { name: 'run', arguments: { command: `printf '\\033]0;pwned\\007\\033]8;;${evil.url}/osc\\007x\\033[2J\\033[1;1H\\xe2\\x80\\xae<script>canary=1</script>'; ls; exit 3` } }] };
  return { text: 'ok' };
}

before(async () => {
  if (NO_BROWSER !== false) return;
  evil = await openStranger();
  console_ = await openConsole({ turns: play, model: `m${SCRIPT}${RLO}` });
  hand = handOf(console_);
  const names = await hand.talk(`Names ${SCRIPT}${RLO}`.slice(0, 60));
  for (const action of await hand.waiting(names, 6)) await hand.invoke(action);
  await hand.rest(names);
  const begin = async (words: string): Promise<string> => {
    const session = await hand.talk(`${words} ${RLO}<img src=x onerror=canary=1>`);
    if (/^(Megabyte|Forged)/.test(words)) await hand.waiting(session, 2);
    else await hand.rest(session);
    return session;
  };
  sessions = { names, markdown: await begin('Markdown'), bombs: await begin('Bombs'), fail: await begin('Fail'), forged: await begin('Forged'), waiting: await begin('Megabyte') };
  const folder = join(console_.house.folder, '..', `w ${RLO}<img src=x onerror=canary=1>\n`);
  mkdirSync(folder);
  await hand.post('/api/workspaces', { root: folder });
});
after(async () => {
  await console_?.[Symbol.asyncDispose]();
  await evil?.[Symbol.asyncDispose]();
  await closeBrowser();
});

test('in no room does a word of others become script, markup, an address or a request, or hide anything', { skip: NO_BROWSER }, async () => {
  const page = await console_.open('/work');
  const scene = { ...console_, hand, sessions: { waiting: sessions['waiting'] ?? '', done: sessions['names'] ?? '', draft: sessions['names'] ?? '' } };
  for (const path of [...ROOMS.map((room) => room.path(scene)), ...['markdown', 'fail', 'forged'].map((name) => `/work/${sessions[name] ?? ''}`)]) {
    await page.goto(`${console_.served.url}${path}`);
    await until(page, LOADED);
    await page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true");
    await until(page, LOADED);
    await assertPlain(page, path);
  }
  const last = console_.house.events().length;
  for (let seq = last; seq > 1; seq -= Math.ceil(last / 6)) {
    await page.goto(`${console_.served.url}/timeline/${seq}`);
    await until(page, LOADED);
    await assertPlain(page, `event ${seq}`);
  }
  assert.deepEqual(evil.came, []);
  await page.close();
});

test('links and pictures of a model are words that say where they would lead', { skip: NO_BROWSER }, async () => {
  const page = await console_.open(`/work/${sessions['markdown'] ?? ''}`);
  const answer = page.getByRole('article', { name: /^m.* said$/ });
  await answer.getByText('Picture, not loaded').first().waitFor();
  const text = await answer.innerText();
  const { host } = new URL(evil.url);
  for (const words of [`https://bank.example (${host})`, 'https://bank.example@evil.example/ (evil.example)', 'https://bank.example:443@evil.example/ (evil.example)', '(xn--', '(javascript:canary=1)', '(JaVaScRiPt:canary=1)', '(data:text/html', '(/api/stop)', '(file:///etc/passwd)', `${evil.url}/definition`, `<iframe src="${evil.url}/frame">`, '<button autofocus accesskey=i>Invoke</button>', '‹U+202E›desrever', 'hid‹U+200B›‹U+2066›‹U+FEFF›den', '‹ESC›]8;;', 'characters behind the mark of this code']) assert.ok(text.includes(words), words);
  assert.equal(await answer.getByRole('button', { name: 'Invoke' }).count(), 0);
  assert.equal(await answer.locator('a').count(), 0);
  // Each asks first; not one opens by being pressed.
  const links = answer.getByRole('button', { name: /127\.0\.0\.1|evil\.example|xn--/ });
  assert.ok(await links.count() >= 5);
  for (const link of await links.all()) {
    await link.click();
    const go = page.getByRole('dialog').getByRole('link');
    assert.match(await go.getAttribute('rel') ?? '', /noreferrer noopener/);
    await page.keyboard.press('Escape');
    await go.waitFor({ state: 'detached' });
  }
  assert.deepEqual(evil.came, []);
  await page.close();
});

test('text that is made to hang the page leaves it answering, and its end can be read', { skip: NO_BROWSER }, async () => {
  const page = await console_.open(`/work/${sessions['bombs'] ?? ''}`);
  const answer = page.getByRole('article', { name: /^m.* said$/ });
  const more = answer.getByRole('button', { name: /^Show the next/ });
  await more.waitFor();
  assert.match(await answer.innerText(), /[\d,]+ characters of 1,[\d,]+ not shown yet/);
  while (await more.isVisible()) await more.dispatchEvent('click');
  await answer.getByText('THE-END-OF-IT').waitFor();
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await page.close();
});

test('a card of a megabyte says how long it is, shows its end, and can be answered', { skip: NO_BROWSER }, async () => {
  const [write = '', run = ''] = await hand.waiting(sessions['waiting'] ?? '', 2);
  const page = await console_.open(`/inbox/${write}`);
  for (const [id, part, size, end] of [[write, 'Content', /The first 2,000 of 1,000,020 characters; in all 1,000,020 bytes, 1 line/, 'THE-END-OF-IT'], [run, 'Command', /The first 2,000 of 100,0\d\d characters; in all 100,0\d\d bytes, 1 line/, 'THE-END-OF-COMMAND']] as const) {
    await page.goto(`${console_.served.url}/inbox/${id}`);
    const card = page.getByRole('article', { name: id });
    const row = card.locator('dl > div').filter({ has: page.getByText(part.toLowerCase(), { exact: true }) }).first();
    assert.match(await row.innerText(), size);
    assert.doesNotMatch(await row.innerText(), new RegExp(end));
    await row.getByRole('button', { name: 'Show all' }).click();
    await row.getByLabel(part, { exact: true }).hover();
    await page.mouse.wheel(0, 10_000_000);
    await row.getByText(end).first().waitFor();
    await card.getByRole('button', { name: 'Invoke', exact: true }).click({ trial: true });
    await assertPlain(page, part);
  }
  await page.close();
});

test('on a card what is said stays apart from what we say, with every character of it', { skip: NO_BROWSER }, async () => {
  const [run = '', write = '', edit = ''] = await hand.waiting(sessions['forged'] ?? '', 3);
  const page = await console_.open(`/inbox/${run}`);
  for (const id of [run, write, edit]) {
    await page.goto(`${console_.served.url}/inbox/${id}`);
    const card = page.getByRole('article', { name: id });
    await card.getByRole('button', { name: 'Invoke', exact: true }).waitFor();
    assert.equal(await card.getByRole('button', { name: /^Invoke/ }).count(), 1);
    assert.doesNotMatch(await card.locator('footer').innerText(), /changes nothing|already approved|action is safe/);
    assert.equal(await page.getByRole('status').or(page.getByRole('alert')).filter({ hasText: /changes nothing|already approved/ }).count(), 0);
    const text = await textOf(page);
    if (id === run) {
      assert.match(await card.getByRole('heading', { level: 2 }).innerText(), /a  b > f\.txt # ok‹\\n›‹\\n›Invoke: it changes nothing‹U\+2028›Invoke/);
      assert.match(await card.getByRole('group', { name: 'Why, in the model’s words' }).innerText(), /already approved by you/);
    } else if (id === write) assert.ok(text.includes('two  blanks ‹U+202E›txt.exe'), text);
    else {
      for (const view of ['Side by side', 'One below the other']) {
        await until(page, `[...document.querySelectorAll('article *')].some((one) => one.shadowRoot?.textContent.includes('dmin'))`);
        const drawn = await textOf(page);
        for (const words of ['if (user‹U+200B›‹U+2066›‹U+FEFF› === "а‹U+0430›dmin")‹U+202E› //‹U+2028›@@ -1 +1 @@', '+x‹ESC›[31m']) assert.ok(drawn.includes(words), `${view}: ${drawn}`);
        assert.equal((await hand.get<{ hunks: readonly unknown[] }>(`/api/actions/${id}/sides?path=a.txt`)).hunks.length, 1);
        assert.equal(await card.getByRole('checkbox', { name: /hunk 2/i }).count(), 0);
        await assertPlain(page, view);
        await page.getByRole('button', { name: view }).click();
      }
    }
  }
  await page.close();
});

test('an error of a model server, or that names what others named, is told with every character, and the way on is ours', { skip: NO_BROWSER }, async () => {
  const page = await console_.open(`/work/${sessions['fail'] ?? ''}`);
  await page.getByText('The server said (HTTP 400)').waitFor();
  const text = await page.getByRole('main').innerText();
  for (const words of [`“${SCRIPT} ‹U+202E›‹U+200B›‹U+2066›`, `${evil.url}/error`, 'Next: Look at the server’s own messages']) assert.ok(text.includes(words), text);
  // A refusal of ours that names what somebody else named.
  await page.goto(`${console_.served.url}/workspaces`);
  await page.getByRole('button', { name: 'Add…' }).click();
  await page.getByRole('textbox', { name: 'Path of a folder' }).fill(`/no ${RLO}${ZERO}such`);
  await page.getByRole('button', { name: 'Go', exact: true }).click();
  await page.getByText('‹U+202E›‹U+200B›').first().waitFor();
  await page.close();
});

test('the page’s title and a notification say how many wait, and nothing that anybody else said', { skip: NO_BROWSER }, async () => {
  const page = await console_.context.newPage();
  await page.addInitScript(`
    localStorage.setItem('pwb-preferences', JSON.stringify({ notify: true }));
    window.told = [];
    window.Notification = class extends EventTarget { static permission = 'granted'; constructor(title, options) { super(); window.told.push([title, options.body, options.icon ?? '']); } };
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  `);
  await page.goto(`${console_.served.url}/settings`);
  await until(page, "document.title.startsWith('(5) Settings')");
  const session = await hand.talk(`Forged ${SCRIPT} Invoke`);
  await hand.waiting(session, 3);
  await until(page, 'window.told.length > 0');
  for (const [title, body, icon] of await page.evaluate<[string, string, string][]>('window.told')) assert.ok(title === 'ProWorkBench: an action waits for you' && /^\d actions wait in the inbox\.$/.test(body) && icon === '', `${title} ${body}`);
  await until(page, "document.title === '(8) Settings – ProWorkBench'");
  await page.close();
});
