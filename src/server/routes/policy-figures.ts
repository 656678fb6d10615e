// What the record says of the policy: how often a person is asked, which rules would spare them the most of it, and why
// an action was decided as it was. Nothing here changes or judges anything that waits.
import * as z from 'zod/mini';
import { savingsOf } from '../../loop/policy-savings.ts';
import { policyStats } from '../../loop/policy-stats.ts';
import { whyDecided } from '../../loop/policy-why.ts';
import { timeText } from '../../model/clock.ts';
import { visible } from '../../model/visible.ts';
import { asks, PLAIN, route } from '../route.ts';
import { byId, digest, id, time } from './shapes.ts';

const DAY = 86_400_000;
const DAYS = 30;

/** Absent: 30. 0: all of the log. */
export const days = z.strictObject({ days: z.optional(z.pipe(z.string().check(z.regex(/^\d{1,5}$/, asks('a number of days is expected, 0 for all of the log'))), z.transform(Number))) });

export function sinceDays(wanted: number = DAYS): number {
  return wanted === 0 ? 0 : Date.now() - wanted * DAY;
}

const share = { prompts: z.int(), yes: z.int(), no: z.int() };
/** Milliseconds; null: nothing was answered. */
const length = z.nullable(z.int());
const verdict = z.enum(['allow', 'ask', 'deny']);

export const stats = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/policy/stats',
  summary: 'How often a person is asked and how they answer: prompts a task, time to answer, yeses in a row, by rule and by kind.',
  right: 'read',
  query: days,
  answer: z.strictObject({
    since: z.nullable(time),
    tasks: z.int(), tasksWithoutPrompt: z.int(), prompts: z.int(), typedPrompts: z.int(),
    answers: z.strictObject({ yes: z.int(), no: z.int(), changed: z.int(), open: z.int() }),
    time: z.strictObject({ median: length, ninetieth: length, of: z.int() }),
    streaks: z.strictObject({ longest: z.int(), current: z.int(), quick: z.int(), longestQuick: z.int(), quickMs: z.int() }),
    rules: z.array(z.strictObject({ rule: z.string(), ...share })),
    kinds: z.array(z.strictObject({ kind: z.string(), ...share })),
  }),
  async handle({ workbench }, { query }) {
    const told = await policyStats(workbench, sinceDays(query.days));
    return { ...told, since: told.since === 0 ? null : timeText(told.since) };
  },
});

export const savings = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/policy/savings',
  summary: 'The standing rules that would have spared the person the most prompts and let no past denial through. Each can be said Always to.',
  right: 'read',
  query: days,
  answer: z.strictObject({
    /** Yeses to what was tried and would land, of which such rules are made. */
    yeses: z.int(),
    savings: z.array(z.strictObject({
      action: id,
      /** Of the action's offers. */
      offer: digest,
      scope: z.string(),
      text: z.string(),
      cedar: z.string(),
      /** A warning, where it is wide. */
      broad: z.nullable(z.string()),
      /** Prompts, beside those that the rules before this one spare. */
      saved: z.int(),
    })),
  }),
  handle: ({ workbench }, { query }) => savingsOf(workbench, sinceDays(query.days)),
});

export const why = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/why',
  summary: 'Why an action was decided as it was, stage by stage: the rules with their text of then, what they judged, where its words come from, and what would let it go.',
  right: 'read',
  params: byId,
  answer: z.strictObject({
    action: id, session: id,
    /** Drawn, like all words here. */
    heading: z.string(),
    by: z.enum(['person', 'model', 'house']),
    tool: z.string(),
    stages: z.array(z.strictObject({
      seq: z.int(), time, stage: z.enum(['rehearse', 'land']), verdict, profile: z.string(), reason: z.string(),
      rules: z.array(z.strictObject({
        id: z.string(),
        origin: z.enum(['guard', 'question', 'built-in', 'machine', 'person', 'workspace', 'standing', 'house', 'unknown']),
        verdict: z.nullable(verdict), reason: z.string(),
        text: z.nullable(z.string()),
        /** Its text is that of the record of then, or what holds today. */
        of: z.enum(['then', 'today']),
        note: z.nullable(z.string()),
      })),
      /** Null: erased. `used`: a rule that decided looks at it. */
      facts: z.nullable(z.array(z.strictObject({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]), used: z.boolean() }))),
      /** False: derived today. */
      recorded: z.boolean(),
      obstacles: z.array(z.string()),
      answer: z.nullable(z.strictObject({ answer: z.enum(['invoke', 'deny', 'edit']), time, door: z.enum(['cli', 'http', 'house']), why: z.string() })),
    })),
    origins: z.array(z.strictObject({ argument: z.string(), value: z.nullable(z.string()), words: z.string(), integrity: z.nullable(z.string()), action: z.nullable(id) })),
    outside: z.array(z.strictObject({ source: z.string(), action: z.nullable(id), turn: z.int() })),
  }),
  handle({ workbench }, { params }) {
    const told = whyDecided(workbench, params.id);
    return {
      ...told, tool: visible(told.tool),
      stages: told.stages.map((stage) => ({
        ...stage,
        profile: visible(stage.profile), reason: visible(stage.reason), obstacles: stage.obstacles.map((one) => visible(one)),
        rules: stage.rules.map((rule) => ({ ...rule, id: visible(rule.id), reason: visible(rule.reason), text: rule.text === null ? null : visible(rule.text, '\n'), note: rule.note === null ? null : visible(rule.note) })),
        facts: stage.facts?.map((fact) => ({ ...fact, value: drawnValue(fact.value) })) ?? null,
        answer: stage.answer === null ? null : { ...stage.answer, why: visible(stage.answer.why) },
      })),
      outside: told.outside.map((one) => ({ ...one, source: visible(one.source) })),
    };
  },
});

function drawnValue(value: string | number | boolean | readonly string[]): string | number | boolean | readonly string[] {
  return typeof value === 'string' ? visible(value) : typeof value === 'object' ? value.map((one) => visible(one)) : value;
}
