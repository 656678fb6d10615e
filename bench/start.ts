// `pwb ask` from its start to its first model request, with no server running, against `node -e 0` of the same Node;
// and the peak memory of that turn.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, now, peakMemory, PWB, ratioRow, timeProcess, type Result } from './measure.ts';

const ROUNDS = 25;

export async function bench(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-bench-start-'));
  mkdirSync(join(folder, 'work'));
  let asked = 0;
  let memory = 0;
  let child: ReturnType<typeof spawn> | undefined;
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      if (request.url !== '/v1/models') return void response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"object":"list","data":[{"id":"m","object":"model","owned_by":"x"}]}');
    }
    asked = now();
    request.resume().on('end', () => {
      if (child?.pid !== undefined) memory = Math.max(memory, peakMemory(child.pid));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"model":"m","choices":[{"index":0,"delta":{"content":"ok"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const env = { PATH: process.env['PATH'], HOME: folder, PWB_HOME: join(folder, 'state'), PWB_MODEL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const ask = async (): Promise<number> => {
    const start = now();
    child = spawn(PWB, ['ask', 'hi', '--json', '--workspace', join(folder, 'work')], { env, stdio: 'ignore' });
    asked = Number.NaN;
    const code = await new Promise((resolve) => child?.once('close', resolve));
    if (code !== 0) throw new Error(`pwb ask ended with ${String(code)}`);
    return asked - start;
  };
  await ask();
  const [asks, nodes]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    nodes.push(timeProcess(process.execPath, ['-e', '0']));
    asks.push(await ask());
  }
  server.close();
  rmSync(folder, { recursive: true, force: true });
  return {
    title: 'Start',
    rows: [
      ratioRow('`pwb ask`, start to first model request', median(asks), median(nodes), '`node -e 0`', 4),
      { what: 'a turn of `pwb ask`, peak memory until the answer', figure: `${memory.toFixed(0)} MB`, target: '< 130 MB', ok: memory < 130 },
    ],
  };
}

if (import.meta.main) console.table((await bench()).rows);
