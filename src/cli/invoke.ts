// pwb invoke: say yes to what waits, as it is or edited, and carry its turn on.
import { readFileSync } from 'node:fs';
import { readAction } from '../approvals/actions.ts';
import { recordShown } from '../approvals/answer.ts';
import { cardOf } from '../approvals/card.ts';
import { edit, editToCopy, findId, foreseeEdit, invoke as sayYes } from '../loop/desk.ts';
import { goOn } from './follow.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { drawCard } from './card.ts';
import { carry, exitCode, finish, summarise } from './carry.ts';
import { usageFault, words, type Command } from './command.ts';
import { report } from './run.ts';

export const BY = { door: 'cli', credential: 'command' } as const;

export const invoke: Command = {
  name: 'invoke',
  usage: 'invoke ID [--edit FILE] [--copy] [--json]',
  summary: 'carry out what waits; --edit takes changed arguments as JSON, or --copy rehearses it anew in a full copy',
  async run(context) {
    const { values, positionals } = words(invoke, context.args, { edit: { type: 'string' }, copy: { type: 'boolean' }, json: { type: 'boolean' } }, { least: 1, most: 1 });
    const json = values.json === true;
    const bench = await context.open();
    const id = findId(bench.log, 'actions', positionals[0] ?? '');
    const plain = { style: (_: string, text: string): string => text };
    let target = id;
    if (values.copy === true) {
      if (values.edit !== undefined) throw usageFault(invoke, '--edit and --copy exclude each other');
      target = (await editToCopy(bench, id, BY)).id;
    } else if (values.edit === undefined) {
      await sayYes(bench, id, BY);
    } else {
      const edited = await foreseeEdit(bench, id, readEdit(values.edit));
      const card = cardOf(bench.log, readAction(bench.log.store.db, id));
      const text = drawCard({ ...card, action: edited.changed.action, effects: edited.effects, editedFrom: id }, bench.world(card.session).profile, plain);
      await recordShown(bench.log, id, 'cli', text);
      if (!json) context.out.note(text);
      target = (await edit(bench, id, edited, BY)).id;
    }
    const { session, call } = readAction(bench.log.store.db, target);
    const carried = await carry(context, bench, session, json, (watch) => goOn(bench, session, watch));
    const summary = summarise(bench, session, carried);
    // A person's own command has no model that would speak: its result is the answer.
    return call === '' ? report(context, bench, target, exitCode(summary), { json, passExit: false, echoed: carried.watch.echoed() }) : finish(context, summary, json);
  },
};

function readEdit(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new Fault('usage.edit', `${file} can't be read: ${wordsOf(error)}`, 'name a file with the changed arguments as JSON', { cause: error });
  }
}
