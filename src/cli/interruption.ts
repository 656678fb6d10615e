// What comes from outside a command while it runs: Ctrl-C, a terminal that is closed, a reader that stops, a fault that
// nobody caught. Each ends in words, where somebody is there to read them, and an exit code.
import { systemCode } from '../model/fault.ts';
import { EXIT } from './command.ts';

/** What a shell says of a process that ended with its terminal: 128 and the signal's number. */
const HUNG_UP = 129;

/** Ctrl-C and the like. The first one cancels, a second one ends the process at once; a command that doesn't heed it ends at the first. */
export class Interruption {
  readonly #controller = new AbortController();
  #heeded = false;

  heed(): AbortSignal {
    if (!this.#heeded) {
      this.#heeded = true;
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.interrupt(130));
      process.on('SIGHUP', () => this.hangUp(HUNG_UP));
    }
    return this.#controller.signal;
  }

  /** Nobody is there any more to be in a hurry, so what was begun is always put away. */
  hangUp(code: number): void {
    if (!this.#heeded) process.exit(code);
    this.#controller.abort();
  }

  interrupt(code: number): void {
    if (!this.#heeded || this.#controller.signal.aborted) process.exit(code);
    this.#controller.abort();
  }
}

/** What comes from outside the command: a reader that stops (`pwb log | head`) is no fault, but nobody is there any more; all else ends in words. */
export function guardProcess(interruption: Interruption, tell: (error: unknown) => number): void {
  let gone = false;
  const broken = (error: unknown): void => {
    if (gone) return;
    gone = true;
    const code = systemCode(error);
    // A closed terminal says EIO.
    if (code === 'EPIPE' || code === 'EIO') interruption.hangUp(code === 'EIO' ? HUNG_UP : EXIT.done);
    else process.exit(tell(error));
  };
  process.stdout.on('error', broken);
  process.stderr.on('error', broken);
  process.on('uncaughtException', (error) => process.exit(tell(error)));
}
