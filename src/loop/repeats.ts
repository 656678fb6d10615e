// Notices a model that goes round in circles: the same call failing three times, or made eight times at all.

const FAILING = 3;
const ANY = 8;

export class Repeats {
  readonly #failed = new Map<string, number>();
  readonly #made = new Map<string, number>();
  /** Why the turn should stop, or null. */
  words: string | null = null;

  count(tool: string, args: string, worked: boolean, result: string): void {
    const key = `${tool}\0${args}`;
    const made = (this.#made.get(key) ?? 0) + 1;
    this.#made.set(key, made);
    const failed = worked ? 0 : (this.#failed.get(key) ?? 0) + 1;
    this.#failed.set(key, failed);
    const last = result.length > 200 ? `${result.slice(0, 200)}…` : result;
    if (failed >= FAILING) this.words = `The model made the same failing call to ${tool} ${failed} times, so the turn was stopped. The last error: ${last}`;
    else if (made >= ANY) this.words = `The model made the same call to ${tool} ${made} times, so the turn was stopped.`;
  }
}
