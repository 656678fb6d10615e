// A log of a few actions, exported; then anything at any place is changed, and must be found and located.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import fc from 'fast-check';
import { often } from '../../vectors/often.ts';
import { exportLog } from '../audit/export.ts';
import { openLog } from '../audit/log.ts';
import { systemClock } from '../model/clock.ts';
import { leafHash } from '../model/merkle.ts';
import { newId } from '../model/id.ts';
import { openHome } from '../storage/home.ts';
import { openStore } from '../storage/store.ts';
import { life } from '../../vectors/log/open.ts';
import { verifyBundle } from './bundle.ts';
import { parseVerifierKey, type VerifierKey } from './note.ts';
import type { Report } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'pwb-mutations-'));
const pristine = join(folder, 'pristine');
const dir = join(folder, 'bundle');
const files: { [name: string]: Buffer } = {};
const heads: string[] = [];
let vkey = '';
let key: VerifierKey;
let events: Buffer[] = [];
let payloads: Buffer[] = [];
let blob = '';

before(async () => {
  const state = join(folder, 'state');
  const log = await openLog(await openStore(openHome({ config: state, state })), systemClock);
  const session = newId();
  for (let turn = 1; turn <= 12; turn += 1) {
    await log.commit((tx) => life(tx, session, turn, turn === 5 ? 'x'.repeat(70_000) : `${turn} notes.txt\n`));
    heads.push(log.head().checkpoint);
  }
  const [some] = log.events({ limit: 1, types: ['action.ended'] });
  await log.erase([some?.payloads['output']?.digest ?? ''], { door: 'cli', credential: 'c', reason: 'person', why: 'a test' });
  await exportLog(log, pristine);
  vkey = log.vkey();
  key = parseVerifierKey(vkey) ?? assert.fail('no key');
  blob = `blobs/${[...log.store.blobs.list()][0] ?? ''}`;
  await log.close();
  for (const name of ['events.jsonl', 'leaves', 'payloads.jsonl', 'checkpoint', blob]) files[name] = readFileSync(join(pristine, name));
  events = lines('events.jsonl');
  payloads = lines('payloads.jsonl');
});
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string): Buffer {
  return files[name] ?? assert.fail(name);
}

function lines(name: string): Buffer[] {
  return file(name).toString('latin1').trimEnd().split('\n').map((line) => Buffer.from(line, 'latin1'));
}

function joined(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
}

async function judge(changed: { readonly [name: string]: Uint8Array }, against?: string): Promise<Report> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'blobs'), { recursive: true });
  for (const name of Object.keys(files)) writeFileSync(join(dir, name), changed[name] ?? file(name));
  return verifyBundle(dir, { key, vkey, ...(against === undefined ? {} : { against: Buffer.from(against) }) });
}

const place = fc.nat();
/** A bit of a byte, chosen so that the change neither makes nor takes a new line. */
function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const old = copy[at] ?? 0;
  copy[at] = old ^ (1 << bit);
  if (old === 10 || copy[at] === 10) copy[at] = old === 10 ? 10 : 11;
  return copy;
}

function said(report: Report, check: (problem: Report['problems'][number]) => boolean, words: string): void {
  assert.equal(report.ok, false, words);
  assert.ok(report.problems.some(check), `${words}: ${JSON.stringify(report.problems.slice(0, 4))}`);
}

const RUNS = often(12);

test('an untouched bundle passes, also against every earlier checkpoint', async () => {
  assert.deepEqual((await judge({})).problems, []);
  for (const head of heads) assert.deepEqual((await judge({}, head)).problems, []);
});

test('any bit changed in any event is found, in its line', async () => {
  await fc.assert(
    fc.asyncProperty(place, place, fc.nat(7), async (pick, offset, bit) => {
      const line = pick % events.length;
      const old = events[line] ?? Buffer.of();
      const changed = flipped(old, offset % old.length, bit);
      said(await judge({ 'events.jsonl': joined(events.with(line, changed)) }), ({ code, line: where, seq }) => code === 'event.edited' && where === line + 1 && seq === line, `bit ${bit} of byte ${offset % old.length} in line ${line + 1}`);
    }),
    often(32),
  );
});

test('any events deleted are found, each by its number', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(place, { minLength: 1, maxLength: 4 }), async (picks) => {
      const gone = new Set(picks.map((pick) => pick % events.length));
      const report = await judge({ 'events.jsonl': joined(events.filter((_, at) => !gone.has(at))) });
      for (const seq of gone) said(report, (problem) => (problem.code === 'event.deleted' || problem.code === 'event.truncated') && problem.seq === seq, `event ${seq}`);
    }),
    RUNS,
  );
});

test('an event moved, repeated or invented anywhere is found, in its line', async () => {
  await fc.assert(
    fc.asyncProperty(place, place, async (a, b) => {
      const from = a % events.length;
      const to = b % events.length;
      const one = events[from] ?? Buffer.of();
      const repeated = await judge({ 'events.jsonl': joined(events.toSpliced(to, 0, one)) });
      said(repeated, ({ code, seq }) => code === 'event.inserted' && seq === from, `event ${from} again at line ${to + 1}`);
      const invented = await judge({ 'events.jsonl': joined(events.toSpliced(to, 0, Buffer.from('{"v":1}'))) });
      said(invented, ({ code, line }) => code === 'event.inserted' && line === to + 1, `invented at line ${to + 1}`);
      if (from === to) return;
      const moved = await judge({ 'events.jsonl': joined(events.toSpliced(from, 1).toSpliced(to, 0, one)) });
      const between = (seq: number): boolean => seq >= Math.min(from, to) && seq <= Math.max(from, to);
      said(moved, ({ code, seq }) => code === 'event.moved' && seq !== undefined && between(seq), `event ${from} moved to line ${to + 1}`);
    }),
    RUNS,
  );
});

test('any bit changed in any payload, its salt or its digest is found, in its line; a payload taken away, by its event', async () => {
  await fc.assert(
    fc.asyncProperty(place, place, fc.nat(7), async (pick, offset, bit) => {
      const line = pick % payloads.length;
      const old = payloads[line] ?? Buffer.of();
      const report = await judge({ 'payloads.jsonl': joined(payloads.with(line, flipped(old, offset % old.length, bit))) });
      said(report, ({ code, line: where, file: name }) => code.startsWith('payload.') && where === line + 1 && name === 'payloads.jsonl', `line ${line + 1}`);
      const { digest } = JSON.parse(old.toString()) as { digest: string };
      const seq = events.findIndex((event) => event.includes(digest));
      said(await judge({ 'payloads.jsonl': joined(payloads.toSpliced(line, 1)) }), (problem) => problem.code === 'payload.missing' && problem.seq === seq, `payload of event ${seq}`);
    }),
    often(20),
  );
});

test('any bit changed in a blob, or a blob cut short, is found by its name', async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.nat(7), async (offset, bit) => {
      const bytes = file(blob);
      const at = offset % bytes.length;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      for (const content of [changed, bytes.subarray(0, at)]) said(await judge({ [blob]: content }), ({ code, file: name }) => code === 'payload.changed' && name === blob, `byte ${at}`);
    }),
    often(4),
  );
});

test('any bit changed in the checkpoint, or in the list of leaves, is found', async () => {
  await fc.assert(
    fc.asyncProperty(place, fc.nat(7), async (offset, bit) => {
      for (const name of ['checkpoint', 'leaves']) {
        const bytes = Buffer.from(file(name));
        bytes[offset % bytes.length] = (bytes[offset % bytes.length] ?? 0) ^ (1 << bit);
        said(await judge({ [name]: bytes }), ({ code }) => (name === 'leaves' ? code === 'leaves.changed' : code.startsWith('checkpoint.') || code === 'tree.root'), `byte ${offset % bytes.length} of ${name}`);
      }
    }),
    RUNS,
  );
});

test('a bundle rolled back to an older state, sound in itself, is found by any later checkpoint', async () => {
  for (const [at, head] of heads.entries()) {
    const size = 1 + (at + 1) * 5;
    const names = new Set(events.slice(0, size).join('').match(/[0-9a-f]{64}/g));
    const older = {
      'events.jsonl': joined(events.slice(0, size)),
      leaves: file('leaves').subarray(0, size * 32),
      'payloads.jsonl': joined(payloads.filter((line) => names.has((JSON.parse(line.toString()) as { digest: string }).digest))),
      checkpoint: Buffer.from(head),
    };
    const later = heads[at + 1];
    if (later !== undefined) said(await judge(older, later), ({ code }) => code === 'against.rolled-back', `back to ${size} events`);
    assert.equal((await judge(older)).problems.some(({ code }) => code.startsWith('event.') || code === 'tree.root'), false, 'only a checkpoint kept elsewhere can tell');
  }
});

test('an event and the list of leaves changed together can not be located, but are found', async () => {
  const changed = events.map((event, at) => (at === 17 ? Buffer.from(event.toString().replace('"cli"', '"web"').replace('"ran"', '"run"').replace('"land"', '"sand"')) : event));
  const report = await judge({ 'events.jsonl': joined(changed), leaves: Buffer.concat(changed.map((line) => leafHash(line))) });
  said(report, ({ code }) => code === 'tree.root', 'the root');
});
