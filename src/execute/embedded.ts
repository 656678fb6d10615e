// The embedded provider: one GGUF file, run by the engine in a sandboxed child process, reached by a private
// Unix socket. It refuses weights that aren't the pinned ones, and refuses to run them without a sandbox.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import * as z from 'zod/mini';
import type { Digest } from '../model/digest.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { engineArguments, SOCKET_NAME } from './embedded-sandbox.ts';
import { seccompFilter } from './sandbox-seccomp.ts';
import { identity, openPinned } from './weights.ts';

export { engineAbsent, engineCommand, findEngine } from './engine-install.ts';
export { inspectGguf, type GgufFacts } from './gguf.ts';
export { weightsDigest } from './weights.ts';

export interface EmbeddedOptions {
  readonly file: string;
  /** SHA-256 that was pinned when the person added the file. */
  readonly digest: Digest;
  /** From `findEngine`. */
  readonly engineDir: string;
  /** Sockets live here, in a 0700 folder of their own; a long path is replaced by one in the system's temporary folder. */
  readonly socketDir: string;
  /** A file in the state folder that remembers digests of large files. */
  readonly memory: string;
  /** Path of a bubblewrap that works; null refuses. */
  readonly bwrap: string | null;
  /** The model's id in answers. */
  readonly name: string;
  /** Most tokens of context, 8,192 if not given; the model's own training and the memory may make it less. */
  readonly window?: number;
  /** One for a small file, else as many as the machine is good for. */
  readonly threads?: number;
  readonly seed?: number;
  /** See engine-server.ts; `model` unless the weights are noise. */
  readonly calls?: 'model' | 'first';
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: { readonly stage: 'checking' | 'loading'; readonly part: number }) => void;
}

export interface Embedded {
  /** Path of the Unix socket; HTTP, base URL `http://localhost`. */
  readonly socket: string;
  /** Tokens. */
  readonly window: number;
  /** Resolves with words when the process ended, for whatever reason. */
  readonly ended: Promise<string>;
  /** Ends the process and removes its socket; safe to call twice. */
  close(): Promise<void>;
}

const WINDOW = 8_192;
/** Bytes of weights below which threads wait for each other longer than they work: on a busy machine, seconds a token. */
const SMALL = 64 * 1024 * 1024;
/** Milliseconds without any sign of life while it loads. */
const STALL = 600_000;
/** Milliseconds to end by itself before it is killed. */
const GRACE = 2_000;
/** Bytes of a Unix socket's path that every system takes. */
const MOST_PATH = 103;
const MOST_LINE = 65_536;
const MOST_STDERR = 4_096;

const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), part: z.number() }),
  z.object({ type: z.literal('ready'), window: z.int().check(z.positive()) }),
  z.object({ type: z.literal('failed'), code: z.string(), words: z.string() }),
]);
type Line = z.infer<typeof Line>;

/**
 * Checks the file, starts the engine, and returns when it answers. Throws `embedded.no-sandbox`,
 * `embedded.failed`, `embedded.stalled`, `embedded.cancelled`, and the faults of weights.ts.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { bwrap, signal, onProgress } = options;
  if (bwrap === null) {
    throw new Fault('embedded.no-sandbox', 'A model file is only run inside a sandbox, and there is no working bubblewrap here', 'Install it with: sudo apt-get install -y bubblewrap');
  }
  const weights = await openPinned(options.file, options.digest, { memory: options.memory, signal, onProgress: (part) => onProgress?.({ stage: 'checking', part }) });
  try {
    const folder = await socketFolder(options.socketDir);
    try {
      return await startChild(bwrap, options, weights, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  } finally {
    await weights.close();
  }
}

async function startChild(bwrap: string, options: EmbeddedOptions, weights: FileHandle, folder: string): Promise<Embedded> {
  const checked = await identity(weights);
  const { name, window = WINDOW, calls = 'model', seed, engineDir } = options;
  const threads = options.threads ?? ((await weights.stat()).size < SMALL ? 1 : undefined);
  const settings = { name, window, calls, ...(threads === undefined ? {} : { threads }), ...(seed === undefined ? {} : { seed }) };
  const filter = seccompFilter(process.arch);
  const argv = engineArguments({ engineDir, socketFolder: folder, file: options.file, identity: checked, filtered: filter !== null, settings });
  // The fourth place is SECCOMP_FD.
  const child = spawn(bwrap, argv, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env: {} });
  const ended = endOf(child);
  const filterPipe = child.stdio[3];
  if (filterPipe instanceof Writable) filterPipe.on('error', () => undefined).end(filter ?? '');
  const close = async (): Promise<void> => {
    child.stdin?.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ready = await readiness(child, ended, options);
    // A writer could have changed the bytes in place after they were checked; its traces are in the times.
    if ((await identity(weights)) !== checked) throw new Fault('weights.changed', `${options.file} changed while it was loaded, so it is not used`, 'Find out who writes to it.');
    return { socket: join(folder, SOCKET_NAME), window: ready, ended, close };
  } catch (error) {
    child.kill('SIGKILL');
    await close();
    throw error;
  }
}

/** Words for how it ended: its last words on stderr, drawn visibly, since the child may be in an attacker's hand. */
function endOf(child: ChildProcess): Promise<string> {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-MOST_STDERR);
  });
  // A child that is gone can't be written to; how it ended is told by `close` below.
  child.stdin?.on('error', () => undefined);
  return new Promise((resolve) => {
    const done = (how: string): void => resolve([how, visible(tail.trim(), '\n')].filter((words) => words !== '').join(': '));
    child.once('error', (error) => done(`the engine could not be started: ${wordsOf(error)}`));
    child.once('close', (code, killed) => done(killed === null ? `the engine ended with exit code ${code}` : `the engine was ended by ${killed}`));
  });
}

/** Resolves to the window in tokens. */
async function readiness(child: ChildProcess, ended: Promise<string>, { signal, onProgress }: EmbeddedOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(stall);
      signal.removeEventListener('abort', cancel);
      settle();
    };
    const cancel = (): void => finish(() => reject(new Fault('embedded.cancelled', 'the start of the engine was cancelled')));
    const stall = setTimeout(() => finish(() => reject(new Fault('embedded.stalled', `the engine said nothing for ${STALL / 1000} s while it loaded`, 'Try a smaller model.'))), STALL);
    if (signal.aborted) return cancel();
    signal.addEventListener('abort', cancel);
    ended.then((words) => finish(() => reject(new Fault('embedded.failed', words, 'Check the file with the publisher\'s SHA-256, and the free memory.'))), reject);
    eachLine(child, (line) => {
      stall.refresh();
      if (line.type === 'progress') onProgress?.({ stage: 'loading', part: Math.min(1, Math.max(0, line.part)) });
      else if (line.type === 'ready') finish(() => resolve(line.window));
      else finish(() => reject(new Fault('embedded.failed', visible(line.words), 'Check the file and the free memory.')));
    });
  });
}

/** What isn't one of our lines is passed over; a line without end stops the listening, not the memory. */
function eachLine(child: ChildProcess, hear: (line: Line) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(0, MOST_LINE);
    for (const line of lines) {
      const parsed = parseLine(line);
      if (parsed !== null) hear(parsed);
    }
  });
}

function parseLine(text: string): Line | null {
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** A fresh 0700 folder with a short path, named by our process so that a crash's leftovers can be told and swept. */
async function socketFolder(socketDir: string): Promise<string> {
  await mkdir(socketDir, { recursive: true, mode: 0o700 });
  await sweep(socketDir);
  const prefix = join(socketDir, `e${process.pid}-`);
  const fits = Buffer.byteLength(`${prefix}XXXXXX/${SOCKET_NAME}`) <= MOST_PATH;
  const folder = await mkdtemp(fits ? prefix : join(tmpdir(), 'pwb-e-'));
  await chmod(folder, 0o700);
  return folder;
}

async function sweep(socketDir: string): Promise<void> {
  for (const name of await readdir(socketDir)) {
    const pid = /^e(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(socketDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
