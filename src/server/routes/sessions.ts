// Conversations: list, begin, read, speak, take up again, cancel.
import * as z from 'zod/mini';
import { readContext, type ContextMessage } from '../../audit/context.ts';
import type { Log } from '../../audit/log.ts';
import { openSession } from '../../loop/desk.ts';
import { cancel } from '../../loop/halt.ts';
import { haltServices } from '../../loop/services.ts';
import { readSession } from '../../loop/session.ts';
import { findSessions } from '../../loop/session-search.ts';
import { readSpoken } from '../../loop/spoken.ts';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { Fault } from '../../model/fault.ts';
import { answererOf } from '../answerer.ts';
import { PLAIN, route } from '../route.ts';
import { line, lineOf } from './session-line.ts';
import { byId, halted, id, label, paths, profile, whole } from './shapes.ts';
import { workPaths } from '../paths.ts';

const message = z.strictObject({
  index: z.int(),
  turn: z.int(),
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  /** Null: erased. */
  text: z.nullable(z.string()),
  calls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })),
  action: z.nullable(id),
  label,
});

export const sessions = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions',
  summary: 'Sessions, the one used last first: all, or those in whose title or words all words of `q` are.',
  right: 'read',
  query: z.strictObject({ q: z.optional(z.string().check(z.maxLength(200))), limit: z.optional(whole) }),
  /** `found`: where the words are, where that isn't the title. `whole` false: older sessions were not looked through. */
  answer: z.strictObject({ sessions: z.array(z.extend(line, { found: z.nullable(z.string()) })), whole: z.boolean() }),
  async handle({ workbench: { log } }, { query }) {
    const { sessions: rows, whole: all } = await findSessions(log, query.q ?? '', Math.min(query.limit ?? 50, 500));
    return { sessions: rows.map(({ row, found }) => ({ ...lineOf(log, row), found })), whole: all };
  },
});

export const newSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions',
  summary: 'Begin a session in a workspace, with a profile of its own if one is named.',
  right: 'act',
  status: 201,
  body: z.strictObject({ workspace: id, model: z.optional(z.string().check(z.minLength(1), z.maxLength(200))), title: z.optional(z.string().check(z.maxLength(200))), profile: z.optional(profile) }),
  answer: line,
  async handle({ workbench }, { body }) {
    const workspace = listWorkspaces(workbench.log).find((known) => known.id === body.workspace);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${body.workspace}`, 'see /api/workspaces');
    const session = openSession(workbench, workspace, body.model ?? (await workbench.defaultModel()), body.title ?? '', 'http', false, body.profile);
    await workbench.log.settle();
    return lineOf(workbench.log, readSession(workbench.log.store.db, session));
  },
});

export const session = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions/:id',
  summary: 'A session with its messages as text, the last ones by default.',
  right: 'read',
  params: byId,
  /** Messages before this index. */
  query: z.strictObject({ before: z.optional(whole), limit: z.optional(whole) }),
  answer: z.strictObject({ session: line, messages: z.array(message) }),
  handle({ workbench: { log } }, { params, query }) {
    const row = readSession(log.store.db, params.id);
    const all = readContext(log.store.db, row.id, row.epoch).filter(({ idx }) => idx < (query.before ?? Infinity));
    return { session: lineOf(log, row), messages: all.slice(-Math.min(Math.max(query.limit ?? 100, 1), 500)).map((one) => messageOf(log, one)) };
  },
});

export const say = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/messages',
  summary: 'Say something, with files of the workspace if some are named. Answers when it is on record; the turn goes on, to be followed in the event stream.',
  right: 'act',
  status: 202,
  params: byId,
  body: z.strictObject({ text: z.string().check(z.minLength(1)), files: z.optional(paths) }),
  answer: line,
  async handle({ workbench: { log }, turns }, { params, body }) {
    await turns.say(params.id, body.text, workPaths(readSession(log.store.db, params.id).root, body.files ?? []));
    return lineOf(log, readSession(log.store.db, params.id));
  },
});

export const resume = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/resume',
  summary: 'Take up a turn that was cut.',
  right: 'act',
  status: 202,
  params: byId,
  answer: line,
  handle({ workbench: { log }, turns }, { params }) {
    turns.resume(params.id);
    return lineOf(log, readSession(log.store.db, params.id));
  },
});

export const cancelSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/cancel',
  summary: 'Cancel the turn of a session; what waits in it is refused, and its commands that stay are ended.',
  right: 'act',
  params: byId,
  answer: halted,
  handle({ workbench, credential }, { params }) {
    readSession(workbench.log.store.db, params.id);
    return haltServices(workbench, { type: 'cancel.asked', target: params.id }, () => cancel(workbench.log, params.id, answererOf(credential)));
  },
});

function messageOf(log: Log, { idx, turn, role, digest, action, label: from }: ContextMessage): object {
  const said = readSpoken(log, digest) ?? { text: null, calls: [] };
  return { index: idx, turn, role, action, label: from, ...said };
}
