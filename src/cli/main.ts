// Takes the words of one call to its command, and every fault to an exit code and a sentence. No stack traces.
import type { Workbench } from '../loop/workbench.ts';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { EXIT, exitOf, type Context } from './command.ts';
import { COMMANDS, helpText } from './commands.ts';
import { outOf, type Out } from './out.ts';

/** @param openWorkbench connects the rooms; called only by commands that need them. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, version: string, openWorkbench: () => Promise<Workbench>): Promise<number> {
  const out = outOf(process.stdin, process.stdout, process.stderr, env);
  const [name = 'help', ...args] = argv;
  let bench: Promise<Workbench> | undefined;
  try {
    if (name === 'help' || name === '--help' || name === '-h') return out.line(await helpText()), EXIT.done;
    if (name === '--version' || name === 'version') return out.line(version), EXIT.done;
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw new Fault('usage.command', `there is no command ${JSON.stringify(visible(name))}`, 'pwb help');
    const command = await load();
    if (args.includes('--help') && !args.slice(0, args.indexOf('--help')).includes('--')) return out.line(`pwb ${command.usage.split(' | ').join('\npwb ')}\n    ${command.summary}`), EXIT.done;
    const context: Context = { args, env, out, open: () => (bench ??= openWorkbench()), signal: interruptible() };
    return await command.run(context);
  } catch (error) {
    return say(error, args, out);
  } finally {
    await bench?.then((opened) => opened.close()).catch((error: unknown) => say(error, args, out));
  }
}

/** With --json a fault is a document too, so that a program never has to read words from stderr. */
function say(error: unknown, args: readonly string[], out: Out): number {
  const fault = error instanceof Fault ? error : new Fault('house.fault', systemCode(error) === '' ? `something broke inside: ${wordsOf(error)}` : wordsOf(error), 'see `pwb doctor`; nothing that was acknowledged is lost', { cause: error });
  if (process.env['PWB_DEBUG'] === '1') console.error(error);
  if (args.includes('--json')) out.json({ error: { code: fault.code, words: fault.message, ...(fault.hint === undefined ? {} : { hint: fault.hint }) } });
  out.note(`${out.style('red', fault.code)}: ${visible(fault.message, '\n')}${fault.hint === undefined ? '' : `\n  → ${visible(fault.hint, '\n')}`}`);
  return exitOf(fault);
}

/** The first Ctrl-C cancels; a second one ends the process at once. */
function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
