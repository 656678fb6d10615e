// What a command is, and what it is given. A command parses its own words, talks to people through `Out` and
// returns an exit code; it never ends the process itself.
import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from 'node:util';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { isProfile, PROFILES, type Profile } from '../model/profile.ts';
import { sqliteCode, storageFault } from '../storage/storage-fault.ts';
import type { Expecting, Workbench } from '../loop/workbench.ts';
import type { Out } from './out.ts';

/** The contract of exit codes. */
export const EXIT = { done: 0, fault: 1, usage: 2, waits: 3, refused: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Context {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly out: Out;
  /** Opens the workbench at the first call; later calls give the same one. */
  open(expecting?: Expecting): Promise<Workbench>;
  /** A signal that fires at Ctrl-C; whoever asks for it promises to end then. */
  interrupt(): AbortSignal;
}

export interface Command {
  readonly name: string;
  /** The words after `pwb`, as in the help. */
  readonly usage: string;
  readonly summary: string;
  run(context: Context): Promise<number>;
}

/** Parse strictly; anything unknown is a usage fault that shows how it is meant. */
export function words<O extends NonNullable<ParseArgsConfig['options']>>(command: Pick<Command, 'usage'>, args: readonly string[], options: O, positionals: { readonly least: number; readonly most: number }) {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageFault(command, wordsOf(error).split('. To specify')[0] ?? '');
  }
  const count = parsed.positionals.length;
  if (count < positionals.least) throw usageFault(command, 'something is missing');
  if (count > positionals.most) throw usageFault(command, `too many words, from ${JSON.stringify(parsed.positionals[positionals.most])} on`);
  return parsed;
}

/** A profile as typed; undefined when none was. */
export function profileNamed(command: Pick<Command, 'usage'>, name: string | undefined): Profile | undefined {
  if (name !== undefined && !isProfile(name)) throw usageFault(command, `${JSON.stringify(name.slice(0, 80))} is no profile: say ${PROFILES.join(', ')}`);
  return name;
}

export function usageFault({ usage }: Pick<Command, 'usage'>, what: string): Fault {
  return new Fault('usage.words', `${what}. Usage: pwb ${usage}`, 'pwb help');
}

/** Whatever was thrown, as a fault that a person can be told. */
export function faultOf(error: unknown): Fault {
  const known = sqliteCode(error) === 0 ? error : storageFault(error, 'the store (state.db)');
  if (known instanceof Fault) return known;
  const said = systemCode(error) === '' ? `something broke inside: ${wordsOf(error)}` : wordsOf(error);
  return new Fault('house.fault', said, 'see `pwb doctor`; nothing that was acknowledged is lost', { cause: error });
}

/** Exit code of a fault: its own words decide nothing, its code does. */
export function exitOf(error: unknown): ExitCode {
  const code = error instanceof Fault ? error.code : '';
  if (code.startsWith('usage.') || code === 'config.value' || code === 'config.unknown-key' || code === 'config.read-only') return EXIT.usage;
  if (code === 'model.refused' || code === 'edit.denied' || code === 'file.asks' || code === 'file.denied' || code === 'workspace.wide' || code === 'workspace.state') return EXIT.refused;
  return EXIT.fault;
}
