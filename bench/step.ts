// One no-op `run` call: from the end of the model's stream to the next model request, sandboxed and durably logged,
// against a bare bubblewrap started by the same Node.
import { createServer, type ServerResponse } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession } from '../src/loop/desk.ts';
import { say } from '../src/loop/turn.ts';
import { addWorkspace } from '../src/loop/workspaces.ts';
import { openWorkbench } from '../src/main.ts';
import { median, now, ratioRow, timeProcess, timeSpawn, type Result } from './measure.ts';

const STEPS = 60;
const WARM = 10;
const BARE = ['--unshare-all', '--ro-bind', '/', '/', 'true'];

export async function bench(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-bench-step-'));
  mkdirSync(join(folder, 'work'));
  const gaps: number[] = [];
  let ended = 0;
  let count = 0;
  const server = createServer((request, response) => {
    const came = now();
    if (request.method !== 'POST') return models(request.url ?? '', response);
    if (count > WARM) gaps.push(came - ended);
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = ++count <= STEPS + WARM;
      const delta = more ? { tool_calls: [{ index: 0, id: `c${count}`, type: 'function', function: { name: 'run', arguments: `{"command":"true # ${count}","readonly":true}` } }] } : { content: 'ok' };
      response.end(`data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta, finish_reason: more ? 'tool_calls' : 'stop' }] })}\n\ndata: [DONE]\n\n`, () => (ended = now()));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const house = await openWorkbench({ PATH: process.env['PATH'], HOME: folder, PWB_HOME: join(folder, 'state'), PWB_MODEL_URL: url });
  const workspace = await addWorkspace(house.log, house.home, join(folder, 'work'), 'cli');
  const session = openSession({ ...house, budgets: house.budgets }, workspace, url, 'bench', 'cli', true);
  const bare: number[] = [];
  const pairs = (async () => {
    for (let i = 0; i < 20; i++) bare.push(timeProcess('bwrap', BARE));
  })();
  await pairs;
  const rest = await say({ ...house, budgets: { ...house.budgets, steps: 1000, tokens: 1e9 } }, session, 'go', { signal: new AbortController().signal, hear: () => undefined }, true);
  for (let i = 0; i < 20; i++) bare.push(timeProcess('bwrap', BARE));
  const spawned: number[] = [];
  for (let i = 0; i < 20; i++) spawned.push(await timeSpawn('bwrap', BARE));
  await house.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
  if (rest.state !== 'answered') throw new Error(`the bench's turn ended as ${rest.state}`);
  return {
    title: 'A step',
    rows: [
      ratioRow('no-op `run`, model stream end to next request, sandboxed and logged', median(gaps), median(bare), 'bare `bwrap --unshare-all true`', 3),
      { what: 'for comparison: bare bwrap by asynchronous spawn', figure: `${median(spawned).toFixed(2)} ms`, target: '', ok: true },
    ],
  };
}

function models(url: string, response: ServerResponse): void {
  if (url !== '/v1/models') return void response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[{"id":"m","object":"model","owned_by":"x"}]}');
}

if (import.meta.main) console.table((await bench()).rows);
