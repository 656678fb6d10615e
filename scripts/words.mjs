// What the set-up says to a person: progress on stderr (stdout belongs to the command that follows),
// and one way to stop: what is wrong, then the next step. Never a stack trace.
import { stripVTControlCharacters } from 'node:util';

export const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

/** Thrown by the set-up for anything that a person can mend. */
export class Stop extends Error {
  /** @param {string} message what is wrong. @param {string} next the next step, as an imperative. */
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/** Runs a script's main function; its number is the exit code, 1 for whatever was thrown. */
export async function main(/** @type {() => Promise<number>} */ body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    say(`pwb: ${process.stderr.isTTY ? words : stripVTControlCharacters(words)}`);
    if (error instanceof Stop) say(`Next: ${error.next}`);
    process.exitCode = 1;
  }
}
