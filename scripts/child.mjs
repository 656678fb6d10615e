// Runs a program in our place: its streams are ours, signals reach it, its exit code is ours. With a limit on
// its time it gets a process group of its own, so that all of it ends.
import { spawn } from 'node:child_process';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/**
 * @param {readonly string[]} argv
 * @param {import('node:child_process').SpawnOptions} [options]
 * @param {{ milliseconds: number, reached: (pid: number) => void }} [limit] past it the whole group is killed
 * @returns {Promise<number>} the exit code, 128 + n for a signal as in a shell
 */
export function runInPlace(argv, options = {}, limit) {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { stdio: 'inherit', ...options, detached: limit !== undefined });
    const kill = (/** @type {NodeJS.Signals} */ signal) => {
      if (child.pid === undefined) return;
      try {
        process.kill(limit === undefined ? child.pid : -Number(child.pid), signal);
      } catch {
        // Gone already, which is what was wanted.
      }
    };
    // Ctrl-C in a terminal reaches our whole group: passing it on within the group would make it two.
    const pass = (/** @type {NodeJS.Signals} */ signal) => { if (signal !== 'SIGINT' || limit !== undefined || !process.stdin.isTTY) kill(signal); };
    for (const signal of Object.keys(SIGNALS)) process.on(signal, pass);
    // npm hands a SIGTERM to its shell only, which dies of it without a word to us: its death is our signal.
    const parent = process.ppid;
    const watch = setInterval(() => { if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) kill('SIGTERM'); }, 300);
    const clock = limit === undefined ? undefined : setTimeout(() => { limit.reached(child.pid); kill('SIGKILL'); }, limit.milliseconds);
    const done = () => {
      clearInterval(watch);
      clearTimeout(clock);
      for (const name of Object.keys(SIGNALS)) process.off(name, pass);
    };
    child.on('error', (error) => { done(); reject(error); });
    child.on('close', (code, signal) => { done(); resolve(code ?? 128 + (SIGNALS[signal] ?? 9)); });
  });
}
