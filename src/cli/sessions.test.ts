// Conversations through the command line, from outside: going on with one, files, the thread, taking back.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';

interface Item { readonly item: string; readonly index?: number | null; readonly text?: string; readonly current: boolean }

test('a conversation is gone on with, brings files, is found, renamed, changed and taken back', async () => {
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ text: 'Hello.' }, { text: 'I see \u001b[31malpha.' }, { text: 'Again.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    writeFileSync(join(desk.folder, 'notes.txt'), 'alpha\n');
    writeFileSync(join(desk.folder, '.env'), 'KEY=1\n');
    const { session } = (await desk.pwb(['ask', 'hi', '--json'])).json<{ session: string }>();
    const refused = await desk.pwb(['ask', 'look', '--session', session, '--file', '.env']);
    assert.deepEqual([refused.code, refused.stdout], [4, '']);
    assert.match(refused.stderr, /file\.asks: \.env is not attached: Files with this name usually hold secrets/);
    assert.equal((await desk.pwb(['ask', 'look', '--session', session, '--file', 'notes.txt'])).code, 0);
    assert.match(model.requests.at(-1) ?? '', /\[attached file notes\.txt/);
    const shown = await desk.pwb(['sessions', 'show', session]);
    assert.match(shown.stdout, /you \[1\]: hi\n[^]*you \[3\]: look\n {2}\+ notes\.txt\nmodel: I see ‹ESC›\[31malpha\.\n— answered, 1 requests/);
    assert.equal((await desk.pwb(['sessions', 'rename', session, 'Greek letters'])).code, 0);
    assert.match((await desk.pwb(['sessions', '--search', 'greek ALPHA see'])).stdout, new RegExp(`${session}.*Greek letters\\n {2}I see`));
    assert.match((await desk.pwb(['sessions', 'set', session, '--profile', 'strict'])).stdout, /profile strict/);
    assert.match((await desk.pwb(['sessions', 'set', session, '--profile', 'configured'])).stdout, /profile as configured/);
    const again = await desk.pwb(['sessions', 'rewind', session, '3', '--text', 'look again']);
    assert.deepEqual([again.code, again.stdout], [0, 'Again.\n']);
    assert.match(again.stderr, /taken back by 2 messages/);
    assert.equal((await desk.pwb(['sessions', 'rewind', session, '2'])).code, 1);
    const { items } = (await desk.pwb(['sessions', 'show', session, '--json'])).json<{ items: Item[] }>();
    assert.deepEqual(items.flatMap(({ item, index, text, current }) => (item === 'message' ? [[index, text, current]] : [])), [[1, 'hi', true], [2, 'Hello.', true], [null, 'look', false], [null, 'I see \u001b[31malpha.', false], [3, 'look again', true], [4, 'Again.', true]]);
  } finally {
    await model.close();
  }
});
