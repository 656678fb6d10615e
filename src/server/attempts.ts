// Counts wrong credentials. A good one always passes: a guesser must not be able to lock the person out, and with
// 256 bits there is nothing to be guessed. What is limited is the work that guessing causes.

const MINUTE = 60_000;

export class Attempts {
  readonly #most: number;
  #left: number;
  #at: number;

  /** @param most wrong ones a minute. */
  constructor(most: number, now = performance.now()) {
    this.#most = most;
    this.#left = most;
    this.#at = now;
  }

  /** One more was wrong. True when there were too many. `now`: monotonic milliseconds. */
  wrong(now = performance.now()): boolean {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / MINUTE) * this.#most);
    this.#at = now;
    if (this.#left < 1) return true;
    this.#left -= 1;
    return false;
  }
}
