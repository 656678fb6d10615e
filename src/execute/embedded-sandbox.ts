// The bubblewrap command line for the engine. Weights are an attacker's input to large parsers in C++, so their
// reader gets no network, no home, no capability, no new namespace, and one writable folder: its socket's.
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EngineConfig } from './engine-process.ts';

/** Descriptor of the system call filter in the child. */
export const SECCOMP_FD = 3;
export const SOCKET_NAME = 's';

export interface EngineSpec {
  /** The folder that holds the engine's `node_modules`. */
  readonly engineDir: string;
  /** The one writable folder, for the socket. */
  readonly socketFolder: string;
  /** The weights' path, and who it must be when the engine opens it (see weights.ts). */
  readonly file: string;
  readonly identity: string;
  /** A filter is handed over on SECCOMP_FD; machines that it isn't written for have none. */
  readonly filtered: boolean;
  readonly settings: Pick<EngineConfig, 'name' | 'window' | 'calls' | 'threads' | 'seed'>;
}

/** Arguments for `bwrap`. Memory isn't bounded: a model takes what it takes. */
export function engineArguments({ engineDir, socketFolder, file, identity, filtered, settings }: EngineSpec): readonly string[] {
  const config: EngineConfig = { ...settings, engine: '/app/engine', model: '/app/model.gguf', identity, listen: `/app/s/${SOCKET_NAME}` };
  const code = codeFolders();
  return [
    '--unshare-all', '--unshare-user', '--disable-userns', '--uid', '1000', '--gid', '1000', '--hostname', 'engine',
    '--die-with-parent', '--new-session', '--cap-drop', 'ALL',
    ...(filtered ? ['--seccomp', String(SECCOMP_FD)] : []),
    '--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'HOME', '/tmp', '--setenv', 'LANG', 'C.UTF-8',
    ...systemFolders(),
    '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp',
    '--ro-bind', process.execPath, '/app/node',
    ...code.binds.flatMap(([from, to]) => ['--ro-bind-try', from, to]),
    '--ro-bind', engineDir, '/app/engine',
    // Not by an inherited descriptor: its owner could open it again for writing, through /proc.
    '--ro-bind', file, '/app/model.gguf',
    '--bind', socketFolder, '/app/s',
    '--remount-ro', '/', '--chdir', '/tmp',
    '--', '/app/node', code.entry, JSON.stringify(config),
  ];
}

/** Libraries only; `/bin` and the like are links on a merged system and folders on others. */
function systemFolders(): readonly string[] {
  const top = ['/bin', '/lib', '/lib64'].flatMap((folder) => {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return stat.isSymbolicLink() ? ['--symlink', readlinkSync(folder), folder] : ['--ro-bind', folder, folder];
  });
  return ['--ro-bind', '/usr', '/usr', ...top, '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache', '--ro-bind-try', '/etc/alternatives', '/etc/alternatives'];
}

/** Our own code as the child sees it: the sources in a checkout, else the bundle that this runs from. */
function codeFolders(): { readonly entry: string; readonly binds: readonly (readonly [string, string])[] } {
  if (!import.meta.filename.endsWith('.ts')) {
    // The bundle's parts stand one folder below its entries.
    const near = join(import.meta.dirname, 'engine-process.mjs');
    return { entry: '/app/code/engine-process.mjs', binds: [[existsSync(near) ? near : join(dirname(import.meta.dirname), 'engine-process.mjs'), '/app/code/engine-process.mjs']] };
  }
  const root = dirname(dirname(import.meta.dirname));
  const kept = ['src', 'package.json', 'node_modules/zod'];
  return { entry: '/app/code/src/execute/engine-process.ts', binds: kept.map((name) => [join(root, name), `/app/code/${name}`] as const) };
}
