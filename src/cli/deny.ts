// pwb deny: say no to what waits; the reason reaches the model.
import { readAction } from '../approvals/actions.ts';
import { deny as sayNo, findId } from '../loop/desk.ts';
import { goOn } from './follow.ts';
import { carry, exitCode, finish, summarise } from './carry.ts';
import { EXIT, usageFault, words, type Command } from './command.ts';
import { BY } from './invoke.ts';

export const deny: Command = {
  name: 'deny',
  usage: 'deny ID --why TEXT [--json]',
  summary: 'refuse what waits; the model hears why',
  async run(context) {
    const { values, positionals } = words(deny, context.args, { why: { type: 'string' }, json: { type: 'boolean' } }, { least: 1, most: 1 });
    if (values.why === undefined) throw usageFault(deny, '--why is missing');
    const json = values.json === true;
    const bench = await context.open();
    const id = findId(bench.log, 'actions', positionals[0] ?? '');
    const { session, call } = await sayNo(bench, id, values.why, BY);
    const carried = await carry(context, bench, session, json, (watch) => goOn(bench, session, watch));
    const summary = summarise(bench, session, carried);
    if (call !== '') {
      const code = finish(context, summary, json);
      // The person's own no is what was asked for here, so it is no refusal of this command.
      return code === EXIT.refused ? EXIT.done : code;
    }
    const row = readAction(bench.log.store.db, id);
    if (json) context.out.json({ id, session, state: row.state, outcome: row.outcome, why: row.why });
    return exitCode(summary) === EXIT.waits ? EXIT.waits : EXIT.done;
  },
};
