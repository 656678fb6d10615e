// Tells `<think>…</think>` at the start of a streamed text from the text itself. Only leading blocks are
// folded: a text that speaks of the tag later is left alone.

export interface Piece {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

const OPEN = '<think>';
const CLOSE = '</think>';
/** White space before a tag is waited for, but not for ever. Characters. */
const MOST_LEAD = 256;

/** Feed it pieces of any length; the pieces it gives back join to the same texts whatever the cuts were. */
export class ThinkSplitter {
  #state: 'start' | 'inside' | 'after' | 'text' = 'start';
  #pending = '';
  /** A block was opened. */
  folded = false;
  /** The text ended inside a block. */
  unclosed = false;

  push(text: string): Piece[] {
    if (this.#state === 'text') return text === '' ? [] : [{ type: 'text', text }];
    this.#pending += text;
    const pieces: Piece[] = [];
    while (this.#step(pieces)) continue;
    return pieces;
  }

  end(): Piece[] {
    const rest = this.#state === 'after' ? this.#pending.trimStart() : this.#pending;
    this.unclosed = this.#state === 'inside';
    this.#pending = '';
    return rest === '' ? [] : [{ type: this.#state === 'inside' ? 'reasoning' : 'text', text: rest }];
  }

  /** True while there is more to do with what is pending. */
  #step(pieces: Piece[]): boolean {
    switch (this.#state) {
      case 'start':
      case 'after':
        return this.#lead(pieces);
      case 'inside':
        return this.#inside(pieces);
      case 'text':
        if (this.#pending !== '') pieces.push({ type: 'text', text: this.#pending });
        this.#pending = '';
        return false;
    }
  }

  #lead(pieces: Piece[]): boolean {
    const lead = this.#pending.trimStart();
    if (lead.startsWith(OPEN)) {
      this.#pending = lead.slice(OPEN.length);
      this.#state = 'inside';
      if (this.folded) pieces.push({ type: 'reasoning', text: '\n' });
      this.folded = true;
      return true;
    }
    if (OPEN.startsWith(lead) && this.#pending.length <= MOST_LEAD) return false;
    if (this.#state === 'after') this.#pending = lead;
    this.#state = 'text';
    return true;
  }

  #inside(pieces: Piece[]): boolean {
    const at = this.#pending.indexOf(CLOSE);
    const upTo = at >= 0 ? at : this.#pending.length - heldBack(this.#pending);
    if (upTo > 0) pieces.push({ type: 'reasoning', text: this.#pending.slice(0, upTo) });
    this.#pending = this.#pending.slice(at >= 0 ? at + CLOSE.length : upTo);
    if (at >= 0) this.#state = 'after';
    return at >= 0;
  }
}

/** How many characters at the end may be the start of the closing tag. */
function heldBack(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

/**
 * Some templates put the opening tag into the prompt, so only the closing one comes back. Recognised only
 * where it stands on a line of its own and no opening tag is in the text.
 */
export function splitUnopened(text: string): { readonly reasoning: string; readonly text: string } | null {
  if (text.includes(OPEN)) return null;
  const match = /(^|\n)[ \t]*<\/think>[ \t]*(\r?\n|$)/.exec(text);
  if (match === null) return null;
  return { reasoning: text.slice(0, match.index).trim(), text: text.slice(match.index + match[0].length).trimStart() };
}
