// What a person changes about a conversation: its title, who answers and how much is asked, and what was said in it.
import * as z from 'zod/mini';
import { rewind } from '../../loop/rewind.ts';
import { changeSession, MOST_TITLE, renameSession as rename } from '../../loop/session-change.ts';
import { readSession } from '../../loop/session.ts';
import { Fault } from '../../model/fault.ts';
import { answererOf } from '../answerer.ts';
import { workPaths } from '../paths.ts';
import { PLAIN, route } from '../route.ts';
import { line, lineOf } from './session-line.ts';
import { byId, id, paths, profile } from './shapes.ts';

export const renameSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/title',
  summary: 'Give a session another title. The former one stays on record.',
  right: 'act',
  params: byId,
  body: z.strictObject({ title: z.string().check(z.minLength(1), z.maxLength(MOST_TITLE)) }),
  answer: line,
  handle: async ({ workbench: { log } }, { params, body }) => lineOf(log, await rename(log, params.id, body.title)),
});

export const setSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/settings',
  summary: 'Give a session another model, or a profile of its own, between turns; a profile of null is the configured one.',
  right: 'approve',
  params: byId,
  body: z.strictObject({ model: z.optional(z.string().check(z.minLength(1), z.maxLength(200))), profile: z.optional(z.nullable(profile)) }),
  answer: line,
  async handle({ workbench: { log }, credential }, { params, body }) {
    const { model, profile: named } = body;
    const row = await changeSession(log, params.id, { ...(model === undefined ? {} : { model }), ...(named === undefined ? {} : { profile: named }) }, answererOf(credential));
    return lineOf(log, row);
  },
});

export const rewindSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/rewind',
  summary: 'Take a conversation back to before a message of yours; with a text, that is said there. What was done stays done, and what still waits in it is refused.',
  right: 'act',
  status: 202,
  params: byId,
  body: z.strictObject({ index: z.int().check(z.nonnegative()), seq: z.optional(z.int().check(z.nonnegative())), text: z.optional(z.string().check(z.minLength(1))), files: z.optional(paths) }),
  answer: z.strictObject({
    session: line,
    words: z.string(),
    /** Messages that the model doesn't know of any more. */
    removed: z.int(),
    cancelled: z.array(id),
    /** What was done, and stays so. */
    stays: z.array(z.strictObject({ id, heading: z.string(), into: z.enum(['workspace', 'draft']) })),
  }),
  async handle({ workbench, turns, credential }, { params, body }) {
    const { log } = workbench;
    const { index, seq, text, files = [] } = body;
    const target = { index, ...(seq === undefined ? {} : { seq }) };
    const by = answererOf(credential);
    if (text === undefined && files.length > 0) throw new Fault('session.text', 'files come with a text only', 'say something with them, or leave them out');
    const { root } = readSession(log.store.db, params.id);
    if (text === undefined) turns.checkFree(params.id);
    const rewound = text === undefined ? await rewind(workbench, params.id, target, by) : await turns.sayAgain(params.id, target, by, text, workPaths(root, files));
    return { session: lineOf(log, readSession(log.store.db, params.id)), ...rewound };
  },
});
