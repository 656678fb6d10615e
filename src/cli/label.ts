// pwb label: which files of a workspace are from outside, by rule or mark, and trusting some of them.
import { labelsOf, trustPaths, type MarkLine } from '../loop/marks.ts';
import { timeText } from '../model/clock.ts';
import { visible } from '../model/visible.ts';
import { EXIT, usageFault, words, type Command } from './command.ts';
import { BY } from './invoke.ts';
import { workPaths } from './paths.ts';
import { findWorkspaceFor } from './where.ts';

export const label: Command = {
  name: 'label',
  usage: 'label [list] [--workspace DIR] [--json] | label trust PATH… [--workspace DIR] [--json]',
  summary: 'which files are from outside, by their names or because of what wrote them, and trusting some of them',
  async run(context) {
    const { out, open } = context;
    const { values, positionals } = words(label, context.args, { workspace: { type: 'string' }, json: { type: 'boolean' } }, { least: 0, most: 1000 });
    const [verb = 'list', ...named] = positionals;
    if (verb !== 'list' && verb !== 'trust') throw usageFault(label, `${JSON.stringify(verb)} is none of list, trust`);
    if ((verb === 'trust') !== (named.length > 0)) throw usageFault(label, verb === 'trust' ? 'say which files to trust' : 'list takes no paths');
    const bench = await open();
    const workspace = await findWorkspaceFor(context, bench, values.workspace, false);
    if (verb === 'trust') {
      const paths = workPaths(workspace.root, named);
      const marks = await trustPaths(bench, workspace, paths, BY);
      if (values.json === true) out.json({ workspace: workspace.id, trusted: paths, marks });
      else out.line(`Trusted: ${paths.map((path) => visible(path)).join(', ')} (${marks} mark${marks === 1 ? '' : 's'} taken away).`);
      return EXIT.done;
    }
    const { rules, marks, more } = labelsOf(bench, workspace);
    if (values.json === true) return out.json({ workspace: workspace.id, rules, marks: marks.map((mark) => ({ ...mark, since: timeText(mark.since) })), more }), EXIT.done;
    out.line(`Outside by name: ${rules.map((rule) => visible(rule)).join(' ')}`);
    for (const mark of marks) out.line(`${out.style('bold', visible(mark.path))}  ${aboutOf(mark)}`);
    if (marks.length === 0) out.line('No file here is marked.');
    else out.line(`${more ? 'There are more. ' : ''}Once you have looked at one: pwb label trust PATH`);
    return EXIT.done;
  },
};

function aboutOf({ integrity, secrecy, draft, action, since, sources }: MarkLine): string {
  const what = [...(integrity === 'outside' ? ['outside'] : []), ...(secrecy === 'secret' ? ['secret'] : [])].join(', ');
  const from = sources === null ? '(erased)' : sources.map((source) => visible(source)).join(', ');
  return `${what}${draft === null ? '' : `, in the draft of ${draft}`}: ${action} wrote it ${timeText(since).slice(0, 16).replace('T', ' ')}, after ${from}`;
}
