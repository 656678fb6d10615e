// The timeline at a million events: the index built from nothing, then a real server asked over HTTP for first, filtered,
// searched and deep pages; and what the search costs those who follow the log meanwhile: commit to stream, while the index
// is built and at rest. Alone: node bench/timeline.ts [EVENTS], with fewer for a quick look.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkbench } from '../src/main.ts';
import type { Log, Tx } from '../src/audit/log.ts';
import { newId, type Id } from '../src/model/id.ts';
import { label } from '../src/model/label.ts';
import { proposalBytes, type Proposal } from '../src/model/proposal.ts';
import { serve, type Served } from '../src/server/serve.ts';
import { median, ms, now, type Result, type Row } from './measure.ts';
import { seeTimeline } from './timeline-page.ts';

const MANY = 1_000_000;
const SESSIONS = 200;
const ROUNDS = 9;

export async function bench(many = MANY): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'pwb-bench-timeline-'));
  try {
    const workbench = await openWorkbench({ PATH: process.env['PATH'], HOME: root, PWB_HOME: join(root, 'state') });
    await fill(workbench.log, many);
    const served = await serve(workbench, { port: 0 });
    try {
      return { title: 'The timeline', rows: [...(await measure(workbench.log, served, root)), ...(await seeTimeline(served, workbench.log.size()))] };
    } finally {
      await served.close();
      await workbench.close();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function measure(log: Log, served: Served, root: string): Promise<Row[]> {
  const credential = readFileSync(join(root, 'state', 'credential'), 'utf8').trim();
  const ask = (path: string): Promise<{ readonly size: number; readonly indexed: number; readonly lines: readonly { readonly seq: number }[] }> => json(served.port, path, credential);
  const size = log.size();
  const cold = await time(() => ask('/api/timeline'));
  const began = now();
  const heard = await follow(log, served.port, credential, async (round) => round % 25 === 0 && (await ask('/api/timeline?q=nothing&limit=1')).indexed >= size);
  const built = now() - began;
  const still = await follow(log, served.port, credential, (round) => Promise.resolve(round >= 100));
  const figure = async (what: string, path: string, most: number): Promise<Row> => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await time(() => ask(path)));
    const worst = Math.max(...times);
    return { what, figure: `${ms(median(times))} (the slowest of ${ROUNDS} ${ms(worst)})`, target: `≤ ${most} ms`, ok: worst <= most };
  };
  const last = Math.floor(size / 2);
  const verifying = ask('/api/log/verify');
  const checked = await follow(log, served.port, credential, async () => !(await json<{ running: boolean }>(served.port, '/api/log/verify/progress', credential)).running);
  await verifying;
  return [
    { what: `first page at ${size} events, before anything was indexed`, figure: ms(cold), target: '≤ 200 ms', ok: cold <= 200 },
    { what: 'for comparison: the index, built from nothing beside the server', figure: `${(built / 1000).toFixed(0)} s, ${Math.round((size / built) * 1000)} events/s, ${Math.round(statSync(join(root, 'state', 'search.db')).size / 1e6)} MB (the log ${Math.round(statSync(join(root, 'state', 'state.db')).size / 1e6)} MB)`, target: '', ok: true },
    await figure('first page', '/api/timeline', 200),
    await figure('deep page', `/api/timeline?before=${last}`, 200),
    await figure('page by tool, decision and label', '/api/timeline?tool=run&decision=ask&integrity=outside', 200),
    await figure('page by session, outcome and time, deep', `/api/timeline?kind=run&outcome=failed&before=${last}&from=2020-01-01T00:00:00Z`, 200),
    await figure('page by folder', '/api/timeline?path=src/part7', 200),
    await figure('page by filters that nothing fits', '/api/timeline?kind=read&decision=deny&outcome=done', 200),
    await figure('search, a rare word', '/api/timeline?q=needle4711', 500),
    await figure('search, a word of every command', '/api/timeline?q=notes', 500),
    await figure('search, a beginning of two letters', '/api/timeline?q=no', 500),
    await figure('search, a phrase and filters, deep', `/api/timeline?q=%22can%20change%20nothing%22&decision=allow&before=${last}`, 500),
    await figure('search, two words that never meet', '/api/timeline?q=notes%20nothing', 500),
    await figure('what can be filtered by', '/api/timeline/facets', 200),
    latency('a record in the stream after its commit, while the index is built', heard),
    latency('the same, at rest', still),
    latency('the same, while the whole log is checked', checked),
  ];
}

function latency(what: string, times: readonly number[]): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const most = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
  return { what, figure: `${ms(median(times))} (95 of 100 within ${ms(most)}, all within ${ms(sorted.at(-1) ?? Number.NaN)}; ${times.length} records)`, target: '≤ 10 ms', ok: median(times) <= 10 };
}

/** Milliseconds from a commit that is durable to its record in a reader's hand, once every few milliseconds until it is over. */
async function follow(log: Log, port: number, credential: string, over: (round: number) => Promise<boolean>): Promise<number[]> {
  const stream = await new Promise<IncomingMessage>((resolve, reject) => request({ host: '127.0.0.1', port, path: '/api/events', agent: false, headers: { authorization: `Bearer ${credential}` } }, resolve).on('error', reject).end());
  const waiting = new Map<number, (at: number) => void>();
  stream.setEncoding('utf8').on('data', (text: string) => {
    for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) {
      waiting.get(Number(id))?.(now());
      waiting.delete(Number(id));
    }
  });
  stream.on('error', () => undefined);
  const times: number[] = [];
  const session = newId();
  for (let round = 0; !(await over(round)); round += 1) {
    const { seq } = await log.commit((tx) => tx.append({ type: 'turn.ended', session, turn: round + 1, why: 'answered' }));
    const durable = now();
    times.push(await new Promise<number>((resolve) => waiting.set(seq, (at) => resolve(at - durable))));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  stream.destroy();
  return times;
}

/** By the real appender, in commits of two thousand: a million events of two hundred sessions. */
async function fill(log: Log, many: number): Promise<void> {
  const sessions = Array.from({ length: SESSIONS }, () => newId());
  for (let turn = 1; log.size() < many; turn += 400) {
    await log.commit((tx) => {
      for (let at = turn; at < turn + 400; at += 1) life(tx, sessions[Math.floor(at / 1000) % SESSIONS] ?? '', at);
    });
  }
}

function life(tx: Tx, session: Id, turn: number): void {
  const action = newId();
  const tool = ['run', 'read', 'write'][turn % 3] ?? 'run';
  const kind = tool === 'read' ? 'read' : tool === 'write' ? 'write' : 'run';
  const place = { workspace: 'w000000000', root: '/home/me/site' };
  const path = `src/part${turn % 50}/file${turn % 7919}.ts`;
  const acts: Proposal['action'] = kind === 'run' ? { kind, ...place, argv: ['/bin/sh', '-c', `wc -w notes${turn % 1000}.txt ${path}`], cwd: '.', access: 'write', timeout: 60_000 }
    : kind === 'read' ? { kind, ...place, op: 'read', path, from: 1, to: 0 } : { kind, ...place, op: 'write', path, content: `export const place${turn} = ${turn % 97};\n` };
  const proposal: Proposal = { id: action, session, turn, by: 'model', tool, call: 'c', why: 'The notes are to be counted.', label: label(turn % 3 === 0 ? 'outside' : 'workspace', 'private', 'file:x'), editedFrom: null, action: acts };
  tx.append({ type: 'action.proposed', action, session, turn, by: 'model', kind }, { proposal: proposalBytes(proposal) });
  tx.append({ type: 'action.decided', action, stage: 'land', verdict: turn % 4 === 0 ? 'ask' : 'allow', rules: ['read-only-run'], profile: 'step' }, { reason: 'A run that can change nothing is allowed.' });
  tx.append({ type: 'action.granted', action, grant: newId(), proposal: '0'.repeat(64), by: 'rule', expires: '2030-01-01T00:00:00.000Z' });
  tx.append({ type: 'action.started', action }, { command: '{"argv":["/bin/sh","-c","wc -w notes.txt"],"environment":["HOME","PATH"],"limits":{"time":60000}}' });
  tx.append({ type: 'action.ended', action, outcome: turn % 97 === 0 ? 'failed' : 'done', why: 'ran', exit: 0, duration: 12 }, { result: `${turn} notes.txt${turn % 4711 === 0 ? ' needle4711' : ''}`, output: `${turn} notes${turn % 1000}.txt\n${turn % 13} words of ${(turn * 7919) % 100_003} and ${(turn * 104_729) % 1_000_003}\n` });
}

async function time(run: () => unknown): Promise<number> {
  const start = now();
  await run();
  return now() - start;
}

function json<T>(port: number, path: string, credential: string): Promise<T> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { authorization: `Bearer ${credential}` } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject);
      response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(Buffer.concat(parts).toString('utf8')) as T) : reject(new Error(`${path}: ${Buffer.concat(parts).toString('utf8')}`))));
    }).on('error', reject).end();
  });
}

if (import.meta.main) {
  const { rows } = await bench(Number(process.argv[2] ?? MANY));
  for (const { what, figure, target, ok } of rows) process.stdout.write(`${what.padEnd(68)} ${figure.padEnd(74)} ${target.padEnd(9)} ${target === '' ? '' : ok ? 'ok' : 'MISSED'}\n`);
}
