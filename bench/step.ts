// One no-op `run` call of `pwb ask`, measured at the model server: from the end of the model's stream to the arrival
// of the next request, sandboxed and durably logged, against a bare bubblewrap.
import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, now, PWB, ratioRow, timeProcess, timeSpawn, type Result } from './measure.ts';

const STEPS = 60;
const WARM = 10;
const BARE = ['--unshare-all', '--ro-bind', '/', '/', 'true'];

export async function bench(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-bench-step-'));
  mkdirSync(join(folder, 'work'));
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  writeFileSync(join(folder, 'state', 'config.json'), JSON.stringify({ budgets: { steps: 1000, tokens: 1_000_000_000 } }), { mode: 0o600 });
  const gaps: number[] = [];
  const bare: number[] = [];
  let ended = 0;
  let count = 0;
  const server = createServer((request, response) => {
    const came = now();
    if (request.method !== 'POST') return models(request.url ?? '', response);
    if (count > WARM) gaps.push(came - ended);
    request.resume().on('end', () => {
      // The yardstick is taken in turn with what it measures, while the other side waits.
      if (count % 2 === 0) bare.push(timeProcess('bwrap', BARE));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = ++count <= STEPS + WARM;
      const delta = more ? { tool_calls: [{ index: 0, id: `c${count}`, type: 'function', function: { name: 'run', arguments: `{"command":"true # ${count}"}` } }] } : { content: 'ok' };
      response.end(`data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta, finish_reason: more ? 'tool_calls' : 'stop' }] })}\n\ndata: [DONE]\n\n`, () => (ended = now()));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const env = { PATH: process.env['PATH'], HOME: folder, PWB_HOME: join(folder, 'state'), PWB_MODEL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const child = spawn(PWB, ['ask', 'go', '--json', '--workspace', join(folder, 'work')], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const spawned: number[] = [];
  for (let i = 0; i < 20; i++) spawned.push(await timeSpawn('bwrap', BARE));
  server.close();
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0 || gaps.length < STEPS) throw new Error(`pwb ask ended with ${String(code)} after ${gaps.length} steps`);
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
