// Test support: what must never be in a page of ours, whatever a model, a file or a server said; and a stranger on
// another port of this machine, who counts who comes to him.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';

export interface Stranger {
  readonly url: string;
  /** Requests that came, as `GET /path`. */
  readonly came: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param pages what he serves, by path; nothing else. */
export async function openStranger(pages: { readonly [path: string]: string } = {}): Promise<Stranger> {
  const came: string[] = [];
  const server = createServer((request, response) => {
    came.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const page = pages[(request.url ?? '').split('?')[0] ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*' });
    response.end(page ?? '');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    came,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** Runs in the page: its own tree and every open shadow tree. */
const SCAN = String.raw`(() => {
  const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u2800\u3164\uffa0\u115f\u1160]/u;
  const KNOWN = new Set(['html', 'head', 'meta', 'title', 'link', 'script', 'body', 'noscript', 'div', 'span', 'p', 'a', 'button', 'kbd', 'code', 'pre', 'bdi', 'b', 'strong', 'em', 'del', 'ins', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'nav', 'main', 'section', 'article', 'header', 'footer', 'aside', 'form', 'fieldset', 'legend', 'label', 'input', 'textarea', 'select', 'option', 'optgroup', 'datalist', 'details', 'summary', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'caption', 'blockquote', 'hr', 'br', 'time', 'output', 'progress', 'meter', 'small', 'svg', 'path', 'line', 'circle', 'rect', 'polyline', 'polygon', 'ellipse', 'g', 'slot', 'mark', 'search']);
  const found = [];
  const tell = (what, where) => found.push(what + ': ' + where.slice(0, 160));
  const walk = (root) => {
    for (const one of root.querySelectorAll('*')) {
      const name = one.localName;
      // The editor puts such an empty picture, without an address, beside a widget.
      const buffer = name === 'img' && one.className === 'cm-widgetBuffer' && !one.hasAttribute('src');
      if (!KNOWN.has(name) && !buffer) tell('element', one.outerHTML);
      if (name === 'script' && new URL(one.src || 'http://inline').origin !== location.origin) tell('script', one.outerHTML);
      for (const { name: attribute, value } of one.attributes) {
        if (/^on|^accesskey$|^srcdoc$|^formaction$|^ping$/i.test(attribute)) tell('attribute', one.outerHTML);
        if (/^(href|src|xlink:href|action|poster|data)$/i.test(attribute) && new URL(value, location.href).origin !== location.origin) tell('address', one.outerHTML);
        if (!(name === 'option' && attribute === 'value') && HIDDEN.test(value.replaceAll(/[\n\t]/g, ''))) tell('hidden in ' + attribute, JSON.stringify(value));
        if (attribute === 'download' && !/^[\w.-]*$/.test(value)) tell('name of a download', value);
        if (attribute === 'style' && /url|expression/i.test(value)) tell('style', value);
      }
      if (one.shadowRoot !== null) walk(one.shadowRoot);
      for (const node of one.childNodes) if (node.nodeType === 3 && HIDDEN.test(node.data.replaceAll(/[\n\t]/g, ''))) tell('hidden text', JSON.stringify(node.data));
    }
  };
  walk(document);
  if (window.canary !== undefined) tell('a script ran', String(window.canary));
  if (!/^(\(\d+\) )?[A-Z][A-Za-z ]* – ProWorkBench$/.test(document.title)) tell('title', document.title);
  return found.slice(0, 10);
})()`;

/** No element, address, handler, hidden character or script that isn't ours. An emoji in prose may hold joiners; the tests use none. */
export async function assertPlain(page: Page, where: string): Promise<void> {
  assert.deepEqual(await page.evaluate(SCAN), [], where);
}

/** All that is to be read in the page, its shadow trees too. */
export function textOf(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const texts = [document.body.innerText];
    for (const one of document.querySelectorAll('*')) if (one.shadowRoot !== null) texts.push(one.shadowRoot.textContent ?? '');
    return texts.join('\\n');
  })()`);
}
