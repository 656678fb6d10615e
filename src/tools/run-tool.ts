// The tool for commands. The line is handed whole to a shell inside the sandbox; the house never splits,
// expands or judges it by its text.
import { existsSync } from 'node:fs';
import * as z from 'zod/mini';
import { parseHost, printHost } from '../model/host.ts';
import { isId } from '../model/id.ts';
import { workPath } from '../model/path.ts';
import { defineTool, type Tool } from './tool.ts';

export const DEFAULT_SECONDS = 120;
export const MOST_SECONDS = 3600;
/** Linux refuses one argument above 128 KiB (MAX_ARG_STRLEN). */
const COMMAND_BYTES = 128 * 1024 - 1;

export const SERVICE_TOOL: Tool = defineTool(
  'service',
  'Hear or stop a command that you run in the background.',
  {
    id: z.string(),
    stop: z.optional(z.boolean()),
    from: z.optional(z.int().check(z.minimum(0, 'must be 0 or more'), z.describe('byte of the output to begin at'))),
  },
  ({ id, stop = false, from = 0 }, { workspace, root }) => {
    if (!isId(id)) return { ok: false, error: 'service: id is not one of a background run' };
    return { ok: true, action: { kind: 'service', workspace, root, op: stop ? 'stop' : 'output', service: id, from } };
  },
  true,
);

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
    hosts: z.optional(z.string().check(z.describe('hosts to reach, e.g. "api.example, api.example:8443"; the person is asked'))),
    background: z.optional(z.boolean().check(z.describe('for servers and watchers: keeps running'))),
    clean: z.optional(z.boolean().check(z.describe('hide files from outside'))),
  },
  ({ command, cwd, timeout = DEFAULT_SECONDS, hosts: named = '', background = false, clean = false }, place) => {
    if (command.trim() === '') return { ok: false, error: 'run: command is empty' };
    if (Buffer.byteLength(command) > COMMAND_BYTES) return { ok: false, error: 'run: command is longer than 128 KiB; write a script file and run that' };
    const read = workPath(place.root, cwd === undefined || cwd === '' ? '.' : cwd);
    if (!read.ok) return { ok: false, error: `run: cwd: ${read.error}` };
    const hosts: string[] = [];
    for (const word of named.split(/[\s,]+/).filter((one) => one !== '')) {
      const host = parseHost(word, 443);
      if (host.kind === 'wrong') return { ok: false, error: `run: hosts: ${JSON.stringify(word)}: ${host.why}` };
      hosts.push(printHost(host.rule));
    }
    if (background && hosts.length > 0) return { ok: false, error: 'run: what runs in the background has no hosts; leave one of them out' };
    if (background && clean) return { ok: false, error: 'run: what runs in the background is never clean, since files may come while it runs; leave one of them out' };
    const more = { ...(hosts.length === 0 ? {} : { hosts }), ...(background ? { service: true as const } : {}), ...(clean ? { clean: true as const } : {}) };
    const argv = [shellPath(), '-c', command];
    return { ok: true, action: { kind: 'run', workspace: place.workspace, root: place.root, argv, cwd: read.path, access: 'write', timeout: timeout * 1000, ...more } };
  },
  true,
);
