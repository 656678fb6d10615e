// Runs a program in our place: its streams are ours, signals reach it, its exit code is ours.
import { spawn } from 'node:child_process';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** @param {readonly string[]} argv @param {import('node:child_process').SpawnOptions} [options] @returns {Promise<number>} the exit code, 128 + n for a signal as in a shell */
export function runInPlace(argv, options = {}) {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { stdio: 'inherit', ...options });
    // Ctrl-C in a terminal reaches the whole group: passing it on would make it two.
    const pass = (/** @type {NodeJS.Signals} */ signal) => { if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal); };
    for (const signal of Object.keys(SIGNALS)) process.on(signal, pass);
    // npm hands a SIGTERM to its shell only, which dies of it without a word to us: its death is our signal.
    const parent = process.ppid;
    const watch = setInterval(() => { if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) child.kill('SIGTERM'); }, 300);
    child.on('error', (error) => { clearInterval(watch); reject(error); });
    child.on('close', (code, signal) => {
      clearInterval(watch);
      for (const name of Object.keys(SIGNALS)) process.off(name, pass);
      resolve(code ?? 128 + (SIGNALS[signal] ?? 9));
    });
  });
}
