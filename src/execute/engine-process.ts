// The entry of the engine's child process: loads one model and serves it. Its only argument is a JSON document;
// it speaks to its parent in JSON lines on stdout, and ends when its stdin does, so that it never outlives it.
import { open } from 'node:fs/promises';
import * as z from 'zod/mini';
import { Fault, wordsOf } from '../model/fault.ts';
import { loadLibrary } from './engine-library.ts';
import { loadEngine } from './engine-model.ts';
import { engineServer } from './engine-server.ts';
import { identity } from './weights.ts';

const Config = z.strictObject({
  /** The folder that holds the engine's `node_modules`. */
  engine: z.string(),
  model: z.string(),
  /** What the parent checked (see weights.ts); another file in its place is refused. Empty in tests. */
  identity: z.string(),
  name: z.string(),
  /** A Unix socket's path, or 0 for a free port on 127.0.0.1. */
  listen: z.union([z.string(), z.literal(0)]),
  window: z.int().check(z.positive()),
  threads: z.optional(z.int().check(z.positive())),
  seed: z.optional(z.int()),
  calls: z.literal(['model', 'first']),
});
export type EngineConfig = z.infer<typeof Config>;

/** What the process says, one JSON document a line. */
export type EngineLine =
  | { readonly type: 'progress'; readonly part: number }
  | { readonly type: 'ready'; readonly window: number; readonly port: number | null }
  | { readonly type: 'failed'; readonly code: string; readonly words: string };

function say(line: EngineLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function serve(): Promise<void> {
  const { engine: folder, model, identity: checked, name, listen, window, calls, threads, seed } = Config.parse(JSON.parse(process.argv[2] ?? ''));
  const options = { path: model, window, ...(threads === undefined ? {} : { threads }), ...(seed === undefined ? {} : { seed }) };
  await checkIdentity(model, checked);
  let shown = -1;
  const engine = await loadEngine(await loadLibrary(folder), options, (part) => {
    // Some hundred steps at most, however many tensors there are.
    if (Math.floor(part * 100) === shown) return;
    shown = Math.floor(part * 100);
    say({ type: 'progress', part });
  });
  const server = engineServer(engine, { name, calls });
  // Others of this machine must not speak to it, whatever mask was inherited.
  process.umask(0o177);
  const where = typeof listen === 'string' ? { path: listen } : { port: listen, host: '127.0.0.1' };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve));
  const address = server.address();
  say({ type: 'ready', window: engine.window, port: typeof address === 'object' && address !== null ? address.port : null });
}

/** The path was swapped between the parent's check and the mount: the swapped file isn't touched by any parser. */
async function checkIdentity(path: string, checked: string): Promise<void> {
  if (checked === '') return;
  const file = await open(path, 'r');
  const found = await identity(file);
  await file.close();
  if (found !== checked) throw new Fault('weights.changed', 'the weights file was replaced while it was being started');
}

// INVARIANT: the parent holds the other end of stdin; when the parent dies, however it dies, this ends.
process.stdin.on('error', () => process.exit(0)).on('end', () => process.exit(0)).resume();
serve().catch((error: unknown) => {
  say({ type: 'failed', code: error instanceof Fault ? error.code : 'engine.failed', words: wordsOf(error) });
  process.exitCode = 1;
  process.stdin.destroy();
});
