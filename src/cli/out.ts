// Talking to a person or a program: results on stdout, all else on stderr; with --json nothing but one document
// on stdout. Text from models and files is drawn with its control characters visible, so it can't move the cursor.
import { visible } from '../model/visible.ts';
import { Wrapper, wrapLine } from './wrap.ts';
import type { Json } from '../model/canonical.ts';

export interface Out {
  /** May keys be read and cards be drawn? Both ends are a terminal. */
  readonly interactive: boolean;
  /** A result line for people. */
  line(text: string): void;
  /** What a model says, as it comes: made safe for a terminal, and broken between words there. */
  stream(text: string): void;
  /** Output of a program, as it comes: made safe for a terminal. */
  output(text: string): void;
  /** One line of prose, broken between words where it doesn't fit. */
  prose(text: string): string;
  /** Progress and notices. */
  note(text: string): void;
  /** A line that is overwritten by the next one; nothing without a terminal. */
  progress(text: string): void;
  /** Exactly these bytes for a program; at a terminal every hidden character of them is drawn. */
  exact(bytes: Uint8Array): void;
  json(value: unknown): void;
  /** Was a document printed already? */
  answered(): boolean;
  style(kind: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'accent';
const CODES: { readonly [kind in Style]: string } = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', accent: '36' };

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string | Uint8Array): unknown;
}

export function outOf(stdin: { readonly isTTY?: boolean }, stdout: Screen, stderr: Screen, env: NodeJS.ProcessEnv): Out {
  const colour = stdout.isTTY === true && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb';
  let shown = false;
  let answered = false;
  // A stdout that says it has no columns is a terminal that doesn't know.
  const columns = stdout.isTTY === true ? Math.min(stdout.columns || 80, 120) : Infinity;
  const wrapper = new Wrapper(columns);
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
  };
  const rest = (): void => {
    clear();
    stdout.write(wrapper.flush());
  };
  return {
    interactive: stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true,
    line(text) {
      rest();
      stdout.write(`${text}\n`);
    },
    stream(text) {
      clear();
      stdout.write(columns === Infinity ? visible(text, '\n\t') : wrapper.push(visible(text, '\n\t')));
    },
    prose: (text) => (columns === Infinity ? text : wrapLine(text, columns)),
    output(text) {
      rest();
      stdout.write(visible(text, '\n\t'));
    },
    note(text) {
      rest();
      stderr.write(`${text}\n`);
    },
    progress(text) {
      if (stderr.isTTY !== true) return;
      stdout.write(wrapper.flush());
      stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns || 80) - 1)}`);
      shown = true;
    },
    exact(bytes) {
      rest();
      stdout.write(stdout.isTTY === true ? `${visible(new TextDecoder().decode(bytes), '\n\t')}\n` : bytes);
    },
    json(value) {
      answered = true;
      clear();
      stdout.write(`${JSON.stringify(value)}\n`);
    },
    answered: () => answered,
    style: (kind, text) => (colour ? `\u001b[${CODES[kind]}m${text}\u001b[0m` : text),
  };
}

/** For programs: nothing on stdout but `json`. */
export function quiet(out: Out): Out {
  const nothing = (): void => undefined;
  return { ...out, interactive: false, line: nothing, stream: nothing, output: nothing, exact: nothing, progress: nothing };
}

export type { Json };
