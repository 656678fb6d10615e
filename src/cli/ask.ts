// pwb ask: a person asks, the model proposes, the person reviews and invokes.
import { findWorkspaceFor } from './where.ts';
import { openSession } from '../loop/desk.ts';
import { say } from '../loop/turn.ts';
import { PRACTICE } from '../loop/workbench.ts';
import { carry, finish, summarise } from './carry.ts';
import { profileNamed, words, usageFault, type Command } from './command.ts';

export const ask: Command = {
  name: 'ask',
  usage: 'ask "TEXT" [--model M] [--profile P] [--workspace DIR] [--json]',
  summary: 'ask the model; what it wants to change waits for you',
  async run(context) {
    const { values, positionals } = words(ask, context.args, { model: { type: 'string' }, profile: { type: 'string' }, workspace: { type: 'string' }, json: { type: 'boolean' } }, { least: 0, most: 1 });
    const json = values.json === true;
    const profile = profileNamed(ask, values.profile);
    const bench = await context.open({ model: values.model });
    const model = values.model ?? (await bench.defaultModel());
    const [text = model === PRACTICE ? 'Show me the practice task.' : ''] = positionals;
    if (text.trim() === '') throw usageFault(ask, 'there is no text to ask');
    if (model === PRACTICE) {
      context.out.note(context.out.prose('PRACTICE MODEL: it plays a fixed, short task with the real tools, approvals and log, and does not answer your question.'));
      context.out.note(context.out.prose('To use a real one, start a model server (see `pwb models`) or add a file: pwb models add FILE.gguf'));
    }
    const workspace = await findWorkspaceFor(context, bench, values.workspace, model === PRACTICE);
    const session = openSession(bench, workspace, model, text, 'cli', true, profile);
    const carried = await carry(context, bench, session, json, (watch) => say(bench, session, text, watch, true));
    return finish(context, summarise(bench, session, carried), json);
  },
};
