// Rules of one's own in files, at the command line: what holds and where it stands, what is wrong with it, and the trust
// in what a workspace brings.
import { currentFolder } from './where.ts';
import { trustLayer, untrustLayer, viewLayers, workspaceNamed, type LayerRule, type LayersView, type WorkspaceLayer } from '../loop/policy-layers.ts';
import { findWorkspace, type Workspace } from '../loop/workspaces.ts';
import type { Verdict } from '../model/decision.ts';
import { Fault } from '../model/fault.ts';
import { problemWords, type Problem } from '../model/problem.ts';
import { visible } from '../model/visible.ts';
import type { Workbench } from '../loop/workbench.ts';
import { EXIT, words, type Context } from './command.ts';
import { BY } from './invoke.ts';
import type { Out } from './out.ts';

const TRUST = { usage: 'policy trust [WORKSPACE] [--json]' };
const UNTRUST = { usage: 'policy untrust [WORKSPACE] [--json]' };
const SAYS: { readonly [verdict in Verdict]: string } = { allow: 'goes without asking', ask: 'asks', deny: 'is refused' };
const LAYERS = { machine: 'the machine', person: 'yours', workspace: 'this workspace' } as const;

/** Nothing is said where there are none. */
export function sayLayers({ holds, rules, problems, workspaces, folders }: LayersView, out: Out): void {
  if (!holds) {
    out.line(out.style('red', '! Nothing may be done until your rules are mended:'));
    for (const one of problems) sayProblem(one, out);
  }
  for (const rule of rules) sayRule(rule, out);
  for (const one of workspaces) sayWorkspace(one, out);
  if (holds && rules.length === 0) out.line(out.style('dim', `No rules of yours in files: they go into ${folders.map(({ path }) => visible(path)).toReversed().join(', the machine\'s into ')}`));
}

function sayWorkspace({ workspace, root, state, rules, offered, problems, broken }: WorkspaceLayer, out: Out): void {
  const says = { trusted: 'rules of its own, which you trust', changed: 'what lies there is not what you trusted, which goes on holding', untrusted: 'brings rules, which do not hold until you trust them' }[state];
  out.line(`${out.style('bold', visible(root))}  ${broken ? out.style('red', 'nothing may be done here: what you trusted is not on record any more') : says}`);
  for (const rule of rules) sayRule(rule, out);
  if (offered.length > 0) out.line(`  ${out.style('yellow', 'there now:')}`);
  for (const rule of offered) sayRule(rule, out);
  for (const one of problems) sayProblem(one, out);
  if (state !== 'trusted' && offered.length > 0 && problems.length === 0) out.line(`  To trust exactly that: pwb policy trust ${workspace}`);
}

function sayRule({ id, layer, file, line, verdict, reason, text, used }: LayerRule, out: Out): void {
  out.line(`${out.style('bold', id)}  ${SAYS[verdict]}  ${out.style('dim', `${LAYERS[layer]}, ${visible(file)}:${line}, decided ${used} ${used === 1 ? 'time' : 'times'}`)}`);
  out.line(`  ${out.prose(visible(reason))}`);
  for (const one of text.split('\n').filter((part) => !part.trim().startsWith('@'))) out.line(`  ${out.style('dim', visible(one))}`);
}

function sayProblem(problem: Problem, out: Out): void {
  out.line(`  ${out.style('red', problem.code)}: ${visible(problemWords(problem))}\n    → ${visible(problem.hint)}`);
}

/** `pwb policy check` with no file: all files of rules that hold, or should. */
export async function checkOwn({ args, out, open }: Context): Promise<number> {
  const { values } = words({ usage: 'policy check [FILE] [--json]' }, args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
  const bench = await open();
  const view = viewLayers(bench);
  const problems = [...view.problems, ...view.workspaces.flatMap((one) => one.problems)];
  if (values.json === true) out.json(view);
  else if (view.holds && problems.length === 0) out.line(`${count(view.rules.length + view.workspaces.reduce((sum, one) => sum + one.rules.length, 0), 'rule')} of your own in files, nothing wrong.`);
  else sayLayers(view, out);
  return problems.length === 0 ? EXIT.done : EXIT.fault;
}

/** Shows the rules that lie in a workspace, and lets these very words hold. */
export async function trust({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(TRUST, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
  const bench = await open();
  const made = await trustLayer(bench, placeOf(bench, positionals[0]), BY);
  if (values.json === true) return out.json(made), EXIT.done;
  out.line(`These rules hold in ${visible(made.root)} from now on, with these very words, whatever lies there later:`);
  for (const rule of made.rules) sayRule(rule, out);
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
