// The practice model, driven as the loop drives it: request bytes in, stream bytes out, results appended.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Fault } from '../model/fault.ts';
import { practiceFiles, practiceReply } from './practice.ts';

interface Played {
  readonly text: string;
  readonly call: { readonly id: string; readonly name: string; readonly arguments: Record<string, unknown> } | undefined;
  readonly finish: string;
}

const ALL = ['list', 'read', 'edit', 'write', 'run'];
const NOTES = practiceFiles()[0]?.content ?? '';
const GOOD: Record<string, string> = { list: 'notes.txt 130', read: `notes.txt (lines 1–5 of 5)\n${NOTES}`, edit: 'edited notes.txt (line 3)', write: 'wrote summary.txt (1 line)', run: 'Exit code 0.\n 27 notes.txt' };

function reply(messages: readonly object[], tools: readonly string[]): Played {
  const body = { model: 'practice', stream: true, tools: tools.map((name) => ({ type: 'function', function: { name } })), messages };
  const stream = new TextDecoder().decode(practiceReply(new TextEncoder().encode(JSON.stringify(body))));
  const events = stream.split('\n\n').filter((line) => line !== '');
  assert.equal(events.pop(), 'data: [DONE]');
  let text = '';
  let finish = '';
  let call: Played['call'];
  for (const event of events) {
    const chunk = JSON.parse(event.slice('data: '.length));
    assert.equal(chunk.model, 'practice');
    assert.equal(chunk.object, 'chat.completion.chunk');
    const choice = chunk.choices[0];
    text += choice?.delta.content ?? '';
    finish = choice?.finish_reason ?? finish;
    const made = choice?.delta.tool_calls?.[0];
    if (made !== undefined) call = { id: made.id, name: made.function.name, arguments: JSON.parse(made.function.arguments) };
  }
  return { text, call, finish };
}

function play(answers: Record<string, string>, tools: readonly string[] = ALL, earlier: readonly object[] = []): { readonly steps: readonly Played[]; readonly messages: readonly object[] } {
  const messages: object[] = [...earlier, { role: 'user', content: 'Please show me how this works' }];
  const steps: Played[] = [];
  for (;;) {
    const step = reply(messages, tools);
    steps.push(step);
    assert.ok(steps.length <= 6, 'the task takes at most six requests');
    assert.match(step.text, /^Practice model \(not an AI\)/);
    if (step.call === undefined) return { steps, messages };
    assert.equal(step.finish, 'tool_calls');
    const { id, name, arguments: args } = step.call;
    messages.push({ role: 'assistant', content: step.text, tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }] });
    messages.push({ role: 'tool', tool_call_id: id, content: answers[name] ?? '' });
  }
}

const names = (steps: readonly Played[]): readonly string[] => steps.map(({ call }) => call?.name ?? 'end');
const lastText = (steps: readonly Played[]): string => steps.at(-1)?.text ?? '';

test('the practice task lists, reads, edits, writes, runs and ends with what to do next', () => {
  const { steps } = play(GOOD);
  assert.deepEqual(names(steps), ['list', 'read', 'edit', 'write', 'run', 'end']);
  assert.equal(steps.at(-1)?.finish, 'stop');
  const edit = steps[2]?.call?.arguments ?? {};
  assert.equal(NOTES.split(String(edit.old)).length, 2, 'the text to replace stands in the file exactly once');
  assert.deepEqual(steps[4]?.call?.arguments, { command: 'wc -w notes.txt summary.txt' });
  for (const word of ['pwb log', 'pwb log verify', 'pwb models add']) assert.ok(lastText(steps).includes(word));
});

test('a denial reaches the practice model with its reason, and it goes on without the change', () => {
  const { steps } = play({ ...GOOD, edit: 'The person denied this. Reason: keep my spelling', write: 'The person denied this. Reason: no more files' });
  assert.deepEqual(names(steps), ['list', 'read', 'edit', 'write', 'run', 'end']);
  assert.match(steps[3]?.text ?? '', /my edit was denied.*keep my spelling/s);
  assert.match(steps[4]?.text ?? '', /my write was denied.*no more files/s);
  assert.equal(steps[4]?.call?.arguments.command, 'wc -w notes.txt');
  assert.match(lastText(steps), /edit notes.txt: denied; write summary.txt: denied; run: done/);
});

test('a rule, a cancel and silence are told apart from a mistake', () => {
  for (const no of ['Refused by rule outside: it is outside.', 'The person cancelled this.', 'Nobody answered in time, so this is refused.']) {
    assert.match(play({ ...GOOD, edit: no }).steps[3]?.text ?? '', /my edit was denied/);
  }
  assert.match(play({ ...GOOD, edit: 'notes.txt: permission denied' }).steps[3]?.text ?? '', /My edit did not work/);
});

test('an error of a tool is told and the task ends in words', () => {
  assert.match(lastText(play({ ...GOOD, list: 'the workspace vanished' }).steps), /the workspace vanished.*leave it alone/s);
  assert.match(lastText(play({ ...GOOD, run: 'the sandbox could not be started' }).steps), /did not work.*could not be started/s);
  const failed = play({ ...GOOD, edit: 'notes.txt changed since this was judged' }).steps;
  assert.match(failed[3]?.text ?? '', /My edit did not work.*changed since/s);
});

test('a folder that is not the practice folder is left alone', () => {
  assert.deepEqual(names(play({ ...GOOD, list: 'src/\npackage.json 12' }).steps), ['list', 'end']);
  const other = play({ ...GOOD, read: 'notes.txt (lines 1–1 of 1)\nbuy milk' }).steps;
  assert.deepEqual(names(other), ['list', 'read', 'end']);
  assert.match(lastText(other), /leave it alone/);
});

test('words inside a file do not pass for a denial', () => {
  assert.deepEqual(names(play({ ...GOOD, read: `${GOOD.read}denied refused error` }).steps), ['list', 'read', 'edit', 'write', 'run', 'end']);
});

test('without a sandbox no command is proposed', () => {
  const { steps } = play(GOOD, ['list', 'read', 'edit', 'write']);
  assert.deepEqual(names(steps), ['list', 'read', 'edit', 'write', 'end']);
  assert.match(lastText(steps), /no sandbox/i);
});

test('a second round in the same session sees the mended file and makes ids of its own', () => {
  const first = play(GOOD);
  const again = play({ ...GOOD, read: NOTES.replace('recieve', 'receive') }, ALL, first.messages);
  assert.deepEqual(names(again.steps), ['list', 'read', 'write', 'run', 'end']);
  const ids = JSON.stringify(again.messages).match(/practice-\d+/g) ?? [];
  assert.equal(new Set(ids).size, 9);
});

test('the same request gets the same bytes, and bytes that are no request are a fault with a code', () => {
  const body = new TextEncoder().encode('{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}');
  assert.deepEqual(practiceReply(body), practiceReply(body));
  for (const bad of ['', '[]', '{"messages":1}', '\ufeff{']) {
    assert.throws(() => practiceReply(new TextEncoder().encode(bad)), (error) => error instanceof Fault && error.code === 'practice.request');
  }
});
