// pwb show: one action, whole: what was asked, judged, shown, answered, carried out, and how it ended.
import { readAction, textOf } from '../approvals/actions.ts';
import { recordShown } from '../approvals/answer.ts';
import { cardOf, type Card } from '../approvals/card.ts';
import { diffOfPath } from '../approvals/effect-words.ts';
import { requestBytes } from '../audit/context.ts';
import { findId } from '../loop/desk.ts';
import { findDiff } from '../loop/shown-diff.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Diff } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { argumentsOf } from '../tools/arguments-of.ts';
import { drawCard, drawParts } from './card.ts';
import { showBytes } from './show-bytes.ts';
import { EXIT, words, type Command } from './command.ts';
import type { Out } from './out.ts';

export const show: Command = {
  name: 'show',
  usage: 'show ID [--json] [--all] [--diff PATH] [--bytes FROM-TO] [--request]',
  summary: 'one action, whole; --all names each of very many changes',
  async run({ args, out, open }) {
    const { values, positionals } = words(show, args, { json: { type: 'boolean' }, all: { type: 'boolean' }, diff: { type: 'string' }, bytes: { type: 'string' }, request: { type: 'boolean' } }, { least: 1, most: 1 });
    const bench = await open();
    const row = readAction(bench.log.store.db, findId(bench.log, 'actions', positionals[0] ?? ''));
    const card = cardOf(bench.log, row);
    if (values.request === true) {
      showRequest(bench, row.session, card, values.json === true, out);
      return EXIT.done;
    }
    if (values.diff !== undefined) {
      await showDiff(bench, card, values.diff, values.json === true, out);
      return EXIT.done;
    }
    if (values.bytes !== undefined) {
      showBytes(card, values.bytes, values.json === true, out);
      return EXIT.done;
    }
    const many = values.all === true ? Infinity : 'folders';
    if (row.state === 'pending') await recordShown(bench.log, row.id, 'cli', drawCard(card, bench.world(row.session).profile, { style: (_, text) => text }, many));
    const events = bench.log.events({ limit: 1000, action: row.id });
    if (values.json === true) {
      out.json({ ...card, arguments: argumentsOf(card.action) ?? null, output: row.output === null ? null : textOf(bench.log, row.output), events });
      return EXIT.done;
    }
    out.line(drawCard(card, bench.world(row.session).profile, out, many));
    const edit = argumentsOf(card.action);
    if (row.state === 'pending' && edit !== undefined) out.line(`\narguments (change them with \`pwb invoke ${row.id} --edit FILE\`):\n${visible(JSON.stringify(edit.args, null, 2), '\n')}`);
    if (card.result !== null) out.line(`\nresult:\n${visible(card.result, '\n\t')}`);
    out.line('');
    for (const { seq, time, body } of events) out.line(out.style('dim', `${String(seq).padStart(7)}  ${time}  ${body.type}`));
    return EXIT.done;
  },
};

/** What went over the wire. Throws `request.none`, `context.erased`. */
function showRequest({ log }: Workbench, session: Id, { id, action }: Card, json: boolean, out: Out): void {
  if (action.kind !== 'infer') throw new Fault('request.none', `action ${id} asked no model`, 'ask this of an action of the kind infer: pwb log --kind infer --type action.proposed');
  const bytes = Buffer.concat(requestBytes(log, session, action));
  if (json) out.json({ id, request: bytes.toString('utf8') });
  else out.exact(bytes);
}

async function showDiff(bench: Workbench, { id, effects }: Card, path: string, json: boolean, out: Out): Promise<void> {
  const found = effects === null ? null : diffOfPath({ ...effects, diffs: diffsOf(await findDiff(bench, id, effects, path)) }, path, id);
  if (found === null) throw new Fault('show.path', `action ${id} changes no ${visible(path)} that is known`, `see which: pwb show ${id} --all`);
  if (json) out.json({ id, path, change: found.change ?? null, diff: found.diff ?? null });
  else for (const line of drawParts([found.part], out)) out.line(line);
}

function diffsOf(diff: Diff | undefined): readonly Diff[] {
  return diff === undefined ? [] : [diff];
}
