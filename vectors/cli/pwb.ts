// For tests: the real program as a process of its own, with a state folder and a workspace of its own. Its stdin is
// an open pipe that never ends, unless a test says otherwise; a stack trace or a call that hangs fails the test.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { layFound } from '../sandbox/found.ts';

export const ROOT = dirname(dirname(import.meta.dirname));
/** Milliseconds until a call counts as hanging. */
const PATIENCE = 60_000;

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one JSON document on stdout; fails when there is anything else. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says what it expects, and finds out
  json<T = { readonly [key: string]: unknown }>(): T;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** `open` (the default): a pipe that never ends. Text: written, then ended. */
  readonly stdin?: 'open' | 'closed' | { readonly text: string };
  /** Milliseconds until it counts as hanging, when not a minute. */
  readonly patience?: number;
}

export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when what it printed matches. Fails when it ends before. */
  heard(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ran>;
}

export interface Desk {
  readonly base: string;
  readonly state: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  pwb(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same inside the test's own process, for claims to which a process of its own adds nothing. One at a time. */
  call(args: readonly string[], options?: Pick<RunOptions, 'env' | 'cwd'>): Promise<Ran>;
  start(args: readonly string[], options?: RunOptions): Running;
  file(path: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

const BUNDLED = isFresh();
/** Node and the program: the bundle when it is what the sources make, else the sources. */
export const PROGRAM: readonly string[] = [process.execPath, join(ROOT, BUNDLED ? 'dist/pwb.mjs' : 'src/main.ts')];
export const VERIFIER = join(ROOT, BUNDLED ? 'dist/verify.mjs' : 'src/verify/verify.ts');

function isFresh(): boolean {
  const stamp = join(ROOT, 'dist/stamp');
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).ctimeMs;
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).every((name) => name.endsWith('.test.ts') || statSync(join(ROOT, 'src', name)).ctimeMs < built);
}

export function openDesk(files: { readonly [path: string]: string } = { 'a.txt': 'alpha\nbeta\n' }, env: NodeJS.ProcessEnv = {}): Desk {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-cli-')));
  const [state, folder] = [join(base, 'state'), join(base, 'work')];
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  layFound(state);
  const own = { PATH: process.env['PATH'], HOME: base, PWB_HOME: state, NODE_COMPILE_CACHE: join(ROOT, 'dist/.cache'), TZ: 'UTC', ...env };
  const running = new Set<Running>();
  const start: Desk['start'] = (args, options = {}) => {
    const one = launch([...PROGRAM, ...args], { cwd: folder, ...options, env: { ...own, ...options.env } });
    running.add(one);
    const forget = (): void => void running.delete(one);
    one.ended.then(forget, forget);
    return one;
  };
  return {
    base, state, folder, env: own, start,
    pwb: (args, options) => start(args, options).ended,
    call: (args, { cwd = folder, env: more } = {}) => callHere(args, { ...own, ...more }, cwd),
    file: (path) => readFileSync(join(folder, path), 'utf8'),
    async [Symbol.asyncDispose]() {
      const left = [...running];
      for (const { child } of left) child.kill('SIGKILL');
      await Promise.all(left.map(({ ended }) => ended));
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Files below the state folder that hold this text. */
export function filesWith(desk: Desk, text: string): string[] {
  return readdirSync(desk.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).size > 0 && readFileSync(path).includes(text));
}

/** Start any program in the same way. */
export function launch([program = '', ...args]: readonly string[], options: RunOptions & { readonly env: NodeJS.ProcessEnv }): Running {
  const { stdin = 'open', env, cwd, patience = PATIENCE } = options;
  const child = spawn(program, args, { env, stdio: [stdin === 'closed' ? 'ignore' : 'pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin?.on('error', () => undefined); // It may end without reading.
  if (typeof stdin === 'object') child.stdin?.end(stdin.text);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, patience);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      for (const listener of listeners) listener();
      const { stdout, stderr } = said;
      if (hung) return reject(new Error(`it hung: ${[program, ...args].join(' ')}\n${stdout}\n${stderr}`));
      try {
        resolve(ranOf(code, stdout, stderr));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
  ended.catch(() => undefined); // Whoever waits for it gets the error.
  return {
    child, ended, stdout: () => said.stdout, stderr: () => said.stderr,
    heard: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
          if (match === null && child.exitCode === null && child.signalCode === null) return;
          listeners.delete(look);
          if (match === null) reject(new Error(`it ended without saying ${String(pattern)}:\n${said.stdout}\n${said.stderr}`));
          else resolve(match);
        };
        listeners.add(look);
        look();
      }),
  };
}

let before: Promise<unknown> = Promise.resolve();

function callHere(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Ran> {
  const one = before.then(async () => {
    const [{ call }, { openWorkbench }, { outOf }] = await Promise.all([import('../../src/cli/main.ts'), import('../../src/main.ts'), import('../../src/cli/out.ts')]);
    const said = { stdout: '', stderr: '' };
    const into = (name: 'stdout' | 'stderr') => ({ write: (text: string | Uint8Array) => (said[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8')) });
    const home = process.cwd();
    process.chdir(cwd);
    try {
      const code = await call(args, { env, version: 'test', out: outOf({}, into('stdout'), into('stderr'), env), interrupt: () => new AbortController().signal }, (expecting) => openWorkbench(env, expecting));
      return ranOf(code, said.stdout, said.stderr);
    } finally {
      process.chdir(home);
    }
  });
  before = one.catch(() => undefined); // Whoever waits for it gets the error.
  return one;
}

function ranOf(code: number | null, stdout: string, stderr: string): Ran {
  if (/^\s+at .+:\d+:\d+\)?$/m.test(stderr + stdout)) throw new Error(`a stack trace was shown:\n${stderr}\n${stdout}`);
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
  return { code, stdout, stderr, json: <T>() => oneDocument(stdout, stderr) as T };
}

function oneDocument(stdout: string, stderr: string): unknown {
  assert.match(stdout, /^[^\n]+\n$/, `not one line of JSON on stdout, but: ${JSON.stringify(stdout)}; stderr: ${stderr}`);
  return JSON.parse(stdout);
}
