// pwb inbox: all that waits for a person, from every door.
import { pendingActions, strandedActions, unknownActions, type ActionRow } from '../approvals/actions.ts';
import { expire, recordShown } from '../approvals/answer.ts';
import { cardOf, type Card } from '../approvals/card.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { drawCard } from './card.ts';
import { EXIT, words, type Command } from './command.ts';

export const inbox: Command = {
  name: 'inbox',
  usage: 'inbox [--json]',
  summary: 'what waits for you',
  async run({ args, out, open }) {
    const { values } = words(inbox, args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
    const bench = await open();
    await expire(bench.log, bench.clock.now());
    const unreadable: { readonly id: Id; readonly reason: string }[] = [];
    const show = (row: ActionRow): readonly Card[] => {
      try {
        return [cardOf(bench.log, row)];
      } catch (error) {
        // Erased meanwhile: it hides nothing else that waits.
        if (!(error instanceof Fault)) throw error;
        unreadable.push({ id: row.id, reason: error.message });
        return [];
      }
    };
    const cards = pendingActions(bench.log.store.db).flatMap(show);
    const stranded = strandedActions(bench.log.store.db).flatMap(show);
    const orphans = unknownActions(bench.log.store.db).flatMap(show);
    if (values.json === true) out.json({ waiting: cards, stranded, orphans, unreadable });
    else {
      for (const { id, reason } of unreadable) out.line(`${reason}; it can only be denied: pwb deny ${id} --why TEXT\n`);
      for (const card of orphans) out.line(`${out.style('yellow', 'Cut off by a crash:')}\n${drawCard(card, bench.world(card.session).profile, out)}\n  ${out.prose(visible(card.result ?? ''))}\n  → look at what it left, then go on: pwb resume ${card.session} | pwb cancel ${card.session}\n`);
      for (const card of stranded) out.line(`${out.style('yellow', 'You said yes to this, and then what would carry it out was cut off or gave up:')}\n${drawCard(card, bench.world(card.session).profile, out)}\n  → carry it out: pwb invoke ${card.id} | take the yes back: pwb deny ${card.id} --why TEXT\n`);
      for (const card of cards) {
        await recordShown(bench.log, card.id, 'cli', drawCard(card, bench.world(card.session).profile, { style: (_, text) => text }));
        out.line(`${drawCard(card, bench.world(card.session).profile, out)}\n`);
      }
      if (cards.length > 0 || stranded.length + orphans.length + unreadable.length === 0) out.line(cards.length === 0 ? 'Nothing waits for you.' : `${cards.length} waiting. Answer with: pwb invoke ID | pwb deny ID --why TEXT`);
    }
    return EXIT.done;
  },
};
