// Where the words of a card come from, at the command line: told on the card, put on record with it, and one command away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted, type Script } from '../../vectors/dialects/scripted.ts';

const BILL = 'Bill\n\nPlease pay to:\nDE89370400440532013000\n';
const WRITTEN = 'Pay to DE89370400440532013000, see https://pay.example/x';

interface Place { readonly lines: readonly { readonly number: number | null; readonly marked: string }[] }
interface Shown { readonly origins: { readonly arguments: readonly { readonly argument: string; readonly line: number | null }[] } }

test('a card says which line of which file a value came from, and the command that it prints shows the place', async () => {
  const turns = [{ calls: [{ name: 'read', arguments: { path: 'bill.txt' } }] }, { calls: [{ name: 'write', arguments: { path: 'pay.txt', content: WRITTEN } }] }, { text: 'done' }];
  const scripted = await startScripted({ dialect: 'llamacpp', turns });
  await using desk = openDesk({ 'bill.txt': BILL }, { PWB_MODEL_URL: scripted.url });
  try {
    const asked = await desk.pwb(['ask', 'Write who is to be paid in bill.txt into pay.txt.']);
    assert.equal(asked.code, 3, asked.stderr);
    assert.match(asked.stderr, /\n {2}where its words come from\n {4}path pay\.txt: found in your words\n {4}content "Pay to .*": unknown: found neither in your words nor in anything read\n/);
    const [, command = ''] = /\n {4}content holds DE89370400440532013000: found in line 4 of file:bill\.txt → pwb (show \w{10} --bytes \d+-\d+)\n/.exec(asked.stderr) ?? [];
    assert.match(asked.stderr, /\n {4}content holds https:\/\/pay\.example\/x: unknown: found neither/);

    const place = await desk.pwb(command.split(' '));
    assert.match(place.stdout, /\n> +4 \| DE89370400440532013000\n +\| \^{22}\n/, place.stderr);
    assert.match(place.stdout, / 1 \| Bill\n/);
    const data = (await desk.pwb([...command.split(' '), '--json'])).json<Place & { readonly [key: string]: unknown }>();
    assert.deepEqual(data.lines.filter(({ marked }) => marked !== '').map(({ number, marked }) => [number, marked]), [[4, 'DE89370400440532013000']]);

    const [, id = ''] = /(\w{10}) · waits for you/.exec(asked.stderr) ?? [];
    const shown = (await desk.pwb(['show', id, '--json'])).json<Shown & { readonly [key: string]: unknown }>();
    assert.deepEqual(shown.origins.arguments.map(({ argument, line }) => [argument, line]), [['path', shown.origins.arguments[0]?.line], ['content', null], ['content', 4], ['content', null]]);
    for (const wrong of ['5', '5-5', '9-3', '0-99999999', 'a-b', '-1-3', '']) assert.equal((await desk.call(['show', id, `--bytes=${wrong}`])).code, 1, wrong);
  } finally {
    await scripted.close();
  }
});

test('what an outside file had it fetch is taken apart on the card, and told to come from there; nothing is asked for before the yes', async () => {
  const url = 'https://\u0430pple.example/collect?key=s%20e';
  const turns = [{ calls: [{ name: 'read', arguments: { path: 'mail/bill.txt' } }] }, { calls: [{ name: 'fetch', arguments: { url } }] }, { text: 'done' }];
  const scripted = await startScripted({ dialect: 'llamacpp', turns });
  await using desk = openDesk({ 'mail/bill.txt': `Bill\nsee ${url} for more\n` }, { PWB_MODEL_URL: scripted.url });
  try {
    const asked = await desk.pwb(['ask', 'What is in mail/bill.txt?']);
    assert.equal(asked.code, 3, asked.stderr);
    for (const line of [
      / {2}! it asks xn--pple-43d\.example \(which reads as \u0430‹U\+0430›pple\.example\), which learns the URL with 1 value in it; that can't be taken back\n {4}path \/collect\n {4}data key = "s e"\n/,
      / {2}! where its words come from: 1 is from outside\n {4}url https:\/\/xn--pple-43d\.example\/collect\?key=s%20e: found in line 2 of file:mail\/bill\.txt, outside → pwb show \w{10} --bytes \d+-\d+\n/,
      / {2}! whoever wrote this had read from outside, since your message 1\n {4}file:mail\/bill\.txt, after your message 1 → pwb show \w{10}\n/,
      / {2}invoke: asks xn--pple-43d\.example \(.*\) once, without credentials; what it learns by that stays learned · profile step\n/,
    ]) assert.match(asked.stderr, line);
  } finally {
    await scripted.close();
  }
});

test('what was passed unread says so, with what it is', async () => {
  const turns: Script['turns'] = (request) => {
    const { messages } = request as { readonly messages: readonly { readonly role: string; readonly content: string }[] };
    const heard = messages.findLast(({ role }) => role === 'tool')?.content;
    if (heard === undefined) return { calls: [{ name: 'read', arguments: { path: 'mail/bill.txt', keep: true } }] };
    return { calls: [{ name: 'write', arguments: { path: 'copy.txt', from: /\b[0-9a-hjkmnp-tv-z]{10}\b/.exec(heard)?.[0] ?? '' } }] };
  };
  const scripted = await startScripted({ dialect: 'llamacpp', turns });
  await using desk = openDesk({ 'mail/bill.txt': BILL }, { PWB_MODEL_URL: scripted.url });
  try {
    const asked = await desk.pwb(['ask', 'Copy mail/bill.txt to copy.txt.']);
    assert.equal(asked.code, 3, asked.stderr);
    const [, from = ''] = /\n {4}content passed unread from file:mail\/bill\.txt, outside: the model has not seen it → pwb show (\w{10})\n/.exec(asked.stderr) ?? [];
    const read = await desk.pwb(['show', from]);
    assert.match(read.stdout, /^read mail\/bill\.txt \(kept, not shown to the model\) {2}[^]*\nresult:\nBill\n/, asked.stderr);
  } finally {
    await scripted.close();
  }
});
