// Putting a restore in place: alone, on record, and whole whatever cuts it off.
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openWorkbench } from '../main.ts';
import { systemClock } from '../model/clock.ts';
import type { Home } from '../storage/home.ts';
import { openStore } from '../storage/store.ts';
import { beginBackup } from './backup.ts';
import { dropStaged, place, stage, staged } from './restore.ts';
import type { Workbench } from './workbench.ts';
import { layFound } from '../../vectors/sandbox/found.ts';

const BY = { door: 'http', credential: '0123456789' } as const;

interface Opened extends AsyncDisposable {
  readonly base: string;
  readonly home: Home;
  readonly bench: Workbench;
  reopen(): Promise<Workbench>;
}

async function opened(): Promise<Opened> {
  const base = mkdtempSync(join(tmpdir(), 'pwb-restore-'));
  layFound(join(base, 'state'));
  const open: Workbench[] = [];
  const reopen = async (): Promise<Workbench> => {
    const bench = await openWorkbench({ PATH: process.env['PATH'], HOME: base, PWB_HOME: join(base, 'state') });
    open.push(bench);
    return bench;
  };
  const bench = await reopen();
  const close = async (): Promise<void> => {
    for (const one of open) await one.close();
    rmSync(base, { recursive: true, force: true });
  };
  return { base, home: bench.home, bench, reopen, [Symbol.asyncDispose]: close };
}

/** How often everything was stopped: a mark that tells one state from another. */
function marks({ log }: Workbench): number {
  return log.events({ limit: 1000, types: ['stop.asked'] }).length;
}

async function mark({ log }: Workbench): Promise<void> {
  await log.commit((tx) => tx.append({ type: 'stop.asked', door: 'cli', credential: 'command' }));
}

test('a backup holds what was on record when it began, whatever is written while it is made', async () => {
  await using desk = await opened();
  await mark(desk.bench);
  const { chunks } = await beginBackup(desk.bench, BY);
  const meanwhile = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await mark(desk.bench);
      yield chunk;
    }
  };
  const ready = await stage(desk.home, meanwhile(), BY, systemClock);
  const saved = desk.bench.log.events({ limit: 1000, types: ['state.saved'] });
  assert.equal(ready.events, (saved[0]?.seq ?? 0) + 1);
  assert.ok(marks(desk.bench) > 5);
  assert.equal((await desk.bench.log.verify()).ok, true);
  assert.deepEqual(readdirSync(desk.home.state).filter((name) => name.startsWith('backup-')), []);
});

test('nothing is put in place while another has the state open; then it is, and the log says so and lets nobody in by it', async () => {
  await using desk = await opened();
  await desk.bench.log.commit((tx) => {
    tx.append({ type: 'credential.made', credential: '0000000001', kind: 'session' });
    tx.db.prepare('INSERT INTO credentials (id, kind, hash, made, expires) VALUES (?, ?, ?, ?, ?)').run('0000000001', 'session', 'x', tx.now, tx.now + 1e9);
  });
  await stage(desk.home, (await beginBackup(desk.bench, BY)).chunks, BY, systemClock);
  await mark(desk.bench);
  await assert.rejects(place(desk.home, systemClock), { code: 'restore.busy' });
  await mark(desk.bench);
  assert.equal(marks(desk.bench), 2, 'what runs goes on');
  assert.ok(staged(desk.home) !== null);
  await desk.bench.close();
  const { aside } = await place(desk.home, systemClock);
  const now = await desk.reopen();
  assert.equal(marks(now), 0);
  const [restored, revoked] = now.log.events({ limit: 2, newestFirst: true });
  assert.deepEqual(restored?.body, { type: 'state.restored', door: 'http', credential: '0123456789' });
  assert.deepEqual(revoked?.body, { type: 'credential.revoked', credential: '0000000001', kind: 'session' });
  assert.deepEqual(now.log.store.db.prepare('SELECT count(*) AS n FROM credentials WHERE revoked IS NULL').get()?.['n'], 0);
  assert.equal((await now.log.verify()).ok, true);
  const former = await openStore({ state: aside, config: aside });
  assert.equal(former.db.prepare("SELECT count(*) AS n FROM events WHERE type = 'stop.asked'").get()?.['n'], 2, 'nothing of the former state is lost');
  await former.close();
});

test('a restore brings the rules in files that were saved, in place of those that are there, which are put aside', async () => {
  await using desk = await opened();
  const rules = join(desk.home.config, 'rules');
  const lay = (files: { readonly [name: string]: string }): void => {
    mkdirSync(rules, { recursive: true });
    for (const name of readdirSync(rules)) rmSync(join(rules, name));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(rules, name), text);
  };
  const there = (folder: string): { readonly [name: string]: string } => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  lay({ 'a.cedar': '// a', 'b.cedar': '// broken or not: \u00e4' });
  const saved = (await beginBackup(desk.bench, BY)).chunks;
  await stage(desk.home, saved, BY, systemClock);
  lay({ 'a.cedar': '// another a', 'c.cedar': '// c' });
  await desk.bench.close();
  const { aside } = await place(desk.home, systemClock);
  assert.deepEqual(there(rules), { 'a.cedar': '// a', 'b.cedar': '// broken or not: \u00e4' });
  assert.deepEqual(there(join(aside, 'rules')), { 'a.cedar': '// another a', 'c.cedar': '// c' });
});

test('of several that are got ready at once one wins, and what a killed process left is cleared', async () => {
  await using desk = await opened();
  const left = join(desk.home.state, 'restore');
  mkdirSync(join(left, 'state'), { recursive: true, mode: 0o700 });
  writeFileSync(join(left, 'owner'), '"999999999:1"');
  const parts: Uint8Array[] = [];
  for await (const part of (await beginBackup(desk.bench, BY)).chunks) parts.push(part);
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield* parts;
  };
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => stage(desk.home, source(), BY, systemClock)));
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.ok(staged(desk.home) !== null);
  assert.deepEqual(readdirSync(desk.home.state).filter((name) => name.startsWith('restore-')), []);
});

test('what is ready can be taken back', async () => {
  await using desk = await opened();
  await stage(desk.home, (await beginBackup(desk.bench, BY)).chunks, BY, systemClock);
  await dropStaged(desk.home);
  assert.equal(staged(desk.home), null);
  await assert.rejects(dropStaged(desk.home), { code: 'restore.none' });
  await assert.rejects(place(desk.home, systemClock), { code: 'restore.none' });
});

test('a restore that was cut off while it was put in place lets nobody in, and is finished by the next one', async () => {
  await using desk = await opened();
  await stage(desk.home, (await beginBackup(desk.bench, BY)).chunks, BY, systemClock);
  await mark(desk.bench);
  await desk.bench.close();
  const { state } = desk.home;
  const whole = join(desk.base, 'whole');
  cpSync(state, whole, { recursive: true });

  const name = 'before-restore-2026-01-01T00-00-00Z';
  const placing = (phase: string): void => writeFileSync(join(state, 'restore/placing.json'), JSON.stringify({ aside: name, phase }), { mode: 0o600 });
  const out = (): void => {
    mkdirSync(join(state, name), { mode: 0o700 });
    renameSync(join(state, 'state.db'), join(state, name, 'state.db'));
  };
  const comes = (file: string): void => renameSync(join(state, 'restore/state', file), join(state, file));
  const cuts: readonly (() => void)[] = [
    () => placing('out'),
    () => (placing('out'), out()),
    () => (placing('in'), out(), comes('log.key')),
    () => (placing('in'), out(), comes('log.key'), comes('state.db')),
    () => (placing('in'), out(), comes('log.key'), comes('state.db'), rmSync(join(state, 'restore/about.json'))),
  ];
  for (const [at, cut] of cuts.entries()) {
    rmSync(state, { recursive: true });
    cpSync(whole, state, { recursive: true });
    for (const folder of ['.', 'restore', 'restore/state']) chmodSync(join(state, folder), 0o700);
    cut();
    await assert.rejects(openStore(desk.home), { code: 'restore.unfinished' }, `${at}`);
    await place(desk.home, systemClock);
    assert.equal(existsSync(join(state, 'restore')), false, `${at}`);
    assert.ok(existsSync(join(state, name, 'state.db')), 'the former state is kept');
    const store = await openStore(desk.home);
    assert.equal(store.db.prepare("SELECT count(*) AS n FROM events WHERE type = 'stop.asked'").get()?.['n'], 0, `${at}`);
    await store.close();
  }
});
