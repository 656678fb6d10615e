// The command as it starts inside: a few fixed words of shell set the kernel's own limits, put both outputs on
// one pipe and make way for the command. Nothing of the command is ever put into those words.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { release } from 'node:os';
import { Fault } from '../model/fault.ts';
import { SANDBOX_USER } from './containment-folder.ts';
import { OWN_PROCESSES } from './limits-cgroup.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';
/** Linux refuses a longer single argument (MAX_ARG_STRLEN), and more than 2 MiB of all on the usual stack; some is left for ours. */
const MOST_ARGUMENT = 131_071;
const MOST_ARGUMENTS = 1_500_000;
const MOST_COUNT = 100_000;
const BLOCK = 512;
/** Since then the kernel counts a sandbox's processes apart from the person's other ones. */
const COUNTS_APART = [5, 14] as const;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** bubblewrap itself gets this environment: what the dynamic linker and the C library listen to isn't for it. */
const REFUSED_NAMES = /^(LD_|GLIBC_|MALLOC_|GCONV_PATH$|LOCPATH$|NLSPATH$|HOSTALIASES$|RES_OPTIONS$)/;

/** The arguments after bubblewrap's `--`. @throws `sandbox.argv`. */
export function innerCommand(spec: SandboxSpec): readonly string[] {
  checkArgv(spec.argv);
  const { limits } = spec;
  const lines = ['exec 2>&1', 'ulimit -c 0 2>/dev/null', `ulimit -f ${Math.max(1, Math.floor(limits.fileSize / BLOCK))} 2>/dev/null`];
  const most = limits.processes + OWN_PROCESSES;
  if (countsApart()) lines.push(`ulimit -u ${most} 2>/dev/null || ulimit -p ${most} 2>/dev/null`);
  return ['/bin/sh', '-c', `${lines.join('; ')}; exec "$@"`, 'sh', ...spec.argv];
}

/** The whole environment of a run. Nothing of ours is taken over. @throws `sandbox.environment`. */
export function sandboxEnvironment(spec: SandboxSpec, home: string): Readonly<Record<string, string>> {
  const bins = spec.toolchains.map((folder) => join(folder, 'bin')).filter((folder) => existsSync(folder));
  const added = Object.entries(spec.environment ?? {});
  for (const [name, value] of added) {
    if (!NAME.test(name) || REFUSED_NAMES.test(name) || value.includes('\0')) {
      throw new Fault('sandbox.environment', `the variable ${name} can't be given to a run`, 'Remove it from the configuration.');
    }
  }
  return {
    PATH: [...bins, SYSTEM_PATH].join(':'),
    HOME: home,
    USER: SANDBOX_USER.name,
    LOGNAME: SANDBOX_USER.name,
    SHELL: '/bin/sh',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: '/tmp',
    ...Object.fromEntries(added),
  };
}

function checkArgv(argv: readonly string[]): void {
  const fault = (words: string, hint: string): Fault => new Fault('sandbox.argv', words, hint);
  if ((argv[0] ?? '') === '') throw fault('there is no command to run', 'Name a program.');
  if (argv.length > MOST_COUNT) throw fault(`${argv.length} arguments are too many`, 'Put them into a file and let the command read it.');
  let total = 0;
  for (const argument of argv) {
    if (argument.includes('\0')) throw fault('an argument holds a NUL character', 'Remove it: no program can be given one.');
    const bytes = Buffer.byteLength(argument);
    if (bytes > MOST_ARGUMENT) throw fault(`an argument of ${bytes} bytes is too long: ${MOST_ARGUMENT} is the most`, 'Write it to a file and run the file.');
    total += bytes + 9;
  }
  if (total > MOST_ARGUMENTS) throw fault(`arguments of ${total} bytes are too long together: ${MOST_ARGUMENTS} is the most`, 'Put them into a file and let the command read it.');
}

/** True when RLIMIT_NPROC counts this sandbox alone. It never holds root. */
export function countsApart(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > COUNTS_APART[0] || (major === COUNTS_APART[0] && minor >= COUNTS_APART[1]);
}
