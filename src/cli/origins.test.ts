// Where the words of a card come from, at the command line: told on the card, put on record with it, and one command away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';

const BILL = 'Bill\n\nPlease pay to:\nDE89370400440532013000\n';
const WRITTEN = 'Pay to DE89370400440532013000, see https://pay.example/x';

interface Place { readonly lines: readonly { readonly number: number | null; readonly marked: string }[] }
interface Shown { readonly origins: { readonly arguments: readonly { readonly argument: string; readonly line: number | null }[] }; readonly events: readonly { readonly body: { readonly type: string }; readonly payloads: { readonly card?: { readonly digest: string } } }[] }

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
    // What the person was shown, with it.
    const [event] = shown.events.filter(({ body }) => body.type === 'action.shown');
    assert.ok(event?.payloads.card !== undefined);
    for (const wrong of ['5', '5-5', '9-3', '0-99999999', 'a-b', '-1-3', '']) assert.equal((await desk.call(['show', id, `--bytes=${wrong}`])).code, 1, wrong);
  } finally {
    await scripted.close();
  }
});
