// Breaks prose between words at the edge of a terminal, also while it streams in. It adds line breaks in the place of
// spaces and nothing else; what has no spaces is never held back for long.

/** Two cells wide in a terminal, and a place to break. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Stands for a style's code, without width. Text that is drawn visibly never has it. */
const MARK = '\u0000';

/** Keeps the last word until it is known to be whole. */
export class Wrapper {
  readonly #columns: number;
  readonly #indent: string;
  #column = 0;
  #space = '';
  #word = '';
  #width = 0;

  /** @param indent what a continued line begins with. */
  constructor(columns: number, indent = '') {
    this.#columns = columns;
    this.#indent = indent;
  }

  /** What may be printed now. */
  push(text: string): string {
    let out = '';
    for (const char of text) {
      if (char === '\n') {
        out += `${this.flush()}\n`;
        this.#column = 0;
      } else if (char === ' ' || char === '\t') {
        out += this.#place();
        this.#space += char;
      } else if (WIDE.test(char)) {
        out += this.#place();
        this.#word = char;
        this.#width = 2;
        out += this.#place();
      } else {
        this.#word += char;
        this.#width += char === MARK ? 0 : 1;
        if (this.#width >= this.#columns) out += this.#place();
      }
    }
    return out;
  }

  /** The rest, when something else is to be printed or the text is over. */
  flush(): string {
    const out = this.#place() + this.#space;
    this.#column += this.#space.length;
    this.#space = '';
    return out;
  }

  #place(): string {
    if (this.#word === '') return '';
    const fits = this.#column + this.#space.length + this.#width <= this.#columns;
    const breaks = !fits && this.#column > this.#indent.length && (this.#space !== '' || WIDE.test(this.#word));
    const out = breaks ? `\n${this.#indent}${this.#word}` : this.#space + this.#word;
    this.#column = breaks ? this.#indent.length + this.#width : this.#column + this.#space.length + this.#width;
    this.#space = '';
    this.#word = '';
    this.#width = 0;
    return out;
  }
}

/** One line of prose, its own indent kept and continued lines two deeper. Colours take no room. */
export function wrapLine(line: string, columns: number): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const wrapper = new Wrapper(columns, `${indent}  `);
  const codes: string[] = [];
  const bare = line.replaceAll(/\u001b\[\d*m/g, (code) => {
    codes.push(code);
    return MARK;
  });
  let at = 0;
  return (wrapper.push(bare) + wrapper.flush()).replaceAll(MARK, () => codes[at++] ?? '');
}
