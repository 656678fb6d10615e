// The tool for commands. The line is handed whole to a shell inside the sandbox; the house never splits,
// expands or judges it by its text.
import { existsSync } from 'node:fs';
import * as z from 'zod/mini';
import { workPath } from '../model/path.ts';
import { defineTool, type Tool } from './tool.ts';

export const DEFAULT_SECONDS = 120;
export const MOST_SECONDS = 3600;
/** Linux refuses one argument above 128 KiB (MAX_ARG_STRLEN). */
const COMMAND_BYTES = 128 * 1024 - 1;

let shell: string | undefined;
/** bash where the machine has it, since that is what models write for. */
const shellPath = (): string => (shell ??= existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh');

export const RUN_TOOL: Tool = defineTool(
  'run',
  'Run a shell command in a copy of the workspace, without network; its changes are then reviewed.',
  {
    command: z.string(),
    cwd: z.optional(z.string()),
    timeout: z.optional(z.int().check(z.minimum(1, 'must be 1 or more'), z.maximum(MOST_SECONDS, `must be ${MOST_SECONDS} or less`), z.describe(`seconds, default ${DEFAULT_SECONDS}`))),
  },
  ({ command, cwd, timeout = DEFAULT_SECONDS }, place) => {
    if (command.trim() === '') return { ok: false, error: 'run: command is empty' };
    if (Buffer.byteLength(command) > COMMAND_BYTES) return { ok: false, error: 'run: command is longer than 128 KiB; write a script file and run that' };
    const read = workPath(place.root, cwd === undefined || cwd === '' ? '.' : cwd);
    if (!read.ok) return { ok: false, error: `run: cwd: ${read.error}` };
    const argv = [shellPath(), '-c', command];
    return { ok: true, action: { kind: 'run', workspace: place.workspace, root: place.root, argv, cwd: read.path, access: 'write', timeout: timeout * 1000 } };
  },
  true,
);
