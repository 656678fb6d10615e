// A part of a card from the command line, and the pace of its prompt.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';
import { noTerminal, openTerminal } from '../../vectors/cli/terminal.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import { recordProposal } from '../approvals/actions.ts';
import { TERMINAL } from '../approvals/yeses.ts';
import { openWorkbench } from '../main.ts';
import { newId } from '../model/id.ts';
import { PERSON } from '../model/label.ts';

const boxed = { skip: existsSync('/usr/bin/bwrap') ? false : 'no bwrap here: nothing is rehearsed' };
const LONG = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('');

async function waiting(desk: Desk): Promise<string> {
  writeFileSync(join(desk.folder, 'long.txt'), LONG);
  const ran = await desk.pwb(['run', '--json', '--', 'sh', '-c', 'sed -i "s/line 2$/two/; s/line 30$/thirty/" long.txt; mkdir new; echo 1 > new/one.txt; echo 2 > two.txt']);
  assert.equal(ran.code, 3, ran.stderr);
  return (await desk.pwb(['inbox', '--json'])).json<{ waiting: { id: string }[] }>().waiting[0]?.id ?? '';
}

test('pwb invoke lands only the paths and hunks that are named, shows just that first, and says what was left out', boxed, async () => {
  await using desk = openDesk();
  const id = await waiting(desk);
  for (const wrong of [['--hunk', 'long.txt'], ['--hunk', 'long.txt:0'], ['--only', 'two.txt', '--copy'], ['--only', '../x']]) assert.equal((await desk.pwb(['invoke', id, ...wrong])).code, 2, wrong.join(' '));
  const unknown = await desk.pwb(['invoke', id, '--hunk', 'long.txt:9', '--json']);
  assert.deepEqual([unknown.code, unknown.json<{ error: { code: string } }>().error.code], [1, 'pieces.hunk']);
  const landed = await desk.pwb(['invoke', id, '--only', 'new', '--hunk', 'long.txt:2']);
  assert.equal(landed.code, 0, landed.stderr);
  assert.match(landed.stderr, /diff of long\.txt: \+1 −1[^]*the yes was for a part only: 1 path, 1 file by hunk; all else is left out/);
  assert.match((await desk.pwb(['show', id])).stdout, /The person let only a part of this land\./);
  assert.equal(desk.file('long.txt'), LONG.replace('line 30\n', 'thirty\n'));
  assert.deepEqual(readdirSync(desk.folder).filter((name) => ['new', 'two.txt'].includes(name)), ['new']);
  assert.equal((await desk.pwb(['undo', id])).code, 0);
  assert.equal(desk.file('long.txt'), LONG);
});

test('at the prompt a burst of yeses is told politely and has to wait; leaving it is not slowed', noTerminal, async () => {
  const model = await startScripted({ dialect: 'llamacpp', turns: [{ text: 'I add b.txt.', calls: [{ name: 'write', arguments: { path: 'b.txt', content: 'two\n' } }] }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    const bench = await openWorkbench(desk.env);
    for (let n = 0; n < 12; n++) {
      await bench.log.commit((tx) => {
        const id = newId();
        recordProposal(tx, { id, session: newId(), turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action: { kind: 'read', workspace: newId(), root: desk.folder, op: 'list', path: '.', depth: 1 } });
        tx.append({ type: 'action.answered', action: id, answer: 'invoke', door: 'cli', credential: TERMINAL });
      });
    }
    await bench.close();
    const terminal = openTerminal(desk, ['ask', 'add b']);
    await terminal.shows(/\[l\]ater $/);
    await terminal.press('i');
    await terminal.shows(/You have said yes 12 times in quick succession\. Take a moment/);
    await terminal.press('\u0003');
    assert.equal((await terminal.ended).code, 3);
    assert.equal(existsSync(join(desk.folder, 'b.txt')), false);
  } finally {
    await model.close();
  }
});
