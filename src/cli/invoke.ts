// pwb invoke: say yes to what waits, as it is or edited, and carry its turn on.
import { readFileSync } from 'node:fs';
import { readAction } from '../approvals/actions.ts';
import { recordShown } from '../approvals/answer.ts';
import { cardOf } from '../approvals/card.ts';
import { edit, editToCopy, findId, foreseeEdit, invoke as sayYes, partOf } from '../loop/desk.ts';
import { goOn } from './follow.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { drawCard } from './card.ts';
import { carry, exitCode, finish, summarise } from './carry.ts';
import { usageFault, words, type Command } from './command.ts';
import { hunkNamed, workPaths } from './paths.ts';
import { report } from './run.ts';

export const BY = { door: 'cli', credential: 'command' } as const;

export const invoke: Command = {
  name: 'invoke',
  usage: 'invoke ID [--edit FILE] [--copy] [--only PATH]… [--hunk PATH:N,N…]… [--json]',
  summary: 'carry out what waits, or only some paths and hunks of it; --edit takes changed arguments as JSON, or --copy rehearses it anew in a full copy',
  async run(context) {
    const { values, positionals } = words(invoke, context.args, { edit: { type: 'string' }, copy: { type: 'boolean' }, only: { type: 'string', multiple: true }, hunk: { type: 'string', multiple: true }, json: { type: 'boolean' } }, { least: 1, most: 1 });
    const json = values.json === true;
    const bench = await context.open();
    const id = findId(bench.log, 'actions', positionals[0] ?? '');
    const plain = { style: (_: string, text: string): string => text };
    const { only = [], hunk = [] } = values;
    const isPart = only.length + hunk.length > 0;
    if (Number(values.copy === true) + Number(values.edit !== undefined) + Number(isPart) > 1) throw usageFault(invoke, 'pieces (--only, --hunk), --edit and --copy exclude each other');
    let target = id;
    if (isPart) {
      const row = readAction(bench.log.store.db, id);
      const card = cardOf(bench.log, row);
      const root = card.action.kind === 'infer' ? '' : card.action.root;
      const pieces = { paths: workPaths(root, only), hunks: hunk.map((word) => hunkNamed(invoke, root, word, `pwb show ${id}`)) };
      const part = await partOf(bench, id, pieces);
      const text = drawCard({ ...card, ...(part === undefined ? {} : { effects: part.effects, chosen: pieces }) }, bench.world(card.session).profile, plain);
      await recordShown(bench.log, id, 'cli', text);
      if (!json) context.out.note(text);
      await sayYes(bench, id, BY, row, part);
    } else if (values.copy === true) {
      target = (await editToCopy(bench, id, BY)).id;
    } else if (values.edit === undefined) {
      await sayYes(bench, id, BY);
    } else {
      const edited = await foreseeEdit(bench, id, readEdit(values.edit));
      const card = cardOf(bench.log, readAction(bench.log.store.db, id));
      const text = drawCard({ ...card, action: edited.changed.action, effects: edited.effects, editedFrom: id, origins: null, handles: [], shaped: [] }, bench.world(card.session).profile, plain);
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
