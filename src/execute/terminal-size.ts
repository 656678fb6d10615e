// Tells a terminal inside a sandbox how large the person's window is now. The terminal is opened from outside, as
// the sandbox shows it, so that nothing of ours has to run in there.
import { execFile } from 'node:child_process';
import { findProgram } from './overlay-mount.ts';
import { birthOf } from './limits-watch.ts';

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface SizeFollower {
  /** @param init of the sandbox's process namespace. */
  start(init: number): void;
  set(size: Size): void;
  stop(): void;
}

const MOST = 9999;
const PATIENCE = 2000;
/** The first terminal of a sandbox's own `/dev/pts`, and the one that the command has. */
const PLACE = 'root/dev/pts/0';

/** @returns the window's size; one that can't be is a usual one. */
export function sizeOf({ rows, columns }: Size): Size {
  const can = (size: number, usual: number): number => (Number.isInteger(size) && size > 0 && size <= MOST ? size : usual);
  return { rows: can(rows, 24), columns: can(columns, 80) };
}

/** The last size wins; one change is made at a time. A size that can't be told is a nuisance and no more. */
export function followSize(): SizeFollower {
  let wanted: Size | undefined;
  let sandbox: { readonly init: number; readonly birth: string } | undefined;
  let telling = false;
  const tell = (): void => {
    // INVARIANT: the process is the one that was seen at the start, or nothing is opened through its number.
    if (telling || wanted === undefined || sandbox === undefined || birthOf(sandbox.init) !== sandbox.birth) return;
    const { rows, columns } = wanted;
    wanted = undefined;
    telling = true;
    const words = ['-F', `/proc/${sandbox.init}/${PLACE}`, 'rows', String(rows), 'cols', String(columns)];
    execFile(findProgram('stty'), words, { env: {}, cwd: '/', timeout: PATIENCE, killSignal: 'SIGKILL' }, () => {
      telling = false;
      tell();
    });
  };
  return {
    start(init) {
      sandbox = { init, birth: birthOf(init) };
      tell();
    },
    set(size) {
      wanted = sizeOf(size);
      tell();
    },
    stop() {
      sandbox = undefined;
    },
  };
}
