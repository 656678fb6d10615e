// The person's own terminal while a command elsewhere has the keyboard: every key is passed on unread, none is a
// signal to us, and whatever happens the terminal is given back as it was.
import { spawnSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Fault } from '../model/fault.ts';
import { findProgram } from './overlay-mount.ts';
import { watchModes, type Modes } from './terminal-modes.ts';
import type { Size } from './terminal-size.ts';

export interface TerminalEnds {
  readonly input: NodeJS.ReadStream & { readonly fd: number };
  readonly output: NodeJS.WriteStream & { readonly fd: number };
}

export interface Borrowed {
  /** Aborts when the terminal is gone. */
  readonly hungUp: AbortSignal;
  show(chunk: Uint8Array): void;
  onKeys(hear: (keys: Uint8Array) => void): void;
  onSize(hear: (size: Size) => void): void;
}

/** Milliseconds. What the terminal itself answers to the last words of a command must not be typed into the person's shell. */
const LAST_ANSWERS = 50;
const PATIENCE = 2000;

/** @throws `terminal.none` when one of the ends is no terminal. What `use` throws is passed on when all is as before. */
export async function borrowTerminal<T>(ends: TerminalEnds, use: (borrowed: Borrowed) => Promise<T>): Promise<T> {
  const { input, output } = ends;
  if (!input.isTTY || !output.isTTY) throw new Fault('terminal.none', 'a command at a terminal needs one, and the input or the output here is none', 'Start it from a terminal, or without one as an ordinary run.');
  const before = { raw: input.isRaw, flowing: !input.isPaused() && input.readableFlowing === true };
  const modes = watchModes();
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  // Stopped from outside and gone on, the shell has put the terminal into its own mode. The kernel says the same when the
  // terminal is gone.
  const again = (): void => {
    try {
      input.setRawMode(false);
      passAllOn(input);
    } catch {
      hangUp();
    }
  };
  const atExit = (): void => restoreNow(ends, before.raw, modes);
  const heard: (() => void)[] = [];
  const listen = (stream: NodeJS.ReadStream | NodeJS.WriteStream, name: string, hear: (chunk: Uint8Array) => void): void => {
    stream.on(name, hear);
    heard.push(() => stream.off(name, hear));
  };
  process.once('exit', atExit);
  process.on('SIGCONT', again);
  try {
    for (const name of ['error', 'end', 'close']) listen(input, name, hangUp);
    listen(output, 'error', hangUp);
    passAllOn(input);
    // Keys are passed on as soon as there is somebody to hear them; until then the terminal keeps them.
    return await use({
      hungUp: gone.signal,
      show(chunk) {
        modes.see(chunk);
        if (!gone.signal.aborted) output.write(chunk);
      },
      onKeys(hear) {
        listen(input, 'data', hear);
        input.resume();
      },
      onSize: (hear) => listen(output, 'resize', () => hear(output)),
    });
  } finally {
    const undo = modes.undo();
    if (!gone.signal.aborted && undo !== '') output.write(undo);
    // Still listening, and passing on to nobody.
    if (undo !== '') await new Promise((resume) => setTimeout(resume, LAST_ANSWERS));
    for (const stop of heard) stop();
    if (!before.flowing) input.pause();
    giveBack(input, before.raw);
    process.off('SIGCONT', again);
    process.off('exit', atExit);
  }
}

/** Node's own raw mode turns each line feed into a new line, which the terminal inside has done already where it is wanted. */
function passAllOn(input: TerminalEnds['input']): void {
  input.setRawMode(true);
  const done = spawnSync(findProgram('stty'), ['-opost'], { stdio: [input.fd, 'ignore', 'ignore'], env: {}, timeout: PATIENCE });
  if (done.status !== 0) throw new Fault('terminal.none', 'the terminal here can\'t be set to pass everything on', 'Start it from another terminal, or without one as an ordinary run.');
}

function giveBack(input: TerminalEnds['input'], raw: boolean): void {
  try {
    if (!input.destroyed) input.setRawMode(raw);
  } catch {
    // It is gone, and so is all that was to be given back.
  }
}

/** At the end of this process, when nothing else can be waited for. */
function restoreNow({ input, output }: TerminalEnds, raw: boolean, modes: Modes): void {
  try {
    input.setRawMode(raw);
    writeSync(output.fd, modes.undo());
  } catch {
    // It is gone, and so is all that was to be restored.
  }
}
