// Takes the words of one call to its command, and every fault to an exit code and a sentence. No stack traces.
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import type { Expecting, Workbench } from '../loop/workbench.ts';
import { Fault } from '../model/fault.ts';
import { problemWords, RulesFault } from '../model/problem.ts';
import { visible } from '../model/visible.ts';
import { EXIT, exitOf, faultOf, type Context } from './command.ts';
import { COMMANDS, helpText } from './commands.ts';
import { guardProcess, Interruption } from './interruption.ts';
import { outOf, type Out } from './out.ts';

/** @param openWorkbench connects the rooms; called only by commands that need them. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, version: string, openWorkbench: (expecting?: Expecting) => Promise<Workbench>): Promise<number> {
  const out = outOf(process.stdin, process.stdout, process.stderr, env);
  const interruption = new Interruption();
  guardProcess(interruption, (error) => say(error, argv.slice(1), out));
  return call(argv, { env, version, out, interrupt: () => interruption.heed() }, openWorkbench);
}

/** One call, wherever its words come from and go to. @returns its exit code. */
export async function call(argv: readonly string[], { env, version, out, interrupt }: Pick<Context, 'env' | 'out' | 'interrupt'> & { readonly version: string }, openWorkbench: (expecting?: Expecting) => Promise<Workbench>): Promise<number> {
  const [name = 'help', ...args] = argv;
  let opening: Promise<Workbench> | undefined;
  let opened: Workbench | undefined;
  const open = (expecting?: Expecting): Promise<Workbench> => (opening ??= openWorkbench(expecting).then((bench) => (opened = bench)));
  try {
    checkUtf8(argv);
    if (name === 'help' || name === '--help' || name === '-h') return out.line(await helpText()), EXIT.done;
    if (name === '--version' || name === 'version') return out.line(version), EXIT.done;
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw new Fault('usage.command', `there is no command ${JSON.stringify(visible(name))}`, 'pwb help');
    const command = await load();
    if (own(args).includes('--help')) return out.line(`pwb ${command.usage.split(' | ').join('\npwb ')}\n    ${command.summary}`), EXIT.done;
    const context: Context = { args, env, out, open, interrupt };
    const code = await command.run(context);
    // What was noted must be on record before this ends well.
    await opened?.close();
    return code;
  } catch (error) {
    const code = say(error, args, out);
    await opened?.close().catch(() => undefined); // What is said already is what counts.
    return code;
  }
}

/** With --json a fault is a document too, so that a program never has to read words from stderr. */
function say(error: unknown, args: readonly string[], out: Out): number {
  const fault = faultOf(error);
  if (process.env['PWB_DEBUG'] === '1') console.error(error);
  const problems = fault instanceof RulesFault ? { problems: fault.problems } : {};
  if (own(args).includes('--json') && !out.answered()) out.json({ error: { code: fault.code, words: fault.message, ...(fault.hint === undefined ? {} : { hint: fault.hint }), ...problems } });
  if (fault instanceof RulesFault) for (const one of fault.problems) out.note(`${out.style('red', one.code)}: ${visible(problemWords(one), '\n')}\n  → ${visible(one.hint, '\n')}`);
  else out.note(`${out.style('red', fault.code)}: ${visible(fault.message, '\n')}${fault.hint === undefined ? '' : `\n  → ${visible(fault.hint, '\n')}`}`);
  return exitOf(fault);
}

/** The words that are ours: those behind `--` belong to the child. */
function own(args: readonly string[]): readonly string[] {
  const split = args.indexOf('--');
  return split === -1 ? args : args.slice(0, split);
}

/** Node puts U+FFFD in the place of bytes that are not UTF-8: the word would then name another file than the person did. */
function checkUtf8(argv: readonly string[]): void {
  if (!argv.some((word) => word.includes('\ufffd')) || !existsSync('/proc/self/cmdline')) return;
  if (isUtf8(readFileSync('/proc/self/cmdline'))) return;
  throw new Fault('usage.encoding', 'a word of this call is not valid UTF-8', 'use names in UTF-8 (`convmv` renames files)');
}
