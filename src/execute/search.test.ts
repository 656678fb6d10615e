import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { foundContainment } from '../../vectors/sandbox/found.ts';
import type { Read } from '../model/action.ts';
import type { FileResult } from './files.ts';
import { Refused } from './files-refused.ts';
import { HIDDEN_GLOBS } from './hidden.ts';
import { LIMITS } from './limits.ts';
import { searchFiles } from './search.ts';
import { findRipgrep } from './search-program.ts';
import { searchText } from './search-results.ts';
import { fastFolder } from '../../vectors/fast.ts';

const base = realpathSync(mkdtempSync(join(fastFolder(), 'search-')));
const root = join(base, 'root');
after(() => rmSync(base, { recursive: true }));

const files: Readonly<Record<string, string>> = {
  'src/a.ts': 'const needle = 1;\nother\nneedle.call()\r\n',
  'src/b.md': '# Needle\nneedle\n',
  'src/deep/c.ts': 'nothing\n',
  'wide.txt': `${'x'.repeat(5000)}needle${'y'.repeat(5000)}\n`,
  'many.txt': 'needle\n'.repeat(80),
  'data.bin': 'needle\0needle\n',
  '-needle.txt': 'dash\n',
  'odd\nname.txt': 'strange\n',
  '.env': 'SECRET=needle\n',
  'server.pem': 'needle of a key\n',
  '.git/config': 'needle\n',
  '.gitignore': 'ignored/\n',
  'ignored/x.txt': 'needle\n',
  'state/log.txt': 'needle of the workbench\n',
  '../outside/secret.txt': 'needle outside\n',
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
symlinkSync(join(base, 'outside'), join(root, 'out'));
symlinkSync('src', join(root, 'in'));

const containment = await foundContainment();
const settings = { containment, limits: LIMITS, hide: HIDDEN_GLOBS, never: [join(root, 'state')] };
const skip = containment.sandbox === 'none' ? `no sandbox: ${containment.why}` : false;

function search(pattern: string, more: Partial<Extract<Read, { op: 'search' }>> = {}, signal = new AbortController().signal): Promise<FileResult> {
  return searchFiles({ kind: 'read', op: 'search', workspace: 'w0000000ws', root, path: '.', pattern, glob: '', literal: false, ignoreCase: false, ...more }, settings, signal);
}

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

test('matches come by file and line; ignored, hidden, binary and secret files are left out, and so is the workbench itself', { skip }, async () => {
  const { text, touched } = await search('needle');
  const [head, ...rows] = text.split('\n');
  assert.equal(head, '54 matching lines in 4 files');
  assert.deepEqual(rows.slice(0, 2), ['many.txt', '1: needle']);
  assert.ok(rows.includes('[no more than 50 lines of a file are given]'));
  assert.deepEqual(rows.slice(-7, -2), ['src/a.ts', '1: const needle = 1;', '3: needle.call()', 'src/b.md', '2: needle']);
  assert.match(rows.at(-1) ?? '', /^1: …x{60}needley+… \[line of 10006 characters\]$/);
  assert.deepEqual(touched, ['.', 'many.txt', 'src/a.ts', 'src/b.md', 'wide.txt']);
});

test('a pattern is a value, never an option', { skip }, async () => {
  for (const pattern of ['--files', '--pre=/bin/sh', '-f/etc/passwd', '--hidden']) {
    assert.match((await search(pattern)).text, /^no match in \d+ files \(/);
  }
  assert.match((await search('dash', { path: '-needle.txt' })).text, /1: dash/);
  assert.match((await search('needle', { glob: '--pre=/bin/sh' })).text, /^no match in 0 files that fit/);
});

test('literal, case, glob and path narrow a search', { skip }, async () => {
  assert.match((await search('needle.call()', { literal: true })).text, /^1 matching line in 1 file\nsrc\/a\.ts\n3: /);
  assert.match((await search('^# needle$', { ignoreCase: true })).text, /src\/b\.md\n1: # Needle/);
  assert.match((await search('call\\(\\)$')).text, /3: needle\.call\(\)/);
  assert.match((await search('needle', { glob: '*.ts' })).text, /^2 matching lines in 1 file/);
  assert.match((await search('needle', { path: 'src/b.md' })).text, /^1 matching line in 1 file/);
  assert.match((await search('needle', { path: 'in' })).text, /^3 matching lines in 2 files\nsrc\/a\.ts/);
  assert.match((await search('strange')).text, /\n"odd\\u000aname\.txt"\n1: strange/);
  assert.equal((await search('nowhere', { path: 'src', glob: '*.ts' })).text, 'no match in 2 files under src that fit *.ts (hidden, ignored and binary files and those above 5 MB are left out)');
});

test('a secret file gives nothing even when it is named, and nor does a link out', { skip }, async () => {
  for (const path of ['.env', 'server.pem']) assert.doesNotMatch((await search('.', { path })).text, /SECRET|key/);
  assert.doesNotMatch((await search('needle', { glob: '{.env,*.pem,.git/*}' })).text, /SECRET|key/);
  await assert.rejects(search('needle', { path: 'out' }), refused('outside', /link out/));
  await assert.rejects(search('needle', { path: 'out/secret.txt' }), refused('outside', /link out/));
  await assert.rejects(search('needle', { path: '../outside' }), refused('outside', /leads out/));
  await assert.rejects(search('needle', { path: 'state' }), refused('closed', /workbench itself/));
  await assert.rejects(search('needle', { path: 'scr' }), refused('not-found', /Did you mean src/));
});

test('a bad pattern or glob comes back with the place of the trouble', { skip }, async () => {
  await assert.rejects(search('a(b'), refused('bad-pattern', /a\(b[^]*\^[^]*unclosed group/));
  await assert.rejects(search('x', { glob: '[' }), refused('bad-pattern', /unclosed character class/));
  await assert.rejects(search('(?<=a)b'), refused('bad-pattern', /look-around/));
});

test('a flood of matches is stopped early and said to be', { skip }, async () => {
  const flood = join(root, 'flood');
  mkdirSync(flood);
  for (let i = 0; i < 600; i += 1) writeFileSync(join(flood, `${i}.txt`), `${'z'.repeat(900)}\n`.repeat(60));
  const { text } = await search('^z', { path: 'flood' });
  assert.match(text, /so far\n/);
  assert.match(text, /more lines left out[^]*stopped early: there are too many matches/);
  assert.ok(text.length < 80_000);
  rmSync(flood, { recursive: true });
});

test('a search can be cancelled', { skip }, async () => {
  await assert.rejects(search('needle', {}, AbortSignal.abort()), { name: 'AbortError' });
});

test('a folder that can not be read is passed over', { skip: skip !== false ? skip : process.getuid?.() === 0 && 'root reads everything' }, async () => {
  mkdirSync(join(root, 'shut'));
  chmodSync(join(root, 'shut'), 0);
  assert.match((await search('needle', { glob: '*.ts' })).text, /^2 matching lines/);
  chmodSync(join(root, 'shut'), 0o755);
});

test("ripgrep's program is found above the sources, and named when it is missing", () => {
  assert.match(findRipgrep(), /ripgrep-[a-z0-9]+-[a-z0-9]+.bin.rg/);
  assert.throws(() => findRipgrep('/'), { code: 'search.program' });
});

test('output that was cut in the middle of a record still gives what is whole', () => {
  const record = (path: string, line: number): string => JSON.stringify({ type: 'match', data: { path: { text: path }, lines: { text: 'x\n' }, line_number: line, submatches: [{ start: 0 }] } });
  const output = Buffer.from(`${record('./a', 1)}\n${record('b', 2).slice(0, 30)}\n[cut]\n${record('c', 3).slice(10)}\n${record('d', 4)}\n`);
  const action = { kind: 'read', op: 'search', workspace: '', root: '/', path: '.', pattern: 'x', glob: '', literal: false, ignoreCase: false } as const;
  assert.deepEqual(searchText(action, { output, stopped: 'limit' }).files, ['a', 'd']);
  assert.throws(() => searchText(action, { output, stopped: '' }), refused('bad-pattern', /can't be done/));
});
