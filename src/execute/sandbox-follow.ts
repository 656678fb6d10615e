// Follows a run to its last byte of output, and ends it when a limit is broken or it is cancelled. Kills go to
// the namespace's init, by number and time of birth: with it everything inside is gone. Never by name.
import { Fault, wordsOf } from '../model/fault.ts';
import type { LimitHit } from '../model/outcome.ts';
import { OUTPUT_CAP } from './limits.ts';
import type { GroupPlace } from './limits-cgroup.ts';
import { birthOf, parentOf, processTree, watchLimits, type Watch } from './limits-watch.ts';
import type { Launched } from './sandbox-launch.ts';
import { keepOutput, type OutputKeeper } from './sandbox-output.ts';
import type { RunOptions, SandboxSpec } from './sandbox-spec.ts';

export interface Ending {
  /** As bubblewrap tells it, or null when the command never ended by itself or never began. */
  readonly exit: number | null;
  /** True when the house ended it. */
  readonly ended: boolean;
  readonly limits: readonly LimitHit[];
  /** The signal that ended bubblewrap itself, or empty. */
  readonly killedBy: string;
  /** bubblewrap's own words. */
  readonly errors: string;
  readonly output: Uint8Array;
  readonly outputBytes: number;
}

/** Milliseconds between a polite end and the sure one, on cancel and time-out. */
const GRACE = 300;
/** How long bubblewrap may take to tell its init before it is ended itself. */
const UNTOLD = 2000;
/** How long a killed run may take to be gone: a process can hang in a dead network disk. */
const GONE = 10_000;
/** How long output may come after everything inside is dead. */
const LAST_OUTPUT = 500;
/** Node's timers fire at once when asked for more. */
const LONGEST = 2 ** 31 - 1;
const MOST_ERRORS = 16_384;
/** Of one that waits until its output was taken: so many bytes are taken in so many milliseconds. */
const TAKEN = 2 ** 20;
const TURN = 100;

/** @throws `sandbox.group`, `sandbox.stuck`. */
export async function followRun(launched: Launched, spec: SandboxSpec, place: GroupPlace | null, options: RunOptions): Promise<Ending> {
  const follower = new Follower(launched, spec, place, options);
  const { signal } = options;
  const cancel = (): void => follower.end('cancelled', true);
  signal.addEventListener('abort', cancel, { once: true });
  // It may have been asked for while the run was being started.
  if (signal.aborted) cancel();
  try {
    return await follower.ending();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

class Follower {
  readonly #launched: Launched;
  readonly #spec: SandboxSpec;
  readonly #place: GroupPlace | null;
  readonly #options: RunOptions;
  readonly #keeper: OutputKeeper;
  readonly #hits = new Set<LimitHit>();
  readonly #timers: NodeJS.Timeout[] = [];
  #watch: Watch | undefined;
  #fault: Fault | undefined;
  #giveUp: (fault: Fault) => void = () => undefined;
  #init = 0;
  /** Tells the init from a later process with its number. */
  #birth = '';
  /** True when it was seen as bubblewrap's child, so that its number can't be somebody else's. */
  #isOurs = false;
  #exit: number | null = null;
  #errors = '';
  #turn = { began: 0, taken: 0 };
  #resume: NodeJS.Timeout | undefined;

  constructor(launched: Launched, spec: SandboxSpec, place: GroupPlace | null, options: RunOptions) {
    this.#launched = launched;
    this.#spec = spec;
    this.#place = place;
    this.#options = options;
    this.#keeper = options.keeper ?? keepOutput(spec.limits.output);
    this.#after(Math.min(spec.limits.time, LONGEST), () => this.end('time', true));
    this.#listen();
  }

  /** Waits for bubblewrap's end and the output's: then nothing is left inside. */
  async ending(): Promise<Ending> {
    const { child, output } = this.#launched;
    const stuck = new Promise<never>((_, reject) => {
      this.#giveUp = reject;
    });
    try {
      await Promise.race([this.#closed(), stuck]);
    } finally {
      for (const timer of [...this.#timers, this.#resume]) clearTimeout(timer);
      output.destroy();
    }
    const held = (await this.#watch?.stop()) ?? [];
    if (this.#fault !== undefined) throw this.#fault;
    return {
      exit: this.#exit,
      ended: this.#hits.size > 0,
      limits: [...new Set([...this.#hits, ...held])],
      killedBy: child.signalCode ?? '',
      errors: this.#errors,
      output: this.#keeper.bytes(),
      outputBytes: this.#keeper.total(),
    };
  }

  end(limit: LimitHit, politely: boolean): void {
    this.#hits.add(limit);
    if (!politely || !this.#isOurs) return this.#kill();
    for (const pid of processTree(this.#init).slice(1)) send(pid, 'SIGTERM');
    this.#after(this.#options.grace ?? GRACE, () => this.#kill());
  }

  /** Not bubblewrap itself as long as it hasn't told its init: what that has begun by then would go on without it. */
  #kill(patient = true): void {
    const { child } = this.#launched;
    // As soon as it is told, this is asked again.
    if (patient && this.#init === 0) return this.#after(UNTOLD, () => this.#kill(false));
    if (this.#isOurs && this.#isThere()) send(this.#init, 'SIGKILL');
    else child.kill('SIGKILL');
    const fault = new Fault('sandbox.stuck', `the run's processes can't be killed (their init is ${this.#init})`, 'Look at them with "ps"; one that hangs in a dead disk goes when the disk comes back.');
    this.#after(GONE, () => this.#giveUp(fault));
  }

  #listen(): void {
    const { output, errors, status } = this.#launched;
    output.on('data', (chunk: Uint8Array) => this.#take(chunk));
    errors.on('data', (chunk: Uint8Array) => {
      if (this.#errors.length < MOST_ERRORS) this.#errors += Buffer.from(chunk).toString('utf8');
    });
    let text = '';
    status.on('data', (chunk: Uint8Array) => {
      // bubblewrap writes one JSON document a line: first the init's id, last the exit code.
      const lines = (text + Buffer.from(chunk).toString('latin1')).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
    });
    for (const stream of [output, errors, status]) stream.on('error', () => stream.destroy());
  }

  #hear(line: string): void {
    const init = /"child-pid": (\d+)/.exec(line);
    const exit = /"exit-code": (\d+)/.exec(line);
    if (exit !== null) this.#exit = Number(exit[1]);
    if (init === null) return;
    this.#init = Number(init[1]);
    this.#birth = birthOf(this.#init);
    this.#isOurs = parentOf(this.#init) === this.#launched.child.pid;
    if (this.#hits.size > 0) return this.#kill();
    const { limits, access, root } = this.#spec;
    const watched = { init: this.#init, place: this.#place, limits, disk: access === 'write' ? (this.#options.world?.disk ?? root) : '' };
    this.#watch = watchLimits(watched, (limit) => this.end(limit, false), (error) => {
      this.#fault = new Fault('sandbox.group', `the run couldn't be put into its control group: ${wordsOf(error)}`, 'Run "pwb doctor"; start the workbench again if the machine\'s control groups changed.', { cause: error });
      this.#kill();
    });
    if (this.#isOurs) this.#options.inside?.(this.#init);
  }

  #take(chunk: Uint8Array): void {
    this.#keeper.add(chunk);
    if (this.#hits.size > 0) return;
    try {
      this.#options.onOutput?.(chunk);
    } catch (error) {
      this.#fault = error instanceof Fault ? error : new Fault('sandbox.listener', `the run's output couldn't be passed on: ${wordsOf(error)}`, undefined, { cause: error });
      this.#kill();
    }
    if (this.#options.flood === 'wait') this.#slow(chunk.length);
    else if (this.#keeper.total() > this.#spec.limits.output * OUTPUT_CAP) this.end('output', false);
  }

  /** Its pipe fills up meanwhile, and then it waits. */
  #slow(bytes: number): void {
    const now = performance.now();
    if (now - this.#turn.began > TURN) this.#turn = { began: now, taken: 0 };
    this.#turn.taken += bytes;
    if (this.#turn.taken < TAKEN) return;
    const { output } = this.#launched;
    output.pause();
    this.#resume = setTimeout(() => output.resume(), this.#turn.began + TURN - now);
  }

  #isThere(): boolean {
    return this.#birth !== '' && birthOf(this.#init) === this.#birth;
  }

  async #closed(): Promise<void> {
    const { child, output } = this.#launched;
    const drained = new Promise<void>((resolve) => output.once('close', resolve));
    await new Promise<void>((resolve) => child.once('close', () => resolve()));
    // Only a process outside could still hold the pipe; it isn't waited for.
    this.#after(LAST_OUTPUT, () => output.destroy());
    await drained;
    // bubblewrap goes as soon as the command has ended; processes that the command left behind die just after. All of
    // them are below init, so when it has no child there is none; its own end takes the kernel a millisecond more.
    while (this.#isThere() && processTree(this.#init).length > 1) await new Promise((resume) => setTimeout(resume, 1));
  }

  #after(pause: number, act: () => void): void {
    this.#timers.push(setTimeout(act, pause));
  }
}

function send(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: that is what was wanted.
  }
}
