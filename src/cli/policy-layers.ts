// Rules of one's own in files, at the command line: what holds and where it stands, what is wrong with it, and the trust
// in what a workspace brings.
import { currentFolder } from './where.ts';
import { trustLayer, untrustLayer, viewLayers, workspaceNamed } from '../loop/policy-layers.ts';
import { findWorkspace, type Workspace } from '../loop/workspaces.ts';
import { Fault } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import type { Workbench } from '../loop/workbench.ts';
import { EXIT, words, type Context } from './command.ts';
import { BY } from './invoke.ts';
import { sayFileRule, sayLayers } from './policy-list.ts';

const TRUST = { usage: 'policy trust [WORKSPACE] [--json]' };
const UNTRUST = { usage: 'policy untrust [WORKSPACE] [--json]' };

/** `pwb policy check` with no file: all files of rules that hold, or should. */
export async function checkOwn({ args, out, open }: Context): Promise<number> {
  const { values } = words({ usage: 'policy check [FILE] [--json]' }, args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
  const bench = await open();
  const view = viewLayers(bench);
  const problems = [...view.problems, ...view.workspaces.flatMap((one) => one.problems)];
  if (values.json === true) out.json(view);
  else if (view.holds && problems.length === 0) out.line(`${count(view.rules.length + view.workspaces.reduce((sum, one) => sum + one.rules.length, 0), 'rule')} of your own in files, nothing wrong.`);
  else sayLayers(view, false, out);
  return problems.length === 0 ? EXIT.done : EXIT.fault;
}

/** Shows the rules that lie in a workspace, and lets these very words hold. */
export async function trust({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(TRUST, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
  const bench = await open();
  const made = await trustLayer(bench, placeOf(bench, positionals[0]), BY);
  if (values.json === true) return out.json(made), EXIT.done;
  out.line(`These rules hold in ${visible(made.root)} from now on, with these very words, whatever lies there later:`);
  for (const rule of made.rules) sayFileRule(rule, true, out);
  out.line(`To take that back: pwb policy untrust ${made.workspace}`);
  return EXIT.done;
}

export async function untrust({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(UNTRUST, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
  const bench = await open();
  const { id, root } = placeOf(bench, positionals[0]);
  await untrustLayer(bench, id, BY);
  if (values.json === true) out.json({ workspace: id, root });
  else out.line(`The rules of ${visible(root)} hold no more.`);
  return EXIT.done;
}

function placeOf(bench: Pick<Workbench, 'log'>, named: string | undefined): Workspace {
  if (named !== undefined) return workspaceNamed(bench, named);
  const found = findWorkspace(bench.log, currentFolder());
  if (found === undefined) throw new Fault('workspace.unknown', 'this folder is in no registered workspace', 'name one: pwb policy trust DIR, or see `pwb workspace list`');
  return found;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
