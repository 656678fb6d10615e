// pwb draft shell and view: a person tries a draft out before it lands. What the shell changes is judged like any
// other action's; the view is only for looking, and is gone when this command ends.
import { once } from 'node:events';
import { carryOn, proposeRun } from '../loop/desk.ts';
import type { DraftLine } from '../loop/drafts.ts';
import { listWorkspaces } from '../loop/workspaces.ts';
import type { Workbench } from '../loop/workbench.ts';
import { Fault } from '../model/fault.ts';
import { carry, exitCode, summarise } from './carry.ts';
import { EXIT, type Context } from './command.ts';
import { report } from './run.ts';

/** Milliseconds: a day. */
const LONGEST = 86_400_000;

export async function shell(context: Context, bench: Workbench, { session, root }: DraftLine): Promise<number> {
  if (!context.out.interactive) throw new Fault('usage.terminal', 'a shell needs a terminal', 'or run one command in the draft: pwb run --session ID -- CMD');
  const workspace = listWorkspaces(bench.log).find((one) => one.root === root);
  if (workspace === undefined) throw new Fault('workspace.unknown', `${root} is not a registered workspace any more`, `register it again: pwb workspace add ${root}`);
  context.out.note(context.out.style('dim', `A shell in the draft of ${session}, without network. Leave it with exit; what it changed is then shown.`));
  const { action } = proposeRun(bench, workspace, { argv: [process.env['SHELL'] ?? '/bin/sh', '-i'], cwd: '.', access: 'write', timeout: LONGEST, terminal: true }, 'cli', { join: session });
  const carried = await carry(context, bench, session, false, (watch) => carryOn(bench, session, watch));
  return report(context, bench, action, exitCode(summarise(bench, session, carried)), { json: false, passExit: false, echoed: true });
}

/** Prints where the draft is to be seen, and holds it there until it is told to end. */
export async function view(context: Context, bench: Workbench, { session, root }: DraftLine): Promise<number> {
  const seen = await bench.hands.rehearsals.look(session, root);
  try {
    context.out.line(seen.path);
    context.out.note(context.out.style('dim', 'The draft as it is now, read-only by intent: what is changed there is thrown away. It is there until Ctrl-C.'));
    const signal = context.interrupt();
    // A view is no reason for a process to stay, and waiting for a signal is none either.
    const stay = setInterval(() => undefined, LONGEST);
    try {
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      clearInterval(stay);
    }
  } finally {
    await seen.close();
  }
  return EXIT.done;
}
