// A command in a rehearsal with a person at its terminal. It never gets the person's own terminal, into which it
// could type: it gets one made inside the sandbox, and bytes are passed between the two.
import type { Writable } from 'node:stream';
import { Fault } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { findProgram } from './overlay-mount.ts';
import { planRehearsal, rehearseRun, type Prepared, type Rehearsed } from './rehearse.ts';
import type { Plan, SandboxSpec } from './sandbox-spec.ts';
import { borrowTerminal, type TerminalEnds } from './terminal-borrow.ts';
import { leaveByKeys } from './terminal-keys.ts';
import { followSize, sizeOf, type Size } from './terminal-size.ts';

export type { TerminalEnds } from './terminal-borrow.ts';
export { LEAVE } from './terminal-keys.ts';

export interface TerminalOptions {
  readonly signal: AbortSignal;
  /** The person's; this process's own by default. */
  readonly ends?: TerminalEnds;
}

const TERM = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
const MOST_TYPED = 1_048_576;
/** Its colours, its line editing and its size are set before the command begins; then nothing of this is left. */
const BEGIN = 'stty sane iutf8 rows "$LINES" cols "$COLUMNS" 2>/dev/null; unset LINES COLUMNS; exec';

/**
 * What a command at a terminal will be, for the log before it.
 * @throws `terminal.script` when the program that makes terminals isn't installed, and as planRehearsal.
 */
export async function planTerminal(spec: SandboxSpec, prepared: Prepared, containment: Containment): Promise<Plan> {
  return planRehearsal(atTerminal(spec), prepared, containment);
}

/**
 * @param plan of planTerminal, for this spec.
 * @returns also when the person left it (see LEAVE), hung up, or a limit ended it: the limits say so, and the effects
 * hold what it had done. Its output is kept as far as `limits.output` goes.
 * @throws `terminal.none` when there is no person's terminal, `terminal.plan` when the plan is of something else, and
 * as rehearseRun. The person's terminal is as it was before, and the view is gone, then too.
 */
export async function runInTerminal(spec: SandboxSpec, plan: Plan, prepared: Prepared, containment: Containment, options: TerminalOptions): Promise<Rehearsed> {
  const ends = options.ends ?? { input: process.stdin, output: process.stdout };
  try {
    const wrapped = atTerminal(spec, ends.output.isTTY ? sizeOf(ends.output) : undefined);
    if (wrapped.argv.join('\0') !== plan.argv.slice(-wrapped.argv.length).join('\0')) throw new Fault('terminal.plan', 'the plan is not of this command at a terminal', 'Propose it again.');
    return await borrowTerminal(ends, (borrowed) => passThrough(wrapped, plan, prepared, containment, { ...borrowed, signal: AbortSignal.any([options.signal, borrowed.hungUp]) }));
  } catch (error) {
    await prepared.discard();
    throw error;
  }
}

interface Passing {
  readonly signal: AbortSignal;
  show(chunk: Uint8Array): void;
  onKeys(hear: (keys: Uint8Array) => void): void;
  onSize(hear: (size: Size) => void): void;
}

async function passThrough(spec: SandboxSpec, plan: Plan, prepared: Prepared, containment: Containment, { signal, show, onKeys, onSize }: Passing): Promise<Rehearsed> {
  const left = new AbortController();
  const size = followSize();
  onSize((now) => size.set(now));
  try {
    return await rehearseRun(spec, plan, prepared.view, containment, {
      prepared, signal: AbortSignal.any([signal, left.signal]), flood: 'wait',
      onOutput: show,
      inside: (init) => size.start(init),
      input: (end) => onKeys(leaveByKeys((keys) => type(end, keys), () => left.abort())),
    });
  } finally {
    size.stop();
  }
}

/** What a person types while nothing reads is let go in the end, rather than kept for ever. */
function type(end: Writable, keys: Uint8Array): void {
  if (!end.destroyed && end.writableLength < MOST_TYPED) end.write(keys);
}

function atTerminal(spec: SandboxSpec, size: Size = { rows: 24, columns: 80 }): SandboxSpec {
  const { TERM: term = '', COLORTERM: colours = '' } = process.env;
  const environment = {
    TERM: TERM.test(term) ? term : 'xterm-256color',
    ...(TERM.test(colours) ? { COLORTERM: colours } : {}),
    ...spec.environment,
    LINES: String(size.rows),
    COLUMNS: String(size.columns),
  };
  return { ...spec, argv: [scriptProgram(), '-qefc', `${BEGIN} ${spec.argv.map(quoted).join(' ')}`, '/dev/null'], environment };
}

function scriptProgram(): string {
  try {
    return findProgram('script');
  } catch (error) {
    throw new Fault('terminal.script', '"script", which makes a terminal inside the sandbox, is not installed', 'sudo apt-get install bsdutils', { cause: error });
  }
}

/** One word of a shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
