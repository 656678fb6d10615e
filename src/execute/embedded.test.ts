// The embedded provider: pinned weights, in a sandbox, over a private socket. The attacks are looked at from outside.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sha256 } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import { messageBytes } from '../providers/message.ts';
import { requestShape } from '../providers/request.ts';
import { ENGINE_FOLDER, noEngine } from '../../vectors/engine/serve.ts';
import { tinyGguf } from '../../vectors/engine/tiny-gguf.ts';
import { engineAbsent, engineCommand, findEngine, startEmbedded, type EmbeddedOptions } from './embedded.ts';
import { infer } from './infer.ts';

const BWRAP = '/usr/bin/bwrap';
const noSandbox = spawnSync(BWRAP, ['--unshare-all', '--ro-bind', '/', '/', 'true']).status === 0 ? false : 'SKIPPED, NOT TESTED: no working bubblewrap';
const options = { skip: noSandbox === false ? noEngine : noSandbox, timeout: 60_000 };

const weights = tinyGguf();
let folder = '';
let file = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pwb-emb-'));
  file = join(folder, 'tiny.gguf');
  await writeFile(file, weights, { mode: 0o600 });
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
function settings(more: Partial<EmbeddedOptions> = {}): EmbeddedOptions {
  // The name stands in the child's arguments, so that it can be found from outside.
  const name = `pwb-test-${process.pid}-${count++}`;
  return { file, digest: sha256(weights), engineDir: ENGINE_FOLDER, socketDir: join(folder, 's'), memory: join(folder, 'digests.json'), bwrap: BWRAP, name, threads: 1, seed: 3, calls: 'first', signal: new AbortController().signal, ...more };
}

async function processesWith(text: string): Promise<number> {
  const found = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return found.filter((line) => line.includes(text)).length;
}
/** Never a limit on time: the test runner has one. */
async function gone(text: string): Promise<void> {
  while ((await processesWith(text)) > 0) await wait(20);
}
const has = (code: string, words = /./) => (error: unknown) => error instanceof Fault && error.code === code && words.test(error.message);
const socketFolders = async (): Promise<readonly string[]> => readdir(join(folder, 's')).catch(() => []);

test('a model file answers with no server at all, through a private socket', options, async () => {
  const asked = settings();
  const engine = await startEmbedded(asked);
  try {
    assert.equal((await stat(engine.socket)).mode & 0o777, 0o600);
    assert.equal((await stat(join(engine.socket, '..'))).mode & 0o777, 0o700);
    const endpoint = { name: 'e', dialect: 'embedded', url: '', locality: 'local', socket: engine.socket, model: asked.name, window: engine.window } as const;
    const { head, tail } = requestShape(endpoint, '[]', { maxTokens: 3 });
    const { reply } = await infer(endpoint, [head, messageBytes({ role: 'user', content: 'hello' }, true), tail], { signal: asked.signal });
    assert.equal(reply.finish, 'length');
    assert.equal(reply.model, asked.name);
    assert.equal(engine.window, 8192);
  } finally {
    await engine.close();
  }
  await engine.close();
  assert.match(await engine.ended, /exit code 0/);
  assert.equal(await processesWith(asked.name), 0);
  assert.deepEqual(await socketFolders(), []);
});

test('weights that are not the ones that were added are not loaded', options, async () => {
  const bent = weights.slice();
  bent[bent.length - 9] = (bent[bent.length - 9] ?? 0) ^ 1;
  const other = join(folder, 'bent.gguf');
  await writeFile(other, bent);
  const asked = settings({ file: other });
  await assert.rejects(startEmbedded(asked), has('weights.changed', /is not the file that was added/));
  assert.equal(await processesWith(asked.name), 0);
});

test('weights that are swapped between the check and the start are not loaded', options, async () => {
  const swapped = join(folder, 'swapped.gguf');
  await writeFile(swapped, weights);
  // The check is over when bubblewrap is called; this one swaps the file first, as an attacker who waits would.
  const slow = join(folder, 'slow-bwrap');
  await writeFile(slow, `#!/bin/sh\ncp ${file} ${swapped}.new && mv ${swapped}.new ${swapped} && exec ${BWRAP} "$@"\n`, { mode: 0o700 });
  const asked = settings({ file: swapped, bwrap: slow });
  await assert.rejects(startEmbedded(asked), (error) => error instanceof Fault && /replaced while it was being started/.test(error.message));
  assert.equal(await processesWith(asked.name), 0);
});

test('without a sandbox no weights are loaded', async () => {
  await assert.rejects(startEmbedded(settings({ bwrap: null })), has('embedded.no-sandbox'));
});

test('a broken model file is a fault in words and leaves nothing behind', options, async () => {
  const cut = join(folder, 'cut.gguf');
  const half = weights.slice(0, weights.length / 2);
  await writeFile(cut, half);
  const asked = settings({ file: cut, digest: sha256(half) });
  await assert.rejects(startEmbedded(asked), has('embedded.failed', /could not be loaded/));
  assert.equal(await processesWith(asked.name), 0);
  assert.deepEqual(await socketFolders(), []);
});

test('code that took over the engine gets no file, no process, no network and no way to write', options, async () => {
  const evil = join(folder, 'evil');
  const library = join(evil, 'node_modules', 'node-llama-cpp');
  const secret = join(folder, 'id_ed25519');
  await mkdir(join(library, 'dist'), { recursive: true });
  await cp(join(import.meta.dirname, '../../vectors/engine/hostile.mjs'), join(library, 'dist', 'index.js'));
  await writeFile(join(library, 'package.json'), '{"type":"module"}');
  await writeFile(secret, 'TOP-SECRET');
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const victims = [secret, '/app/engine/owned', '/app/code/src/main.ts', '/app/node', '/usr/owned', join(folder, 's', 'owned')];
  await writeFile(join(library, 'dist', 'targets.json'), JSON.stringify({ secret, port, victims }));
  try {
    await assert.rejects(startEmbedded(settings({ engineDir: evil })), (error) => {
      assert.ok(has('embedded.failed', /HOSTILE/)(error), String(error));
      const words = error instanceof Error ? error.message : '';
      assert.doesNotMatch(words, /TOP-SECRET|written|connected|=made/);
      assert.match(words, /environment=(PATH|HOME|LANG|PWD|,)+ /);
      assert.match(words, /processes=[1-4] /);
      return true;
    });
    assert.equal(connections, 0);
    assert.equal(await readFile(secret, 'utf8'), 'TOP-SECRET');
    assert.deepEqual(Buffer.from(weights), await readFile(file));
    assert.deepEqual((await readdir(evil)).toSorted(), ['node_modules']);
  } finally {
    await new Promise((resolve) => listener.close(resolve));
  }
});

test('a start that is cancelled leaves no process', options, async () => {
  const stop = new AbortController();
  const asked = settings({ signal: stop.signal });
  const starting = startEmbedded(asked);
  while ((await processesWith(asked.name)) === 0) await wait(5);
  stop.abort();
  await assert.rejects(starting, has('embedded.cancelled'));
  await gone(asked.name);
  assert.deepEqual(await socketFolders(), []);
});

test('when the workbench is killed, the engine dies with it, and the next start sweeps up', options, async () => {
  const asked = settings();
  const script = `import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))};
    await startEmbedded({ ...${JSON.stringify({ ...asked, signal: null })}, signal: new AbortController().signal });
    console.log('ready');
    setInterval(() => undefined, 1e6);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => parent.once('close', resolve));
  await Promise.race([ended, new Promise((resolve) => parent.stdout.once('data', resolve))]);
  assert.ok((await processesWith(asked.name)) > 0);
  parent.kill('SIGKILL');
  await ended;
  await gone(asked.name);
  assert.equal((await socketFolders()).length, 1);
  await (await startEmbedded(settings())).close();
  assert.deepEqual(await socketFolders(), []);
});

test('a state folder with a long path still gets a socket', options, async () => {
  const engine = await startEmbedded(settings({ socketDir: join(folder, 'long'.repeat(30)) }));
  assert.ok(Buffer.byteLength(engine.socket) <= 103, engine.socket);
  await engine.close();
});

test('where the engine is absent, the exact command is said', () => {
  assert.match(engineAbsent('/nowhere').hint ?? '', /npm (run engine|install --prefix)/);
  assert.equal(
    engineCommand("/home/o'neil/.local/state/pwb", 'linux', 'arm64'),
    "npm install --prefix '/home/o'\\''neil/.local/state/pwb/engine' --omit=optional --ignore-scripts node-llama-cpp@3.21.1 @node-llama-cpp/linux-arm64@3.21.1",
  );
  assert.equal(engineCommand('/x', 'sunos', 'sparc'), null);
});

test('the engine in the state folder goes before the checkout\'s', async () => {
  const state = join(folder, 'state');
  await mkdir(join(state, 'engine', 'node_modules', 'node-llama-cpp'), { recursive: true });
  await writeFile(join(state, 'engine', 'node_modules', 'node-llama-cpp', 'package.json'), '{}');
  assert.equal(findEngine(state), join(state, 'engine'));
});
