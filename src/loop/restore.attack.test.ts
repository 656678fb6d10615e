// Backups that somebody made to do harm, or that went bad: each is refused whole, in words, and leaves nothing behind.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../model/clock.ts';
import { openWorkbench } from '../main.ts';
import type { Home } from '../storage/home.ts';
import { padding, tarHead, TAR_END } from '../storage/tar.ts';
import { beginBackup } from './backup.ts';
import { place, stage, staged } from './restore.ts';

const BY = { door: 'cli', credential: 'command' } as const;
const base = mkdtempSync(join(tmpdir(), 'pwb-restore-'));
let entries: readonly Entry[];
let count = 0;

interface Entry {
  readonly name: string;
  readonly content: Buffer;
  readonly type?: string;
  readonly link?: string;
  readonly device?: readonly [number, number];
}

before(async () => {
  const bench = await openWorkbench({ PATH: process.env['PATH'], HOME: base, PWB_HOME: join(base, 'made') });
  await bench.log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'command' }, { words: 'x'.repeat(100_000) }));
  const parts: Uint8Array[] = [];
  for await (const part of (await beginBackup(bench, BY)).chunks) parts.push(part);
  await bench.close();
  entries = read(Buffer.concat(parts)).filter(({ name }) => name !== 'manifest');
});
after(() => rmSync(base, { recursive: true, force: true }));

function read(tar: Buffer): Entry[] {
  const found: Entry[] = [];
  for (let at = 0; tar[at] !== 0; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    found.push({ name, content: tar.subarray(at + 512, at + 512 + size) });
    at += 512 + size + padding(size).length;
  }
  return found;
}

function headOf({ name, content, type = '0', link = '', device = [0, 0] }: Entry): Buffer {
  const head = tarHead(name, content.length, 0);
  head.write(type, 156, 'latin1');
  head.write(link, 157, 'latin1');
  head.write(`${device[0].toString(8).padStart(7, '0')}\0${device[1].toString(8).padStart(7, '0')}\0`, 329, 'latin1');
  let sum = 256;
  for (let at = 0; at < 512; at += 1) if (at < 148 || at > 155) sum += head[at] ?? 0;
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return head;
}

function tarOf(all: readonly Entry[]): Buffer {
  return Buffer.concat([...all.flatMap((entry) => [headOf(entry), entry.content, padding(entry.content.length)]), TAR_END]);
}

/** With a manifest that fits, as whoever forges one would write it. */
function forged(all: readonly Entry[]): Buffer {
  const lines = all.map(({ name, content }) => `${createHash('sha256').update(content).digest('hex')} ${content.length} ${name}\n`);
  return tarOf([...all, { name: 'manifest', content: Buffer.from(lines.join('')) }]);
}

/** A home of its own, in a folder where anything that gets out would show. */
function fresh(): { readonly home: Home; outside(): readonly string[] } {
  const around = join(base, `around-${count++}`);
  const state = join(around, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return { home: { state, config: state }, outside: () => readdirSync(around, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'state') };
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
}

const swapped = (name: string, change: (content: Buffer) => Buffer): readonly Entry[] => entries.map((entry) => (entry.name === name ? { name, content: change(Buffer.from(entry.content)) } : entry));
const withWork = (...work: readonly Entry[]): Buffer => forged([...entries, { name: 'work/00000000', content: tarOf(work) }]);
const withRules = (text: string): Buffer => forged([...entries.filter(({ name }) => !name.startsWith('blobs/')), { name: 'rules.json', content: Buffer.from(text) }, ...entries.filter(({ name }) => name.startsWith('blobs/'))]);
const flip = (content: Buffer): Buffer => (content.writeUInt8((content[content.length >> 1] ?? 0) ^ 1, content.length >> 1), content);
const about = (change: object): Buffer => forged(swapped('backup.json', (content) => Buffer.from(JSON.stringify({ ...(JSON.parse(content.toString()) as object), ...change }))));
const NOTHING = Buffer.alloc(0);
const pax = (text: string): Entry => ({ name: 'about', type: 'x', content: Buffer.from(`${text.length + 4} ${text}\n`) });

const CASES: readonly (readonly [string, () => Buffer, string])[] = [
  ['nothing at all', () => NOTHING, 'backup.foreign'],
  ['a short file of another kind', () => Buffer.from('my notes\n'), 'backup.foreign'],
  ['a file of another kind', () => Buffer.from('hello '.repeat(1000)), 'backup.foreign'],
  ['an archive of something else', () => tarOf([{ name: 'a.txt', content: Buffer.from('a') }]), 'backup.foreign'],
  ['one that was cut off in the middle', () => forged(entries).subarray(0, forged(entries).length >> 1), 'backup.cut'],
  ['one without its end', () => tarOf(entries), 'backup.cut'],
  ['one of a newer format', () => about({ format: 2 }), 'backup.newer'],
  ['one of a newer store', () => about({ store: 10_000 }), 'backup.newer'],
  ['one whose head was changed', () => flip(forged(entries).subarray(0, 1024)), 'backup.foreign'],
  ['one whose database was changed', () => tarOf([...swapped('state.db', flip), { name: 'manifest', content: read(forged(entries)).at(-1)?.content ?? NOTHING }]), 'backup.altered'],
  ['one whose manifest lists more', () => tarOf([...entries.filter(({ name }) => name !== 'log.key'), { name: 'manifest', content: read(forged(entries)).at(-1)?.content ?? NOTHING }]), 'backup.altered'],
  ['one with something behind its end', () => Buffer.concat([forged(entries).subarray(0, -1024), tarOf([{ name: 'log.key', content: NOTHING }])]), 'backup.altered'],
  ['a forged one whose events were changed', () => forged(swapped('state.db', (content) => Buffer.from(content.toString('latin1').replaceAll('stop.asked', 'stop.asket'), 'latin1'))), 'backup.log'],
  ['a forged one whose large payload was changed', () => forged(entries.map((entry) => (entry.name.startsWith('blobs/') ? { name: entry.name, content: flip(Buffer.from(entry.content)) } : entry))), 'backup.log'],
  ['a forged one that says another root', () => about({ root: 'a'.repeat(64) }), 'backup.log'],
  ['one without its key', () => forged(entries.filter(({ name }) => name !== 'log.key')), 'backup.foreign'],
  ['one without its database', () => forged(entries.filter(({ name }) => name !== 'state.db')), 'backup.foreign'],
  ['a path that leads out', () => forged([...entries, { name: '../escaped', content: Buffer.from('x') }]), 'backup.foreign'],
  ['an absolute path', () => forged([...entries, { name: '/tmp/escaped', content: Buffer.from('x') }]), 'backup.foreign'],
  ['a blob in another place', () => forged([...entries, { name: `blobs/ab/../../${'a'.repeat(64)}`, content: Buffer.from('x') }]), 'backup.foreign'],
  ['a link where a file should be', () => forged([...entries.slice(0, 1), { name: 'state.db', type: '2', link: '/etc/passwd', content: NOTHING }]), 'backup.foreign'],
  ['the database twice', () => forged([...entries.slice(0, 2), ...entries.slice(1)]), 'backup.foreign'],
  ['a file that we never make', () => forged([...entries, { name: 'credential', content: Buffer.from('x') }]), 'backup.foreign'],
  ...['../escaped.cedar', '/tmp/escaped.cedar', 'a/b.cedar', '.cedar', 'config.json'].map((name): readonly [string, () => Buffer, string] => [`a rule called ${name}`, () => withRules(JSON.stringify({ files: [{ name, base64: 'eA==' }] })), 'backup.foreign']),
  ['rules that are none', () => withRules('[]'), 'backup.foreign'],
  ['a draft that leads out', () => withWork({ name: 'drafts/../../../escaped', content: Buffer.from('x') }), 'backup.foreign'],
  ['a draft that leads out in its long name', () => withWork(pax('path=drafts/../../../escaped'), { name: 'drafts/a', content: Buffer.from('x') }), 'backup.foreign'],
  ['something beside the drafts', () => withWork({ name: 'state.db', content: Buffer.from('x') }), 'backup.foreign'],
  ['a write through a link', () => withWork({ name: 'kept/a', type: '2', link: '../../..', content: NOTHING }, { name: 'kept/a/escaped', content: Buffer.from('x') }), 'backup.foreign'],
  ['another name of a file outside', () => withWork({ name: 'kept/a', type: '1', link: '/etc/passwd', content: NOTHING }), 'backup.foreign'],
  ['a device', () => withWork({ name: 'kept/null', type: '3', device: [1, 3], content: NOTHING }), 'backup.foreign'],
  ['a disk', () => withWork({ name: 'kept/disk', type: '4', device: [8, 0], content: NOTHING }), 'backup.foreign'],
  ['a link with a content, which two readers take for different things', () => withWork({ name: 'kept/a', type: '2', link: 'b', content: tarOf([{ name: '../escaped', content: NOTHING }]) }), 'backup.foreign'],
  ['a file that claims to be far larger than it is', () => withWork(pax('GNU.sparse.realsize=1000000000000'), { name: 'kept/a', content: Buffer.from('x') }), 'backup.foreign'],
  ['a settings of all that follows', () => withWork({ name: 'g', type: 'g', content: Buffer.from('20 path=../escaped\n') }), 'backup.foreign'],
];

for (const [what, make, code] of CASES) {
  test(`restoring ${what} is refused, and nothing of it stays`, async () => {
    const { home, outside } = fresh();
    writeFileSync(join(home.state, 'mine'), 'untouched');
    await assert.rejects(stage(home, pieces(make()), BY, systemClock), { code });
    assert.deepEqual([readdirSync(home.state), outside().filter((name) => name !== join('state', 'mine'))], [['mine'], []]);
    assert.equal(staged(home), null);
    assert.equal(existsSync('/tmp/escaped'), false);
  });
}

test('the same archive without a fault is restored: so it is the fault that is refused', async () => {
  const { home } = fresh();
  const ready = await stage(home, pieces(withWork({ name: 'kept/0000000000/gone', type: '3', content: NOTHING }, { name: 'kept/0000000000/a', content: Buffer.from('x') })), BY, systemClock);
  assert.ok(ready.events > 0);
  await assert.rejects(stage(home, pieces(forged(entries)), BY, systemClock), { code: 'restore.staged' });
  await place(home, systemClock);
  assert.equal(readFileSync(join(home.state, 'kept/0000000000/a'), 'utf8'), 'x');
});
