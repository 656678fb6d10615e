import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { whyClosed } from './proxy-address.ts';
import { parseHost, printHost } from '../model/host.ts';

interface Hosts {
  readonly read: readonly (readonly [text: string, printed: string])[];
  readonly refused: readonly (readonly [text: string, why: string])[];
}

const hosts: Hosts = JSON.parse(readFileSync(new URL('../../vectors/proxy/hosts.json', import.meta.url), 'utf8'));
const addresses: { readonly open: readonly string[]; readonly closed: readonly string[] } = JSON.parse(readFileSync(new URL('../../vectors/proxy/addresses.json', import.meta.url), 'utf8'));

test('a host has one exact spelling, in which it is shown and compared', () => {
  for (const [text, printed] of hosts.read) {
    const read = parseHost(text, 443);
    assert.equal(read.kind === 'host' ? printHost(read.rule) : read.why, printed);
    assert.deepEqual(parseHost(printed, null), read, 'what is printed is read as the same');
  }
});

test('every other spelling of a host is refused, and says why', () => {
  for (const [text, why] of hosts.refused) {
    const read = parseHost(text, 443);
    assert.match(read.kind === 'wrong' ? read.why : printHost(read.rule), new RegExp(why), JSON.stringify(text));
  }
  assert.equal(parseHost('registry.example', null).kind, 'wrong', 'where no port is usual, one has to be written');
  assert.equal(parseHost(`${'a'.repeat(64)}.example`, 443).kind, 'wrong');
  assert.equal(parseHost(`${'a.'.repeat(130)}example`, 443).kind, 'wrong');
});

test("only an address that is plainly one public host's is open", () => {
  for (const address of addresses.open) assert.equal(whyClosed(address), null, address);
  for (const address of addresses.closed) assert.notEqual(whyClosed(address), null, address);
});
