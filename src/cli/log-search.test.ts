// The log searched at the command line, with and beside a server, and what a model was asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import type { TimelinePage } from '../loop/timeline.ts';

test('log --search finds what was said and done, by words and filters, and show --request prints what went over the wire', async () => {
  const model = await startScripted({ dialect: 'generic', turns: [{ calls: [{ name: 'read', arguments: { path: 'a.txt' } }] }, { text: 'It says alpha\u202e.' }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    await desk.pwb(['ask', 'what does the mandrill file say?']);
    const find = async (...args: string[]): Promise<TimelinePage> => (await desk.pwb(['log', ...args, '--json'])).json<TimelinePage>();
    const said = await find('--search', 'mandrill', '--type', 'message.added');
    assert.deepEqual(said.lines.map(({ type, who }) => [type, who]), [['message.added', 'person']]);
    assert.equal(said.indexed, said.size);
    const read = await find('--kind', 'read', '--path', 'a.txt', '--outcome', 'done', '--who', 'model');
    assert.deepEqual(read.lines.map(({ type, tool }) => [type, tool]), [['action.ended', 'read']]);
    const drawn = await desk.pwb(['log', '--search', 'it says alpha', '--main']);
    assert.match(drawn.stdout, /The model said: It says alpha‹U\+202E›\.\n/);
    assert.doesNotMatch(drawn.stdout, /\u202e/);
    const [first] = (await find('--kind=infer', '--type=action.proposed')).lines.toReversed();
    const request = await desk.pwb(['show', first?.action ?? '', '--request']);
    assert.deepEqual([request.code, request.stdout], [0, model.requests[0]]);
    assert.match((await desk.pwb(['show', read.lines[0]?.action ?? '', '--request'])).stderr, /^request\.none/);
    assert.equal((await desk.pwb(['log', '--search', 'nowhere'])).stdout, '');
  } finally {
    await model.close();
  }
});
