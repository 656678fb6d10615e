// What a file of rules would have said to the log's history. The file is only tried: it isn't kept, and judges nothing.
import * as z from 'zod/mini';
import { replayHistory } from '../../loop/policy-replay.ts';
import { timeText } from '../../model/clock.ts';
import { asks, PLAIN, route } from '../route.ts';
import { sinceDays } from './policy-figures.ts';
import { id, profile, time } from './shapes.ts';

/** Characters. */
const LONGEST = 256 * 1024;

const verdict = z.enum(['allow', 'ask', 'deny']);
const rules = z.array(z.string());

export const replayPolicy = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/policy/replay',
  summary: 'What a file of rules would have said to what was decided here, past denials that it would let through first. It is only tried.',
  right: 'read',
  body: z.strictObject({
    text: z.string().check(z.maxLength(LONGEST, asks(`at most ${LONGEST} characters of rules are expected`))),
    /** Of the file: one of yours with that name gives way to it. */
    name: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
    /** Absent: 30. 0: all of the log. */
    days: z.optional(z.int().check(z.minimum(0), z.maximum(99_999))),
    /** Absent: the one that held when each was decided. */
    profile: z.optional(profile),
  }),
  answer: z.strictObject({
    since: z.nullable(time),
    profile: z.nullable(profile),
    decided: z.int(), allow: z.int(), ask: z.int(), deny: z.int(),
    /** Not judged, as words or effects are gone; how many of these were denied. */
    erased: z.int(), erasedDenied: z.int(),
    /** Past denials that would go without asking; how many of these without the file, too. */
    letThrough: z.int(), anyway: z.int(),
    /** The newest 1,000 of them. */
    lines: z.array(z.strictObject({ action: id, time, heading: z.string(), stage: z.enum(['rehearse', 'land']), by: z.enum(['rule', 'person']), before: rules, rules, anyway: z.boolean() })),
    differences: z.array(z.strictObject({ was: z.enum(['allowed', 'yes', 'no', 'open', 'denied']), now: verdict, rules, count: z.int(), actions: z.array(id) })),
  }),
  async handle({ workbench }, { body: { text, name = 'rules.cedar', days, profile: under } }) {
    const since = sinceDays(days);
    const replayed = await replayHistory(workbench, { name, text }, { since, ...(under === undefined ? {} : { profile: under }) });
    return { since: since === 0 ? null : timeText(since), ...replayed };
  },
});
