// pwb workspace: the folders that actions may reach.
import { addWorkspace, listWorkspaces, removeWorkspace } from '../loop/workspaces.ts';
import { timeText } from '../model/clock.ts';
import { visible } from '../model/visible.ts';
import { EXIT, usageFault, words, type Command } from './command.ts';

export const workspace: Command = {
  name: 'workspace',
  usage: 'workspace list [--json] | workspace add DIR | workspace remove DIR|ID',
  summary: 'the folders that actions may reach',
  async run({ args, out, open }) {
    const { values, positionals } = words(workspace, args, { json: { type: 'boolean' } }, { least: 0, most: 2 });
    const [verb = 'list', which] = positionals;
    if (verb === 'list' && which === undefined) {
      const bench = await open();
      const all = listWorkspaces(bench.log).map((one) => ({ ...one, added: timeText(one.added) }));
      if (values.json === true) out.json(all);
      else for (const { id, root } of all) out.line(`${out.style('bold', id)}  ${visible(root)}`);
      if (values.json !== true && all.length === 0) out.line('No workspaces yet: pwb workspace add DIR');
      return EXIT.done;
    }
    if ((verb !== 'add' && verb !== 'remove') || which === undefined) throw usageFault(workspace, 'say list, add DIR or remove DIR');
    const bench = await open();
    const done = verb === 'add' ? await addWorkspace(bench.log, bench.home, which, 'cli') : await removeWorkspace(bench.log, which, 'cli');
    if (values.json === true) out.json(done);
    else out.line(`${verb === 'add' ? 'Added' : 'Removed'} ${visible(done.root)} (${done.id}).`);
    return EXIT.done;
  },
};
