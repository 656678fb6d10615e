import assert from 'node:assert/strict';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';

const needsSandbox = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here' };

test('a diff that a card has no room for is shown when it is asked for by path, and only as long as it is what was judged', needsSandbox, async () => {
  await using desk = openDesk();
  const numbers = Array.from({ length: 200_000 }, (_, at) => `${at}\n`).join('');
  writeFileSync(join(desk.folder, 'long'), numbers);
  const ran = await desk.pwb(['run', '--', 'sh', '-c', "sed -i 's/^7777$/seven/' long; mkdir many; cd many; seq -f 'f%g' 1001 | xargs touch"]);
  assert.equal(ran.code, 3, ran.stdout + ran.stderr);
  const id = /([0-9a-z]{10}) · waits for you/.exec(ran.stderr)?.[1] ?? '';
  const show = async (...words: string[]): Promise<string> => (await desk.pwb(['show', id, ...words])).stdout;

  assert.match(ran.stderr, new RegExp(`all 1,003 changes one by one: pwb show ${id} --all\\n[^]*long is too large for a diff here: .* pwb show ${id} --diff long\\n`));
  assert.doesNotMatch(ran.stderr, /f1001/);
  assert.match(await show('--all'), /\n {4}created many\/f1001 \(file, 0 bytes, 0644\)\n/);
  assert.match(await show('--diff', 'long'), /^ {2}diff of long: \+1 −1\n[^]*\n {4}-7777\n {4}\+seven\n/);

  appendFileSync(join(desk.folder, 'long'), 'edited\n');
  const late = await desk.pwb(['show', id, '--diff', 'long']);
  assert.deepEqual([late.code, late.stdout], [1, '']);
  assert.match(late.stderr, /^show\.diff: "long" isn't what was judged any more/);
});
