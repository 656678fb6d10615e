// For tests: the program in a real terminal, by util-linux's `script`. What a person would see, and keys to press.
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { launch, PROGRAM, type Desk, type Ran } from './pwb.ts';

export const noTerminal = existsSync('/usr/bin/script') ? {} : { skip: 'no `script` of util-linux here: the terminal is not tested' };

export interface Terminal {
  /** Resolves when this was shown after all that was waited for before. */
  shows(pattern: RegExp): Promise<string>;
  press(keys: string): Promise<void>;
  /** The terminal is gone, as when a person closes its window. */
  hangUp(): void;
  readonly ended: Promise<Ran>;
  /** All that was shown, colours and line movements left out. */
  text(): string;
  /** All of it, as it came. */
  raw(): string;
}

export function openTerminal(desk: Desk, args: readonly string[], env: NodeJS.ProcessEnv = {}): Terminal {
  const line = `stty cols 100 rows 40; exec ${[...PROGRAM, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}`;
  const running = launch(['/usr/bin/script', '-qefc', line, '/dev/null'], { cwd: desk.folder, env: { ...desk.env, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env } });
  let seen = 0;
  const text = (): string => plain(running.stdout());
  return {
    ended: running.ended,
    text,
    raw: running.stdout,
    hangUp: () => void running.child.kill('SIGKILL'),
    async shows(pattern) {
      for (;;) {
        const match = pattern.exec(text().slice(seen));
        if (match !== null) {
          seen += match.index + match[0].length;
          return match[0];
        }
        const end = await Promise.race([running.ended, pause(20)]);
        if (end !== undefined && pattern.exec(text().slice(seen)) === null) throw new Error(`it ended without showing ${String(pattern)}:\n${text()}`);
      }
    },
    press: (keys) => new Promise((resolve, reject) => running.child.stdin?.write(keys, (error) => (error ? reject(error) : resolve()))),
  };
}

/** What stays on the screen: a line that was drawn over is gone. */
function plain(raw: string): string {
  const unstyled = raw.replaceAll('\r\n', '\n').replaceAll(/\u001b\[[0-9;?]*[A-JL-Za-z]/g, '');
  return unstyled.replaceAll(/[^\n]*\r\u001b\[K/g, '').replaceAll('\u001b[K', '').replaceAll('\r', '');
}
