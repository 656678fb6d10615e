// Which modes a program has put a terminal into, so that they can be taken back when it dies in the middle: a hidden
// cursor, the other screen, a mouse that types. It reads along and changes nothing.

export interface Modes {
  see(chunk: Uint8Array): void;
  /** What to write to a terminal to have it as before. Empty when there is nothing to take back. */
  undo(): string;
}

/** DEC private modes that are on in a terminal at rest: line wrap, the cursor. */
const USUALLY_ON = new Set([7, 25]);
/** A switch, or what sets a region, keyboard reports or the other character set. As in ECMA-48 and xterm's ctlseqs. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const SWITCHES = /\u001b(?:\[\?([0-9;]{1,64})([hl])|\[([0-9;]*)r|\[>([0-9;]*)([mu])|(=)|\([^B])/g;
/** The longest switch; it may come in two chunks. */
const LONGEST = 72;
const MOST_MODES = 64;
const ESCAPE = '\u001b';

export function watchModes(): Modes {
  const odd = new Set<number>();
  let rest = '';
  let escaped = false;
  let region = false;
  let keyboard = 0;
  let keys = false;
  return {
    see(chunk) {
      const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
      escaped ||= text.includes(ESCAPE);
      let end = 0;
      for (const match of text.matchAll(SWITCHES)) {
        end = match.index + match[0].length;
        const [, modes, to, margins, , report] = match;
        if (modes !== undefined) {
          for (const mode of modes.split(';').map(Number)) {
            if ((to === 'h') === USUALLY_ON.has(mode)) odd.delete(mode);
            else if (odd.size < MOST_MODES) odd.add(mode);
          }
        } else if (margins !== undefined) region = margins !== '';
        else if (report === 'u') keyboard++;
        else if (report === 'm') keys = true;
      }
      rest = text.slice(Math.max(end, text.length - LONGEST));
    },
    undo() {
      if (!escaped) return '';
      const on = [...odd].filter((mode) => USUALLY_ON.has(mode));
      const off = [...odd].filter((mode) => !USUALLY_ON.has(mode));
      return [
        // Ends a string that was begun, then: plain letters, plain character set, plain keypad.
        `${ESCAPE}\\${ESCAPE}[0m${ESCAPE}(B${ESCAPE}>`,
        // Setting the whole screen as the region moves the cursor.
        region ? `${ESCAPE}7${ESCAPE}[r${ESCAPE}8` : '',
        keyboard > 0 ? `${ESCAPE}[<${keyboard}u` : '',
        keys ? `${ESCAPE}[>4m` : '',
        on.length > 0 ? `${ESCAPE}[?${on.join(';')}h` : '',
        off.length > 0 ? `${ESCAPE}[?${off.join(';')}l` : '',
      ].join('');
    },
  };
}
