import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { LONGEST_URL, readUrl } from './url.ts';

interface Urls {
  readonly read: readonly (readonly [text: string, canonical: string])[];
  readonly refused: readonly (readonly [text: string, why: string])[];
}

const urls: Urls = JSON.parse(readFileSync(new URL('../../vectors/fetch/urls.json', import.meta.url), 'utf8'));

test('a URL has one exact spelling, in which it is judged, shown and fetched', () => {
  for (const [text, canonical] of urls.read) {
    const read = readUrl(text);
    assert.equal(read.ok ? read.url : read.error, canonical, text);
    assert.deepEqual(readUrl(canonical), read, 'what is canonical is read as the same');
  }
});

test('a URL that is no page of the web, holds a credential or hides something is refused in words', () => {
  for (const [text, why] of urls.refused) {
    const read = readUrl(text);
    assert.match(read.ok ? read.url : read.error, new RegExp(why), JSON.stringify(text));
  }
  assert.equal(readUrl(`https://example.org/${'a'.repeat(LONGEST_URL)}`).ok, false);
  assert.equal(readUrl(`https://example.org/${'ä'.repeat(LONGEST_URL / 3)}`).ok, false, 'as long as it is on the wire');
});

test('whatever is read as a URL is read as the same again, and holds no credential and no fragment', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string({ unit: 'binary' }).map((text) => `https://${text}`)), (text) => {
      const read = readUrl(text);
      if (!read.ok) return assert.ok(read.error.length > 0);
      assert.deepEqual(readUrl(read.url), read);
      const { username, password, hash } = new URL(read.url);
      assert.deepEqual([username, password, hash], ['', '', '']);
    }),
    often(300),
  );
});
