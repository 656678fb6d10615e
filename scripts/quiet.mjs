// Runs a command with its noise kept, to be shown only when it fails. No stdin: nothing here asks.
import { spawn } from 'node:child_process';

/** A command that can't be started has code -1. @param {readonly string[]} argv @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number }} options */
export function runQuietly(argv, options) {
  return new Promise((resolve) => {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-64_000)));
    child.on('error', (error) => resolve({ code: -1, output: `${error.code}: ${command}` }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
