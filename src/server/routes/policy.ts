// The rules as a person reads, tests and adds to them. Saying Always needs the digest of what was offered: who hasn't
// read a rule can't make it; and it answers nothing that waits (THREATS 10).
import * as z from 'zod/mini';
import { dropRule, makeRule, offersOf, standingId, standingLines, viewPolicy, type RuleLine } from '../../loop/policy.ts';
import { judgeImagined, judgePast } from '../../loop/policy-test.ts';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { timeText } from '../../model/clock.ts';
import { Fault } from '../../model/fault.ts';
import { answererOf } from '../answerer.ts';
import { asks, PLAIN, route } from '../route.ts';
import { byId, digest, id, path, profile, time } from './shapes.ts';

/** Changes of an imagined action. */
const MOST = 1000;

const verdict = z.enum(['allow', 'ask', 'deny']);
const rule = z.strictObject({
  /** `always.` and an id for the person's own. */
  id: z.string(),
  origin: z.enum(['built-in', 'yours']),
  /** `guard`: no rule loosens it. `question`: it decides nothing, but says why a person is asked where no rule speaks. */
  group: z.enum(['guard', 'profile', 'question', 'always']),
  /** Of the profile's: the built-in file. */
  file: z.nullable(z.string()),
  line: z.nullable(z.int()),
  verdict,
  reason: z.string(),
  /** One clause a line, drawn. */
  text: z.string(),
  /** Of yours the rule itself, in Cedar; null: its words were erased, or it has none but `text`. */
  cedar: z.nullable(z.string()),
  /** How often it decided. */
  used: z.int(),
  made: z.nullable(time),
  /** The action that it was made from. */
  from: z.nullable(id),
  root: z.nullable(z.string()),
  /** Why it has no hold now; null: it has. */
  note: z.nullable(z.string()),
});

export const policy = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/policy',
  summary: 'All rules in words, yours first, with how often each decided; and the profiles.',
  right: 'read',
  answer: z.strictObject({ profile, profiles: z.array(z.strictObject({ name: profile, words: z.string() })), rules: z.array(rule) }),
  handle({ workbench }) {
    const view = viewPolicy(workbench);
    return { ...view, rules: view.rules.map(shownRule) };
  },
});

export const offers = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/offers',
  summary: 'The standing rules that could be made of an action, narrowest first; none, and why.',
  right: 'read',
  params: byId,
  answer: z.strictObject({
    offers: z.array(z.strictObject({
      /** To say Always to exactly this. */
      offer: digest,
      scope: z.string(),
      text: z.string(),
      /** The rule itself. */
      cedar: z.string(),
      /** A warning, where it is wide. */
      broad: z.nullable(z.string()),
    })),
    words: z.nullable(z.string()),
  }),
  handle({ workbench }, { params }) {
    const found = offersOf(workbench, params.id);
    return { offers: found.offers.map(({ digest: offer, body, cedar, scope, broad }) => ({ offer, scope, text: standingLines(body).join('\n'), cedar, broad })), words: found.words };
  },
});

export const newRule = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/policy/rules',
  summary: 'Say Always to one of the offers of an action. What waits still needs its own answer.',
  right: 'approve',
  status: 201,
  body: z.strictObject({ action: id, offer: digest }),
  answer: rule,
  handle: async ({ workbench, credential }, { body }) => shownRule(await makeRule(workbench, body.action, body.offer, answererOf(credential))),
});

export const goneRule = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/policy/rules/:rule',
  summary: 'Take a rule of yours away; from then on it is asked again.',
  right: 'approve',
  params: z.strictObject({ rule: z.string().check(z.regex(/^always\.[0-9a-hjkmnp-tv-z]{10}$/, asks('the name of a rule of yours is expected: always. and its id'))) }),
  answer: rule,
  handle: async ({ workbench, credential }, { params }) => shownRule(await dropRule(workbench, standingId(params.rule), answererOf(credential))),
});

export const testPolicy = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/policy/test',
  summary: 'What the rules say today to a past action, or to a call that is only imagined. Changes nothing and proposes nothing.',
  right: 'read',
  body: z.union([
    z.strictObject({ action: id, profile: z.optional(profile) }),
    z.strictObject({
      workspace: id,
      tool: z.string().check(z.maxLength(100)),
      arguments: z.string(),
      changes: z.optional(z.array(z.strictObject({ change: z.enum(['created', 'changed', 'deleted']), path })).check(z.maxLength(MOST))),
      profile: z.optional(profile),
    }),
  ]),
  answer: z.strictObject({
    stages: z.array(z.strictObject({ stage: z.enum(['rehearse', 'land']), verdict, rules: z.array(z.string()), reason: z.string() })),
    /** Why the stage of landing can't be told, where that is so. */
    words: z.nullable(z.string()),
  }),
  handle({ workbench }, { body }) {
    if ('action' in body) return judgePast(workbench, body.action, body.profile);
    const workspace = listWorkspaces(workbench.log).find((one) => one.id === body.workspace);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${body.workspace}`, 'see /api/workspaces');
    const { tool, arguments: args, changes } = body;
    return judgeImagined(workbench, { workspace, tool, arguments: args, ...(changes === undefined ? {} : { changes }) }, body.profile);
  },
});

function shownRule(line: RuleLine): z.output<typeof rule> {
  return { ...line, made: line.made === null ? null : timeText(line.made) };
}
