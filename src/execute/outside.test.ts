import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import vectors from '../../vectors/sandbox/outside.json' with { type: 'json' };
import { findMarks } from './hidden-walk.ts';
import { HIDDEN_GLOBS } from './hidden.ts';
import { isOutsideFile, isOutsideName, OUTSIDE_GLOBS, outsideRule } from './outside.ts';

const NONE = outsideRule([]);

test('what was downloaded and what came by mail is outside, by its place or its name', () => {
  for (const path of vectors.outside) assert.equal(isOutsideFile(path, NONE), true, path);
});

test('what only looks like it, and what is among packages, is not', () => {
  for (const path of vectors.inside) assert.equal(isOutsideFile(path, NONE), false, path);
});

test("a person's own patterns add to that, also among packages, and take back", () => {
  assert.equal(isOutsideFile('node_modules/x/README.md', outsideRule(['node_modules/'])), true);
  assert.equal(isOutsideFile('node_modules/x/a.eml', outsideRule(['*.eml'])), true);
  assert.equal(isOutsideFile('site/downloads/x', outsideRule(['!site/downloads/'])), false);
  assert.equal(isOutsideFile('downloads/x', outsideRule(['!site/downloads/'])), true);
  assert.deepEqual(['a/in/x', 'in/x'].map((path) => isOutsideFile(path, outsideRule(['/in/']))), [false, true]);
});

test('the name of a folder that a pattern has letter by letter says nothing; that of what is in it, and of what fits a wildcard, does', () => {
  assert.deepEqual(['downloads', 'src/downloads', 'downloads/x', 'x.eml', 'src'].map((path) => isOutsideName(path, NONE)), [false, false, true, true, false]);
});

test('the one walk for secrets finds what is outside as well, once for all that lies in a folder, and no secret as outside', async () => {
  const root = mkdtempSync(join(tmpdir(), 'pwb-outside-'));
  try {
    for (const path of ['downloads/a/b.eml', 'downloads/.env', 'src/x.eml', 'src/.env', 'node_modules/p/mail/x.js', 'plain.txt']) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
    }
    const { met } = await findMarks(root, HIDDEN_GLOBS, [], undefined, undefined, NONE);
    const found = (kind: string): readonly string[] => met.filter((one) => one.kind === kind).map(({ path }) => path.slice(root.length + 1)).toSorted();
    assert.deepEqual(found('outside'), ['downloads', 'src/x.eml']);
    assert.deepEqual(found('file'), ['downloads/.env', 'src/.env']);
    const own = await findMarks(root, HIDDEN_GLOBS, [], undefined, undefined, outsideRule(['p/']));
    assert.ok(own.met.some(({ path, kind }) => kind === 'outside' && path.endsWith('node_modules/p')));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('the patterns are in the documents', async () => {
  const { readFileSync } = await import('node:fs');
  const docs = readFileSync(join(import.meta.dirname, '../../docs/labels.md'), 'utf8');
  for (const glob of OUTSIDE_GLOBS) assert.ok(docs.includes(`\`${glob}\``), glob);
});
