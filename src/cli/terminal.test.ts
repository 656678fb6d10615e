// The command line in a real terminal: cards, keys, progress, Ctrl-C.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';
import { noTerminal, openTerminal, type Terminal } from '../../vectors/cli/terminal.ts';
import { startScripted, type Turn } from '../../vectors/dialects/scripted.ts';

const WRITE: Turn = { text: 'I add b.txt.', calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] };
const KEYS = /\[i\]nvoke {2}\[e\]dit {2}\[d\]eny {2}\[l\]ater $/;

async function inTerminal(turns: readonly Turn[], work: (terminal: Terminal, desk: Desk, requests: readonly string[]) => Promise<void>, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const model = await startScripted({ dialect: 'llamacpp', turns });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url, ...env });
    await work(openTerminal(desk, ['ask', 'add b']), desk, model.requests);
  } finally {
    await model.close();
  }
}

test('a card shows what will happen with a real diff, in colours; i invokes it and the turn goes on', noTerminal, () =>
  inTerminal([WRITE, { text: 'Done.' }], async (terminal, desk) => {
    await terminal.shows(/write b\.txt {2}[0-9a-z]{10} · waits for you\n {2}1 created; \+1 −0 lines\n {4}created b\.txt \(file, 4 bytes, 0644\)\n {2}diff of b\.txt: \+1 −0\n[^]*\n {4}\+two\n/);
    await terminal.shows(KEYS);
    assert.ok(terminal.raw().includes('\u001b[32m+two'), 'what is added is green');
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
    await terminal.press('i');
    await terminal.shows(/▸ write b\.txt\n\nDone\.\n/);
    assert.equal((await terminal.ended).code, 0);
    assert.equal(desk.file('b.txt'), 'two\n');
  }));

test('d asks for a reason, which reaches the model; an unknown key asks again', noTerminal, () =>
  inTerminal([WRITE, { text: 'Understood.' }], async (terminal, desk, requests) => {
    await terminal.shows(KEYS);
    await terminal.press('x');
    await terminal.shows(/i, e, d or l\n/);
    await terminal.shows(KEYS);
    await terminal.press('d');
    await terminal.shows(/why \(the model hears it\): $/);
    await terminal.press('not here\r');
    await terminal.shows(/Understood\.\n/);
    assert.equal((await terminal.ended).code, 0);
    assert.match(requests.at(-1) ?? '', /Reason: not here/);
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  }));

test('Ctrl-C at the reason is not a denial: the card still waits', noTerminal, () =>
  inTerminal([WRITE], async (terminal, desk) => {
    await terminal.shows(KEYS);
    await terminal.press('d');
    await terminal.shows(/hears it\): $/);
    await terminal.press('\u0003');
    await terminal.shows(KEYS);
    await terminal.press('l');
    assert.equal((await terminal.ended).code, 3);
    assert.equal((await desk.pwb(['inbox', '--json'])).json<{ waiting: unknown[] }>().waiting.length, 1);
  }));

test('l leaves it for later with exit code 3, and so do Ctrl-C and the end of input', noTerminal, async () => {
  for (const key of ['l', '\u0003', '\u0004']) {
    await inTerminal([WRITE], async (terminal, desk) => {
      await terminal.shows(KEYS);
      await terminal.press(key);
      assert.equal((await terminal.ended).code, 3);
      assert.match(terminal.text(), /1 waiting for you/);
      assert.equal((await desk.pwb(['inbox', '--json'])).json<{ waiting: unknown[] }>().waiting.length, 1);
    });
  }
});

test('e opens the editor, shows the changed version, and only then i carries that out', noTerminal, async () => {
  await inTerminal(
    [WRITE, { text: 'Thanks.' }],
    async (terminal, desk) => {
      writeFileSync(join(desk.base, 'editor.sh'), '#!/bin/sh\nsed -i s/two/three/ "$1"\n', { mode: 0o755 });
      await terminal.shows(KEYS);
      await terminal.press('e');
      await terminal.shows(/\+three\n[^]*\[i\]nvoke this version, any other key goes back $/);
      assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
      await terminal.press('i');
      await terminal.shows(/Thanks\.\n/);
      assert.equal((await terminal.ended).code, 0);
      assert.equal(desk.file('b.txt'), 'three\n');
    },
    { VISUAL: '../editor.sh' },
  );
});

test('keys that were pressed before the card was shown answer nothing', noTerminal, () =>
  inTerminal([{ ...WRITE, wait: 1500 }], async (terminal, desk) => {
    await terminal.shows(/thinks/);
    await terminal.press('i');
    await terminal.shows(KEYS);
    await terminal.press('l');
    assert.equal((await terminal.ended).code, 3);
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  }));

test('while the model thinks a line says so, and Ctrl-C cancels the turn on record', noTerminal, () =>
  inTerminal([{ text: 'slow', wait: 30_000 }], async (terminal, desk) => {
    await terminal.shows(/scripted-1 thinks \d+ s \(Ctrl-C cancels\)/);
    await terminal.press('\u0003');
    assert.equal((await terminal.ended).code, 1);
    assert.match(terminal.text(), /cancelled: Cancelled\.\n {2}→ pwb resume [0-9a-z]{10}/);
    assert.doesNotMatch(terminal.text(), /thinks/, 'nothing of the progress line is left');
    const [session] = (await desk.pwb(['sessions', '--json'])).json<{ state: string }[]>();
    assert.equal(session?.state, 'cancelled');
  }));

test('text that would move the cursor or colour the screen is drawn, not obeyed', noTerminal, () =>
  inTerminal([{ text: 'a\u001b[2Jb\u202Ec' }], async (terminal) => {
    await terminal.shows(/a‹ESC›\[2Jb‹U\+202E›c/);
    assert.equal((await terminal.ended).code, 0);
  }));
