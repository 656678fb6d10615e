// pwb inbox: all that waits for a person, from every door.
import { pendingActions } from '../approvals/actions.ts';
import { expire } from '../approvals/answer.ts';
import { cardOf } from '../approvals/card.ts';
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
    const cards = pendingActions(bench.log.store.db).map((row) => cardOf(bench.log, row));
    if (values.json === true) out.json({ waiting: cards, orphans: bench.orphans.map(({ id }) => id) });
    else {
      for (const card of cards) out.line(`${drawCard(card, bench.world().profile, out)}\n`);
      out.line(cards.length === 0 ? 'Nothing waits for you.' : `${cards.length} waiting. Answer with: pwb invoke ID | pwb deny ID --why TEXT`);
    }
    return EXIT.done;
  },
};
