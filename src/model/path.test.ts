import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOutside } from './action.ts';
import { isInside, nameOf, parentOf, partsOf, workPath } from './path.ts';

interface Case {
  readonly name: string;
  readonly root: string;
  readonly text: string;
  readonly path?: string;
  readonly outside?: boolean;
  readonly error?: string;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('../../vectors/paths/lexical.json', import.meta.url), 'utf8'));

for (const { name, root, text, path, outside, error } of cases) {
  test(`path: ${name}`, () => {
    const read = workPath(root, text);
    if (error !== undefined) {
      assert.ok(!read.ok, `expected words, got ${JSON.stringify(read)}`);
      assert.match(read.error, new RegExp(error));
      return;
    }
    assert.deepEqual(read, { ok: true, path });
    assert.equal(isOutside(path ?? ''), outside === true);
  });
}

test('whatever is written, a path is inside, outside by its name, or refused in words', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '~', 'w', 's', ' ', '\\', '..a', 'é', '\ud800', '\0');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, absolute) => {
      const read = workPath('/w/s', (absolute ? '/' : '') + parts.join('/'));
      if (!read.ok) return assert.notEqual(read.error, '');
      assert.notEqual(isInside(read.path), isOutside(read.path));
      assert.ok(isOutside(read.path) || !partsOf(read.path).includes('..'));
    }),
  );
});

test('an inside path reads back as itself', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (parts) => {
      const path = parts.map((part) => part.replaceAll(/[/\0]/g, 'x')).filter((part) => !['.', '..', '~'].includes(part)).join('/');
      fc.pre(path !== '');
      assert.deepEqual(workPath('/w', path), { ok: true, path });
      assert.deepEqual(workPath('/w', `/w/./${path}//`), { ok: true, path });
      assert.equal(parentOf(path) === '.' ? nameOf(path) : `${parentOf(path)}/${nameOf(path)}`, path);
    }),
  );
});
