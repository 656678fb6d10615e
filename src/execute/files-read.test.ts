import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readFiles, Refused, type ReadOptions } from './files.ts';
import { fastFolder } from '../../vectors/fast.ts';

const root = realpathSync(mkdtempSync(join(fastFolder(), 'read-')));
after(() => rmSync(root, { recursive: true }));
const place = { workspace: 'w0000000ws', root };

async function read(path: string, from = 1, to = 0, options: ReadOptions = {}): Promise<string> {
  return (await readFiles({ kind: 'read', op: 'read', ...place, path, from, to }, options)).text;
}

async function list(path = '.', depth = 1): Promise<readonly string[]> {
  return (await readFiles({ kind: 'read', op: 'list', ...place, path, depth })).text.split('\n');
}

function put(path: string, content: string | Uint8Array): void {
  writeFileSync(join(root, path), content);
}

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

const numbers = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, i) => String(from + i)).join('\n');

test('a file comes back as it is, under its name and its lines', async () => {
  put('a.txt', 'one\n\ttwo\n');
  assert.equal(await read('a.txt'), 'a.txt (lines 1–2 of 2)\none\n\ttwo');
});

test('what an editor must know is named: no new line at the end, CRLF, mixed line ends, a byte order mark, emptiness', async () => {
  put('a.txt', 'one\ntwo');
  assert.equal(await read('a.txt'), 'a.txt (lines 1–2 of 2, no new line at the end)\none\ntwo');
  put('a.txt', 'one\r\ntwo\r\n');
  assert.equal(await read('a.txt'), 'a.txt (lines 1–2 of 2, line ends are CRLF)\none\r\ntwo\r');
  put('a.txt', 'one\r\ntwo\nthree\nfour\n');
  assert.match(await read('a.txt'), /CRLF and LF mixed/);
  put('a.txt', '\ufeffone\n');
  assert.equal(await read('a.txt'), 'a.txt (lines 1–1 of 1, begins with a byte order mark)\none');
  put('a.txt', '');
  assert.equal(await read('a.txt'), 'a.txt (empty)');
  put('a.txt', '\n');
  assert.equal(await read('a.txt'), 'a.txt (lines 1–1 of 1)\n');
});

test('400 lines come unless more are asked for, and the rest is named with how to get it', async () => {
  put('n.txt', `${numbers(1, 1000)}\n`);
  assert.equal(await read('n.txt'), `n.txt (lines 1–400 of 1000)\n${numbers(1, 400)}\n[lines 401–1000 left out: read on with from 401]`);
  assert.equal(await read('n.txt', 999), `n.txt (lines 999–1000 of 1000)\n999\n1000`);
  assert.equal(await read('n.txt', 5, 6), 'n.txt (lines 5–6 of 1000)\n5\n6');
  assert.equal(await read('n.txt', 1, 900), `n.txt (lines 1–900 of 1000)\n${numbers(1, 900)}`);
  await assert.rejects(read('n.txt', 1001), refused('no-match', /has 1000 lines; from 1001 is past its end/));
});

test('a text beyond 32 KiB ends at a line, and reading on gives exactly the rest', async () => {
  const lines = Array.from({ length: 300 }, (_, i) => `${i} ${'ä'.repeat(i)}`);
  put('wide.txt', `${lines.join('\n')}\n`);
  const got: string[] = [];
  for (let from = 1; from <= lines.length; ) {
    const [head = '', ...rest] = (await read('wide.txt', from)).split('\n');
    const end = Number(/lines \d+–(\d+) of 300/.exec(head)?.[1]);
    assert.ok(end >= from);
    got.push(...rest.slice(0, end - from + 1));
    from = end + 1;
  }
  assert.deepEqual(got, lines);
});

test('a line of a megabyte is cut between two characters, and said to be', async () => {
  put('long.txt', `short\n${'🙂'.repeat(250_000)}\nend\n`);
  const [, short, long = '', end] = (await read('long.txt')).split('\n');
  assert.deepEqual([short, end], ['short', 'end']);
  assert.match(long, /^(?:🙂)+… \[line 2: 996\.0 KB more left out/);
});

test('a line that spans many reads is whole', async () => {
  put('span.txt', `${'x'.repeat((1 << 18) - 6)}\n${'ü'.repeat(1900)}\n`);
  assert.equal((await read('span.txt', 2)).split('\n')[1], 'ü'.repeat(1900));
});

test('data is refused by what it is', async () => {
  const cases = [['x.png', '\x89PNG\r\n\x1a\n\0\0', 'a PNG image, 10 B'], ['x.zip', 'PK\x03\x04\0', 'ZIP'], ['x.gguf', 'GGUF\x03\0\0\0', 'GGUF'], ['x.bin', '\x01\0\x02', 'unknown data'], ['x.txt', '\xff\xfeh\0i\0', 'UTF-16'], ['x.db', 'SQLite format 3\0', 'SQLite']] as const;
  for (const [name, bytes, words] of cases) {
    put(name, Buffer.from(bytes, 'latin1'));
    await assert.rejects(read(name), refused('binary', new RegExp(words)));
  }
  put('latin.txt', Buffer.from('caf\xe9 au lait\n', 'latin1'));
  await assert.rejects(read('latin.txt'), refused('binary', /not UTF-8.*Latin-1.*iconv/));
});

test('of a huge file the front can be read, all of it is refused politely, and so is its far end', async () => {
  put('huge.txt', `${numbers(1, 3000)}\n`);
  truncateSync(join(root, 'huge.txt'), 5_000_000_000);
  await assert.rejects(read('huge.txt'), refused('too-large', /5\.0 GB.*from 1, to 200/));
  assert.match(await read('huge.txt', 1, 3), /^huge\.txt \(lines 1–3 of more; the file has 5\.0 GB\)\n1\n2\n3$/);
  await assert.rejects(read('huge.txt', 9999), refused('too-large', /line 9999 .*Use search/));
  rmSync(join(root, 'huge.txt'));
});

test('a missing file is answered with names that are near', async () => {
  put('Notes.md', '');
  put('readme.txt', '');
  for (const [asked, near] of [['notes.md', 'Notes.md'], ['readme.md', 'readme.txt'], ['raedme.txt', 'readme.txt']] as const) {
    await assert.rejects(read(asked), refused('not-found', new RegExp(`Did you mean ${near.replace('.', '\\.')}\\?`)));
  }
  await assert.rejects(read('nothing-like-it/at/all'), refused('not-found', /there is no folder nothing-like-it\. Use list/));
});

test('a list shows folders, links with their targets, sizes, and depth when asked', async () => {
  mkdirSync(join(root, 'tree/sub/inner'), { recursive: true });
  mkdirSync(join(root, 'tree/node_modules/x'), { recursive: true });
  put('tree/b.txt', 'x'.repeat(1234));
  put('tree/sub/c.txt', '');
  put('tree/.hidden', '');
  symlinkSync('b.txt', join(root, 'tree/l'));
  assert.deepEqual(await list('tree'), ['tree (5 entries)', '.hidden  0 B', 'b.txt  1.2 KB', 'l@ -> b.txt', 'node_modules/', 'sub/']);
  assert.deepEqual(await list('tree', 3), ['tree (7 entries)', '.hidden  0 B', 'b.txt  1.2 KB', 'l@ -> b.txt', 'node_modules/', 'sub/', 'sub/c.txt  0 B', 'sub/inner/']);
  assert.deepEqual(await list('tree/sub/inner'), ['tree/sub/inner (empty)']);
  await assert.rejects(list('tree/b.txt'), refused('not-folder', /a file of 1\.2 KB\. Use read/));
});

test('names that hide or break lines are listed so that they can be seen and said, and bytes that are no text can not be', { skip: process.platform !== 'linux' }, async () => {
  mkdirSync(join(root, 'odd'));
  for (const name of ['new\nline', 'bidi\u202etxt.exe', ' space', '"quoted"', 'back\\slash', 'Кириллица.txt']) put(`odd/${name}`, name);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/odd/`), Buffer.from([0x63, 0xff, 0x0a])]), 'lost');
  const [, ...rows] = await list('odd');
  const said = rows.filter((row) => !row.includes('not UTF-8')).map((row) => row.replace(/ {2}\d+ B$/, ''));
  for (const name of said) {
    const path = name.startsWith('"') ? String(JSON.parse(name)) : name;
    assert.match(await read(`odd/${path}`), /\(lines 1–/);
  }
  assert.equal(said.length, 6);
  assert.deepEqual(rows.filter((row) => row.includes('not UTF-8')), ['c\\xff\\x0a [not UTF-8: can\'t be named]  4 B']);
  for (const guess of ['c\ufffd\n', 'c\\xff\\x0a', 'c\xff\n']) await assert.rejects(read(`odd/${guess}`), refused('not-found', /./));
});

test('of a folder with thousands of entries 500 are listed and the rest is counted', async () => {
  mkdirSync(join(root, 'many/deep'), { recursive: true });
  for (let i = 0; i < 700; i += 1) put(`many/f${String(i).padStart(3, '0')}`, '');
  for (let i = 0; i < 20; i += 1) put(`many/deep/d${i}`, '');
  const rows = await list('many', 2);
  assert.equal(rows.length, 502);
  assert.equal(rows[0], 'many (500 entries)');
  assert.equal(rows.at(-1), '[221 more left out: list a folder inside, or use search]');
  assert.equal(rows[1], 'deep/');
});

test('reading can be cancelled', async () => {
  await assert.rejects(read('n.txt', 1, 0, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
