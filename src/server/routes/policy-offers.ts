// What each rule that could be made of an action would have done to all that was decided here. A walk through the record,
// so it is asked for beside the offers and not with them. It judges nothing that waits.
import * as z from 'zod/mini';
import { offersHistory } from '../../loop/policy-offers.ts';
import { timeText } from '../../model/clock.ts';
import { visible } from '../../model/visible.ts';
import { PLAIN, route } from '../route.ts';
import { days, sinceDays } from './policy-figures.ts';
import { byId, digest, id, time } from './shapes.ts';

const counts = z.strictObject({ allow: z.int(), ask: z.int(), deny: z.int() });

export const offersPast = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/offers/history',
  summary: 'What each of the offers of an action would have decided about the past: prompts spared, and past denials let through.',
  right: 'read',
  params: byId,
  query: days,
  answer: z.strictObject({
    /** Null: all of the log. */
    since: z.nullable(time),
    offers: z.array(z.strictObject({
      offer: digest,
      /** As on record, where a yes counts as asked; and with the rule. */
      was: counts, now: counts,
      /** Not judged. */
      erased: z.int(),
      /** Was asked or denied, and would go by this rule alone; of these, how often you said yes, and what was denied. */
      allowed: z.int(), saved: z.int(), letThrough: z.int(),
      /** Of what was denied, the newest first. */
      lines: z.array(z.strictObject({ action: id, time, heading: z.string(), stage: z.enum(['rehearse', 'land']), by: z.enum(['rule', 'person']), before: z.array(z.string()) })),
    })),
  }),
  async handle({ workbench }, { params, query }) {
    const { since, offers } = await offersHistory(workbench, params.id, sinceDays(query.days));
    return {
      since: since === 0 ? null : timeText(since),
      offers: offers.map(({ offer, was, now, erased, allowed, saved, letThrough, lines }) => ({
        offer, was, now, erased, allowed, saved, letThrough,
        lines: lines.map(({ action, time: at, heading, stage, by, before }) => ({ action, time: at, heading: visible(heading), stage, by, before: [...before] })),
      })),
    };
  },
});
