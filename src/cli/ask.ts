// pwb ask: a person asks, the model proposes, the person reviews and invokes.
import { findWorkspaceFor } from './where.ts';
import { findId, openSession } from '../loop/desk.ts';
import { readSession } from '../loop/session.ts';
import { say } from '../loop/turn.ts';
import { PRACTICE } from '../loop/workbench.ts';
import { carry, finish, summarise } from './carry.ts';
import { profileNamed, words, usageFault, type Command, type Context } from './command.ts';
import { workPaths } from './paths.ts';

export const ask: Command = {
  name: 'ask',
  usage: 'ask "TEXT" [--file PATH]… [--model M] [--profile P] [--workspace DIR] [--json] | ask "TEXT" --session ID [--file PATH]… [--json]',
  summary: 'ask the model; what it wants to change waits for you',
  async run(context) {
    const { values, positionals } = words(ask, context.args, { file: { type: 'string', multiple: true }, session: { type: 'string' }, model: { type: 'string' }, profile: { type: 'string' }, workspace: { type: 'string' }, json: { type: 'boolean' } }, { least: 0, most: 1 });
    const json = values.json === true;
    if (values.session !== undefined) return askMore(context, values, positionals[0] ?? '');
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
    const files = workPaths(workspace.root, values.file ?? []);
    const session = openSession(bench, workspace, model, text, 'cli', true, profile);
    const carried = await carry(context, bench, session, json, (watch) => say(bench, session, text, watch, true, files));
    return finish(context, summarise(bench, session, carried), json);
  },
};

/** In a session whose turn is over. It has its model, profile and workspace. */
async function askMore(context: Context, values: { readonly session?: string; readonly file?: string[]; readonly model?: string; readonly profile?: string; readonly workspace?: string; readonly json?: boolean }, text: string): Promise<number> {
  const { session: named = '', file = [], model, profile, workspace, json = false } = values;
  if (model !== undefined || profile !== undefined || workspace !== undefined) throw usageFault(ask, 'a session has its model, profile and workspace (change them with: pwb sessions set)');
  if (text.trim() === '') throw usageFault(ask, 'there is no text to ask');
  const bench = await context.open();
  const session = findId(bench.log, 'sessions', named);
  const row = readSession(bench.log.store.db, session);
  const files = workPaths(row.root, file);
  const carried = await carry(context, bench, session, json, (watch) => say(bench, session, text, watch, false, files));
  return finish(context, summarise(bench, session, carried), json);
}
