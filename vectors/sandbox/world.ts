// For tests of the sandbox: a workspace of its own, a folder outside it with a secret, and a look at what is
// alive on the machine from outside. Everything goes again at the end.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Containment } from '../../src/execute/containment.ts';
import { foundContainment } from './found.ts';
import { HIDDEN_GLOBS } from '../../src/execute/hidden.ts';
import { LIMITS, planSandbox, runSandboxed, type Plan, type RunOptions, type SandboxResult, type SandboxSpec } from '../../src/execute/sandbox.ts';
import { fastFolder } from '../fast.ts';

export interface World {
  readonly root: string;
  readonly outside: string;
  readonly containment: Containment;
  /** A word that stands nowhere else on this machine. */
  readonly marker: string;
  put(path: string, text: string): string;
  spec(argv: readonly string[], more?: Partial<SandboxSpec>): SandboxSpec;
  run(argv: readonly string[], more?: Partial<SandboxSpec>, options?: Partial<RunOptions>): Promise<Told>;
  /** Runs a line of shell. */
  sh(line: string, more?: Partial<SandboxSpec>, options?: Partial<RunOptions>): Promise<Told>;
  end(): void;
}

export interface Told extends SandboxResult {
  readonly text: string;
  readonly plan: Plan;
}

/** Why the tests can't run here, or false: for `skip`. */
export async function noSandbox(): Promise<string | false> {
  const { sandbox, why } = await foundContainment();
  return sandbox === 'bwrap' ? false : `no sandbox on this machine: ${why}`;
}

/** A short time limit, so that a test that goes wrong ends by itself. */
export const SHORT = { ...LIMITS, time: 20_000 };

export async function makeWorld(): Promise<World> {
  const top = realpathSync(mkdtempSync(join(fastFolder(), 'pwb-sandbox-test-')));
  const root = join(top, 'workspace');
  const outside = join(top, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  const containment = await foundContainment();
  const spec = (argv: readonly string[], more: Partial<SandboxSpec> = {}): SandboxSpec => ({
    root, cwd: '.', argv, access: 'write', limits: SHORT, toolchains: [], hide: HIDDEN_GLOBS, never: [], ...more,
  });
  const run = async (argv: readonly string[], more: Partial<SandboxSpec> = {}, options: Partial<RunOptions> = {}): Promise<Told> => {
    const wanted = spec(argv, more);
    const plan = await planSandbox(wanted, containment);
    const result = await runSandboxed(wanted, plan, containment, { signal: new AbortController().signal, ...options });
    return { ...result, text: Buffer.from(result.output).toString('utf8'), plan };
  };
  return {
    root,
    outside,
    containment,
    marker: `marker${randomBytes(12).toString('hex')}`,
    spec,
    run,
    sh: (line, more, options) => run(['/bin/sh', '-c', line], more, options),
    put(path, text) {
      const full = path.startsWith('/') ? path : join(root, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
      return full;
    },
    end: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** Node itself as the attacker's tool, at a path inside. */
export const NODE_INSIDE = '/tools/node';
export const withNode = { also: [{ host: process.execPath, inside: NODE_INSIDE }] } as const;

/** Ids of living processes that carry `marker` in their arguments, ours left out. */
export function carriers(marker: string): readonly number[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0 && pid !== process.pid && argumentsOf(pid).includes(marker));
}

/** True when nothing carries it. bubblewrap's own init, whose arguments hold the command, may take a moment to go. */
export function isGone(marker: string): Promise<boolean> {
  return until(() => carriers(marker).length === 0, 1000);
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Waits for something that must become true, for as long as a slow machine may need. */
export async function until(what: () => boolean, longest = 15_000): Promise<boolean> {
  const end = performance.now() + longest;
  while (!what()) {
    if (performance.now() > end) return false;
    await new Promise((resume) => setTimeout(resume, 10));
  }
  return true;
}
