import assert from 'node:assert/strict';
import { domainToUnicode } from 'node:url';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hostWords, readsAs } from './host-words.ts';

test('a name in another script is drawn as it is asked and as it reads, look-alikes marked', () => {
  assert.equal(hostWords('example.com'), 'example.com');
  assert.equal(hostWords('xn--pple-43d.com'), 'xn--pple-43d.com (which reads as а‹U+0430›pple.com)');
  assert.equal(hostWords('xn--mnchen-3ya.de'), 'xn--mnchen-3ya.de (which reads as münchen.de)');
  assert.equal(readsAs('127.0.0.1'), null);
});

test('it reads as the system reads it, and what is no encoding stays as it is', () => {
  for (const host of ['xn--fiqs8s', 'xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g', 'a.xn--e1aybc.b', 'xn--80ak6aa92e.com', 'xn--ls8h.la']) assert.equal(readsAs(host), domainToUnicode(host), host);
  for (const host of ['xn--', 'xn--!', 'xn---', 'xn--zzzzzzzzzzzzzzzzzzzz', 'xn--0', 'XN--\u0430']) assert.doesNotThrow(() => hostWords(host), host);
});

test('no host makes it hang or throw', () => {
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (label) => typeof hostWords(`xn--${label}.com`) === 'string'), { numRuns: 500 });
});
