// Passing news (Live) on its way to the event streams: small pieces of text are joined, so that a fast model costs
// twenty writes a second and not a thousand. Bounded: what is too fast to show is left out, and said so; the record
// in the log has it all.
import type { Live } from '../model/live.ts';

/** Milliseconds between two deliveries. */
const EVERY = 50;
/** Characters and pieces that may wait for the next one. */
const MOST_TEXT = 256 * 1024;
const MOST_PIECES = 512;

export class News {
  readonly #deliver: (pieces: readonly Live[]) => void;
  #pieces: Live[] = [];
  #size = 0;
  #left = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deliver: (pieces: readonly Live[]) => void) {
    this.#deliver = deliver;
  }

  hear(live: Live): void {
    const size = 'text' in live ? live.text.length : 0;
    const isFull = this.#size + size > MOST_TEXT || this.#pieces.length >= MOST_PIECES;
    // States always pass: only text and counts, which are many, may be left out.
    if (isFull && isDelta(live)) this.#left = true;
    else {
      this.#size += size;
      this.#add(live);
    }
    this.#timer ??= setTimeout(() => this.flush(), EVERY);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pieces = this.#pieces;
    const [first] = pieces;
    if (this.#left && first !== undefined) pieces.push({ type: 'notice', session: first.session, words: 'Some of this came too fast to be shown; the log has all of it.' });
    this.#pieces = [];
    this.#size = 0;
    this.#left = false;
    if (pieces.length > 0) this.#deliver(pieces);
  }

  #add(live: Live): void {
    const last = this.#pieces.at(-1);
    const joined = last === undefined ? null : joinTwo(last, live);
    if (joined === null) this.#pieces.push(live);
    else this.#pieces[this.#pieces.length - 1] = joined;
  }
}

function isDelta({ type }: Live): boolean {
  return type === 'text' || type === 'reasoning' || type === 'output' || type === 'calling';
}

/** One piece that says the same as two, or null. */
function joinTwo(last: Live, next: Live): Live | null {
  if (last.session !== next.session) return null;
  if ((last.type === 'text' && next.type === 'text') || (last.type === 'reasoning' && next.type === 'reasoning')) return { ...last, text: last.text + next.text };
  if (last.type === 'output' && next.type === 'output' && last.action === next.action) return { ...last, text: last.text + next.text };
  if (last.type === 'calling' && next.type === 'calling' && last.name === next.name) return next;
  return null;
}
