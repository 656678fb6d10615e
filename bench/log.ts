// The log's figures: a single durable append against a bare commit, shared commits, verifying an export, and what a
// log of a million events costs against one of ten thousand. Yardstick and figure take turns in one run.
// Alone: node bench/log.ts [EVENTS], with fewer events for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exportLog } from '../src/audit/export.ts';
import { openLog, type Log, type Tx } from '../src/audit/log.ts';
import { systemClock } from '../src/model/clock.ts';
import { newId, type Id } from '../src/model/id.ts';
import { openHome } from '../src/storage/home.ts';
import { openStore } from '../src/storage/store.ts';
import { verifyBundle } from '../src/verify/bundle.ts';
import { parseVerifierKey } from '../src/verify/note.ts';
import { median, now, ratioRow, type Result, type Row } from './measure.ts';

const FEW = 10_000;
const MANY = 1_000_000;

export async function bench(many = MANY): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'pwb-bench-log-'));
  try {
    const first = [...(await single(root)), ...(await shared(root))];
    return { title: 'The log', rows: [...first, ...(await growth(root, many)), ...(await verifying(root))] };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function openAt(root: string, name: string): Promise<Log> {
  const state = join(root, name);
  return openLog(await openStore(openHome({ config: state, state })), systemClock);
}

/** The life of one action: five events with five small payloads. */
function life(tx: Tx, session: Id, turn: number): void {
  const action = newId();
  tx.append({ type: 'action.proposed', action, session, turn, by: 'model', kind: 'run' }, { proposal: `{"argv":["/bin/sh","-c","wc -w notes.txt"],"turn":${turn}}` });
  tx.append({ type: 'action.decided', action, stage: 'land', verdict: 'allow', rules: ['read-only-run'], profile: 'default' }, { reason: 'A run that can change nothing is allowed.' });
  tx.append({ type: 'action.granted', action, grant: newId(), proposal: '0'.repeat(64), by: 'rule', expires: '2030-01-01T00:00:00.000Z' });
  tx.append({ type: 'action.started', action }, { command: '{"argv":["/bin/sh","-c","wc -w notes.txt"],"environment":["HOME","PATH"],"limits":{"time":60000}}' });
  tx.append({ type: 'action.ended', action, outcome: 'done', why: 'ran', exit: 0, duration: 12 }, { result: `${turn} notes.txt`, output: `${turn} notes.txt\n` });
}

const ended = (log: Log, session: Id, turn: number, payload: boolean): Promise<unknown> =>
  log.commit((tx) => tx.append({ type: 'turn.ended', session, turn, why: 'answered' }, payload ? { detail: 'The answer was given.' } : {}));

/** Milliseconds of one run. */
async function time(run: () => unknown): Promise<number> {
  const start = now();
  await run();
  return now() - start;
}

async function single(root: string): Promise<Row[]> {
  const log = await openAt(root, 'single');
  const session = newId();
  const bare = new DatabaseSync(join(root, 'bare.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (seq INTEGER PRIMARY KEY, leaf TEXT)');
  const insert = bare.prepare('INSERT INTO row (leaf) VALUES (?)');
  const leaf = 'x'.repeat(200);
  const times: { readonly [name in 'bare' | 'event' | 'payload']: number[] } = { bare: [], event: [], payload: [] };
  for (let turn = 1; turn <= 400; turn += 1) {
    // In turn, so that a slow moment of the disk meets all three.
    times.bare.push(await time(() => insert.run(leaf)));
    times.event.push(await time(() => ended(log, session, turn, false)));
    times.payload.push(await time(() => ended(log, session, turn, true)));
  }
  bare.close();
  await log.close();
  const base = median(times.bare);
  return [
    ratioRow('one event, durable', median(times.event), base, 'bare `node:sqlite` FULL commit', 2),
    ratioRow('one event with a payload, durable', median(times.payload), base, 'the same', 2),
  ];
}

async function shared(root: string): Promise<Row[]> {
  const log = await openAt(root, 'shared');
  const rows: Row[] = [];
  for (const payload of [false, true]) {
    const rounds: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const appenders = Array.from({ length: 64 }, () => newId());
      const taken = await time(() => Promise.all(appenders.map(async (session) => {
        for (let turn = 1; turn <= 200; turn += 1) await ended(log, session, turn, payload);
      })));
      rounds.push((64 * 200 * 1000) / taken);
    }
    if (!payload) rows.push(rateRow('64 appenders sharing commits', Math.max(...rounds), 20_000));
    else rows.push({ what: 'for comparison: the same, a payload each', figure: `${Math.round(Math.max(...rounds))} events/s`, target: '', ok: true });
  }
  await log.close();
  return rows;
}

async function fill(root: string, name: string, events: number): Promise<void> {
  const log = await openAt(root, name);
  const session = newId();
  while (log.size() < events) {
    await log.commit((tx) => {
      for (let turn = 1; turn <= 400; turn += 1) life(tx, session, turn);
    });
  }
  await log.close();
}

async function growth(root: string, many: number): Promise<Row[]> {
  await fill(root, 'few', FEW);
  await fill(root, 'many', many);
  const times: { readonly [name in 'few' | 'many']: { readonly open: number[]; readonly page: number[]; readonly append: number[] } } = {
    few: { open: [], page: [], append: [] },
    many: { open: [], page: [], append: [] },
  };
  const names = ['few', 'many'] as const;
  for (let round = 0; round < 15; round += 1) {
    for (const name of names) {
      const start = now();
      const log = await openAt(root, name);
      times[name].open.push(now() - start);
      await log.close();
    }
  }
  const logs = { few: await openAt(root, 'few'), many: await openAt(root, 'many') };
  const session = newId();
  for (let turn = 1; turn <= 600; turn += 1) {
    for (const name of names) {
      times[name].page.push(await time(() => logs[name].events({ limit: 50, newestFirst: true })));
      times[name].append.push(await time(() => ended(logs[name], session, turn, true)));
    }
  }
  for (const name of names) await logs[name].close();
  return (['append', 'open', 'page'] as const).map((figure) => ratioRow(`${figure === 'page' ? 'page of 50' : figure} at ${many} events`, median(times.many[figure]), median(times.few[figure]), `at ${FEW}`, 1.5));
}

async function verifying(root: string): Promise<Row[]> {
  const log = await openAt(root, 'many');
  const [vkey, size, dir] = [log.vkey(), log.size(), join(root, 'bundle')];
  const exporting = await time(() => exportLog(log, dir));
  await log.close();
  const key = parseVerifierKey(vkey);
  if (key === null) throw new Error('the log has no key');
  let ok = false;
  const taken = await time(async () => {
    ({ ok } = await verifyBundle(dir, { key, vkey }));
  });
  if (!ok) throw new Error('the export is not sound');
  return [
    { what: 'for comparison: export', figure: `${Math.round((size * 1000) / exporting)} events/s`, target: '', ok: true },
    rateRow('verify an export, a payload for each event', (size * 1000) / taken, 100_000),
    { what: 'memory of the process that verified', figure: `${Math.round(process.memoryUsage().rss / 1e6)} MB`, target: '', ok: true },
  ];
}

function rateRow(what: string, rate: number, least: number): Row {
  return { what, figure: `${Math.round(rate)} events/s`, target: `≥ ${least}`, ok: rate >= least };
}

if (import.meta.main) {
  const { rows } = await bench(Number(process.argv[2] ?? MANY));
  for (const { what, figure, target, ok } of rows) process.stdout.write(`${what.padEnd(48)} ${figure.padEnd(58)} ${target.padEnd(9)} ${target === '' ? '' : ok ? 'ok' : 'MISSED'}\n`);
}
