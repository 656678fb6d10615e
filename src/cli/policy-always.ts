// pwb policy offers and always: which standing rules could be made of an action, each with its text, what it would have
// done to the log's history and a warning where it is wide; and saying Always to one, by its digest.
import { findId } from '../loop/desk.ts';
import { offersHistory, type OfferEffect } from '../loop/policy-offers.ts';
import { makeRule, offersOf, standingLines, type Offers } from '../loop/policy.ts';
import { timeText } from '../model/clock.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { EXIT, usageFault, words, type Context } from './command.ts';
import { BY } from './invoke.ts';
import type { Out } from './out.ts';
import { sayRule } from './policy-list.ts';
import { timed } from './policy.ts';
import { lengthNamed } from './since.ts';

type Bench = Awaited<ReturnType<Context['open']>>;

const OFFERS = { usage: 'policy offers ID [--since 30d] [--json]' };
const ALWAYS = { usage: 'policy always ID OFFER [--json]' };
const FEW = 5;

export async function offers({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(OFFERS, args, { since: { type: 'string' }, json: { type: 'boolean' } }, { least: 1, most: 1 });
  const since = Date.now() - lengthNamed(OFFERS, values.since ?? '30d');
  const bench = await open();
  const id = findId(bench.log, 'actions', positionals[0] ?? '');
  const found = offersOf(bench, id);
  const { offers: effects } = await offersHistory(bench, id, since);
  if (values.json === true) {
    out.json({
      offers: found.offers.map(({ digest, scope, body, cedar, broad }) => ({ offer: digest, scope, text: standingLines(body).join('\n'), cedar, broad })), words: found.words,
      history: { since: timeText(since), offers: effects.map(shownEffect) },
    });
    return EXIT.done;
  }
  if (found.words !== null) return out.line(visible(found.words)), EXIT.done;
  for (const one of found.offers) {
    out.line(`${out.style('bold', one.digest.slice(0, 8))}  ${one.scope}`);
    for (const line of standingLines(one.body)) out.line(`  ${line}`);
    for (const line of one.cedar.split('\n')) out.line(`    ${out.style('dim', line)}`);
    sayEffect(effects.find(({ offer }) => offer === one.digest), timeText(since), out);
    if (one.broad !== null) out.line(`  ${out.style('yellow', `! ${one.broad}`)}`);
  }
  out.line(`Say Always to one: pwb policy always ${id} OFFER`);
  return EXIT.done;
}

function shownEffect({ offer, was, now, erased, allowed, saved, letThrough, lines }: OfferEffect): object {
  return { offer, was, now, erased, allowed, saved, letThrough, lines: lines.map(({ action, time, heading, stage, by, before }) => ({ action, time, heading: visible(heading), stage, by, before })) };
}

function sayEffect(effect: OfferEffect | undefined, since: string, out: Out): void {
  if (effect === undefined) return;
  const { now, allowed, saved, letThrough, lines, erased } = effect;
  out.line(`  since ${since}: ${allowed === 0 ? 'nothing would have gone otherwise' : `${allowed} more would have gone without asking, ${saved} of them with your yes`} (in all ${now.allow} allowed, ${now.ask} asked, ${now.deny} denied${erased === 0 ? '' : `, ${erased} erased and not judged`})`);
  if (letThrough === 0) return;
  out.line(`  ${out.style('red', `! ${letThrough} that ${letThrough === 1 ? 'was' : 'were'} denied would have gone:`)}`);
  for (const { action, heading, by, before } of lines.slice(0, FEW)) out.line(`    ${out.style('bold', action)}  ${visible(heading)}, ${by === 'person' ? 'you said no' : `denied by ${visible(before.join(', '))}`}`);
  if (letThrough > FEW) out.line(`    … and ${letThrough - FEW} more: --json`);
}

/** By its digest, not by its place in a list that may have changed since it was read. */
export async function always({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(ALWAYS, args, { json: { type: 'boolean' } }, { least: 2, most: 2 });
  const [prefix = '', offer = ''] = positionals;
  if (!/^[0-9a-f]{8,64}$/.test(offer)) throw usageFault(ALWAYS, `${JSON.stringify(offer.slice(0, 80))} is no offer: say its first eight letters and digits or more, as \`pwb policy offers\` prints them`);
  const bench = await open();
  const id = findId(bench.log, 'actions', prefix);
  const rule = await makeRule(bench, id, wholeDigest(offersOf(bench, id), offer), BY);
  if (values.json === true) out.json(timed(rule));
  else {
    sayRule(rule, false, out);
    out.line(`It holds from now on. ${waits(bench.log, id) ? `${id} itself still waits: pwb invoke ${id}. ` : ''}To take it back: pwb policy remove ${rule.id}`);
  }
  return EXIT.done;
}

function wholeDigest({ offers: all }: Offers, prefix: string): string {
  const fits = all.filter(({ digest }) => digest.startsWith(prefix));
  return fits.length === 1 ? (fits[0]?.digest ?? prefix) : prefix;
}

function waits(log: Bench['log'], id: Id): boolean {
  return log.store.db.prepare(`SELECT 1 FROM actions WHERE id = ? AND state = 'pending'`).get(id) !== undefined;
}
