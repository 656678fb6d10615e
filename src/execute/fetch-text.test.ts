import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { pageText } from './fetch-page.ts';
import { textOfBytes, textType, typeWords } from './fetch-text.ts';

interface Page {
  readonly name: string;
  readonly html: string;
  readonly text: string;
}

const pages: readonly Page[] = JSON.parse(readFileSync(new URL('../../vectors/fetch/pages.json', import.meta.url), 'utf8'));
const { signal } = new AbortController();
const bytes = (...parts: readonly (string | number)[]): Uint8Array => Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))));

for (const { name, html, text } of pages) {
  test(`page: ${name}`, async () => assert.deepEqual(await pageText(html, 'https://site.example/a/b', signal), { text, whole: true }));
}

test('a page that is nested without end is read as far as it is deep, and says so', async () => {
  for (const tag of ['<div>', '<ul><li>', '<table><tr><td>', '<b>', '<svg><p>']) {
    const { text, whole } = await pageText(`begin ${tag.repeat(200_000)} end`, 'https://site.example/', signal);
    assert.equal(whole, false, tag);
    assert.match(text, /^begin/);
  }
  assert.match((await pageText(`${'<a href=/x>a '.repeat(100_000)}end`, 'https://site.example/', signal)).text, /a end \(https:\/\/site\.example\/x\)$/, 'a link ends where the next one begins');
});

test('no text is a page that breaks the reader, in one piece or several', async () => {
  const tags = fc.constantFrom('<a href=x>', '</a>', '<p>', '</p>', '<li>', '<pre>', '</pre>', '<script>', '</script>', '<td>', '<!--', '-->', '&amp;', '<', '&#0;', 'word', ' ', '\n', '<svg>', '</svg>', '<h2>', '<img alt="', '"');
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.array(tags, { maxLength: 60 }).map((all) => all.join('')), fc.string({ unit: 'binary' })), async (html) => {
      const { text, whole } = await pageText(html, 'https://site.example/', signal);
      assert.deepEqual([text, whole], [text.trim(), true]);
    }),
    often(100),
  );
});

test('a page that is long to read is given up when it is cancelled, and others have their turn meanwhile', async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  assert.equal((await pageText('<p>words'.repeat(200_000), 'https://site.example/', stop.signal)).whole, false);
  assert.equal((await pageText(`<p>${'one two '.repeat(20_000)}`, 'https://site.example/', signal)).text, 'one two '.repeat(20_000).trim(), 'where it is cut into pieces leaves no trace');
});

test('the character set is the one of the byte order mark, else of the head, else of the page, else a guess', () => {
  assert.equal(textOfBytes(bytes('gr\xfc\xdfe'), 'text/plain; charset=iso-8859-1', false), 'grüße');
  assert.equal(textOfBytes(bytes('gr\xc3\xbc\xc3\x9fe'), 'text/plain; charset="utf-8"', false), 'grüße');
  assert.equal(textOfBytes(bytes('\xef\xbb\xbfgr\xc3\xbc'), 'text/plain; charset=iso-8859-1', false), 'grü');
  assert.equal(textOfBytes(Buffer.from('\ufeffgrü', 'utf16le'), 'text/plain', false), 'grü');
  assert.equal(textOfBytes(bytes('<meta charset=windows-1252>\x93x\x94'), 'text/html', false), '<meta charset=windows-1252>“x”');
  assert.equal(textOfBytes(bytes('<meta charset=utf-16><p>\xc3\xbc'), 'text/html', false), '<meta charset=utf-16><p>ü');
  assert.equal(textOfBytes(bytes('<?xml version="1.0" encoding="shift_jis"?>\x82\xa0'), 'application/xml', false), '<?xml version="1.0" encoding="shift_jis"?>あ');
  assert.equal(textOfBytes(bytes('na\xefve'), 'text/plain', false), 'naïve');
  assert.equal(textOfBytes(bytes('gr\xc3\xbc'), 'text/plain; charset=no-such', false), 'grü');
  assert.equal(textOfBytes(bytes('gr\xc3'), 'text/plain', true), 'gr', 'a character that was cut is left out');
  assert.equal(textOfBytes(bytes('a', 0, 'b'), 'text/plain', false), null, 'a NUL is no text');
});

test('text is known by its type, and all else has a name', () => {
  for (const type of ['text/plain', 'text/csv; header=present', 'application/json', 'application/vnd.api+json', 'application/ld+json', 'image/svg+xml', 'application/xml', 'APPLICATION/JavaScript', 'application/x-ndjson', '']) assert.ok(textType(type) !== null || type.startsWith('image/'), type);
  assert.deepEqual(['text/html', 'application/xhtml+xml; charset=x'].map(textType), ['html', 'html']);
  for (const type of ['image/png', 'application/octet-stream', 'application/pdf', 'video/mp4', 'nonsense', 'text', 'multipart/form-data']) assert.equal(textType(type), null, type);
  assert.deepEqual(['image/png; x=1', '', 'a\u001b[31m/b'].map(typeWords), ['image/png', 'no type', 'a type that is none']);
});
