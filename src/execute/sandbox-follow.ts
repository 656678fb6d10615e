// Follows a run from the closed gate to its last byte of output, and ends it when a limit is broken or it is
// cancelled. Kills go to the namespace's init, by number and parent: with it everything inside is gone.
import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { Fault, wordsOf } from '../model/fault.ts';
import type { LimitHit } from '../model/outcome.ts';
import { OUTPUT_CAP } from './limits.ts';
import { joinGroup, type Group } from './limits-cgroup.ts';
import { processTree, watchLimits } from './limits-watch.ts';
import type { Launched } from './sandbox-launch.ts';
import { keepOutput } from './sandbox-output.ts';
import type { RunOptions, SandboxSpec } from './sandbox-spec.ts';

export interface Ending {
  /** As bubblewrap tells it, or null when the command never ended by itself or never began. */
  readonly exit: number | null;
  /** True when the house ended it. */
  readonly ended: boolean;
  readonly limits: readonly LimitHit[];
  /** The signal that ended bubblewrap itself, or empty. */
  readonly killedBy: string;
  readonly errors: string;
  readonly output: Uint8Array;
  readonly outputBytes: number;
}

/** Milliseconds between a polite end and the sure one, on cancel and time-out. */
const GRACE = 300;
/** How long a killed run may take to be gone: a process can hang in a dead network disk. */
const GONE = 10_000;
/** How long output may come after everything inside is dead. */
const LAST_OUTPUT = 500;
const NICE = 5;
const MOST_ERRORS = 16_384;

/** @throws `sandbox.group`, `sandbox.stuck`. */
export function followRun(launched: Launched, spec: SandboxSpec, group: Group | null, options: RunOptions): Promise<Ending> {
  const { child, output, errors, status, gate } = launched;
  const { limits } = spec;
  const keeper = keepOutput(limits.output);
  const hits = new Set<LimitHit>();
  const timers: NodeJS.Timeout[] = [];
  let init = 0;
  let exit: number | null = null;
  let words = '';
  let stopWatch = (): void => undefined;

  return new Promise((resolve, reject) => {
    function end(limit: LimitHit, politely: boolean): void {
      if (hits.size === 0) after(GONE, () => finish(new Fault('sandbox.stuck', `the run's processes can't be killed (init is ${init})`, 'Look at them with "ps"; a process that hangs in a dead disk goes when the disk comes back.')));
      hits.add(limit);
      if (!politely || init === 0) return kill();
      for (const pid of processTree(init).slice(1)) signal(pid, 'SIGTERM');
      after(GRACE, kill);
    }
    function kill(): void {
      // A number alone could mean another process by now: it must still be bubblewrap's child.
      if (init !== 0 && parentOf(init) === child.pid) signal(init, 'SIGKILL');
      else child.kill('SIGKILL');
    }
    function after(pause: number, act: () => void): void {
      timers.push(setTimeout(act, pause));
    }
    function openGate(): void {
      try {
        if (group !== null) joinGroup(group, init);
      } catch (error) {
        finish(new Fault('sandbox.group', `the run couldn't be put into its control group: ${wordsOf(error)}`, 'Run "pwb doctor".', { cause: error }));
        return kill();
      }
      giveWay(init);
      stopWatch = watchLimits({ init, group, limits, disk: spec.access === 'write' ? spec.root : '' }, (limit) => end(limit, false));
      options.started?.(child.pid ?? 0);
      gate.end('1');
    }
    const cancel = (): void => end('cancelled', true);
    function finish(fault?: Fault): void {
      stopWatch();
      for (const timer of timers) clearTimeout(timer);
      options.signal.removeEventListener('abort', cancel);
      output.destroy();
      if (fault !== undefined) return reject(fault);
      resolve({ exit, ended: hits.size > 0, limits: [...hits], killedBy: child.signalCode ?? '', errors: words, output: keeper.bytes(), outputBytes: keeper.total() });
    }

    output.on('data', (chunk: Uint8Array) => {
      keeper.add(chunk);
      if (hits.size === 0) options.onOutput?.(chunk);
      if (keeper.total() > limits.output * OUTPUT_CAP) end('output', false);
    });
    errors.on('data', (chunk: Uint8Array) => {
      if (words.length < MOST_ERRORS) words += Buffer.from(chunk).toString('utf8');
    });
    readStatus(status, (pid) => {
      init = pid;
      if (hits.size > 0) kill();
      else openGate();
    }, (code) => {
      exit = code;
    });
    for (const stream of [output, errors, status, gate]) stream.on('error', () => stream.destroy());

    let open = 2;
    const closed = (): void => {
      if (--open === 0) finish();
    };
    output.once('close', closed);
    child.once('close', () => {
      closed();
      // Only a process outside could still hold the pipe; it isn't waited for.
      after(LAST_OUTPUT, () => output.destroy());
    });
    options.signal.addEventListener('abort', cancel, { once: true });
    after(limits.time, () => end('time', true));
  });
}

/** bubblewrap writes one JSON document a line: first the init's id, last the exit code. */
function readStatus(status: NodeJS.ReadableStream, onInit: (pid: number) => void, onExit: (code: number) => void): void {
  let text = '';
  status.on('data', (chunk: Uint8Array) => {
    text += Buffer.from(chunk).toString('latin1');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const init = /"child-pid": (\d+)/.exec(line);
      const exit = /"exit-code": (\d+)/.exec(line);
      if (init !== null) onInit(Number(init[1]));
      if (exit !== null) onExit(Number(exit[1]));
    }
  });
}

/** The person's own programs come first, for the processor and when memory runs out. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, NICE);
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A kindness, not a limit: where it isn't allowed the run goes on without.
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: that is what was wanted.
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
