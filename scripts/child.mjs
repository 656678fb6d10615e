// Runs a program in our place: its streams are ours, signals reach it, its exit code is ours.
import { spawn } from 'node:child_process';

const SIGNALS = /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGINT']);

/** @param {readonly string[]} argv @param {import('node:child_process').SpawnOptions} [options] @returns {Promise<number>} the exit code, 128 + n for a signal as in a shell */
export function runInPlace(argv, options = {}) {
  return new Promise((resolve, reject) => {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { stdio: 'inherit', ...options });
    // Ctrl-C in a terminal reaches the whole group: passing it on would make it two.
    const pass = (/** @type {NodeJS.Signals} */ signal) => { if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal); };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const name of SIGNALS) process.off(name, pass);
      resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGHUP' ? 1 : signal === 'SIGKILL' ? 9 : 15));
    });
  });
}
