// pwb undo and pwb history: take a landing back; see who changed a path and when.
import { carryOn } from '../loop/desk.ts';
import { findLanding, historyOf, proposeUndo } from '../loop/drafts.ts';
import { timeText } from '../model/clock.ts';
import { visible } from '../model/visible.ts';
import { carry, exitCode, summarise } from './carry.ts';
import { EXIT, usageFault, words, type Command } from './command.ts';
import { workPaths } from './paths.ts';
import { report } from './run.ts';
import { findWorkspaceFor } from './where.ts';

export const undo: Command = {
  name: 'undo',
  usage: 'undo ID [--over PATH]… [--json]',
  summary: 'take back what an action landed; what was changed since is asked about; --over replaces it (and keeps it)',
  async run(context) {
    const { values, positionals } = words(undo, context.args, { over: { type: 'string', multiple: true }, json: { type: 'boolean' } }, { least: 1, most: 1 });
    const json = values.json === true;
    const bench = await context.open();
    const landing = findLanding(bench, positionals[0] ?? '');
    const { session, action } = proposeUndo(bench, landing, workPaths(landing.root, values.over ?? []), 'cli', true);
    const carried = await carry(context, bench, session, json, (watch) => carryOn(bench, session, watch, true));
    return report(context, bench, action, exitCode(summarise(bench, session, carried)), { json, passExit: false, echoed: false });
  },
};

const MOST = 100_000;

export const history: Command = {
  name: 'history',
  usage: 'history [PATH] [--workspace DIR] [--limit N] [--json]',
  summary: 'who changed a path (or anything in a folder), when, and by which action; the newest first',
  async run(context) {
    const { values, positionals } = words(history, context.args, { workspace: { type: 'string' }, limit: { type: 'string' }, json: { type: 'boolean' } }, { least: 0, most: 1 });
    const limit = Number(values.limit ?? 50);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw usageFault(history, `--limit takes a whole number, 1 to ${MOST}`);
    const { out } = context;
    const bench = await context.open();
    const workspace = await findWorkspaceFor(context, bench, values.workspace, false);
    const [path = '.'] = workPaths(workspace.root, positionals);
    const lines = historyOf(bench, workspace.root, path, limit);
    if (values.json === true) {
      out.json(lines.map((line) => ({ ...line, at: timeText(line.at) })));
      return EXIT.done;
    }
    for (const { at, path: changed, change, op, action, by, undone, pruned, makers } of lines) {
      const who = makers.length === 0 ? `by the ${by}` : `by ${makers.map((one) => `the ${one.by}'s ${one.action}`).join(', ')}, landed by the ${by}`;
      const state = undone !== null ? `undone by ${undone}` : pruned !== null ? 'no longer kept' : `pwb undo ${action}`;
      out.line(`${timeText(at).slice(0, 19).replace('T', ' ')}  ${out.style('bold', action)}  ${(op === 'undo' ? 'undone' : change).padEnd(8)} ${visible(changed)}  ${out.style('dim', `${who} · ${state}`)}`);
    }
    if (lines.length === 0) out.line(`Nothing of ${path === '.' ? 'this workspace' : visible(path)} was changed by an action on record.`);
    return EXIT.done;
  },
};
