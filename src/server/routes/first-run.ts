// The first minutes: which models are there, how far the person is, and the practice task.
import * as z from 'zod/mini';
import { wordsOf } from '../../model/fault.ts';
import { beginPractice, firstSteps, PRACTICE_WORDS } from '../../loop/first-run.ts';
import type { ModelLine, Workbench } from '../../loop/workbench.ts';
import { PLAIN, route } from '../route.ts';
import { modelLine } from './health.ts';
import { id } from './shapes.ts';

/** Milliseconds for which a look around is believed. */
const BELIEVED = 5_000;

interface Look {
  models: readonly ModelLine[];
  until: number;
  probing: boolean;
  failure: unknown;
}

const looks = new WeakMap<Workbench, Look>();

export const firstRun = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/first-run',
  summary: 'How far a newcomer is. Looking for models takes a moment: while `probing`, ask again.',
  right: 'read',
  answer: z.strictObject({
    /** Something was carried out on the person's yes. */
    done: z.boolean(),
    models: z.array(modelLine),
    probing: z.boolean(),
    /** Beside the practice folder. */
    workspaces: z.int(),
    invoked: z.int(),
    practice: z.strictObject({ root: z.string(), workspace: z.nullable(id), session: z.nullable(id) }),
  }),
  handle({ workbench }) {
    const { models, probing } = lookAround(workbench);
    const steps = firstSteps(workbench);
    return { done: steps.invoked > 0, models, probing, ...steps };
  },
});

export const practice = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/first-run/practice',
  summary: 'Lay the practice folder anew, begin a session in it and say the practice task, to the named model, else to the one that is found, else to the practice model.',
  right: 'approve',
  status: 201,
  body: z.strictObject({ model: z.optional(z.string().check(z.minLength(1), z.maxLength(200))) }),
  answer: z.strictObject({ session: id, workspace: id, model: z.string(), text: z.string() }),
  async handle({ workbench, turns }, { body }) {
    turns.checkRoom();
    const begun = await beginPractice(workbench, body.model, 'http');
    await turns.say(begun.session, PRACTICE_WORDS);
    return { ...begun, text: PRACTICE_WORDS };
  },
});

/** What was found at the last look, and a new one under way when that is old. Throws what a look in the background met, once. */
function lookAround(workbench: Workbench): Look {
  const known = looks.get(workbench) ?? { models: [], until: 0, probing: false, failure: undefined };
  looks.set(workbench, known);
  if (known.failure !== undefined) {
    const { failure } = known;
    known.failure = undefined;
    throw failure instanceof Error ? failure : new Error(wordsOf(failure));
  }
  if (!known.probing && performance.now() >= known.until) {
    known.probing = true;
    workbench.models().then(({ lines }) => (known.models = lines), (error: unknown) => (known.failure = error)).finally(() => {
      known.probing = false;
      known.until = performance.now() + BELIEVED;
    });
  }
  return known;
}
