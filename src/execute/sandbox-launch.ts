// Starts bubblewrap with exactly the descriptors that it needs. Whatever else this process inherited from a
// terminal or an editor (an open folder, a socket) would be a way out of the sandbox, so it is plugged.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Fault, wordsOf } from '../model/fault.ts';
import type { ContainmentFolder } from './containment-folder.ts';
import { sandboxEnvironment } from './sandbox-inner.ts';
import { takePipe } from './sandbox-pipe.ts';
import { FILTER_FD, STATUS_FD, type Plan, type RunOptions, type SandboxSpec } from './sandbox-spec.ts';

export interface Launched {
  readonly child: ChildProcess;
  readonly output: Readable;
  /** bubblewrap's own words. */
  readonly errors: Readable;
  readonly status: Readable;
}

type Stdio = ('ignore' | 'pipe' | number)[];

const CLOSE_ON_EXEC = 0o2000000;
const FIRST = 3;
/** Node opens everything with close-on-exec, so what isn't so was there when this process began. */
let inherited: readonly number[] | undefined;

/** @throws `sandbox.start`, `sandbox.pipe`. */
export async function launchSandbox(spec: SandboxSpec, plan: Plan, folder: ContainmentFolder, { world, input }: Pick<RunOptions, 'world' | 'input'> = {}): Promise<Launched> {
  /** Ours to close whatever happens: the child has its own copies, and ours would keep the output from ever ending. */
  const given: number[] = [];
  const keep = (end: number): number => {
    given.push(end);
    return end;
  };
  const sockets: Socket[] = [];
  try {
    const output = await takePipe(folder.pipes);
    keep(output.writeEnd);
    const reader = new Socket({ fd: output.readEnd, readable: true, writable: false });
    sockets.push(reader);
    const stdio: Stdio = ['ignore', output.writeEnd, 'pipe'];
    stdio[STATUS_FD] = 'pipe';
    stdio[FILTER_FD] = folder.filter === '' ? 'ignore' : keep(openSync(folder.filter, 'r'));
    let writer: Socket | undefined;
    if (spec.stdin !== undefined || input !== undefined) {
      const pipe = await takePipe(folder.pipes);
      stdio[0] = keep(pipe.readEnd);
      writer = new Socket({ fd: pipe.writeEnd, readable: false, writable: true });
      sockets.push(writer);
    }
    inherited ??= inheritedDescriptors();
    const leaking = inherited.filter((descriptor) => stdio[descriptor] === undefined || stdio[descriptor] === 'ignore');
    if (leaking.length > 0) plugDescriptors(stdio, leaking, keep(openSync('/dev/null', 'r')));
    const child = await start([...(world?.enter ?? []), ...plan.argv], sandboxEnvironment(spec, plan.home), stdio);
    giveWay(child.pid ?? 0);
    if (writer !== undefined) {
      // A command may end without reading all: that is its own affair.
      writer.on('error', () => writer.destroy());
      if (input === undefined) writer.end(spec.stdin ?? '');
      else input(writer);
    }
    return { child, output: reader, ...streamsOf(child) };
  } catch (error) {
    for (const socket of sockets) socket.destroy();
    throw error instanceof Fault ? error : startFault(error);
  } finally {
    for (const end of given) closeSync(end);
  }
}

async function start(argv: readonly string[], environment: Readonly<Record<string, string>>, stdio: Stdio): Promise<ChildProcess> {
  const [command = '', ...rest] = argv;
  let child: ChildProcess;
  try {
    // Detached: a Ctrl-C in the terminal is for us, and we then end the run in order.
    child = spawn(command, rest, { stdio, env: environment, cwd: '/', detached: true });
  } catch (error) {
    throw startFault(error);
  }
  if (child.pid !== undefined) return child;
  throw startFault(await new Promise((resolve) => child.once('error', resolve)));
}

function startFault(error: unknown): Fault {
  return new Fault('sandbox.start', `bubblewrap couldn't be started: ${wordsOf(error)}`, 'Run "pwb doctor" to see what is missing.', { cause: error });
}

function streamsOf(child: ChildProcess): { readonly errors: Readable; readonly status: Readable } {
  const errors = child.stdio[2];
  const status = child.stdio[STATUS_FD];
  if (!(errors instanceof Readable) || !(status instanceof Readable)) throw new Fault('sandbox.start', 'the pipes to bubblewrap are missing');
  return { errors, status };
}

/** Descriptors that a child would get without being given them. */
export function inheritedDescriptors(): readonly number[] {
  return readdirSync('/proc/self/fd').map(Number).filter((descriptor) => descriptor >= FIRST && isInherited(descriptor));
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'));
    return flags !== null && (Number.parseInt(flags[1] ?? '0', 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // Closed since: the folder's own descriptor was among them.
    return false;
  }
}

function plugDescriptors(stdio: Stdio, descriptors: readonly number[], plug: number): void {
  for (let free = stdio.length; free < Math.max(...descriptors); free++) stdio[free] = 'ignore';
  for (const descriptor of descriptors) stdio[descriptor] = plug;
}

/** When memory runs out, a run is ended before the person's own programs. What bubblewrap starts inherits it. */
function giveWay(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A kindness, not a limit: where it isn't allowed the run goes on without.
  }
}
