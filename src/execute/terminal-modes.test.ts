import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchModes } from './terminal-modes.ts';

const ESCAPE = '\u001b';
const PLAIN = `${ESCAPE}\\${ESCAPE}[0m${ESCAPE}(B${ESCAPE}>`;

/** What takes back what was shown, with `^` for the escape character. */
function undone(shown: string, size: number): string {
  const modes = watchModes();
  const bytes = Buffer.from(shown.replaceAll('^', ESCAPE));
  for (let at = 0; at < bytes.length; at += size) modes.see(bytes.subarray(at, at + size));
  return modes.undo().replace(PLAIN, '').replaceAll(ESCAPE, '^');
}

const cases: readonly (readonly [name: string, shown: string, undo: string])[] = [
  ['plain text is not answered with anything', 'hello\r\n', ''],
  ['what a program took back itself is not taken back again', '^[?1049h^[?25lx^[?25h^[?1049l', ''],
  ['the other screen, the mouse and pasting in brackets are left', '^[?1049h^[?1002;1006h^[?2004h', '^[?1049;1002;1006;2004l'],
  ['the cursor and the wrapping of lines come back', '^[?25l^[?7l', '^[?25;7h'],
  ['a region of the screen is the whole again, with the cursor where it was', '^[2;20r', '^7^[r^8'],
  ['reports of keys end, as often as they were begun', '^[>1u^[>5u^[>4;2m', '^[<2u^[>4m'],
  ['a number that is none is no mode of ours', `^[?${'9'.repeat(100)}h`, ''],
];

for (const [name, shown, undo] of cases) {
  test(`after a program died: ${name}`, () => {
    for (const size of [1, 3, 1000]) assert.equal(undone(shown, size), undo);
  });
}

test('a flood of modes is held within bounds', () => {
  assert.ok(undone(Array.from({ length: 10_000 }, (_, mode) => `^[?${mode}h`).join(''), 4096).length < 1000);
});
